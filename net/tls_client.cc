#include "net/tls_client.h"

#include <fmt/core.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string_view>

#include "base/assert.h"
#include "base/deleter.h"
#include "net/tls.h"
#include "net/tls_failure.h"

namespace rampart::net {
namespace {

using base::Deleter;
using SessionPtr = std::unique_ptr<SSL_SESSION, Deleter<SSL_SESSION_free>>;
using Digest = std::array<unsigned char, 32>;

// What a context of ours remembers; freed with the context.
struct ClientState {
  Digest pin{};
  SessionPtr session;  // the newest
  std::string name;    // of the server that gave it
};

int state_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* state, CRYPTO_EX_DATA*, int, long, void*) {
        const std::unique_ptr<ClientState> gone(static_cast<ClientState*>(state));
      });
  return index;
}

ClientState* state_of(const SSL_CTX& context) {
  return static_cast<ClientState*>(SSL_CTX_get_ex_data(&context, state_index()));
}

ClientState& make_state(SSL_CTX& context) {
  if (state_of(context) == nullptr) {
    auto made = std::make_unique<ClientState>();
    RAMPART_ASSERT(SSL_CTX_set_ex_data(&context, state_index(), made.get()) == 1);
    static_cast<void>(made.release());  // freed with the context
  }
  return *state_of(context);
}

tl::unexpected<base::Error> wrong(std::string_view option, std::string_view value,
                                  std::string_view why) {
  return base::fail(base::Errc::config, fmt::format("tls {} {}: {}", option, value, why));
}

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

std::string_view text_of(TlsVersion version) {
  constexpr std::string_view kTexts[] = {"any", "1.0", "1.1", "1.2", "1.3"};
  return kTexts[static_cast<std::size_t>(version)];
}

// After the ciphers, which may set the security level.
base::Status set_versions(SSL_CTX& context, TlsVersion lowest, TlsVersion highest) {
  for (const auto& [option, version] :
       {std::pair{"min_version", lowest}, std::pair{"max_version", highest}})
    if ((version == TlsVersion::tls1_0 || version == TlsVersion::tls1_1) &&
        SSL_CTX_get_security_level(&context) > 0)
      return wrong(option, text_of(version),
                   fmt::format("openssl allows it at security level 0 only, and this is level {}; "
                               "set ciphers to DEFAULT:@SECLEVEL=0",
                               SSL_CTX_get_security_level(&context)));
  if (highest != TlsVersion::any && lowest > highest)
    return wrong("min_version", text_of(lowest),
                 fmt::format("is above max_version {}", text_of(highest)));
  // 1.2 is the lowest by default; a lower maximum takes the minimum with it.
  if (lowest == TlsVersion::any) lowest = TlsVersion::tls1_2;
  if (highest != TlsVersion::any) lowest = std::min(lowest, highest);
  if (SSL_CTX_set_min_proto_version(&context, number_of(lowest)) != 1)
    return wrong("min_version", text_of(lowest), take_openssl_reason());
  if (SSL_CTX_set_max_proto_version(&context, number_of(highest)) != 1)
    return wrong("max_version", text_of(highest), take_openssl_reason());
  return {};
}

// OpenSSL skips suites that it does not know, so each is tried alone first.
base::Status set_ciphersuites(SSL_CTX& context, const std::string& suites) {
  for (std::string_view rest = suites; !rest.empty();) {
    const auto colon = rest.find(':');
    const std::string one(rest.substr(0, colon));
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
    if (one.empty() || SSL_CTX_set_ciphersuites(&context, one.c_str()) != 1)
      return wrong("ciphersuites", one, take_openssl_reason());
  }
  if (SSL_CTX_set_ciphersuites(&context, suites.c_str()) != 1)
    return wrong("ciphersuites", suites, take_openssl_reason());
  return {};
}

base::Result<Digest> read_pin(const std::string& pin) {
  constexpr std::string_view kPrefix = "sha256/";
  constexpr std::size_t kBase64 = 44;  // of 32 bytes, with one '=' at the end
  std::array<unsigned char, 33> bytes{};
  const bool shaped = pin.size() == kPrefix.size() + kBase64 && pin.starts_with(kPrefix) &&
                      pin.back() == '=' && pin[pin.size() - 2] != '=';
  const auto* base64 = reinterpret_cast<const unsigned char*>(pin.data()) + kPrefix.size();
  if (!shaped || EVP_DecodeBlock(bytes.data(), base64, static_cast<int>(kBase64)) != 33) {
    ERR_clear_error();
    return wrong("pin", pin, "write sha256/ and the base64 of a SHA-256 digest");
  }
  Digest out;
  std::copy_n(bytes.begin(), out.size(), out.begin());
  return out;
}

// In place of X509_verify_cert.
int check_pin(X509_STORE_CTX* chain, void* state) {
  const X509* shown = X509_STORE_CTX_get0_cert(chain);
  unsigned char* key = nullptr;
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(shown), &key);
  const std::unique_ptr<unsigned char, decltype([](unsigned char* p) { OPENSSL_free(p); })> free(
      key);
  Digest digest{};
  unsigned length = 0;
  const bool same = size > 0 &&
                    EVP_Digest(key, static_cast<std::size_t>(size), digest.data(), &length,
                               EVP_sha256(), nullptr) == 1 &&
                    digest == static_cast<const ClientState*>(state)->pin;
  X509_STORE_CTX_set_error(chain, same ? X509_V_OK : X509_V_ERR_APPLICATION_VERIFICATION);
  return same ? 1 : 0;
}

// The name or address that the certificate of this connection is checked against.
std::string checked_name(SSL& ssl) {
  X509_VERIFY_PARAM* checks = SSL_get0_param(&ssl);
  if (const char* host = X509_VERIFY_PARAM_get0_host(checks, 0)) return host;
  char* ip = X509_VERIFY_PARAM_get1_ip_asc(checks);
  std::string out = ip != nullptr ? ip : "";
  OPENSSL_free(ip);
  return out;
}

int keep_session(SSL* ssl, SSL_SESSION* session) {
  auto* state = state_of(*SSL_get_SSL_CTX(ssl));
  state->session.reset(session);
  state->name = checked_name(*ssl);
  return 1;  // the reference is ours
}

}  // namespace

base::Status use_key_pair(ssl_ctx_st& context, const std::string& certificate,
                          const std::string& key) {
  if (SSL_CTX_use_certificate_chain_file(&context, certificate.c_str()) != 1)
    return base::fail(base::Errc::config,
                      fmt::format("read certificate {}: {}", certificate, take_openssl_reason()));
  const auto mismatch = [&] {
    ERR_clear_error();
    return base::fail(base::Errc::config, fmt::format("{} is not the key of {}", key, certificate));
  };
  if (SSL_CTX_use_PrivateKey_file(&context, key.c_str(), SSL_FILETYPE_PEM) != 1) {
    if (ERR_GET_REASON(ERR_peek_error()) == X509_R_KEY_VALUES_MISMATCH) return mismatch();
    return base::fail(base::Errc::config, fmt::format("read key {} of certificate {}: {}", key,
                                                      certificate, take_openssl_reason()));
  }
  if (SSL_CTX_check_private_key(&context) != 1) return mismatch();
  return {};
}

base::Status apply_tls_options(ssl_ctx_st& context, const TlsClientOptions& options) {
  if (!options.ciphers.empty() && SSL_CTX_set_cipher_list(&context, options.ciphers.c_str()) != 1)
    return wrong("ciphers", options.ciphers, take_openssl_reason());
  if (!options.ciphersuites.empty()) RAMPART_CHECK(set_ciphersuites(context, options.ciphersuites));
  if (!options.groups.empty() && SSL_CTX_set1_groups_list(&context, options.groups.c_str()) != 1)
    return wrong("groups", options.groups, take_openssl_reason());
  RAMPART_CHECK(set_versions(context, options.min_version, options.max_version));
  if (options.certificate_file.empty() && !options.key_file.empty())
    return wrong("key_file", options.key_file, "its certificate_file is missing");
  if (!options.certificate_file.empty())
    RAMPART_CHECK(
        use_key_pair(context, options.certificate_file,
                     options.key_file.empty() ? options.certificate_file : options.key_file));
  if (!options.pin.empty()) {
    if (options.insecure) return wrong("pin", options.pin, "insecure would accept any other key");
    if (options.keep_chain) return wrong("pin", options.pin, "the chain is not looked at then");
    RAMPART_TRY(make_state(context).pin, read_pin(options.pin));
    SSL_CTX_set_cert_verify_callback(&context, check_pin, state_of(context));
  }
  if (options.resumption) {
    static_cast<void>(make_state(context));
    SSL_CTX_set_session_cache_mode(&context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(&context, keep_session);
  }
  return {};
}

void offer_session(ssl_st& ssl) {
  const auto* state = state_of(*SSL_get_SSL_CTX(&ssl));
  if (state == nullptr || !state->session) return;
  if (SSL_SESSION_is_resumable(state->session.get()) == 1 && state->name == checked_name(ssl))
    SSL_set_session(&ssl, state->session.get());
}

}  // namespace rampart::net
