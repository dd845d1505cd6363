#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <initializer_list>
#include <utility>

#include "scenarios/blackbox/field_value.h"
#include "scenarios/blackbox/read_module.h"
#include "scenarios/values.h"

namespace rampart::scenarios::blackbox {
namespace {

bool same_name(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

bool among(std::string_view name, std::initializer_list<std::string_view> names) {
  return std::any_of(names.begin(), names.end(),
                     [&](std::string_view known) { return same_name(name, known); });
}

bool check_header_name(const Reader& owner, const Reader::Item& name) {
  if (is_header_name(name.text)) return true;
  owner.error(name.place, fmt::format("'{}' is not a header's name", name.text));
  return false;
}

void read_headers(const Reader& http, model::HttpModule& out) {
  for (const auto& [name, value] : http.entries("headers")) {
    if (!check_header_name(http, name)) continue;
    if (among(name.text, {"Content-Length", "Transfer-Encoding", "Trailer"})) {
      http.warn(name.place, fmt::format("'{}' is not sent: it follows from the body", name.text));
      continue;
    }
    if (same_name(name.text, "Accept-Encoding") && !accepts_encoding(value.text, out.compression))
      http.error(value.place,
                 fmt::format("'{}: {}' does not accept compression: {}: allow for it, or leave "
                             "the header to compression",
                             name.text, value.text, out.compression));
    out.headers.emplace_back(name.text, value.text);
  }
  for (const auto& [name, header] : http.named("http_headers")) {
    if (!check_header_name(http, name)) continue;
    if (among(name.text, {"Authorization", "Host", "Content-Encoding", "Content-Length",
                          "Content-Type", "User-Agent", "Connection", "Keep-Alive",
                          "Proxy-Authenticate", "Proxy-Authorization", "WWW-Authenticate",
                          "Accept-Encoding", "X-Prometheus-Remote-Write-Version",
                          "X-Prometheus-Remote-Read-Version", "X-Prometheus-Scrape-Timeout-Seconds",
                          "X-Amz-Date", "X-Amz-Security-Token", "X-Amz-Content-Sha256"}))
      http.error(name.place,
                 fmt::format("'{}' is not allowed in http_headers: write it in headers, or log in "
                             "by basic_auth or authorization",
                             name.text));
    for (const auto* key : {"values", "secrets"})
      for (auto& value : header.list(key)) out.headers.emplace_back(name.text, std::move(value));
  }
}

void check_pair(const Reader& owner, std::string_view value, std::string_view file) {
  if (!owner.text(value).empty() && !owner.text(file).empty())
    owner.error(file, fmt::format("{} and {} both: keep one", value, file));
}

model::ProxyOptions read_proxy(const Reader& owner) {
  model::ProxyOptions proxy;
  proxy.url = owner.text("proxy_url");
  proxy.no_proxy = owner.text("no_proxy");
  proxy.from_environment = owner.boolean("proxy_from_environment");
  for (auto& [name, value] : owner.lists("proxy_connect_header"))
    if (check_header_name(owner, name)) proxy.connect_headers.emplace_back(name.text, value);
  if (!proxy.connect_headers.empty() && proxy.url.empty() && !proxy.from_environment)
    owner.error("proxy_connect_header", "there is no proxy: add proxy_url");
  if (proxy.from_environment && !proxy.url.empty())
    owner.error("proxy_from_environment", "proxy_url says which proxy: keep one");
  if (proxy.from_environment && !proxy.no_proxy.empty())
    owner.error("no_proxy", "the environment says that, too: set NO_PROXY there");
  if (!proxy.from_environment && !proxy.no_proxy.empty() && proxy.url.empty())
    owner.error("no_proxy", "there is no proxy: add proxy_url");
  return proxy;
}

model::OAuth2 read_oauth2(const Reader& block) {
  model::OAuth2 out;
  out.client_id = block.text("client_id");
  out.client_secret = block.text("client_secret");
  out.client_secret_file = block.text("client_secret_file");
  out.scopes = block.list("scopes");
  out.token_url = block.text("token_url");
  out.endpoint_params = block.pairs("endpoint_params");
  out.tls = read_tls(block);
  out.proxy = read_proxy(block);
  check_pair(block, "client_secret", "client_secret_file");
  if (out.client_secret.empty() && out.client_secret_file.empty())
    block.error("client_secret", "'client_secret' or 'client_secret_file' is missing in oauth2");
  return out;
}

model::Authorization read_authorization(const Reader& block) {
  model::Authorization out;
  out.type = block.text("type");
  out.credentials = block.text("credentials");
  out.credentials_file = block.text("credentials_file");
  check_pair(block, "credentials", "credentials_file");
  const auto blank = [](unsigned char c) { return std::isspace(c) != 0; };
  out.type.erase(out.type.begin(), std::find_if_not(out.type.begin(), out.type.end(), blank));
  while (!out.type.empty() && blank(static_cast<unsigned char>(out.type.back())))
    out.type.pop_back();
  if (out.type.empty()) out.type = "Bearer";
  if (same_name(out.type, "basic"))
    block.error("type", "authorization does not make Basic credentials: write basic_auth");
  else if (!is_header_name(out.type))
    block.error("type", "the type is one word, such as Bearer");
  return out;
}

// At most one way to log in.
void read_login(const Reader& http, model::HttpModule& out) {
  std::string first;
  const auto given = [&](std::string_view key, bool here) {
    if (!here) return false;
    if (first.empty())
      first = key;
    else
      http.error(key, fmt::format("{} and {} both: keep one way to log in", first, key));
    return true;
  };
  if (given("basic_auth", http.block("basic_auth").present())) {
    const auto block = http.block("basic_auth");
    out.basic_auth = model::BasicAuth{block.text("username"), block.text("password"),
                                      block.text("password_file")};
    check_pair(block, "password", "password_file");
  }
  if (given("authorization", http.block("authorization").present()))
    out.authorization = read_authorization(http.block("authorization"));
  if (given("oauth2", http.block("oauth2").present()))
    out.oauth2 = read_oauth2(http.block("oauth2"));
  if (given("bearer_token", !http.text("bearer_token").empty()))
    out.authorization = model::Authorization{"Bearer", http.text("bearer_token"), {}};
  if (given("bearer_token_file", !http.text("bearer_token_file").empty()))
    out.authorization = model::Authorization{"Bearer", {}, http.text("bearer_token_file")};
}

void read_limits(const Reader& http, model::HttpModule& out) {
  for (const auto& item : http.items("valid_status_codes")) {
    const auto status = static_cast<int>(parse_integer(item.text).value_or(0));
    if (status < 100 || status > 599)
      http.warn(item.place, fmt::format("no answer has the status {}", item.text));
    out.valid_status_codes.push_back(status);
  }
  for (auto& item : http.items("valid_http_versions")) {
    if (item.text == "HTTP/3.0")
      http.error(item.place, "HTTP/3.0 is not supported: HTTP/1.1 and HTTP/2.0 are spoken");
    else if (!among(item.text, {"HTTP/1.0", "HTTP/1.1", "HTTP/2.0"}) ||
             !item.text.starts_with("HTTP"))
      http.warn(item.place, fmt::format("no answer has the version '{}': they are HTTP/1.0, "
                                        "HTTP/1.1 and HTTP/2.0",
                                        item.text));
    out.valid_http_versions.push_back(std::move(item.text));
  }
}

std::vector<model::HeaderMatch> read_matches(const Reader& http, std::string_view key) {
  std::vector<model::HeaderMatch> out;
  for (const auto& match : http.blocks(key)) {
    out.push_back({match.text("header"), match.text("regexp"), match.boolean("allow_missing")});
    if (const auto& name = out.back().header; !name.empty() && !is_header_name(name))
      match.error("header", fmt::format("'{}' is not a header's name", name));
  }
  return out;
}

}  // namespace

model::HttpModule read_http(const Reader& http) {
  model::HttpModule out;
  out.ip = read_ip(http);
  out.skip_resolve_phase_with_proxy = http.boolean("skip_resolve_phase_with_proxy");
  out.method = http.text("method");
  if (!is_header_name(out.method))  // a token, as a header's name is
    http.error("method", fmt::format("'{}' is not an HTTP method such as GET", out.method));
  out.body = http.text("body");
  out.body_file = http.text("body_file");
  check_pair(http, "body", "body_file");
  out.body_size_limit = http.size("body_size_limit");
  out.compression = http.text("compression");
  out.follow_redirects = http.boolean("follow_redirects");
  if (http.has("no_follow_redirects")) {
    out.follow_redirects = !http.boolean("no_follow_redirects");
    http.warn(http.place("no_follow_redirects"),
              fmt::format("no_follow_redirects is deprecated: write follow_redirects: {}",
                          out.follow_redirects));
  }
  out.enable_http2 = http.boolean("enable_http2");
  out.fail_if_ssl = http.boolean("fail_if_ssl");
  out.fail_if_not_ssl = http.boolean("fail_if_not_ssl");
  out.fail_if_body_matches = http.list("fail_if_body_matches_regexp");
  out.fail_if_body_not_matches = http.list("fail_if_body_not_matches_regexp");
  out.fail_if_header_matches = read_matches(http, "fail_if_header_matches");
  out.fail_if_header_not_matches = read_matches(http, "fail_if_header_not_matches");
  out.tls = read_tls(http);
  out.proxy = read_proxy(http);
  read_limits(http, out);
  read_headers(http, out);
  read_login(http, out);
  return out;
}

}  // namespace rampart::scenarios::blackbox
