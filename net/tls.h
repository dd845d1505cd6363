#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "net/stream.h"

struct ssl_ctx_st;

namespace rampart::net {

class Loop;
class TcpStream;

enum class TlsVersion : std::uint8_t { any, tls1_0, tls1_1, tls1_2, tls1_3 };

struct TlsClientOptions {
  std::string ca_file = {};  // empty: the system's store
  bool insecure = false;     // accept any certificate
  TlsVersion min_version =
      TlsVersion::any;  // any: 1.2. Below it only at OpenSSL's security level 0
  TlsVersion max_version = TlsVersion::any;
  std::string ciphers = {};           // up to TLS 1.2, a list as of openssl-ciphers(1)
  std::string ciphersuites = {};      // of TLS 1.3, separated by ':'
  std::string groups = {};            // for the key exchange, separated by ':'
  std::string certificate_file = {};  // shown where the server asks; PEM, with its chain
  std::string key_file = {};          // empty: the key is in certificate_file
  // "sha256/" and the base64 of the SHA-256 of the server's SubjectPublicKeyInfo (RFC 7469, 2.4).
  // The key is then all that is checked: not the chain, the name or the dates.
  std::string pin = {};
  // Keep the newest session of the context in memory and offer it to the same server name.
  // Off: each connection makes a full handshake.
  bool resumption = false;
  // Remember what the server shows, for peer_chain(). Not together with a pin.
  bool keep_chain = false;
  // As browsers and Go check: the name stands in subjectAltName alone, a '*' for a whole label, and
  // a CA certificate is trusted also where it is not self-signed.
  bool modern_checks = false;
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

// Where OpenSSL looks for the certificates of CAs that this host trusts.
struct SystemTrust {
  std::string file;
  std::string folder;  // of files that are named by the hash of their subject
};
SystemTrust system_trust();

// TLS over a TcpStream. The context and the listener must outlive the stream.
// server_name: for SNI and for the certificate check; an IP address is checked as one and sends no
// SNI. Empty only where any certificate is accepted: nothing is sent then. What no certificate can
// be for ends the connection before the handshake, as StreamEnd::local.
std::unique_ptr<Stream> connect_tls(Loop& loop, const TlsContext& context,
                                    const std::string& server_name, const base::Endpoint& to,
                                    Stream::Listener& listener, const ConnectOptions& options = {});
// The same over a connection that is open and was used in clear text until now (STARTTLS). To be
// called also from the listener of that. No call to the new listener from inside.
std::unique_ptr<Stream> start_tls(const TlsContext& context, const std::string& server_name,
                                  std::unique_ptr<TcpStream> tcp, Stream::Listener& listener);

// What an open TLS connection is made of.
struct TlsInfo {
  std::string version;  // TLSv1.3
  std::string cipher;   // OpenSSL's name
  std::string group;    // of the key exchange; empty where it was RSA or resumed without one
  bool resumed = false;
  std::string alpn;  // empty: none
  // The peer's certificate; empty where it showed none.
  std::string key_type;  // RSA, EC, ED25519
  unsigned key_bits = 0;
  std::string subject;  // RFC 2253, escaped
  std::optional<base::WallTime> not_before;
  std::optional<base::WallTime> not_after;
};
// Empty for a stream without TLS, and before on_open. Computed anew at each call.
std::optional<TlsInfo> tls_info(const Stream& stream);
// hot: TlsInfo::resumed alone. False where tls_info is empty.
[[nodiscard]] bool tls_resumed(const Stream& stream);

// The server side of an accepted connection.
std::unique_ptr<Stream> accept_tls(const TlsContext& context, std::unique_ptr<TcpStream> tcp,
                                   Stream::Listener& listener);

}  // namespace rampart::net
