#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blackbox_parse.h"

namespace rampart::scenarios {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

model::HttpModule http(std::string_view fields) {
  return module_of("prober: http, http: { " + std::string(fields) + " }").http;
}

std::string wrong(std::string_view fields) {
  return complaints("modules:\n  m:\n    prober: http\n    http: { " + std::string(fields) +
                    " }\n");
}

TEST(ReadHttp, Defaults) {
  const auto module = http("");
  EXPECT_EQ(module.method, "GET");
  EXPECT_TRUE(module.ip.v6 && module.ip.fallback && module.follow_redirects && module.enable_http2);
  EXPECT_FALSE(module.fail_if_ssl || module.fail_if_not_ssl ||
               module.skip_resolve_phase_with_proxy || module.tls.insecure);
  EXPECT_THAT(module.valid_status_codes, IsEmpty());
  EXPECT_EQ(module.body_size_limit, 0U);
  EXPECT_FALSE(module.basic_auth || module.authorization || module.oauth2);
}

TEST(ReadHttp, EveryFieldArrives) {
  const auto module = http(
      "valid_status_codes: [200, 0xCC], valid_http_versions: [HTTP/2.0], method: PUT, body: x, "
      "preferred_ip_protocol: ip4, ip_protocol_fallback: false, follow_redirects: no, "
      "enable_http2: off, fail_if_ssl: true, fail_if_not_ssl: yes, compression: br, "
      "skip_resolve_phase_with_proxy: on, body_size_limit: 2KB, "
      "fail_if_body_matches_regexp: [a, b], fail_if_body_not_matches_regexp: [c], "
      "fail_if_header_matches: [ { header: A, regexp: b, allow_missing: true } ], "
      "fail_if_header_not_matches: [ { header: C, regexp: d } ], "
      "tls_config: { insecure_skip_verify: true, ca_file: ca, cert_file: cert, key_file: key, "
      "server_name: s, min_version: TLS10, max_version: TLS13 }");
  EXPECT_THAT(module.valid_status_codes, ElementsAre(200, 204));
  EXPECT_THAT(module.valid_http_versions, ElementsAre("HTTP/2.0"));
  EXPECT_EQ(module.method, "PUT");
  EXPECT_EQ(module.body, "x");
  EXPECT_FALSE(module.ip.v6 || module.ip.fallback || module.follow_redirects ||
               module.enable_http2);
  EXPECT_TRUE(module.fail_if_ssl && module.fail_if_not_ssl && module.skip_resolve_phase_with_proxy);
  EXPECT_EQ(module.compression, "br");
  EXPECT_EQ(module.body_size_limit, 2048U);
  EXPECT_THAT(module.fail_if_body_matches, ElementsAre("a", "b"));
  EXPECT_THAT(module.fail_if_body_not_matches, ElementsAre("c"));
  ASSERT_EQ(module.fail_if_header_matches.size(), 1U);
  EXPECT_EQ(module.fail_if_header_matches[0].header, "A");
  EXPECT_EQ(module.fail_if_header_matches[0].regexp, "b");
  EXPECT_TRUE(module.fail_if_header_matches[0].allow_missing);
  ASSERT_EQ(module.fail_if_header_not_matches.size(), 1U);
  EXPECT_FALSE(module.fail_if_header_not_matches[0].allow_missing);
  EXPECT_TRUE(module.tls.insecure);
  EXPECT_EQ(module.tls.ca_file + module.tls.certificate_file + module.tls.key_file, "cacertkey");
  EXPECT_EQ(module.tls.server_name, "s");
  EXPECT_EQ(module.tls.min_version, model::TlsVersion::tls1_0);
  EXPECT_EQ(module.tls.max_version, model::TlsVersion::tls1_3);
}

TEST(ReadHttp, NoFollowRedirectsGoesFirst) {
  EXPECT_FALSE(http("follow_redirects: true, no_follow_redirects: true").follow_redirects);
  EXPECT_TRUE(http("follow_redirects: false, no_follow_redirects: false").follow_redirects);
  EXPECT_FALSE(http("follow_redirects: false, no_follow_redirects: ").follow_redirects);
  EXPECT_EQ(http("body_file: f").body_file, "f");
}

TEST(ReadHttp, Headers) {
  EXPECT_THAT(http("headers: { Host: a.example, X: 5, Empty: , Content-Length: 7 }, "
                   "http_headers: { X: { values: [b], secrets: [c] }, Y: }")
                  .headers,
              ElementsAre(Pair("Host", "a.example"), Pair("X", "5"), Pair("Empty", ""),
                          Pair("X", "b"), Pair("X", "c")));
  EXPECT_EQ(wrong("headers: { \"a b\": c }"), "b.yml:4:24: 'a b' is not a header's name");
  EXPECT_EQ(wrong("headers: { a: \"b\\r\\nc: d\" }"),
            "b.yml:4:27: http.headers: a header's value is one line without control characters");
  EXPECT_EQ(wrong("http_headers: { user-agent: { values: [a] } }"),
            "b.yml:4:29: 'user-agent' is not allowed in http_headers: write it in headers, or log "
            "in by basic_auth or authorization");
  EXPECT_EQ(wrong("compression: gzip, headers: { accept-encoding: br }"),
            "b.yml:4:60: 'accept-encoding: br' does not accept compression: gzip: allow for it, or "
            "leave the header to compression");
}

TEST(ReadHttp, WaysToLogIn) {
  const auto basic = http("basic_auth: { username: u, password_file: f }").basic_auth;
  ASSERT_TRUE(basic);
  EXPECT_EQ(basic->username + basic->password_file, "uf");
  const auto own = http("authorization: { type: \" Digest \", credentials_file: f }").authorization;
  ASSERT_TRUE(own);
  EXPECT_EQ(own->type + own->credentials_file, "Digestf");
  const auto token = http("bearer_token: t").authorization;
  ASSERT_TRUE(token);
  EXPECT_EQ(token->type + token->credentials, "Bearert");
  const auto file = http("bearer_token_file: f").authorization;
  ASSERT_TRUE(file);
  EXPECT_EQ(file->type + file->credentials_file, "Bearerf");
  EXPECT_EQ(wrong("bearer_token: t, oauth2: { client_id: c, client_secret: s, token_url: "
                  "\"http://t\" }, basic_auth: { username: u }"),
            "b.yml:4:27: basic_auth and bearer_token both: keep one way to log in\n"
            "b.yml:4:38: basic_auth and oauth2 both: keep one way to log in");
  EXPECT_EQ(wrong("authorization: { type: Bearer s3cret }"),
            "b.yml:4:36: the type is one word, such as Bearer");
  EXPECT_EQ(wrong("authorization: { type: Basic }"),
            "b.yml:4:36: authorization does not make Basic credentials: write basic_auth");
}

TEST(ReadHttp, OAuth2) {
  const auto oauth2 = http(
      "oauth2: { client_id: c, client_secret: s, token_url: \"https://t/\", scopes: [a, b], "
      "endpoint_params: { audience: d }, tls_config: { ca_file: ca }, "
      "proxy_url: \"http://p\", no_proxy: q }");
  ASSERT_TRUE(oauth2.oauth2);
  EXPECT_EQ(oauth2.oauth2->client_id + oauth2.oauth2->client_secret, "cs");
  EXPECT_EQ(oauth2.oauth2->token_url, "https://t/");
  EXPECT_THAT(oauth2.oauth2->scopes, ElementsAre("a", "b"));
  EXPECT_THAT(oauth2.oauth2->endpoint_params, ElementsAre(Pair("audience", "d")));
  EXPECT_EQ(oauth2.oauth2->tls.ca_file, "ca");
  EXPECT_EQ(oauth2.oauth2->proxy.url + oauth2.oauth2->proxy.no_proxy, "http://pq");
  EXPECT_EQ(wrong("oauth2: { client_id: c }"),
            "b.yml:4:21: 'token_url' is missing in oauth2: where tokens are\n"
            "b.yml:4:21: 'client_secret' or 'client_secret_file' is missing in oauth2");
}

TEST(ReadHttp, Proxies) {
  const auto proxy = http(
                         "proxy_url: \"http://u:p@h:1\", no_proxy: a, "
                         "proxy_connect_header: { A: [b, c], D: [e] }")
                         .proxy;
  EXPECT_EQ(proxy.url + proxy.no_proxy, "http://u:p@h:1a");
  EXPECT_THAT(proxy.connect_headers, ElementsAre(Pair("A", "b"), Pair("A", "c"), Pair("D", "e")));
  EXPECT_TRUE(http("proxy_from_environment: true").proxy.from_environment);
  EXPECT_EQ(wrong("no_proxy: a"), "b.yml:4:23: there is no proxy: add proxy_url");
  EXPECT_EQ(wrong("proxy_connect_header: { A: [b] }"),
            "b.yml:4:35: there is no proxy: add proxy_url");
  EXPECT_EQ(wrong("proxy_url: \"http://u:secret@h:x\""),
            "b.yml:4:24: http.proxy_url: this URL: the port is 1 to 65535");
}

}  // namespace
}  // namespace rampart::scenarios
