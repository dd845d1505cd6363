#pragma once

// Private to net's sources that call OpenSSL.
#include <string>
#include <string_view>

#include "base/result.h"

struct X509_VERIFY_PARAM_st;

namespace rampart::net {

// The name as certificates and SNI have it, without the dot of the root at its end. Errc::config
// where none can have it: empty, with a zero byte (OpenSSL would take what is before it), or with a
// dot in front (OpenSSL would take any name below it).
base::Result<std::string> peer_name(std::string_view name);

// Lets the peer's certificate be for this name or IP address alone. Errc::config as above.
base::Status expect_peer(X509_VERIFY_PARAM_st& checks, const std::string& name);

}  // namespace rampart::net
