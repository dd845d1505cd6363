#include "probe/curl_failure.h"

#include <curl/curl.h>
#include <fmt/core.h>

#include "base/units.h"
#include "probe/curl_easy.h"
#include "probe/curl_reason.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

using model::ProbeReason;

CurlFailure explain(const CurlEasy& easy, int code, const CurlAsked& asked) {
  const auto& peer = asked.peer;
  if (const auto& error = easy.socket_error(); !error.text.empty())
    return {reason_of(error), error.text};
  if (easy.header_too_long())
    return {ProbeReason::protocol, fmt::format("{} sent headers of more than 80 KiB", peer)};
  const CurlEnd end = easy.end(code, asked.tls);
  const auto reason = reason_of(end);
  const auto words = end.text.empty() ? std::string(curl_easy_strerror(static_cast<CURLcode>(code)))
                                      : printable(end.text);
  const auto limit = base::format_duration(asked.limit);
  if (code == CURLE_COULDNT_CONNECT && end.os_error != 0)
    return {reason, fmt::format("connect {}: {}", peer, os_text(static_cast<int>(end.os_error)))};
  if (speaks_no_tls(end))
    return {reason, fmt::format("{} does not speak TLS: look at the port and the scheme", peer)};
  switch (reason) {
    case ProbeReason::connect_timeout:
      return {reason, fmt::format("connect {}: no answer within {}", peer, limit)};
    case ProbeReason::timeout_first_byte:
      return {reason, fmt::format("{} accepted the connection and {} within {}", peer,
                                  end.tls && !end.tls_done ? "did not complete the tls handshake"
                                                           : "sent no answer",
                                  limit)};
    case ProbeReason::timeout_transfer:
      return {
          reason,
          fmt::format("{} began to answer and did not end within {}, after {} bytes of the body",
                      peer, limit, asked.body_bytes)};
    default: return {reason, fmt::format("{}: {}", peer, words)};
  }
}

}  // namespace rampart::probe
