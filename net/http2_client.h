#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/ip_address.h"
#include "net/loop.h"
#include "net/stream.h"

namespace rampart::net {

class Http2Session;
class TlsContext;

// A request's header block and body, built once and sent any number of times, on any connection of
// one thread. Must outlive the exchanges that it was sent for, and stay as it is until they have
// ended or are cancelled.
class Http2Request {
 public:
  struct Head {
    std::string method = "GET";
    std::string scheme = "http";
    std::string authority;
    std::string path = "/";
    std::vector<std::pair<std::string, std::string>> headers{};
  };
  using Fields = std::vector<std::pair<std::string, std::string>>;

  // An empty one, to be built by add() and finish().
  Http2Request();
  // Names are put in lower case. What HTTP/2 says otherwise is left out (RFC 9113, 8.2.2 and
  // 8.3.1): connection-specific fields, and Host, which replaces the authority; and Content-Length,
  // which comes from the body where there is one.
  Http2Request(Head head, std::string body);
  Http2Request(Http2Request&&) noexcept;
  Http2Request& operator=(Http2Request&&) noexcept;
  ~Http2Request();

  // The fields that the constructor would send, in their order, without the Content-Length of a
  // body.
  static Fields fields_of(Head head, bool has_body);

  // To build it anew in the memory that it has: clear, add each field, finish. Fields come as
  // fields_of() orders and spells them; that is not looked at. clear() gives large memory back. hot
  void clear();
  void add(std::string_view name, std::string_view value);
  // Content-Length is added where there is a body.
  void finish(std::string_view body);
  // Of names, values and body.
  [[nodiscard]] std::uint64_t size() const;

 private:
  friend class Http2Client;
  struct Block;  // stays where it is when the request moves

  std::unique_ptr<Block> block_;
};

// One HTTP/2 client connection (RFC 9113) with many requests at a time: TLS with ALPN h2, or plain
// TCP with prior knowledge. What is sent in one turn of the loop leaves in one write. Bodies of any
// length are counted and thrown away; a header section above 80 KiB ends its stream. Loop thread
// only.
class Http2Client final : private Stream::Listener, private Deferred {
 public:
  struct Reply {
    std::uint16_t status = 0;
    std::uint64_t bytes = 0;  // header block and body as received for that stream
  };
  enum class Loss : std::uint8_t {
    refused,   // never processed (REFUSED_STREAM, or above a GOAWAY's last stream): may be sent
               // again
    reset,     // RST_STREAM
    protocol,  // a reply that is no HTTP
    too_large  // the request's header block, names and values, is above 1 MiB: it was not sent
  };
  // The client may be destroyed in every call.
  class Listener {
   public:
    // That many requests may be out at once: the least of what the peer's SETTINGS and the
    // constructor's caller allow. First when the peer's SETTINGS have come: send nothing before;
    // again when they change it.
    virtual void on_streams(std::uint32_t streams) = 0;
    // exchange: what send() was given.
    virtual void on_reply(void* exchange, const Reply& reply) = 0;
    virtual void on_lost(void* exchange, Loss why) = 0;
    // No new requests; those that are out may still end. Then on_http_end with eof.
    virtual void on_goaway() = 0;
    // At most once and the last call; what is out is lost with it, without on_lost for each.
    virtual void on_http_end(StreamEnd end, std::string_view detail) = 0;
    // Only for exchanges sent with observe, in order: the fields of the reply's header, without
    // :status, the body, and the fields of the trailer. Interim replies are not among them.
    virtual void on_header(void* /*exchange*/, std::string_view /*name*/,
                           std::string_view /*value*/) {}
    virtual void on_body(void* /*exchange*/, std::span<const char> /*bytes*/) {}
    virtual void on_trailer(void* /*exchange*/, std::string_view /*name*/,
                            std::string_view /*value*/) {}

   protected:
    ~Listener() = default;
  };

  // Begins to connect; with a context, TLS. `streams`: the most requests that the caller wants out
  // at once. The options' alpn is not looked at.
  Http2Client(Loop& loop, const TlsContext* tls, const std::string& server_name,
              const base::Endpoint& to, std::uint32_t streams, Listener& listener,
              ConnectOptions options = {});
  ~Http2Client();
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  // hot: leaves before the loop waits next. Does nothing once the connection has ended; after
  // on_goaway it is refused.
  void send(const Http2Request& request, void* exchange, bool observe = false);
  // RST_STREAM with CANCEL; no further call for this exchange.
  void cancel(void* exchange);
  // Whether a frame of its reply has come. Searches among those that are out.
  [[nodiscard]] bool heard(const void* exchange) const;
  // Bytes that wait for room in the socket's send buffer, and every request after them.
  [[nodiscard]] std::size_t queued() const { return stream_->queued(); }
  [[nodiscard]] std::uint16_t local_port() const { return stream_->local_port(); }
  // To be asked, not to be written to.
  [[nodiscard]] const Stream& stream() const { return *stream_; }

 private:
  struct Callbacks;
  struct Exchange {  // one per stream
    void* tag = nullptr;
    const Http2Request* request = nullptr;
    Exchange* next_free = nullptr;
    std::uint64_t bytes = 0;
    std::size_t sent = 0;    // of the request's body
    std::size_t header = 0;  // of the reply, decoded
    std::int32_t stream = 0;
    std::uint16_t status = 0;
    bool observe = false;
    bool in_header = false;  // of the final reply
    bool out = false;
    bool cancelled = false;
    bool complete = false;  // the reply's end has come
    bool reset = false;     // by the peer
    bool unsent = false;
    bool unsendable = false;  // its header block is too large
  };

  void on_open() override;
  void on_data(std::span<const char> bytes) override;
  void on_drained() override { flush(); }
  void on_end(StreamEnd end, std::string_view detail) override;
  void before_wait() override { flush(); }

  Exchange& take_exchange();
  void release(Exchange& exchange);
  // The exchange of a stream that nghttp2 still knows.
  Exchange* find(std::int32_t stream);
  void flush();
  void flush_later();
  void go_away();
  void finish_over();
  void finish(StreamEnd end, std::string_view detail);

  Loop& loop_;
  Listener& listener_;
  const std::uint32_t streams_;
  const bool tls_;
  std::shared_ptr<Http2Session> session_;  // shared with the call that runs, see Http2Session
  std::unique_ptr<Stream> stream_;
  std::deque<Exchange> exchanges_;  // grows to the most that were out at once
  Exchange* free_ = nullptr;
  Exchange* found_ = nullptr;  // the last answer of find()
  std::int32_t found_stream_ = -1;
  std::int32_t last_stream_ = 0;
  std::uint32_t allowed_ = 0;
  std::uint32_t goaway_ = 0;  // the peer's error code
  bool open_ = false;
  bool settled_ = false;  // the peer's SETTINGS have come
  bool going_away_ = false;
  bool ended_ = false;
};

}  // namespace rampart::net
