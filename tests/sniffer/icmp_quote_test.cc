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
  auto later = lost;
  later[7] = 2;
  const auto foreign = udp({.source = ip("10.0.0.7")}, 1000, 9999, "hello");
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
      {"a later fragment, without ports", 3, later, true},
      {"a packet that the error's receiver did not send", 3, foreign, true},
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

// Anybody can send one, about any conversation.
TEST(IcmpQuote, an_error_decides_nothing_for_what_it_quotes) {
  const IpBuilder from{.source = ip("10.0.0.9"), .destination = ip("10.0.0.1")};
  for (const std::string action :
       {"pass ip 10.0.0.9 any -> any any (", "drop icmp any any -> any any (itype:3; ",
        "reject icmp any any -> any any (itype:3; ",
        "alert icmp any any -> any any (itype:3; bypass; "}) {
    for (const auto type : {std::uint8_t{3}, std::uint8_t{11}}) {
      Replay run;
      run.rules = action + "sid:1;)\nalert tcp any any -> any any (content:\"needle\"; sid:2;)";
      TcpTalk talk;
      const auto syn = talk.from_client(tcp_flag::kSyn);
      const Octets quote(syn.begin() + 14, syn.end());
      run.add(syn);
      run.add(ethernet(
          icmp(from, type, 0, 0, {reinterpret_cast<const char*>(quote.data()), quote.size()})));
      run.add(talk.from_server(tcp_flag::kSyn | tcp_flag::kAck));
      run.add(talk.from_client(tcp_flag::kAck));
      run.add(talk.from_client(tcp_flag::kAck, "needle"));
      EXPECT_THAT(run.go(), testing::Contains(2)) << action << int{type};
    }
  }
}

TEST(IcmpQuote, an_error_sets_nothing_in_what_it_quotes) {
  const auto lost = udp({}, 1000, 9999, "hello");
  Replay run;
  run.rules =
      "alert icmp any any -> any any (itype:3; flowbits:set,known; noalert; sid:1;)\n"
      "alert udp any any -> any any (content:\"hello\"; flowbits:isnotset,known; sid:2;)\n";
  run.add(ethernet(lost));
  run.add(ethernet(error(3, lost)));
  run.add(ethernet(lost));
  EXPECT_THAT(run.go(), ElementsAre(2, 2));
}

TEST(IcmpQuote, an_error_about_a_flow_that_was_passed_is_judged_for_itself) {
  const auto lost = udp({}, 1000, 9999, "hello");
  Replay run;
  run.rules =
      "pass udp any any -> any 9999 (sid:1;)\n"
      "alert icmp any any -> any any (itype:3; sid:2;)\n";
  run.add(ethernet(lost));
  run.add(ethernet(error(3, lost)));
  EXPECT_THAT(run.go(), ElementsAre(2));
}

TEST(IcmpQuote, an_error_uses_up_nothing_that_is_judged_once) {
  const auto lost = udp({}, 1000, 9999, "hello");
  Replay run;
  run.rules = "alert udp 10.0.0.2 any -> 10.0.0.1 any (sid:1;)";
  run.add(ethernet(lost));
  run.add(ethernet(error(3, lost)));
  run.add(ethernet(udp(kBack, 9999, 1000, "answer")));
  EXPECT_THAT(run.go(), ElementsAre(1));
  // An objection that waits for the other side's next packet.
  Replay objected;
  objected.rules =
      "alert tcp any any -> any any (app-layer-event:ssh.long_banner; flow:to_client; sid:2;)";
  TcpTalk talk;
  talk.server_port = 22;
  objected.add(talk.handshake());
  const auto banner = talk.from_client(tcp_flag::kAck, "SSH-2.0-" + std::string(300, 'a') + "\r\n");
  objected.add(banner);
  objected.add(ethernet(error(3, {banner.begin() + 14, banner.end()})));
  objected.add(talk.from_server(tcp_flag::kAck));
  EXPECT_THAT(objected.go(), ElementsAre(2));
}

TEST(IcmpQuote, rules_on_addresses_judge_the_errors_of_a_sender_and_of_a_conversation_once) {
  const IpBuilder router{.source = ip("10.0.0.9"), .destination = ip("10.0.0.1")};
  const auto error_from = [](const IpBuilder& from, const Octets& quote) {
    return ethernet(
        icmp(from, 3, 0, 0, {reinterpret_cast<const char*>(quote.data()), quote.size()}));
  };
  const auto first = udp({}, 1000, 9999, "hello"), second = udp({}, 1001, 9999, "hello");
  Replay run;
  run.rules = "alert icmp any any -> any any (sid:1;)";
  run.add(ethernet(first));
  run.add(ethernet(second));
  const std::vector<Octets> judged = {error_from(kBack, first), error_from(kBack, second),
                                      error_from(router, first)};
  for (int i = 0; i < 3; ++i) run.add(judged);
  EXPECT_THAT(run.go(), ElementsAre(1, 1, 1));
}

}  // namespace
}  // namespace rampart::sniffer
