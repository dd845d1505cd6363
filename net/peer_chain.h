#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

struct ssl_ctx_st;
struct ssl_st;

namespace rampart::net {

class Stream;

// What a TLS server showed to prove who it is, also where it was refused for that. Times are whole
// seconds of Unix time, as certificates may last longer than a WallTime.
struct PeerChain {
  // When the first of all certificates that it showed expires.
  std::chrono::sys_seconds first_not_after;
  // Of all ways from its own certificate to a trusted one, the way that holds longest: until when.
  // Empty where there is none, and where nothing was checked.
  std::optional<std::chrono::sys_seconds> way_not_after;
  // Its own certificate. Names are as Go's crypto/x509 writes them: RFC 2253, sorted by kind. All
  // text is UTF-8.
  std::string fingerprint;  // SHA-256 in hexadecimal digits
  std::string serial;       // hexadecimal digits
  std::string subject;
  std::string issuer;
  std::vector<std::string> dns_names;  // of subjectAltName, in its order
};

// Of a connection whose context keeps it (TlsClientOptions::keep_chain), from the moment at which
// the server's certificate was looked at; also in and after on_end. Computed anew at each call.
std::optional<PeerChain> peer_chain(const Stream& stream);

// For whoever has a context or a connection of OpenSSL's from elsewhere. Before the context's
// first connection; replaces its way of checking certificates by one with the same results. With
// `check` off nothing is checked, as SSL_VERIFY_NONE wants it.
void keep_peer_chain(ssl_ctx_st& context, bool check);
std::optional<PeerChain> peer_chain(const ssl_st& ssl);

}  // namespace rampart::net
