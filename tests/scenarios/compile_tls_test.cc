#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

const std::string kPin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

std::string target(std::string_view tls) {
  return "duration: 1s\nscrape: []\ntargets: { a: { url: \"https://127.0.0.1/\", tls: { " +
         std::string(tls) + " } } }\n";
}

TEST(CompileTls, EveryOptionReachesThePlan) {
  const std::string options =
      "min_version: 1.2, max_version: 1.3, ciphers: \"ECDHE+AESGCM\",\n"
      "  ciphersuites: TLS_AES_128_GCM_SHA256, groups: \"X25519:P-256\", certificate: quick.yml,\n"
      "  key: slo.yml, server_name: shop, pin: " +
      kPin;
  const auto text = target(options + ", resumption: true") +
                    "load: [ { name: l, arrival: { rate: 1/s, duration: 1s } } ]\n";
  const auto scraped = "duration: 1s\nscrape: [ { name: s, url: \"https://127.0.0.1/m\", tls: { " +
                       options + " } } ]\n";
  const std::string folder = RAMPART_SOURCE_DIR "/scenarios/library/";
  const auto loaded = parse(text, {}, folder + "t.yml");
  const auto page = parse(scraped, {}, folder + "t.yml");
  ASSERT_TRUE(loaded.plan) << to_text(loaded.errors);
  ASSERT_TRUE(page.plan) << to_text(page.errors);
  EXPECT_TRUE(loaded.plan->targets[0].tls.resumption);
  EXPECT_FALSE(page.plan->scrapes[0].tls.resumption);
  for (const auto& tls : {loaded.plan->targets[0].tls, page.plan->scrapes[0].tls}) {
    EXPECT_EQ(tls.min_version, model::TlsVersion::tls1_2);
    EXPECT_EQ(tls.max_version, model::TlsVersion::tls1_3);
    EXPECT_EQ(tls.ciphers, "ECDHE+AESGCM");
    EXPECT_EQ(tls.ciphersuites, "TLS_AES_128_GCM_SHA256");
    EXPECT_EQ(tls.groups, "X25519:P-256");
    EXPECT_EQ(tls.certificate, folder + "quick.yml");
    EXPECT_EQ(tls.key, folder + "slo.yml");
    EXPECT_EQ(tls.server_name, "shop");
    EXPECT_EQ(tls.pin, kPin);
  }
}

TEST(CompileTls, OldVersionsNeedTheLowestSecurityLevel) {
  const auto parsed = parse(target("max_version: 1.1, ciphers: \"DEFAULT:@SECLEVEL=0\""));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  EXPECT_EQ(parsed.plan->targets[0].tls.max_version, model::TlsVersion::tls1_1);
  EXPECT_EQ(parsed.plan->targets[0].tls.min_version, model::TlsVersion::any);
}

TEST(CompileTls, Refused) {
  const std::string pin =
      "a pin is sha256/ and the base64 of the SHA-256 of the server's public key, 44 characters";
  for (const auto& [tls, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"min_version: 1.3, max_version: 1.2", "3:64: min_version is above max_version"},
           {"min_version: 1.4",
            "3:64: targets.tls.min_version: unknown word '1.4': did you mean '1.0'?"},
           {"min_version: 1.0",
            "3:64: OpenSSL refuses TLS 1.0 at its usual security level: add ciphers: "
            "\"DEFAULT:@SECLEVEL=0\""},
           {"max_version: 1.1, ciphers: ALL",
            "3:64: OpenSSL refuses TLS 1.1 at its usual security level: add ciphers: "
            "\"DEFAULT:@SECLEVEL=0\""},
           {"min_version: 1.3, ciphers: ALL",
            "3:78: ciphers are those up to TLS 1.2, and min_version is 1.3: write ciphersuites"},
           {"max_version: 1.2, ciphersuites: X",
            "3:83: ciphersuites are those of TLS 1.3, and max_version is below it: write ciphers"},
           {"pin: abc", "3:56: " + pin},
           {"pin: " + kPin.substr(0, kPin.size() - 1), "3:56: " + pin},
           {"pin: \"" + kPin.substr(0, kPin.size() - 2) + "==\"", "3:56: " + pin},
           {"pin: " + kPin + ", insecure: true",
            "3:119: the pin is checked instead of the chain, so insecure has no meaning: keep one"},
           {"pin: " + kPin + ", ca: " RAMPART_SOURCE_DIR "/README.md",
            "3:113: the pin is checked instead of the chain, so ca has no meaning: keep one"},
           {"key: " RAMPART_SOURCE_DIR "/README.md",
            "3:56: a key belongs to a certificate: add certificate"},
           {"certificate: none.pem", "3:64: no such file: none.pem"},
       })
    EXPECT_EQ(errors_of(target(tls)), "t.yml:" + wanted) << tls;
  EXPECT_EQ(errors_of("duration: 1s\nscrape: [ { name: s, url: \"https://127.0.0.1/m\",\n"
                      "  tls: { resumption: true } } ]\n")
                .substr(0, 63),
            "t.yml:3:10: unknown key 'resumption' in scrape.tls: known are c");
}

}  // namespace
}  // namespace rampart::scenarios
