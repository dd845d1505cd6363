#pragma once

// Private to net's sources that call OpenSSL.
#include <string>

#include "net/stream.h"

struct ssl_st;

namespace rampart::net {

// OpenSSL's words for the first error that this thread's queue holds, and an empty queue.
std::string take_openssl_reason();

// What SSL_get_verify_result says, which is not X509_V_OK.
StreamEnd end_of_verification(long result);

struct TlsFailure {
  StreamEnd end = StreamEnd::tls;
  std::string detail;
};
// What the failure of a call on `ssl` means whose first error was `code`; empties this thread's
// error queue.
TlsFailure tls_failure(const ssl_st& ssl, unsigned long code);

}  // namespace rampart::net
