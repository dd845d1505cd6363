#include "sniffer/flow/icmp_quote.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"
#include "sniffer/decode/decode.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;

const IpBuilder kBack{.source = ip("10.0.0.2"), .destination = ip("10.0.0.1")};

Octets error(std::uint8_t type, const Octets& quote) {
  return icmp(kBack, type, 0, 0, {reinterpret_cast<const char*>(quote.data()), quote.size()});
}

TEST(IcmpQuote, names_what_was_not_delivered) {
  const auto lost = udp({}, 1000, 9999, "hello");
  const auto frame = error(3, lost);
  Packet packet;
  ASSERT_EQ(decode(LinkType::raw_ip, frame, Checksums::verify, packet), Invalid::none);
  EXPECT_TRUE(is_icmp_error(packet));
  const auto found = undelivered(packet);
  ASSERT_TRUE(found);
  EXPECT_EQ(found->source, ip("10.0.0.1"));
  EXPECT_EQ(found->destination, ip("10.0.0.2"));
  EXPECT_EQ(found->source_port, 1000);
  EXPECT_EQ(found->destination_port, 9999);
  EXPECT_TRUE(found->is_udp());
}

TEST(IcmpQuote, says_nothing_of_what_is_no_such_quote) {
  const auto lost = udp({}, 1000, 9999, "hello");
  auto wrong_header = lost;
  wrong_header[0] = 0x4F;
  auto version = lost;
  version[0] = 0x65;
  auto proto = lost;
  proto[9] = 50;
  struct Case {
    const char* what;
    std::uint8_t type;
    Octets quote;
    bool error;
  };
  const Case cases[] = {
      {"time exceeded", 11, lost, true},
      {"echo", 8, lost, false},
      {"nothing", 3, {}, true},
      {"no ports", 3, {lost.begin(), lost.begin() + 23}, true},
      {"a header beyond the quote", 3, wrong_header, true},
      {"another version", 3, version, true},
      {"no ports in this protocol", 3, proto, true},
  };
  for (const auto& c : cases) {
    const auto frame = error(c.type, c.quote);
    Packet packet;
    ASSERT_EQ(decode(LinkType::raw_ip, frame, Checksums::verify, packet), Invalid::none) << c.what;
    EXPECT_EQ(is_icmp_error(packet), c.error) << c.what;
    EXPECT_FALSE(undelivered(packet)) << c.what;
  }
}

TEST(IcmpQuote, an_error_belongs_to_the_conversation_that_it_quotes) {
  const auto lost = udp({}, 1000, 9999, "hello");
  Replay known;
  known.rules =
      "alert ip any any -> any any (sid:1;)\n"
      "alert icmp any any -> any any (flow:to_client; sid:2;)\n";
  for (int i = 0; i < 3; ++i) {
    known.add(ethernet(lost));
    known.add(ethernet(error(3, lost)));
  }
  EXPECT_THAT(known.go(), ElementsAre(1, 1, 2, 2, 2));
  Replay unknown;
  unknown.rules = known.rules + "alert icmp any any -> any any (flow:to_server; sid:3;)\n" +
                  "alert icmp any any -> any any (flowbits:isnotset,a; sid:4;)\n";
  for (int i = 0; i < 2; ++i) unknown.add(ethernet(error(3, lost)));
  EXPECT_THAT(unknown.go(), ElementsAre(1, 3, 1, 3)) << "of no flow, each by itself";
}

}  // namespace
}  // namespace rampart::sniffer
