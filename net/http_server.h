#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/loop.h"
#include "net/tcp_stream.h"

namespace rampart::net {

class TlsContext;

// A small server of HTTP/1.1 and HTTP/2 for `rampart target`, `rampart exporter` and tests. A
// client gets HTTP/2 where the handshake of TLS chose h2 (ALPN) or, in clear text, where it begins
// with the connection preface (RFC 9113, 3.4). Replies may come later, in any order between
// connections and between streams. Requests with a path above 16 KiB, headers above 80 KiB,
// where each field counts 32 bytes beside its text, or a body above 1 MiB are refused (414, 431,
// 413), what is no HTTP with 400 or the error codes of HTTP/2. At most 128 streams of a connection
// are open at once; their requests hold 256 KiB until they are handed out, more are refused (431).
// A client that sends without reading its replies is not read from meanwhile, so memory stays
// bounded. Loop thread only.
class HttpServer final : private TcpServer::Listener {
 public:
  using ExchangeId = std::uint64_t;

  struct Field {
    std::string_view name;  // in lower case
    std::string_view value;
  };
  struct Request {
    std::string_view method;  // valid during on_request, as all of it
    std::string_view path;    // with the query
    // Of the header those that Options::fields names, in its order, of each name the first one.
    std::span<const Field> fields = {};

    // The value of the field of that name; empty: there is none.
    [[nodiscard]] std::string_view field(std::string_view name) const;
  };
  static constexpr std::size_t kMostReplyFields = 8;
  struct Reply {
    std::uint16_t status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";  // empty: the reply has none
    std::string_view body;
    bool close = false;
    // Further ones, kMostReplyFields at most, whose values hold nothing that ends a line.
    std::span<const Field> fields = {};
  };
  // Gives each connection of HTTPS the context that holds when it begins.
  class TlsSource {
   public:
    // Null: the connection is closed at once. A context may be freed once the call after has
    // returned another one: what was begun with it goes on.
    virtual const TlsContext* context() = 0;

   protected:
    ~TlsSource() = default;
  };
  struct Options {
    // In lower case, up to 64 bytes each; the texts outlive the server. Nothing else of a header is
    // kept, whose sender nobody knows.
    std::vector<std::string_view> fields = {};
    TlsSource* tls_source = nullptr;  // goes before the context; outlives the server
    bool clear_http2 = true;          // HTTP/2 without TLS, for those that begin with the preface
    // Above it one that waits for no answer makes room, of these the one that was made or answered
    // first, else the newest one; 0: as many as come.
    std::size_t most_connections = 0;
  };
  class Handler {
   public:
    // Answer with reply() or drop() now or later; each exchange once. The server may be destroyed
    // in it.
    virtual void on_request(ExchangeId id, const Request& request) = 0;
    // The client of an exchange that was not yet answered has gone, or taken its request back. The
    // server must not be used or destroyed in it.
    virtual void on_gone(ExchangeId /*id*/) {}

   protected:
    ~Handler() = default;
  };

  // With a TLS context: HTTPS. Handler and context must outlive the server.
  static base::Result<std::unique_ptr<HttpServer>> listen(Loop& loop, const base::Endpoint& at,
                                                          const TlsContext* tls, Handler& handler,
                                                          const Options& options);
  static base::Result<std::unique_ptr<HttpServer>> listen(Loop& loop, const base::Endpoint& at,
                                                          const TlsContext* tls, Handler& handler) {
    return listen(loop, at, tls, handler, Options{});
  }
  // Clients of HTTP/2 are told by GOAWAY.
  ~HttpServer();

  // Nothing happens where the client has gone meanwhile.
  void reply(ExchangeId id, const Reply& reply);
  // Whether somebody still waits for that answer.
  [[nodiscard]] bool waits_for(ExchangeId id) const { return find(id) != nullptr; }
  // Closes the client's connection without a reply; of HTTP/2 only the stream (RST_STREAM).
  void drop(ExchangeId id);
  // Closes connections that have been seen without progress by every call for a while: kPatience
  // where a handshake, a request or the client's reading is under way, kIdle between two requests
  // and for any reading as a whole. To be called every few seconds where clients are not trusted.
  static constexpr base::Nanos kPatience = std::chrono::seconds(30);
  static constexpr base::Nanos kIdle = std::chrono::minutes(10);
  void prune(base::MonoTime now);
  [[nodiscard]] const base::Endpoint& endpoint() const { return server_->endpoint(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  class Connection;
  class Protocol;
  class Http1;
  class Http2;
  using SharedBody = std::shared_ptr<const std::string>;

  HttpServer(const TlsContext* tls, Handler& handler, const Options& options);
  void on_accept(std::unique_ptr<TcpStream> stream) override;
  // Closes it, if it is there, and tells of the exchanges that end with it.
  void remove(std::uint32_t connection);
  bool make_room();
  // It was answered, or waits no longer.
  void settle(std::uint32_t connection);
  // A copy. Of HTTP/2 many replies wait at the same time, and they are mostly alike: the same copy
  // again where the body is equal to the last one.
  SharedBody share(std::string_view body);
  // Null where the exchange is answered or its client has gone.
  [[nodiscard]] Protocol* find(ExchangeId id) const;

  const TlsContext* tls_;
  Handler& handler_;
  const Options options_;
  std::unique_ptr<TcpServer> server_;
  SharedBody last_body_;
  std::uint32_t next_connection_ = 1;
  // Those that may have to make room, in that order. Who waits for an answer leaves it when it is
  // looked at, and comes back by settle(): so that a flood costs no walk.
  RingLink order_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace rampart::net
