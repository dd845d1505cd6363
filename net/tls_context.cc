#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <memory>

#include "base/assert.h"
#include "base/deleter.h"
#include "net/peer_chain.h"
#include "net/tls.h"
#include "net/tls_client.h"
#include "net/tls_failure.h"

namespace rampart::net {
namespace {

using base::Deleter;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

bool add_extension(X509* certificate, int nid, const char* value) {
  using ExtensionPtr = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
  const ExtensionPtr extension(X509V3_EXT_conf_nid(nullptr, nullptr, nid, value));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

CertificatePtr make_self_signed(EVP_PKEY* key) {
  constexpr long kDay = 24L * 3600;
  CertificatePtr certificate(X509_new());
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(x), 30 * kDay);
  X509_set_pubkey(x, key);
  X509_NAME* name = X509_get_subject_name(x);
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
  X509_set_issuer_name(x, name);
  const bool ok = add_extension(x, NID_subject_alt_name, "DNS:localhost,IP:127.0.0.1,IP:::1") &&
                  X509_sign(x, key, EVP_sha256()) > 0;
  return ok ? std::move(certificate) : nullptr;
}

// Both sides: TLS 1.2 and up, no renegotiation, and little memory for a connection that idles.
SSL_CTX* new_context(const SSL_METHOD* method) {
  SSL_CTX* context = SSL_CTX_new(method);
  RAMPART_ASSERT(context != nullptr);
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
  SSL_CTX_set_read_ahead(context, 1);
  // An encrypted key is an error, not a question on the terminal.
  SSL_CTX_set_default_passwd_cb(context, [](char*, int, int, void*) { return -1; });
  ERR_clear_error();
  return context;
}

// HTTP/2 where the client offers it, then HTTP/1.1; a client that offers neither gets no ALPN.
SSL_CTX* new_server_context() {
  SSL_CTX* context = new_context(TLS_server_method());
  const auto select = [](SSL*, const unsigned char** out, unsigned char* size,
                         const unsigned char* offered, unsigned length, void*) {
    static constexpr unsigned char kOurs[] = "\x02h2\x08http/1.1";
    unsigned char* chosen = nullptr;
    if (SSL_select_next_proto(&chosen, size, kOurs, sizeof kOurs - 1, offered, length) !=
        OPENSSL_NPN_NEGOTIATED)
      return SSL_TLSEXT_ERR_NOACK;
    *out = chosen;
    return SSL_TLSEXT_ERR_OK;
  };
  SSL_CTX_set_alpn_select_cb(context, select, nullptr);
  return context;
}

// The system's certificates take about 25 ms to read: only for a client that checks chains.
base::Status trust(SSL_CTX& context, const std::string& ca_file) {
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(&context)
                                     : SSL_CTX_load_verify_file(&context, ca_file.c_str());
  if (loaded != 1)
    return base::fail(base::Errc::config,
                      fmt::format("read CA certificates {}: {}", ca_file, take_openssl_reason()));
  ERR_clear_error();
  return {};
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const noexcept { SSL_CTX_free(context); }

base::Result<TlsContext> TlsContext::client(const TlsClientOptions& options) {
  TlsContext out(new_context(TLS_client_method()));
  SSL_CTX* context = out.native();
  SSL_CTX_set_verify(context, options.insecure ? SSL_VERIFY_NONE : SSL_VERIFY_PEER, nullptr);
  // A file that is named has to be one, also where nothing is checked by it.
  const bool checks_chain = !options.insecure && options.pin.empty();
  if (checks_chain || !options.ca_file.empty()) RAMPART_CHECK(trust(*context, options.ca_file));
  RAMPART_CHECK(apply_tls_options(*context, options));
  if (options.keep_chain) keep_peer_chain(*context, !options.insecure);
  if (options.modern_checks) {
    X509_VERIFY_PARAM* checks = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_hostflags(
        checks, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set_flags(checks, X509_V_FLAG_PARTIAL_CHAIN);
  }
  return out;
}

base::Result<TlsContext> TlsContext::server(const std::string& certificate,
                                            const std::string& key) {
  TlsContext out(new_server_context());
  RAMPART_CHECK(use_key_pair(*out.native(), certificate, key));
  return out;
}

base::Result<TlsContext> TlsContext::self_signed_server() {
  TlsContext out(new_server_context());
  const KeyPtr key(EVP_EC_gen("P-256"));
  const CertificatePtr certificate = key ? make_self_signed(key.get()) : nullptr;
  if (!certificate || SSL_CTX_use_certificate(out.native(), certificate.get()) != 1 ||
      SSL_CTX_use_PrivateKey(out.native(), key.get()) != 1)
    return base::fail(base::Errc::tls, "make a self-signed certificate: " + take_openssl_reason());
  return out;
}

SystemTrust system_trust() {
  const auto chosen = [](const char* variable, const char* otherwise) -> std::string {
    const char* path = secure_getenv(variable);
    return path != nullptr ? path : otherwise;
  };
  return {chosen(X509_get_default_cert_file_env(), X509_get_default_cert_file()),
          chosen(X509_get_default_cert_dir_env(), X509_get_default_cert_dir())};
}

}  // namespace rampart::net
