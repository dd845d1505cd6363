#include "scenarios/blackbox/mask.h"

#include <gtest/gtest.h>

#include "blackbox_parse.h"

namespace rampart::scenarios {
namespace {

std::string masked(std::string_view text) {
  const auto parsed = parse_modules(text);
  return parsed.config ? parsed.config->masked : to_text(parsed.errors);
}

TEST(Mask, TheFileIsWrittenAgain) {
  EXPECT_EQ(
      masked("modules:\n"
             "  a: &a\n    prober: http # of the web\n    timeout: 5s\n    http:\n"
             "  b: { <<: *a, tcp: { tls: \"yes\", query_response: [ { send: \"a\\nb\" } ] } }\n"),
      "modules:\n"
      "  a:\n    prober: http\n    timeout: 5s\n"
      "  b:\n    tcp:\n      tls: \"yes\"\n      query_response:\n"
      "        - send: \"a\\nb\"\n    prober: http\n    timeout: 5s\n");
  EXPECT_EQ(masked("modules:\n"), "{}\n");
}

TEST(Mask, NoSecretIsLeft) {
  const char* const kFields[] = {
      "basic_auth: { username: u, password: hidden }",
      "authorization: { credentials: hidden }",
      "bearer_token: hidden",
      "oauth2: { client_id: c, client_secret: hidden, token_url: \"http://u:hidden@t/\" }",
      "oauth2: { client_id: c, client_secret: s, token_url: \"http://t/\", endpoint_params: { "
      "client_assertion: hidden } }",
      "oauth2: { client_id: c, client_secret: s, token_url: \"http://t/\", proxy_url: "
      "\"http://u:hidden@p\" }",
      "proxy_url: \"https://u:hidden@p:1/\"",
      "proxy_url: \"http://p\", proxy_connect_header: { A: [hidden, hidden] }",
      "http_headers: { A: { secrets: [hidden] } }",
      "http_headers: { X-Token: { values: [hidden] } }",
      "headers: { authorization: hidden, Cookie: hidden, X-Api-Key: hidden }",
  };
  for (const auto* fields : kFields) {
    const auto text = masked(with_module("prober: http, http: { " + std::string(fields) + " }"));
    EXPECT_EQ(text.find("hidden"), text.npos) << text;
    EXPECT_TRUE(text.find("<secret>") != text.npos || text.find("u:xxxxx@") != text.npos) << text;
    EXPECT_TRUE(parse_modules(text).config) << text << to_text(parse_modules(text).errors);
  }
  const auto grpc = masked(with_module("prober: grpc, grpc: { metadata: { a-token: [hidden] } }"));
  EXPECT_EQ(grpc.find("hidden"), grpc.npos) << grpc;
}

TEST(Mask, WhatIsNoSecretStays) {
  EXPECT_EQ(masked("modules:\n  token:\n    prober: http\n    http:\n"
                   "      headers: { Accept: text/html }\n"
                   "      http_headers: { X-A: { values: [b] } }\n"
                   "      basic_auth: { username: u, password: \"\", password_file: f }\n"),
            "modules:\n  token:\n    prober: http\n    http:\n"
            "      headers:\n        Accept: text/html\n"
            "      http_headers:\n        X-A:\n          values:\n            - b\n"
            "      basic_auth:\n        username: u\n        password: \"\"\n"
            "        password_file: f\n");
}

}  // namespace
}  // namespace rampart::scenarios
