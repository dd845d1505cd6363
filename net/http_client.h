#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "net/stream.h"

struct http_parser;

namespace rampart::net {

class Loop;
class TlsContext;

// One HTTP/1.1 client connection with one request at a time. A body of any length is counted and
// thrown away, so memory stays bounded; header sections above 80 KiB are a protocol failure. Loop
// thread only.
class HttpClient final : private Stream::Listener {
 public:
  struct Reply {
    std::uint16_t status = 0;
    bool keep_alive = false;  // where false the peer closes next: destroy the client
    std::uint64_t bytes = 0;  // header and body as received
  };
  class Listener {
   public:
    virtual void on_ready() = 0;
    virtual void on_reply(const Reply& reply) = 0;
    // At most once, and the last call; a request without reply is lost with it.
    virtual void on_http_end(StreamEnd end, std::string_view detail) = 0;

   protected:
    ~Listener() = default;
  };

  // Begins to connect; with a context, TLS. The client may be destroyed in every call to the
  // listener.
  HttpClient(Loop& loop, const TlsContext* tls, const std::string& server_name,
             const base::Endpoint& to, Listener& listener, const ConnectOptions& options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // hot: sends a whole request. Only when ready and with none outstanding. `head`: the reply has no
  // body.
  void send(std::span<const char> request, bool head);
  // Whether any byte of the outstanding reply has come.
  [[nodiscard]] bool heard() const { return bytes_ > 0; }
  // Bytes of requests that wait for room in the socket's send buffer.
  [[nodiscard]] std::size_t queued() const { return stream_->queued(); }
  // Closes with RST, see Stream::reset: no call to the listener after it.
  void reset();
  [[nodiscard]] std::uint16_t local_port() const { return stream_->local_port(); }

 private:
  struct Callbacks;

  void on_open() override { listener_.on_ready(); }
  void on_data(std::span<const char> bytes) override;
  void on_end(StreamEnd end, std::string_view detail) override;
  void reset_parser();
  void finish(StreamEnd end, std::string_view detail);

  Listener& listener_;
  std::unique_ptr<http_parser> parser_;
  std::unique_ptr<Stream> stream_;
  std::uint64_t bytes_ = 0;
  bool waiting_ = false;  // a request is out
  bool head_ = false;
  bool complete_ = false;  // set by the parser
  bool keep_alive_ = false;
  bool ended_ = false;
};

}  // namespace rampart::net
