#include "sniffer/app/certificate.h"

#include <gtest/gtest.h>

#include <utility>

#include "test_certificate_der.h"

namespace rampart::sniffer {
namespace {

using test::certificate_der;
using test::octets;

TEST(Certificate, reads_what_rules_match) {
  const auto certificate = read_certificate(certificate_der());
  ASSERT_TRUE(certificate);
  EXPECT_EQ(certificate->subject,
            "C=US, ST=Oregon, L=Portland, O=Example, Inc, OU=Lab, CN=www.example.org, "
            "Email=a@example.org");
  EXPECT_EQ(certificate->issuer, certificate->subject);
  EXPECT_EQ(certificate->serial, "00:8B:1F:00:A2:C3:D4") << "as encoded, with the sign's zero";
  EXPECT_EQ(certificate->fingerprint,
            "74:83:5e:4f:6e:6a:1a:aa:f3:c6:74:39:a0:be:c3:f1:0e:22:01:a3");
  EXPECT_EQ(certificate->not_before, 1795273838);
  EXPECT_EQ(certificate->not_after, 2110633838);
}

TEST(Certificate, takes_no_damaged_der_for_one) {
  const auto whole = certificate_der();
  EXPECT_FALSE(read_certificate({}));
  EXPECT_FALSE(read_certificate(octets("not a certificate")));
  for (std::size_t size = 0; size < whole.size(); size += 7)
    EXPECT_FALSE(read_certificate(Bytes(whole).first(size))) << size;
  EXPECT_FALSE(read_certificate(std::vector<std::uint8_t>(kMostCertificate + 1, 0x30)));
}

// Any byte may be another: it is a certificate or it is not.
TEST(Certificate, survives_every_changed_byte) {
  auto der = certificate_der();
  unsigned read = 0;
  for (auto& byte : der) {
    const auto old = std::exchange(byte, static_cast<std::uint8_t>(byte ^ 0x41U));
    read += read_certificate(der) ? 1 : 0;
    byte = old;
  }
  EXPECT_GT(read, 0U) << "names and keys may have any bytes";
}

TEST(Certificate, tells_a_cut_length) {
  const struct {
    std::vector<std::uint8_t> der;
    bool expected;
  } cases[] = {
      {{}, false},
      {{0x30}, true},
      {{0x30, 0x05, 0x30, 0x84, 0xFF, 0xFF, 0xFF}, true},
      {{0x30, 0x06, 0x30, 0x84, 0xFF, 0xFF, 0xFF, 0xFA}, false},
      {{0x30, 0x03, 0x02, 0x01, 0x05}, false},
      {{0x30, 0x04, 0x02, 0x01, 0x05, 0x02}, true},
      {{0x30, 0x80, 0x00, 0x00}, false},
      {{0x30, 0x09, 0x02}, false},
  };
  for (const auto& c : cases) EXPECT_EQ(has_cut_length(c.der), c.expected) << c.der.size();
  EXPECT_FALSE(has_cut_length(certificate_der()));
  std::vector<std::uint8_t> deep;
  for (int i = 0; i < 100; ++i) deep.insert(deep.end(), {0x30, 0x80});
  EXPECT_FALSE(has_cut_length(deep));
}

}  // namespace
}  // namespace rampart::sniffer
