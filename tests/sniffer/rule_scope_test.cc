#include "sniffer/detect/rule_scope.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using namespace tcp_flag;

struct Case {
  const char* rule;  // sid 1; or its options
  std::ptrdiff_t alerts;
};

// Of ten packets, five each way, from 10.0.0.1 to port 80 of 10.0.0.2.
std::ptrdiff_t alerts_on_a_connection(const std::string& rule) {
  Replay run;
  run.rules = "alert " + rule;
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(kAck | kPsh, "question"));
  run.add(talk.from_server(kAck));
  run.add(talk.from_server(kAck | kPsh, "answer"));
  run.add(talk.from_client(kAck));
  run.add(talk.from_server(kAck | kFin));
  run.add(talk.from_client(kAck | kFin));
  run.add(talk.from_server(kAck));
  const auto sids = run.go();
  return std::count(sids.begin(), sids.end(), 1U);
}

TEST(RuleScope, rules_on_addresses_alone_are_judged_once_per_direction) {
  const Case cases[] = {
      {"ip any any -> any any (sid:1;)", 2},
      {"tcp any any -> any 80 (sid:1;)", 1},
      {"tcp any any -> any !25 (sid:1;)", 2},
      {"ip any any <> any 80 (sid:1;)", 2},
      {"tcp-pkt any any -> any any (sid:1;)", 2},
      {"tcp-stream any any -> any any (sid:1;)", 2},
      {"ip any any -> any any (ip_proto:6; sid:1;)", 2},
      {"ip any any -> any any (ip_proto:17; sid:1;)", 0},
      {"tcp any any -> any any (xbits:isnotset,a,track ip_src; sid:1;)", 2},
      {"tcp any any -> any any (xbits:isset,a,track ip_src; sid:1;)", 0},
      {"tcp any any -> any any (xbits:toggle,a,track ip_src; sid:1;)", 2},
      {"tcp any any -> any any (flowbits:set,a; sid:1;)", 2},
      // Each packet is judged.
      {"ip !10.0.0.2 any -> any any (sid:1;)", 5},
      {"ip [any,!10.0.0.2] any -> any any (sid:1;)", 5},
      {"tcp any any -> any any (flowbits:toggle,a; sid:1;)", 10},
      {"tcp any any -> any any (flowbits:unset,a; sid:1;)", 10},
      {"tcp any any -> any 80 (flow:to_server; sid:1;)", 5},
  };
  for (const auto& c : cases) EXPECT_EQ(alerts_on_a_connection(c.rule), c.alerts) << c.rule;
}

TEST(RuleScope, a_connection_is_established_after_the_packet_that_completes_it) {
  const Case cases[] = {
      {"tcp any any -> any any (flow:established; sid:1;)", 7},
      {"tcp any any -> any any (flow:established,to_server; sid:1;)", 3},
      {"tcp any any -> any any (flow:established; dsize:0; sid:1;)", 5},
      {"tcp any any -> any any (flow:established; content:\"question\"; sid:1;)", 1},
  };
  for (const auto& c : cases) EXPECT_EQ(alerts_on_a_connection(c.rule), c.alerts) << c.rule;
  // What that packet carries is part of the connection all the same.
  Replay run;
  run.rules = "alert tcp any any -> any any (flow:established; content:\"early\"; sid:1;)";
  TcpTalk talk;
  run.add(talk.from_client(kSyn));
  run.add(talk.from_server(kSyn | kAck));
  run.add(talk.from_client(kAck | kPsh, "early"));
  run.add(talk.from_server(kAck));
  EXPECT_EQ(run.go(), std::vector<std::uint32_t>{1});
}

// Another flow may set it at any time.
TEST(RuleScope, a_rule_on_bits_of_hosts_is_judged_until_it_has_matched) {
  Replay run;
  run.rules =
      "alert udp any any -> any 53 (xbits:set,bad,track ip_src; noalert; sid:1;)\n"
      "alert tcp 10.0.0.1 any -> any any (xbits:isset,bad,track ip_src; sid:2;)\n"
      "alert tcp 10.0.0.1 any -> any any (app-layer-protocol:http; xbits:isset,bad,track ip_src; "
      "sid:3;)\n"
      "alert icmp any any -> any any (xbits:isset,bad,track ip_src; sid:4;)\n";
  TcpTalk talk;
  const auto ping = ethernet(icmp({}, 8, 1, 1));
  run.add(talk.handshake());
  run.add(ping);
  run.add(talk.from_client(kAck | kPsh, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"));
  run.add(talk.from_server(kAck | kPsh, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"));
  run.add(talk.from_client(kAck));
  run.add(ethernet(udp({}, 1000, 53, "x")));
  for (int i = 0; i < 3; ++i) {
    run.add(talk.from_client(kAck));
    run.add(ping);
  }
  EXPECT_EQ(run.go(), (std::vector<std::uint32_t>{2, 3, 4}));
}

// What all packets of a flow have in common is one of its stream too.
TEST(RuleScope, properties_of_the_whole_flow_go_with_contents_of_its_stream) {
  const Case cases[] = {
      {"l3_proto:ipv4;", 1}, {"ip_proto:6;", 1},  {"flow.age:<10;", 1},
      {"l3_proto:ipv6;", 0}, {"ip_proto:17;", 0}, {"ttl:>0;", 0},
  };
  for (const auto& c : cases)
    EXPECT_EQ(on_stream(std::string("alert ip any any -> any any (") + c.rule +
                            " content:\"needle\"; sid:1;)",
                        {"nee", "dle"})
                  .size(),
              static_cast<std::size_t>(c.alerts))
        << c.rule;
}

}  // namespace
}  // namespace rampart::sniffer
