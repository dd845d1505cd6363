#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/plan.h"

// A web configuration of Prometheus' exporters (docs/exporter.md), as plain data. Made by
// scenarios; files are opened and names of ciphers judged by whoever serves.

namespace rampart::model {

struct WebTls {
  // What a client shows of itself, in the order of Go's crypto/tls.
  enum class ClientAuth : std::uint8_t {
    none,
    request,          // and anything will do
    require_any,      // which is not checked
    verify_if_given,  // against client_ca_file
    require_and_verify,
  };
  std::string cert_file;
  std::string key_file;
  ClientAuth client_auth = ClientAuth::none;
  std::string client_ca_file;  // empty: the system's store
  TlsVersion min_version = TlsVersion::tls1_2;
  TlsVersion max_version = TlsVersion::tls1_3;
  std::vector<std::string> cipher_suites;  // by their names of RFC 8446 and before, up to TLS 1.2
  std::vector<std::string> curves;         // by Go's names: CurveP256
  bool prefer_server_cipher_suites = true;
};

struct WebConfig {
  std::optional<WebTls> tls;
  bool http2 = true;                                         // over TLS
  std::vector<std::pair<std::string, std::string>> headers;  // of every answer
  std::map<std::string, std::string> users;                  // name -> hash of bcrypt; none: open
};

}  // namespace rampart::model
