#include "net/tls_witness.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "net/tls.h"
#include "net/tls_failure.h"
#include "net/tls_peer_name.h"

namespace rampart::net {
namespace {

// Of the witness in its context.
int witness_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

base::Status failed(std::string_view what) {
  return base::fail(base::Errc::tls, fmt::format("{}: {}", what, take_openssl_reason()));
}

// Trust and the way of checking.
base::Status take_over_checks(SSL_CTX& context, SSL_CTX& like) {
  SSL_CTX_set1_cert_store(&context, SSL_CTX_get_cert_store(&like));
  if (SSL_CTX_set1_param(&context, SSL_CTX_get0_param(&like)) != 1)
    return failed("use the checks of a certificate");
  const int mode = SSL_CTX_get_verify_mode(&like);
  SSL_CTX_set_verify(&context, mode, nullptr);
  keep_peer_chain(context, mode != SSL_VERIFY_NONE);
  return {};
}

base::Status take_over_key(SSL_CTX& context, SSL_CTX& like) {
  X509* certificate = SSL_CTX_get0_certificate(&like);
  if (certificate == nullptr) return {};
  if (SSL_CTX_use_certificate(&context, certificate) != 1 ||
      SSL_CTX_use_PrivateKey(&context, SSL_CTX_get0_privatekey(&like)) != 1)
    return failed("use a client certificate");
  STACK_OF(X509)* chain = nullptr;
  // SSL_CTX_get0_chain_certs, without its C cast.
  SSL_CTX_ctrl(&like, SSL_CTRL_GET_CHAIN_CERTS, 0, static_cast<void*>(&chain));
  if (chain != nullptr && SSL_CTX_set1_chain(&context, chain) != 1)
    return failed("use a client certificate's chain");
  return {};
}

}  // namespace

base::Status TlsWitness::attend(ssl_ctx_st& context, const TlsContext& like,
                                const std::string& name) {
  handshake_ = {};
  attended_ = &context;
  SSL_CTX& from = *like.native();
  SSL_CTX_set_min_proto_version(&context, static_cast<int>(SSL_CTX_get_min_proto_version(&from)));
  SSL_CTX_set_max_proto_version(&context, static_cast<int>(SSL_CTX_get_max_proto_version(&from)));
  SSL_CTX_set_security_level(&context, SSL_CTX_get_security_level(&from));
  // Whoever made the context may have let SSLKEYLOGFILE have the secrets.
  SSL_CTX_set_keylog_callback(&context, nullptr);
  RAMPART_CHECK(take_over_checks(context, from));
  RAMPART_CHECK(take_over_key(context, from));
  if (SSL_CTX_get_verify_mode(&from) != SSL_VERIFY_NONE)
    RAMPART_CHECK(expect_peer(*SSL_CTX_get0_param(&context), name));
  if (SSL_CTX_set_ex_data(&context, witness_index(), this) != 1)
    return failed("attend a handshake");
  SSL_CTX_set_info_callback(&context, &TlsWitness::hear);
  return {};
}

void TlsWitness::hear(const ssl_st* ssl, int where, int) noexcept {
  const SSL_CTX* context = SSL_get_SSL_CTX(ssl);
  auto* self = static_cast<TlsWitness*>(SSL_CTX_get_ex_data(context, witness_index()));
  if (self == nullptr || self->attended_ != context || self->handshake_.done) return;
  const bool done = (where & SSL_CB_HANDSHAKE_DONE) != 0;
  // Each time that the handshake waits for the peer, and when it fails.
  if (done || (where & SSL_CB_EXIT) != 0) self->look_at(*ssl, done);
}

void TlsWitness::look_at(const ssl_st& ssl, bool done) {
  handshake_.done = done;
  if (!handshake_.chain) handshake_.chain = peer_chain(ssl);
  if (!done && !handshake_.chain) return;
  handshake_.version = SSL_get_version(&ssl);
  const SSL_CIPHER* cipher = SSL_get_current_cipher(&ssl);
  if (cipher == nullptr) cipher = SSL_get_pending_cipher(&ssl);
  const char* words = cipher != nullptr ? SSL_CIPHER_standard_name(cipher) : nullptr;
  handshake_.cipher = words != nullptr ? words : "";
  const long result = SSL_get_verify_result(&ssl);
  if (result == X509_V_OK || SSL_get_verify_mode(&ssl) == SSL_VERIFY_NONE) return;
  handshake_.refusal = end_of_verification(result);
  handshake_.why = X509_verify_cert_error_string(result);
}

}  // namespace rampart::net
