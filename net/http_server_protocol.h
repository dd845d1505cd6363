#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "net/http_server.h"

namespace rampart::net {

// What HttpServer speaks with one client; private to net. The client may be removed, and this
// destroyed with it, in on_data(), on_drained(), reply() and drop().
class HttpServer::Protocol {
 public:
  struct Client {
    HttpServer& server;
    std::uint32_t number;  // the upper half of its exchanges' ids
    Stream& stream;
    TcpStream& tcp;  // the stream itself or beneath it
    void remove() const;
  };
  static std::unique_ptr<Protocol> http1(const Client& client);
  static std::unique_ptr<Protocol> http2(const Client& client);

  virtual ~Protocol() = default;
  virtual void on_data(std::span<const char> bytes) = 0;
  virtual void on_drained() = 0;
  // request: the lower half of an exchange's id.
  [[nodiscard]] virtual bool waits_for(std::uint32_t request) const = 0;
  virtual void reply(std::uint32_t request, const Reply& reply) = 0;
  virtual void drop(std::uint32_t request) = 0;
  // The server stops.
  virtual void go_away() {}

 protected:
  // A request's header, kept where the server wants it.
  class Fields {
   public:
    void clear() { fields_.clear(); }
    void begin() { fields_.emplace_back(); }
    // Once begun: more of its name, of its value.
    void name(std::string_view more);
    void value(std::string_view more) { fields_.back().second += more; }
    // As long as the fields are.
    [[nodiscard]] std::vector<Field> views() const;

   private:
    std::vector<std::pair<std::string, std::string>> fields_;
  };

  static constexpr std::size_t kMaxPath = 16384;
  static constexpr std::size_t kMaxHeader = 80 * 1024;
  static constexpr std::size_t kMaxBody = 1 << 20;
  static constexpr std::size_t kMaxQueued = 1
                                            << 18;  // unsent reply bytes above which requests wait
  static constexpr std::size_t kMaxDiscarded = 1 << 22;  // bytes read after the last reply
};

}  // namespace rampart::net
