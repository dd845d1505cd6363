#pragma once

#include <cstddef>
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
// thrown away (after the listener has seen it, where a request asks for that), so memory stays
// bounded; header sections above 80 KiB are a protocol failure. Loop thread only.
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
    // Only for requests sent with observe, in order: the header of the reply as each field is read,
    // blanks around the value left out, and the body without its framing. Interim replies and
    // trailers are not among them. The client must not be destroyed in these two.
    virtual void on_header(std::string_view /*name*/, std::string_view /*value*/) {}
    virtual void on_body(std::span<const char> /*bytes*/) {}

   protected:
    ~Listener() = default;
  };

  // Begins to connect; with a context, TLS. The client may be destroyed in every call to the
  // listener but on_header and on_body.
  HttpClient(Loop& loop, const TlsContext* tls, const std::string& server_name,
             const base::Endpoint& to, Listener& listener, const ConnectOptions& options = {});
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // hot: sends a whole request. Only when ready and with none outstanding. `head`: the reply has no
  // body. `observe`: the listener gets header and body.
  void send(std::span<const char> request, bool head, bool observe = false);
  // The rest of the request of which send() took the beginning. Does nothing once its reply has
  // come.
  void send_more(std::span<const char> rest);
  // See Stream.
  void limit_reading(std::size_t bytes) { stream_->limit_reading(bytes); }
  // Whether any byte of the outstanding reply has come.
  [[nodiscard]] bool heard() const { return bytes_ > 0; }
  // Bytes of requests that wait for room in the socket's send buffer.
  [[nodiscard]] std::size_t queued() const { return stream_->queued(); }
  // Closes with RST, see Stream::reset: no call to the listener after it.
  void reset();
  [[nodiscard]] std::uint16_t local_port() const { return stream_->local_port(); }
  // To be asked, not to be written to.
  [[nodiscard]] const Stream& stream() const { return *stream_; }

 private:
  struct Callbacks;

  void on_open() override { listener_.on_ready(); }
  void on_data(std::span<const char> bytes) override;
  void on_end(StreamEnd end, std::string_view detail) override;
  void reset_parser();
  // Hands on the field that has been read, if it is one of the final reply's header.
  void end_field();
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
  // Only where observed.
  bool observe_ = false;
  bool in_header_ = false;
  bool in_value_ = false;
  std::string name_;
  std::string value_;
};

}  // namespace rampart::net
