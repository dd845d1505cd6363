#include "sniffer/app/tls_hello.h"

#include <gtest/gtest.h>

#include "tls_builder.h"

namespace rampart::sniffer {
namespace {

using test::Octets;
using test::operator+;
using Numbers = std::vector<std::uint16_t>;

TEST(TlsHello, reads_what_a_client_offers) {
  const auto extensions =
      test::tls_extension(0x0A0A, {}) + test::tls_sni("www.example.org") +
      test::tls_extension(10, test::with_length16(test::numbers({0x1A1A, 29, 23}))) +
      test::tls_extension(11, test::with_length8({0})) +
      test::tls_extension(13, test::with_length16(test::numbers({0x0403, 0x0804}))) +
      test::tls_extension(16, test::with_length16(test::with_length8(test::octets("h2")) +
                                                  test::with_length8(test::octets("http/1.1")))) +
      test::tls_extension(43, test::with_length8(test::numbers({0x2A2A, 0x0304, 0x0303})));
  const auto hello = read_client_hello(
      test::tls_client_hello({.ciphers = {0x0A0A, 0x1301}, .extensions = extensions}));
  ASSERT_TRUE(hello);
  EXPECT_EQ(hello->version, 0x0303);
  EXPECT_EQ(hello->ciphers, (Numbers{0x0A0A, 0x1301}));
  EXPECT_EQ(hello->extensions, (Numbers{0x0A0A, 0, 10, 11, 13, 16, 43}));
  EXPECT_EQ(hello->groups, (Numbers{0x1A1A, 29, 23}));
  EXPECT_EQ(hello->point_formats, Octets{0});
  EXPECT_EQ(hello->signature_algorithms, (Numbers{0x0403, 0x0804}));
  EXPECT_EQ(hello->alpn, (std::vector<std::string>{"h2", "http/1.1"}));
  EXPECT_EQ(hello->sni, "www.example.org");
  EXPECT_TRUE(hello->has_sni);
  EXPECT_FALSE(hello->several_sni || hello->bad_sni_type || hello->bad_sni_length);
  EXPECT_TRUE(hello->offers_tls13());
}

TEST(TlsHello, needs_no_extensions) {
  const auto hello = read_client_hello(test::tls_client_hello({.version = 0x0300}));
  ASSERT_TRUE(hello);
  EXPECT_TRUE(hello->extensions.empty());
  EXPECT_FALSE(hello->has_sni);
  EXPECT_FALSE(hello->offers_tls13());
}

TEST(TlsHello, says_what_is_wrong_with_a_server_name) {
  using test::tls_extension;
  using test::with_length16;
  const auto entry = [](std::uint8_t type, const Octets& name) {
    return Octets{type} + with_length16(name);
  };
  const auto a = test::octets("a.example"), b = test::octets("b.example");
  const struct {
    const char* name;
    Octets extensions;
    std::string sni;
    bool several, type, length;
  } cases[] = {
      {"good", test::tls_sni("a.example"), "a.example", false, false, false},
      {"two extensions", test::tls_sni("a.example") + test::tls_sni("b.example"), "a.example", true,
       false, false},
      {"two names", tls_extension(0, with_length16(entry(0, a) + entry(0, b))), "a.example", true,
       false, false},
      {"another type first", tls_extension(0, with_length16(entry(9, a) + entry(0, b))),
       "b.example", false, true, false},
      {"empty list", tls_extension(0, with_length16({})), "", false, false, true},
      {"empty name", tls_extension(0, with_length16(entry(0, {}))), "", false, false, true},
      {"no list", tls_extension(0, {}), "", false, false, true},
      {"list too long", tls_extension(0, Octets{0, 99} + entry(0, a)), "", false, false, true},
      {"name too long", tls_extension(0, with_length16({0, 0, 99, 'a'})), "", false, false, true},
      {"more behind the list", tls_extension(0, with_length16(entry(0, a)) + Octets{1}),
       "a.example", false, false, true},
  };
  for (const auto& c : cases) {
    const auto hello = read_client_hello(test::tls_client_hello({.extensions = c.extensions}));
    ASSERT_TRUE(hello) << c.name;
    EXPECT_EQ(hello->sni, c.sni) << c.name;
    EXPECT_EQ(hello->several_sni, c.several) << c.name;
    EXPECT_EQ(hello->bad_sni_type, c.type) << c.name;
    EXPECT_EQ(hello->bad_sni_length, c.length) << c.name;
  }
}

TEST(TlsHello, reads_what_a_server_chose) {
  const auto plain = read_server_hello(test::tls_server_hello(0x0301, 0x002F));
  ASSERT_TRUE(plain);
  EXPECT_EQ(plain->negotiated, tls_version::kTls10);
  EXPECT_EQ(plain->cipher, 0x002F);
  const auto modern = read_server_hello(test::tls_server_hello(
      0x0303, 0x1301, test::tls_extension(43, {3, 4}) + test::tls_alpn("h2")));
  ASSERT_TRUE(modern);
  EXPECT_EQ(modern->version, tls_version::kTls12);
  EXPECT_EQ(modern->negotiated, tls_version::kTls13);
  EXPECT_EQ(modern->alpn, "h2");
  EXPECT_FALSE(modern->retry);
  const auto draft = read_server_hello(Octets{0x7F, 0x13} + Octets(32, 0x22) + Octets{0x13, 0x02} +
                                       test::with_length16(test::tls_extension(40, {0, 29})));
  ASSERT_TRUE(draft);
  EXPECT_TRUE(is_tls13(draft->negotiated));
  EXPECT_EQ(draft->cipher, 0x1302);
  EXPECT_EQ(draft->extensions, Numbers{40});
}

TEST(TlsHello, refuses_every_cut) {
  const auto client = test::tls_client_hello({.extensions = test::tls_sni("a.example")});
  const std::size_t without_extensions = 2 + 32 + 1 + 2 + 4 + 2;
  for (std::size_t size = 0; size < client.size(); ++size)
    EXPECT_EQ(read_client_hello(Bytes(client).first(size)).has_value(), size == without_extensions)
        << size;
  const auto server = test::tls_server_hello(0x0303, 0x1301, test::tls_alpn("h2"));
  for (std::size_t size = 0; size < server.size(); ++size)
    EXPECT_EQ(read_server_hello(Bytes(server).first(size)).has_value(), size == 2 + 32 + 1 + 3)
        << size;
}

TEST(TlsHello, lists_certificates) {
  const auto body = test::tls_certificates({{1, 2}, {3}});
  const auto list = read_certificate_list(body);
  ASSERT_TRUE(list);
  ASSERT_EQ(list->size(), 2U);
  EXPECT_EQ((*list)[0].size(), 2U);
  EXPECT_EQ((*list)[1][0], 3);
  EXPECT_EQ(read_certificate_list(test::tls_certificates({}))->size(), 0U);
  EXPECT_FALSE(read_certificate_list(Octets{0, 0, 9, 0, 0, 1, 1}));
  EXPECT_FALSE(read_certificate_list(Octets{0, 0, 4, 0, 0, 9, 1}));
  EXPECT_FALSE(read_certificate_list({}));
}

TEST(TlsHello, knows_grease) {
  for (const std::uint16_t value : Numbers{0x0A0A, 0x1A1A, 0xFAFA}) EXPECT_TRUE(is_grease(value));
  for (const std::uint16_t value : Numbers{0x0A1A, 0x1301, 0x0A0B, 0})
    EXPECT_FALSE(is_grease(value));
}

}  // namespace
}  // namespace rampart::sniffer
