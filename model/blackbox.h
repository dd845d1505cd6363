#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "model/plan.h"

// A blackbox.yml of blackbox_exporter as plain data, with its names and its defaults
// (github.com/prometheus/blackbox_exporter, CONFIGURATION.md). Regular expressions are RE2's and
// were read once when the file was. Secrets are as the file has them; files with secrets are read
// anew by each probe.

namespace rampart::model {

// Which of a name's addresses is probed: the first of the preferred family, and where it has none
// and `fallback` is set the last of the other, as blackbox_exporter does.
struct IpPreference {
  bool v6 = true;
  bool fallback = true;
};

struct ModuleTls {
  std::string ca_file;  // empty: the system's store
  std::string certificate_file;
  std::string key_file;
  std::string server_name;  // empty: the target's host
  bool insecure = false;    // insecure_skip_verify
  TlsVersion min_version = TlsVersion::any;
  TlsVersion max_version = TlsVersion::any;
};

struct BasicAuth {
  std::string username;
  std::string password;
  std::string password_file;  // at most one of the two is given
};

// An Authorization header: "TYPE CREDENTIALS".
struct Authorization {
  std::string type = "Bearer";
  std::string credentials;
  std::string credentials_file;
};

// Where requests go through. Names that noproxy lists are asked directly.
struct ProxyOptions {
  std::string url;  // http, https or socks5; empty: none
  std::string no_proxy;
  bool from_environment = false;
  std::vector<std::pair<std::string, std::string>> connect_headers;
};

// Client credentials of RFC 6749, section 4.4.
struct OAuth2 {
  std::string client_id;
  std::string client_secret;
  std::string client_secret_file;
  std::vector<std::string> scopes;
  std::string token_url;
  std::vector<std::pair<std::string, std::string>> endpoint_params;
  ModuleTls tls;
  ProxyOptions proxy;
};

struct HeaderMatch {
  std::string header;
  std::string regexp;
  bool allow_missing = false;
};

struct HttpModule {
  std::vector<int> valid_status_codes;           // empty: 2xx
  std::vector<std::string> valid_http_versions;  // as written: "HTTP/1.1"; empty: any
  IpPreference ip;
  bool skip_resolve_phase_with_proxy = false;
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> headers;  // in order; a name may come again
  std::string body;
  std::string body_file;
  std::uint64_t body_size_limit = 0;  // bytes after decompression; 0: none
  std::string compression;  // gzip br deflate identity; empty: what comes is taken as it is
  bool follow_redirects = true;
  bool fail_if_ssl = false;
  bool fail_if_not_ssl = false;
  std::vector<std::string> fail_if_body_matches;
  std::vector<std::string> fail_if_body_not_matches;
  std::vector<HeaderMatch> fail_if_header_matches;
  std::vector<HeaderMatch> fail_if_header_not_matches;
  ModuleTls tls;
  std::optional<BasicAuth> basic_auth;
  std::optional<Authorization> authorization;  // bearer_token and bearer_token_file end here, too
  std::optional<OAuth2> oauth2;
  ProxyOptions proxy;
  bool enable_http2 = true;
};

// One turn of a conversation: expects a line, then sends one, then begins TLS; each where given.
struct QueryResponse {
  std::string expect;  // RE2 on one line; groups fill ${1} in `send` and in labels
  std::string send;    // "\n" is appended
  bool starttls = false;
  std::vector<std::pair<std::string, std::string>> labels;  // of probe_expect_info
};

struct TcpModule {
  IpPreference ip;
  std::string source_ip_address;
  std::vector<QueryResponse> query_response;
  bool tls = false;
  ModuleTls tls_options;
};

struct UnixModule {
  std::vector<QueryResponse> query_response;
  bool tls = false;
  ModuleTls tls_options;
};

// Regular expressions on the records of one section of a DNS answer, written as a zone file has
// them.
struct RecordChecks {
  std::vector<std::string> fail_if_matches;
  std::vector<std::string> fail_if_all_match;
  std::vector<std::string> fail_if_not_matches;
  std::vector<std::string> fail_if_none_matches;
};

struct DnsModule {
  IpPreference ip;
  std::string source_ip_address;
  bool tcp = false;  // transport_protocol
  bool over_tls = false;
  ModuleTls tls_options;
  std::string query_name;
  std::string query_type = "ANY";
  std::string query_class = "IN";
  bool recursion_desired = true;
  std::vector<std::string> valid_rcodes;  // empty: NOERROR
  RecordChecks answer;
  RecordChecks authority;
  RecordChecks additional;
};

struct IcmpModule {
  IpPreference ip;
  std::string source_ip_address;
  std::size_t payload_size = 0;
  bool dont_fragment = false;
  int ttl = 64;  // 0: the system's
};

struct GrpcModule {
  std::string service;
  IpPreference ip;
  bool tls = false;
  ModuleTls tls_options;
  // Keys in lower case; the values of those that end in "-bin" go out in base64.
  std::vector<std::pair<std::string, std::string>> metadata;
};

struct BlackboxModule {
  enum class Prober : std::uint8_t { http, tcp, dns, icmp, grpc, unix_socket };
  std::string name;
  Prober prober = Prober::http;
  base::Nanos timeout{0};  // 0: what the scrape leaves
  HttpModule http;
  TcpModule tcp;
  DnsModule dns;
  IcmpModule icmp;
  GrpcModule grpc;
  UnixModule unix_socket;
  // This module alone as YAML, without secrets as in BlackboxConfig::masked.
  std::string masked;
};
std::string_view to_string(BlackboxModule::Prober prober);  // as the file has it

struct BlackboxConfig {
  std::map<std::string, BlackboxModule> modules;
  // The file as YAML for /config: secrets are "<secret>", passwords in URLs "xxxxx".
  std::string masked;
};

}  // namespace rampart::model
