#include "net/tls_failure.h"

#include <fmt/core.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <string_view>

namespace rampart::net {
namespace {

// OpenSSL reports a peer's alert as this plus its number (RFC 8446, 6.2).
constexpr int kAlert = SSL_AD_REASON_OFFSET;
constexpr int kLastAlert = kAlert + 255;

TlsFailure alert(unsigned long code) {
  const char* reason = ERR_reason_error_string(code);
  std::string_view name = reason != nullptr ? reason : "";
  // "tlsv1 alert unknown ca": the version in front is that of the document which named it first.
  constexpr std::string_view kWord = "alert ";
  if (const auto at = name.find(kWord); at != std::string_view::npos)
    name.remove_prefix(at + kWord.size());
  // The peer does not speak what was asked for by ALPN (RFC 7301, 3.2): no fault of TLS.
  const bool alpn = ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL;
  return {alpn ? StreamEnd::protocol : StreamEnd::tls_alert,
          fmt::format("alert {} from the peer: {}", ERR_GET_REASON(code) - kAlert,
                      name.empty() ? "without a name" : name)};
}

}  // namespace

StreamEnd end_of_verification(long result) {
  switch (result) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID: return StreamEnd::tls_expired;
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return StreamEnd::tls_name_mismatch;
    default: return StreamEnd::tls_untrusted;
  }
}

std::string take_openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "openssl does not know it";
  if (ERR_SYSTEM_ERROR(code)) return std::strerror(ERR_GET_REASON(code));
  const char* text = ERR_reason_error_string(code);
  return text != nullptr ? text : fmt::format("openssl error {:#x}", code);
}

TlsFailure tls_failure(const ssl_st& ssl, unsigned long code) {
  ERR_clear_error();
  if (code == 0)
    return {StreamEnd::tls, (SSL_get_shutdown(&ssl) & SSL_RECEIVED_SHUTDOWN) != 0
                                ? "the peer closed during the handshake"
                                : "tls failure"};
  const int reason = ERR_GET_REASON(code);
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && reason > kAlert && reason <= kLastAlert)
    return alert(code);
  const char* text = ERR_reason_error_string(code);
  TlsFailure out{StreamEnd::tls, text != nullptr ? text : "tls failure"};
  switch (reason) {
    case SSL_R_CERTIFICATE_VERIFY_FAILED: {
      const long result = SSL_get_verify_result(&ssl);
      out.end = end_of_verification(result);
      out.detail += fmt::format(": {}", result == X509_V_ERR_APPLICATION_VERIFICATION
                                            ? "the certificate does not have the pinned key"
                                            : X509_verify_cert_error_string(result));
      break;
    }
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_HTTP_REQUEST: out.detail += ": the peer does not speak tls"; break;
    default: break;
  }
  return out;
}

}  // namespace rampart::net
