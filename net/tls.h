#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/stream.h"

struct ssl_ctx_st;

namespace rampart::net {

class Loop;
class TcpStream;

struct TlsClientOptions {
  std::string ca_file;    // empty: the system's store
  bool insecure = false;  // accept any certificate
};

// One SSL_CTX, made once per thread and reused: OpenSSL 3.0 takes locks where threads share one.
class TlsContext {
 public:
  static base::Result<TlsContext> client(const TlsClientOptions& options);
  // PEM files. Errors name the file. A server chooses h2 by ALPN where the client offers it.
  static base::Result<TlsContext> server(const std::string& certificate, const std::string& key);
  // A self-signed certificate for localhost, 127.0.0.1 and ::1, made in memory; for demos and
  // tests.
  static base::Result<TlsContext> self_signed_server();

  TlsContext(TlsContext&&) noexcept = default;
  TlsContext& operator=(TlsContext&&) noexcept = default;
  ~TlsContext() = default;

  [[nodiscard]] ssl_ctx_st* native() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const noexcept;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_(context) {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
};

// TLS over a TcpStream. The context and the listener must outlive the stream.
// server_name: for SNI and for the certificate check; an IP address is checked as one and sends no
// SNI. alpn: the one protocol to offer; a server that refuses it is StreamEnd::protocol.
std::unique_ptr<Stream> connect_tls(Loop& loop, const TlsContext& context,
                                    const std::string& server_name, const base::Endpoint& to,
                                    Stream::Listener& listener, std::string_view alpn = {});
// The server side of an accepted connection.
std::unique_ptr<Stream> accept_tls(const TlsContext& context, std::unique_ptr<TcpStream> tcp,
                                   Stream::Listener& listener);

}  // namespace rampart::net
