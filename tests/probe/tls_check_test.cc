#include "probe/tls_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "certificates.h"

namespace rampart::probe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

model::Plan plan_with(const model::TlsOptions& tls) {
  model::Plan plan;
  plan.targets.push_back(
      {.name = "web", .url = *model::parse_url("https://127.0.0.1/"), .tls = tls, .endpoints = {}});
  return plan;
}

std::string complaint(const model::TlsOptions& tls) {
  const auto status = check_tls(plan_with(tls));
  if (status) return "";
  EXPECT_EQ(status.error().code, base::Errc::config);
  EXPECT_THAT(status.error().text, StartsWith("target 'web': "));
  return status.error().text;
}

TEST(TlsCheck, WhatOpenSslTakes) {
  const auto files = make_certificate("check_" + std::to_string(getpid()), "DNS:a", 0, 60);
  const auto other = make_certificate("other_" + std::to_string(getpid()), "DNS:a", 0, 60);
  model::TlsOptions tls;
  EXPECT_EQ(complaint(tls), "");
  tls.min_version = model::TlsVersion::tls1_2;
  tls.ciphers = "ECDHE+AESGCM";
  tls.ciphersuites = "TLS_AES_128_GCM_SHA256";
  tls.groups = "X25519:P-256";
  tls.certificate = files.certificate;
  tls.key = files.key;
  tls.pin = pin_of(files);
  EXPECT_EQ(complaint(tls), "");
  tls.key = other.key;
  EXPECT_THAT(complaint(tls), HasSubstr("is not the key of"));
}

TEST(TlsCheck, WhatItDoesNot) {
  model::TlsOptions tls;
  tls.ciphers = "NO-SUCH-CIPHER";
  EXPECT_THAT(complaint(tls), HasSubstr("NO-SUCH-CIPHER"));
  tls = {};
  tls.ciphersuites = "TLS_AES_128_GCM_SHA256:NO_SUCH_SUITE";
  EXPECT_THAT(complaint(tls), HasSubstr("NO_SUCH_SUITE"));
  tls = {};
  tls.groups = "no-such-group";
  EXPECT_THAT(complaint(tls), HasSubstr("no-such-group"));
  tls = {};
  tls.ca_file = "/nonexistent/ca.pem";
  EXPECT_THAT(complaint(tls), HasSubstr("/nonexistent/ca.pem"));
}

TEST(TlsCheck, PagesToo) {
  model::TlsOptions tls;
  tls.groups = "no-such-group";
  auto plan = plan_with(tls);
  plan.targets[0].url.scheme = "http";
  EXPECT_TRUE(check_tls(plan));
  auto& page = plan.scrapes.emplace_back();
  page.name = "node";
  page.url = *model::parse_url("https://127.0.0.1/metrics");
  page.tls = tls;
  EXPECT_THAT(check_tls(plan).error().text, StartsWith("scrape 'node': "));
}

}  // namespace
}  // namespace rampart::probe
