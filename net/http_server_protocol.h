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
  static constexpr std::size_t kMaxName = 64;  // of fields that can be wanted
  struct Client {
    HttpServer& server;
    std::uint32_t number;  // the upper half of its exchanges' ids
    Stream& stream;
    TcpStream& tcp;  // the stream itself or beneath it
    void remove() const;
    void settle() const;
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
  // Requests that were handed out and wait for their answers.
  [[nodiscard]] virtual std::vector<std::uint32_t> waiting() const = 0;
  // On whom the client's connection waits: on nobody, on the client, or on the handler.
  enum class Turn : std::uint8_t { nobody, client, handler };
  [[nodiscard]] virtual Turn turn() const = 0;
  // Bytes of replies that the client has not taken.
  [[nodiscard]] virtual std::size_t unsent() const = 0;
  // Requests that were handed out so far.
  [[nodiscard]] std::uint64_t handed_out() const { return handed_out_; }
  // The server stops.
  virtual void go_away() {}

 protected:
  // What the server wants of a request's header.
  class Fields {
   public:
    void clear() { fields_.clear(); }
    // A field of that name, in any case. False: it is not kept.
    bool begin(const Options& wanted, std::string_view name);
    // Once begun: more of its value.
    void value(std::string_view more) { fields_.back().second += more; }
    // As long as the fields are.
    [[nodiscard]] std::vector<Field> views() const;

   private:
    std::vector<std::pair<std::string_view, std::string>> fields_;  // the options' names
  };

  static constexpr std::size_t kMaxPath = 16384;
  static constexpr std::size_t kMaxHeader = 80 * 1024;
  static constexpr std::size_t kFieldCost = 32;  // of each, beside its text (RFC 9113, 6.5.2)
  static constexpr std::size_t kMaxBody = 1 << 20;
  static constexpr std::size_t kMaxQueued = 1
                                            << 18;  // unsent reply bytes above which requests wait
  static constexpr std::size_t kMaxDiscarded = 1 << 22;  // bytes read after the last reply

  std::uint64_t handed_out_ = 0;
};

}  // namespace rampart::net
