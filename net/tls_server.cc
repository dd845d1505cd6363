#include "net/tls_server.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <string_view>

#include "net/tls_failure.h"

namespace rampart::net {
namespace {

constexpr std::string_view kSessions = "rampart";

int number_of(TlsVersion version) {
  switch (version) {
    case TlsVersion::any: return 0;
    case TlsVersion::tls1_0: return TLS1_VERSION;
    case TlsVersion::tls1_1: return TLS1_1_VERSION;
    case TlsVersion::tls1_2: return TLS1_2_VERSION;
    case TlsVersion::tls1_3: return TLS1_3_VERSION;
  }
  return 0;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const auto& name : names) out += (out.empty() ? "" : ":") + name;
  return out;
}

base::Status set_ciphers(SSL_CTX& context, const TlsServerOptions& options) {
  const auto& names = options.ciphers;
  std::vector<std::string> older;
  for (const auto& name : names) {
    const std::string_view known = OPENSSL_cipher_name(name.c_str());
    if (known == "(NONE)")
      return base::fail(base::Errc::config, fmt::format("cipher suite {} is not known", name));
    if (!known.starts_with("TLS_")) older.emplace_back(known);
  }
  if (names.empty()) return {};
  const bool newest =
      options.max_version == TlsVersion::any || options.max_version == TlsVersion::tls1_3;
  if (older.empty() && !newest)
    return base::fail(base::Errc::config,
                      "every cipher suite of the list is of TLS 1.3, which max_version rules out");
  // OpenSSL would have its own list for TLS 1.2.
  if (older.empty()) {
    SSL_CTX_set_min_proto_version(&context, TLS1_3_VERSION);
    return {};
  }
  if (SSL_CTX_set_cipher_list(&context, joined(older).c_str()) == 1) return {};
  return base::fail(base::Errc::config,
                    fmt::format("cipher suites {}: {}", joined(older), take_openssl_reason()));
}

base::Status ask_clients(SSL_CTX& context, const TlsServerOptions& options) {
  using Client = TlsServerOptions::Client;
  if (options.client == Client::nothing) return {};
  const int mode =
      SSL_VERIFY_PEER | (options.client == Client::required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0);
  if (!options.verify_client) {
    SSL_CTX_set_verify(&context, mode, [](int, X509_STORE_CTX*) { return 1; });
    return {};
  }
  SSL_CTX_set_verify(&context, mode, nullptr);
  if (options.client_ca.empty()) {
    SSL_CTX_set_default_verify_paths(&context);
    ERR_clear_error();
    return {};
  }
  STACK_OF(X509_NAME)* const names = SSL_load_client_CA_file(options.client_ca.c_str());
  if (names == nullptr || SSL_CTX_load_verify_file(&context, options.client_ca.c_str()) != 1) {
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    return base::fail(base::Errc::config, fmt::format("read CA certificates {}: {}",
                                                      options.client_ca, take_openssl_reason()));
  }
  SSL_CTX_set_client_CA_list(&context, names);
  return {};
}

int choose_http1(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* offered,
                 unsigned length, void*) {
  static constexpr unsigned char kOurs[] = "\x08http/1.1";
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, size, kOurs, sizeof kOurs - 1, offered, length) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_NOACK;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

base::Result<TlsContext> make_server_context(const TlsServerOptions& options) {
  RAMPART_TRY(auto out, TlsContext::server(options.certificate, options.key));
  SSL_CTX& context = *out.native();
  // OpenSSL has the oldest versions at this level only.
  if (options.min_version < TlsVersion::tls1_2) SSL_CTX_set_security_level(&context, 0);
  if (!options.groups.empty() &&
      SSL_CTX_set1_groups_list(&context, joined(options.groups).c_str()) != 1)
    return base::fail(base::Errc::config,
                      fmt::format("curves {}: {}", joined(options.groups), take_openssl_reason()));
  SSL_CTX_set_min_proto_version(&context, number_of(options.min_version));
  SSL_CTX_set_max_proto_version(&context, number_of(options.max_version));
  RAMPART_CHECK(set_ciphers(context, options));
  if (options.server_preference) SSL_CTX_set_options(&context, SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (!options.http2) SSL_CTX_set_alpn_select_cb(&context, choose_http1, nullptr);
  // Without one no session of a client with a certificate could be resumed.
  SSL_CTX_set_session_id_context(&context, reinterpret_cast<const unsigned char*>(kSessions.data()),
                                 static_cast<unsigned>(kSessions.size()));
  RAMPART_CHECK(ask_clients(context, options));
  return out;
}

}  // namespace rampart::net
