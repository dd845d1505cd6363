#include "net/tls_peer_name.h"

#include <gtest/gtest.h>
#include <openssl/x509v3.h>

#include <memory>

#include "base/deleter.h"

namespace rampart::net {
namespace {

using ChecksPtr = std::unique_ptr<X509_VERIFY_PARAM, base::Deleter<X509_VERIFY_PARAM_free>>;

TEST(TlsPeerName, IsAsCertificatesHaveIt) {
  const struct {
    std::string name;
    std::string plain;  // empty: there is none
  } cases[] = {
      {"web.test", "web.test"},
      {"web.test.", "web.test"},
      {"web.test..", "web.test."},
      {"*.test", "*.test"},
      {"_a-b", "_a-b"},
      {"", ""},
      {".", ""},
      {"..", ""},
      {".web.test", ""},
      {std::string("web.test\0", 9), ""},
      {std::string("web.test\0.evil.test", 19), ""},
      {std::string("\0web.test", 9), ""},
  };
  for (const auto& c : cases) {
    const auto plain = peer_name(c.name);
    EXPECT_EQ(plain.has_value(), !c.plain.empty()) << c.name;
    EXPECT_EQ(plain.value_or(""), c.plain);
    const ChecksPtr checks(X509_VERIFY_PARAM_new());
    EXPECT_EQ(expect_peer(*checks, c.name).has_value(), !c.plain.empty()) << c.name;
    const char* host = X509_VERIFY_PARAM_get0_host(checks.get(), 0);
    EXPECT_EQ(std::string(host == nullptr ? "" : host), c.plain);
  }
}

TEST(TlsPeerName, MayBeAnAddress) {
  for (const std::string address : {"127.0.0.1", "::1"}) {
    const ChecksPtr checks(X509_VERIFY_PARAM_new());
    EXPECT_TRUE(expect_peer(*checks, address));
    EXPECT_EQ(X509_VERIFY_PARAM_get0_host(checks.get(), 0), nullptr);
    const std::unique_ptr<char, decltype([](char* p) { OPENSSL_free(p); })> set(
        X509_VERIFY_PARAM_get1_ip_asc(checks.get()));
    EXPECT_NE(set, nullptr);
  }
}

// What comes from a peer, as a redirect's host does, is shown without what would steer a terminal.
TEST(TlsPeerName, IsShownWithoutControlCharacters) {
  EXPECT_EQ(peer_name(std::string(".a\n\0b", 5)).error().text,
            "'.a??b' is no name that a certificate can be for");
  EXPECT_LT(peer_name("." + std::string(100'000, 'a')).error().text.size(), 400U);
}

}  // namespace
}  // namespace rampart::net
