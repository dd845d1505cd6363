#include "sniffer/app/dns_message.h"

#include <gtest/gtest.h>

#include "dns_builder.h"

namespace rampart::sniffer {
namespace {

using test::Octets;
using test::operator+;

std::string first_name(const DnsMessage& message) {
  return message.questions().empty() ? "-" : std::string(message.text(message.questions()[0].name));
}

TEST(DnsMessage, reads_a_query) {
  DnsMessage message;
  ASSERT_TRUE(message.parse(test::dns_query("wWw.Example.org", 0x2910)));
  EXPECT_EQ(message.header().id, 0x1234);
  EXPECT_FALSE(message.header().response());
  EXPECT_EQ(message.header().opcode(), 5U);
  EXPECT_EQ(first_name(message), "wWw.Example.org") << "the case is kept";
  EXPECT_EQ(message.questions()[0].type, 1);
  EXPECT_EQ(message.questions()[0].klass, 1);
}

TEST(DnsMessage, reads_an_answer) {
  const auto bytes = test::dns_header(0x8183, {.answers = 1, .authorities = 1, .additionals = 1}) +
                     test::dns_question(test::dns_name("a.example")) +
                     test::dns_record({0xC0, 0x0C}, 1, {192, 0, 2, 1}) +
                     test::dns_record({3, 'n', 's', '1', 0xC0, 0x0E}, 2, {0}) +
                     test::dns_record({0}, 41, {});
  DnsMessage message;
  ASSERT_TRUE(message.parse(bytes));
  EXPECT_TRUE(message.header().response());
  EXPECT_EQ(message.header().rcode(), 3U);
  ASSERT_EQ(message.records().size(), 3U);
  const auto& answer = message.records()[0];
  EXPECT_EQ(message.text(answer.name), "a.example");
  EXPECT_EQ(answer.ttl, 300U);
  EXPECT_EQ(answer.bytes, 4);
  EXPECT_EQ(bytes[answer.data], 192);
  EXPECT_EQ(message.text(message.records()[1].name), "ns1.example");
  EXPECT_EQ(message.records()[1].section, DnsSection::authority);
  EXPECT_EQ(message.text(message.records()[2].name), "") << "the root";
  EXPECT_EQ(message.records()[2].type, 41);
}

TEST(DnsMessage, refuses_what_is_malformed) {
  const auto question = [](const Octets& name) {
    return test::dns_header(0x0100) + test::dns_question(name);
  };
  Octets long_name;
  for (int i = 0; i < 17; ++i) long_name = long_name + Octets{63} + Octets(63, 'a');
  Octets most_name;
  for (int i = 0; i < 16; ++i) most_name = most_name + Octets{63} + Octets(63, 'a');
  const struct {
    const char* name;
    Octets bytes;
    bool expected;
  } cases[] = {
      {"nothing", {}, false},
      {"eleven bytes", Octets(11, 0), false},
      {"a header", test::dns_header(0, {.questions = 0}), true},
      {"no question", test::dns_header(0), false},
      {"no class", test::dns_header(0) + Octets{1, 'a', 0, 0, 1, 0}, false},
      {"a label past the end", test::dns_header(0) + Octets{9, 'a', 'b'}, false},
      {"a reserved label", question({0x41, 'a', 0}), false},
      {"a pointer to itself", question({0xC0, 0x0C}), false},
      {"two pointers in a ring", question({0xC0, 0x0E, 0xC0, 0x0C}), false},
      {"a pointer past the end", question({0xC0, 0xFF}), false},
      {"a pointer forwards", question({0xC0, 0x12}) + Octets{1, 'a', 0}, true},
      {"half a pointer", test::dns_header(0) + Octets{0xC0}, false},
      {"1023 octets of name", question(most_name + Octets{0}), true},
      {"more than any name", question(long_name + Octets{0}), false},
      {"an answer past the end",
       test::dns_header(0x8180, {.questions = 0, .answers = 1}) +
           Octets{0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 9},
       false},
      {"a damaged additional record",
       test::dns_header(0x8180, {.questions = 0, .additionals = 1}) + Octets{7}, true},
  };
  for (const auto& c : cases) {
    DnsMessage message;
    EXPECT_EQ(message.parse(c.bytes), c.expected) << c.name;
  }
}

// A small message must not become a large one: pointers multiply.
TEST(DnsMessage, bounds_what_names_add_up_to) {
  Octets name;
  for (int i = 0; i < 15; ++i) name = name + Octets{63} + Octets(63, 'a');
  auto bytes = test::dns_header(0x0100, {.questions = 4000}) + test::dns_question(name + Octets{0});
  for (int i = 1; i < 4000; ++i) bytes = bytes + test::dns_question({0xC0, 0x0C});
  DnsMessage message;
  EXPECT_FALSE(message.parse(bytes));
  EXPECT_FALSE(message.questions_whole());
  EXPECT_LE(message.memory(), 4 * DnsMessage::kMostText);
}

TEST(DnsNameCheck, tells_good_bad_and_cut) {
  using enum DnsNameCheck::State;
  const struct {
    Octets bytes;
    DnsNameCheck::State expected;
  } cases[] = {
      {{}, cut},       {{0}, good}, {{1, 'a', 0, 9}, good}, {{1, 'a'}, cut},
      {{5, 'a'}, cut}, {{64}, bad}, {{0xC0, 0x0C}, bad},    {Octets(300, 1), bad},
  };
  for (const auto& c : cases) EXPECT_EQ(check_dns_name(c.bytes).state, c.expected);
  EXPECT_EQ(check_dns_name(Octets{1, 'a', 0, 9}).size, 3U);
}

}  // namespace
}  // namespace rampart::sniffer
