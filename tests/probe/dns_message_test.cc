#include "probe/module/dns_message.h"

#include <gtest/gtest.h>

#include "tests/support/dns_server.h"

namespace rampart::probe {
namespace {

using testing::be16;
using testing::DnsMessage;
using testing::DnsQuery;

DnsQuery question() {
  DnsQuery out;
  out.id = 7;
  out.name = "web.test.";
  out.question = testing::dns_name("web.test") + be16(1) + be16(1);
  return out;
}

TEST(DnsMessage, WritesQueries) {
  const auto query = make_dns_query(0x1234, "Web.test", 28, 3, true);
  ASSERT_TRUE(query) << query.error().text;
  EXPECT_EQ(*query, be16(0x1234) + be16(0x0100) + be16(1) + be16(0) + be16(0) + be16(0) +
                        testing::dns_name("Web.test") + be16(28) + be16(3));
  EXPECT_EQ(make_dns_query(1, "web.test.", 1, 1, false)->substr(2, 2), be16(0));
  EXPECT_EQ(make_dns_query(1, ".", 2, 1, true)->size(), 12U + 5U);
  EXPECT_EQ(make_dns_query(1, "a\\.b.test", 1, 1, true)->substr(12, 4),
            "\x03"
            "a.b");
  EXPECT_EQ(make_dns_query(1, "a b.test", 1, 1, true)->substr(12, 4),
            "\x03"
            "a b");
  EXPECT_EQ(make_dns_query(1, "\xC3\xA9.test", 1, 1, true)->substr(12, 3), "\x02\xC3\xA9");
  for (const auto& name : {std::string("a..b"), std::string(64, 'x') + ".test",
                           std::string(200, 'x'), std::string()}) {
    const auto wrong = make_dns_query(1, name, 1, 1, true);
    EXPECT_FALSE(wrong) << name;
  }
  std::string longest;
  for (int i = 0; i < 130; ++i) longest += "a.";
  EXPECT_FALSE(make_dns_query(1, longest, 1, 1, true));
}

TEST(DnsMessage, ReadsSectionsAndHeader) {
  const auto ns = testing::dns_name("ns.test");
  const auto soa = ns + ns + testing::be32(2026112201) + std::string(16, '\0');
  const auto bytes = DnsMessage(question())
                         .rcode(3)
                         .truncated()
                         .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.1"))
                         .add(DnsMessage::answer, 6, soa)
                         .add(DnsMessage::authority, 2, ns)
                         .add(DnsMessage::additional, ns, 1, testing::dns_address("192.0.2.2"))
                         .bytes();
  const auto reply = read_dns_reply(bytes);
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_EQ(reply->id, 7);
  EXPECT_TRUE(reply->is_reply);
  EXPECT_TRUE(reply->truncated);
  EXPECT_EQ(reply->rcode, 3);
  ASSERT_EQ(reply->questions.size(), 1U);
  EXPECT_EQ(reply->questions[0].name, "web.test.");
  EXPECT_EQ(reply->questions[0].type, 1);
  EXPECT_EQ(reply->sections[DnsReply::answer].size(), 2U);
  EXPECT_EQ(reply->sections[DnsReply::authority].size(), 1U);
  EXPECT_EQ(reply->sections[DnsReply::additional][0].text(), "ns.test.\t300\tIN\tA\t192.0.2.2");
  EXPECT_EQ(reply->serial, 2026112201U);
  EXPECT_FALSE(read_dns_reply(DnsMessage(question()).not_a_reply().bytes())->is_reply);
}

TEST(DnsMessage, EdnsAddsToTheCode) {
  const auto reply = read_dns_reply(
      DnsMessage(question())
          .rcode(1)
          .add(DnsMessage::additional, std::string(1, '\0'), 41, "", 0x01000000, 1232)
          .bytes());
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->rcode, 17);
  EXPECT_EQ(reply->sections[DnsReply::additional].size(), 1U);
}

// blackbox_exporter 0.23 takes these.
TEST(DnsMessage, BelievesRecordsMoreThanCounts) {
  DnsMessage message(question());
  message.add(DnsMessage::answer, 1, testing::dns_address("192.0.2.1"));
  EXPECT_EQ(read_dns_reply(message.claim(DnsMessage::answer, 5).bytes())
                ->sections[DnsReply::answer]
                .size(),
            1U);
  EXPECT_TRUE(read_dns_reply(message.claim(DnsMessage::answer, 1).bytes() + "trailing"));
  EXPECT_TRUE(read_dns_reply(DnsMessage(question()).no_question().bytes())->questions.empty());
  // A header alone, although it announces a question.
  EXPECT_TRUE(read_dns_reply(DnsMessage(question()).bytes().substr(0, kDnsHeader)));
}

TEST(DnsMessage, RefusesWhatIsNone) {
  const auto whole = DnsMessage(question())
                         .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.1"))
                         .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.2"))
                         .bytes();
  const auto first = whole.size() - 24;  // ends behind the first record
  const auto none = whole.size() - 48;   // ends behind the question
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const bool whole_records = size == kDnsHeader || size == none || size == first;
    const auto reply = read_dns_reply(std::string_view(whole).substr(0, size));
    EXPECT_EQ(reply.has_value(), whole_records) << size;
    if (!reply) {
      EXPECT_EQ(reply.error().code, base::Errc::protocol);
    }
  }
  EXPECT_FALSE(read_dns_reply(be16(7) + std::string(60, '\xFF')));
  EXPECT_FALSE(read_dns_reply(std::string(kDnsLongestMessage + 1, '\0')));
}

// Thousands of names, each a chain of thousands of pointers: read, and the reading ends.
TEST(DnsMessage, ChainsOfPointersEnd) {
  std::string message = be16(7) + be16(0x8180) + be16(0) + be16(0xFFFF) + be16(0) + be16(0);
  message += testing::dns_name("") + be16(65280) + be16(1) + testing::be32(1);
  const std::size_t chain = 16000;
  message += be16(static_cast<unsigned>(chain - chain % 2));
  const auto begin = message.size();
  message += be16(0);
  while (message.size() < begin + chain)
    message += be16(0xC000U | static_cast<unsigned>(message.size() - 2));
  const auto last = static_cast<unsigned>(message.size() - 2);
  while (message.size() + 12 <= kDnsLongestMessage)
    message += be16(0xC000U | last) + be16(1) + be16(1) + testing::be32(1) + be16(0);
  const auto reply = read_dns_reply(message);
  ASSERT_TRUE(reply) << reply.error().text;
  EXPECT_GT(reply->sections[DnsReply::answer].size(), 4000U);
  // And one that leads nowhere.
  message[begin + 1] = message[begin] = '\xFF';
  EXPECT_FALSE(read_dns_reply(message));
}

}  // namespace
}  // namespace rampart::probe
