#include "sniffer/app/tls_fingerprint.h"

#include <gtest/gtest.h>

namespace rampart::sniffer {
namespace {

// The example of JA3's own documentation.
TEST(Ja3, agrees_with_its_authors) {
  TlsClientHello hello;
  hello.version = 769;
  hello.ciphers = {47, 53, 5, 10, 49161, 49162, 49171, 49172, 50, 56, 19, 4};
  hello.extensions = {0, 10, 11};
  hello.groups = {23, 24, 25};
  hello.point_formats = {0};
  const auto text = ja3_text(hello);
  EXPECT_EQ(text, "769,47-53-5-10-49161-49162-49171-49172-50-56-19-4,0-10-11,23-24-25,0");
  EXPECT_EQ(ja3_hash(text), "ada70206e40642a3e4461f35503241d5");
}

TEST(Ja3, leaves_grease_out) {
  TlsClientHello hello;
  hello.version = 771;
  hello.ciphers = {0x1A1A, 4865, 0x2A2A, 4866};
  hello.extensions = {0x0A0A, 0, 0xFAFA};
  hello.groups = {0xDADA, 29};
  EXPECT_EQ(ja3_text(hello), "771,4865-4866,0,29,");
  EXPECT_EQ(ja3_text({}), "0,,,,");
  TlsServerHello server;
  server.version = 771;
  server.cipher = 49199;
  server.extensions = {65281, 0, 11};
  EXPECT_EQ(ja3s_text(server), "771,49199,65281-0-11");
}

// The hello of JA4's documentation.
TlsClientHello documented() {
  TlsClientHello hello;
  hello.version = 0x0303;
  hello.ciphers = {0x2A2A, 0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030,
                   0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035};
  hello.extensions = {0x3A3A, 0x001B, 0x0000, 0x0033, 0x0010, 0x4469, 0x0017, 0x002D, 0x000D,
                      0x0005, 0x0023, 0x0012, 0x002B, 0xFF01, 0x000B, 0x000A, 0x0015};
  hello.signature_algorithms = {0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601};
  hello.versions = {0x5A5A, 0x0304, 0x0303};
  hello.alpn = {"h2", "http/1.1"};
  return hello;
}

TEST(Ja4, agrees_with_its_authors) {
  EXPECT_EQ(ja4_fingerprint(documented()), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

TEST(Ja4, names_what_is_not_there) {
  EXPECT_EQ(ja4_fingerprint({}), "t00i000000_000000000000_000000000000");
  TlsClientHello many;
  many.version = 0x0301;
  for (std::uint16_t i = 0; i < 150; ++i) many.ciphers.push_back(i);
  many.extensions = {0};
  EXPECT_EQ(ja4_fingerprint(many).substr(0, 11), "t10d990100_");
}

TEST(Ja4, abbreviates_the_first_alpn) {
  const struct {
    const char* alpn;
    const char* expected;
  } cases[] = {{"h2", "h2"},   {"http/1.1", "h1"}, {"h", "hh"},     {"", "00"},
               {"\xAB", "ab"}, {"\xAB\xCD", "ad"}, {"0\xAB", "3b"}, {"-a", "21"}};
  for (const auto& c : cases) {
    auto hello = documented();
    hello.alpn = {c.alpn};
    EXPECT_EQ(ja4_fingerprint(hello).substr(8, 2), c.expected) << c.expected;
  }
}

}  // namespace
}  // namespace rampart::sniffer
