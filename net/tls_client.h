#pragma once

// Private to net's sources that call OpenSSL: what TlsClientOptions do to a context.
#include <string>

#include "base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace rampart::net {

struct TlsClientOptions;

// All but ca_file and insecure. Errors are Errc::config and name the option.
base::Status apply_tls_options(ssl_ctx_st& context, const TlsClientOptions& options);
// PEM files; errors name them.
base::Status use_key_pair(ssl_ctx_st& context, const std::string& certificate,
                          const std::string& key);
// Before the handshake, with the server's name set: offers the session that the context keeps, if
// it has one for this name.
void offer_session(ssl_st& ssl);

}  // namespace rampart::net
