#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/tls.h"

namespace rampart::net {

// What a server asks of its clients and offers them.
struct TlsServerOptions {
  std::string certificate = {};  // PEM files; the certificate's with its chain
  std::string key = {};
  enum class Client : std::uint8_t { nothing, asked, required } client = Client::nothing;
  bool verify_client = false;  // a certificate that it shows, against client_ca
  std::string client_ca = {};  // PEM; empty: the system's store
  TlsVersion min_version = TlsVersion::tls1_2;
  TlsVersion max_version = TlsVersion::tls1_3;
  std::vector<std::string> ciphers = {};  // by their names of RFC 8446, app. B.4, and of RFC 5246;
                                          // those of TLS 1.3 are always on,
                                          // and where there is no other nothing older is spoken
  std::vector<std::string> groups = {};   // by OpenSSL's names
  bool server_preference = true;          // the order of ciphers is the server's
  bool http2 = true;                      // else it is not chosen by ALPN
};

// Errc::config names the file or the option.
base::Result<TlsContext> make_server_context(const TlsServerOptions& options);

}  // namespace rampart::net
