#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/tcp_stream.h"

namespace rampart::net {

class Loop;
class TlsContext;

// A small server of HTTP/1.1 and HTTP/2 for `rampart target` and for tests. A client gets HTTP/2
// where it offers h2 by ALPN, or begins with the connection preface (RFC 9113, 3.4). Replies may
// come later, in any order between connections and between streams. Requests with a path above 16
// KiB, headers above 80 KiB or a body above 1 MiB are refused (414, 431, 413), what is no HTTP with
// 400 or the error codes of HTTP/2. At most 128 streams of a connection are open at once. A client
// that sends without reading its replies is not read from meanwhile, so memory stays bounded. Loop
// thread only.
class HttpServer final : private TcpServer::Listener {
 public:
  using ExchangeId = std::uint64_t;

  struct Request {
    std::string_view method;  // valid during on_request
    std::string_view path;    // with the query
  };
  struct Reply {
    std::uint16_t status = 200;
    std::string_view content_type = "text/plain; charset=utf-8";
    std::string_view body;
    bool close = false;
  };
  class Handler {
   public:
    // Answer with reply() or drop() now or later; each exchange once. The server may be destroyed
    // in it.
    virtual void on_request(ExchangeId id, const Request& request) = 0;

   protected:
    ~Handler() = default;
  };

  // With a TLS context: HTTPS. Handler and context must outlive the server.
  static base::Result<std::unique_ptr<HttpServer>> listen(Loop& loop, const base::Endpoint& at,
                                                          const TlsContext* tls, Handler& handler);
  // Clients of HTTP/2 are told by GOAWAY.
  ~HttpServer();

  // Nothing happens where the client has gone meanwhile.
  void reply(ExchangeId id, const Reply& reply);
  // Closes the client's connection without a reply; of HTTP/2 only the stream (RST_STREAM).
  void drop(ExchangeId id);
  [[nodiscard]] const base::Endpoint& endpoint() const { return server_->endpoint(); }
  [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
  class Connection;
  class Protocol;
  class Http1;
  class Http2;
  using SharedBody = std::shared_ptr<const std::string>;

  HttpServer(Loop& loop, const TlsContext* tls, Handler& handler);
  void on_accept(std::unique_ptr<TcpStream> stream) override;
  void remove(std::uint32_t connection);
  // A copy. Of HTTP/2 many replies wait at the same time, and they are mostly alike: the same copy
  // again where the body is equal to the last one.
  SharedBody share(std::string_view body);
  // Null where the exchange is answered or its client has gone.
  [[nodiscard]] Protocol* find(ExchangeId id) const;

  const TlsContext* tls_;
  Handler& handler_;
  std::unique_ptr<TcpServer> server_;
  SharedBody last_body_;
  std::uint32_t next_connection_ = 1;
  std::unordered_map<std::uint32_t, std::unique_ptr<Connection>> connections_;
};

}  // namespace rampart::net
