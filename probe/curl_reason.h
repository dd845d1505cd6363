#pragma once

#include <string>
#include <string_view>

#include "model/probe.h"

namespace rampart::probe {

// What libcurl said at the end of one failed transfer.
struct CurlEnd {
  int code = 0;           // CURLcode, not CURLE_OK
  long os_error = 0;      // errno of the last failed connect, send or receive; 0 where none
  long verify_error = 0;  // CURLINFO_SSL_VERIFYRESULT: X509_V_ERR_*
  bool connected = false;
  bool tls = false;  // TLS was asked for
  bool tls_done = false;
  bool first_byte = false;
  std::string_view text{};  // libcurl's error text
};

model::ProbeReason reason_of(const CurlEnd& end);
// What came was no TLS, of any version.
bool speaks_no_tls(const CurlEnd& end);

// A peer's or a library's words made harmless for a terminal and a store: printable ASCII, at most
// 200 characters.
std::string printable(std::string_view text);

}  // namespace rampart::probe
