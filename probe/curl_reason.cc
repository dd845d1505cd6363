#include "probe/curl_reason.h"

#include <curl/curl.h>

#include <cerrno>

#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

// X509_verify_cert_error_string(3); OpenSSL's headers belong to net.
constexpr long kCertNotYetValid = 9;
constexpr long kCertHasExpired = 10;

bool says(std::string_view text, std::string_view words) {
  return text.find(words) != std::string_view::npos;
}

ProbeReason timeout_reason(const CurlEnd& end) {
  if (!end.connected) return ProbeReason::connect_timeout;
  if (end.tls && !end.tls_done) return ProbeReason::timeout_first_byte;  // asked by a ClientHello
  return end.first_byte ? ProbeReason::timeout_transfer : ProbeReason::timeout_first_byte;
}

ProbeReason certificate_reason(const CurlEnd& end) {
  if (end.verify_error == kCertHasExpired || end.verify_error == kCertNotYetValid)
    return ProbeReason::tls_expired;
  // libcurl checks the name itself, after the chain, and has no code of its own for it.
  if (says(end.text, "does not match target host name") || says(end.text, "subject name matches"))
    return ProbeReason::tls_name_mismatch;
  return ProbeReason::tls_untrusted;
}

bool torn(const CurlEnd& end) {
  return end.os_error == ECONNRESET || end.os_error == EPIPE || says(end.text, "reset by peer") ||
         says(end.text, "Broken pipe") || says(end.text, "errno 104");
}

}  // namespace

ProbeReason reason_of(const CurlEnd& end) {
  switch (end.code) {
    case CURLE_OPERATION_TIMEDOUT: return timeout_reason(end);
    case CURLE_COULDNT_CONNECT: return connect_reason(static_cast<int>(end.os_error));
    case CURLE_PEER_FAILED_VERIFICATION: return certificate_reason(end);
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH: return ProbeReason::tls_untrusted;
    case CURLE_SSL_CONNECT_ERROR:
      if (torn(end)) return ProbeReason::reset;
      return says(end.text, " alert ") ? ProbeReason::tls_alert : ProbeReason::tls_handshake;
    case CURLE_SSL_CACERT_BADFILE:  // our own CA file
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:  // our own ciphers or groups, which OpenSSL does not know
    case CURLE_FAILED_INIT: return ProbeReason::local;
    case CURLE_OUT_OF_MEMORY:  // also libcurl's answer to one endless header line
      return end.first_byte ? ProbeReason::protocol : ProbeReason::local;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR: return ProbeReason::reset;
    case CURLE_PARTIAL_FILE: return ProbeReason::protocol;  // ended in order, and too early
    case CURLE_RECV_ERROR:                                  // also a broken chunked encoding
      // In TLS 1.3 a server refuses the client's certificate after the handshake.
      if (says(end.text, " alert ")) return ProbeReason::tls_alert;
      return torn(end) || !says(end.text, "chunk") ? ProbeReason::reset : ProbeReason::protocol;
    default: return ProbeReason::protocol;
  }
}

bool speaks_no_tls(const CurlEnd& end) {
  return end.code == CURLE_SSL_CONNECT_ERROR &&
         (says(end.text, "wrong version number") || says(end.text, "packet length too long"));
}

std::string printable(std::string_view text) {
  constexpr std::size_t kLongest = 200;
  std::string out(text.substr(0, kLongest));
  for (char& c : out)
    if (c < ' ' || c > '~') c = '?';
  return out;
}

}  // namespace rampart::probe
