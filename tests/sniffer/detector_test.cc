#include "sniffer/detect/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

std::string udp_rule(const std::string& options) {
  return "alert udp any any -> any any (" + options + " sid:1;)";
}

struct PayloadCase {
  std::string options;
  std::string payload;
  bool expected;
};

TEST(Detector, payload_keywords) {
  const std::string nul(1, '\0');
  const PayloadCase cases[] = {
      {R"(content:"abc";)", "xxabcxx", true},
      {R"(content:"abc";)", "xxABCxx", false},
      {R"(content:"aBc"; nocase;)", "xxAbCxx", true},
      {R"(content:"a|00|b";)", "xa" + nul + "bx", true},
      {R"(content:"a|00|b";)", "xab", false},
      {R"(content:"x"; content:!"abc";)", "xab", true},
      {R"(content:"x"; content:!"abc";)", "xabc", false},
      {R"(content:!"abc";)", "xyz", true},
      {R"(content:!"abc";)", "", false},
      {R"(content:"abc"; depth:3;)", "abcx", true},
      {R"(content:"abc"; depth:3;)", "xabc", false},
      {R"(content:"abc"; depth:4;)", "xabc", true},
      {R"(content:"abc"; offset:1;)", "xabc", true},
      {R"(content:"abc"; offset:1;)", "abcx", false},
      {R"(content:"abc"; offset:1; depth:3;)", "xxabc", false},
      {R"(content:"abc"; startswith;)", "abcd", true},
      {R"(content:"abc"; startswith;)", "xabc", false},
      {R"(content:"abc"; endswith;)", "abcabc", true},
      {R"(content:"abc"; endswith;)", "abcx", false},
      {R"(content:"abc"; startswith; endswith;)", "abc", true},
      {R"(content:"abc"; offset:1; depth:3; endswith;)", "xabc", true},
      {R"(content:"abc"; offset:1; depth:3; endswith;)", "xabcx", false},
      {R"(content:"abc"; offset:1; depth:3; endswith;)", "xxabc", false},
      {R"(content:"abc"; startswith; endswith;)", "abcabc", false},
      {R"(content:"a"; content:"b"; distance:1;)", "axb", true},
      {R"(content:"a"; content:"b"; distance:1;)", "ab", false},
      {R"(content:"a"; content:"b"; distance:0;)", "ba", false},
      {R"(content:"a"; content:"b"; distance:-2;)", "ba", true},
      {R"(content:"a"; content:"b"; within:2;)", "axb", true},
      {R"(content:"a"; content:"b"; within:2;)", "axxb", false},
      {R"(content:"a"; content:"b"; distance:2; within:1;)", "axxb", true},
      {R"(content:"a"; content:"b"; distance:2; within:1;)", "axxxb", false},
      {R"(content:"a"; content:"b"; within:1; content:"c"; within:1;)", "axabxabc", true},
      {R"(content:"a"; content:!"b"; within:1;)", "ac", true},
      {R"(content:"a"; content:!"b"; within:1;)", "ab", false},
      {R"(content:"a"; content:!"b"; within:1;)", "abac", true},
      {R"(content:"ab"; pcre:"/^c+d/R";)", "abccd", true},
      {R"(content:"ab"; pcre:"/^c+d/R";)", "abxcd", false},
      {R"(pcre:"/A.C/i";)", "xabcx", true},
      {R"(pcre:"/A.C/";)", "xabcx", false},
      {R"(pcre:"/a.b/";)", "a\nb", false},
      {R"(pcre:"/a.b/s";)", "a\nb", true},
      {R"(pcre:"/^b/";)", "a\nb", false},
      {R"(pcre:"/^b/m";)", "a\nb", true},
      {R"(pcre:"/a b/x";)", "ab", true},
      {R"(pcre:"/b/A";)", "ab", false},
      {R"(pcre:"/b$/";)", "ab\n", true},
      {R"(pcre:"/b$/E";)", "ab\n", false},
      {R"(pcre:!"/b/";)", "aaa", true},
      {R"(pcre:!"/b/";)", "aba", false},
      {R"(pcre:"/a(\d)/"; content:"x"; distance:0; within:1;)", "a1ya2x", true},
      {R"(content:"a"; isdataat:2,relative;)", "abc", true},
      {R"(content:"a"; isdataat:3,relative;)", "abc", false},
      {R"(isdataat:2;)", "abc", true},
      {R"(isdataat:3;)", "abc", false},
      {R"(content:"c"; isdataat:!1,relative;)", "abc", true},
      {R"(content:"b"; isdataat:!1,relative;)", "abc", false},
      {R"(byte_test:2,=,258,1;)", "x\x01\x02", true},
      {R"(byte_test:2,=,513,1,little;)", "x\x01\x02", true},
      {R"(byte_test:2,>,258,1;)", "x\x01\x02", false},
      {R"(byte_test:2,>=,258,1;)", "x\x01\x02", true},
      {R"(byte_test:2,!=,258,1;)", "x\x01\x02", false},
      {R"(byte_test:1,&,2,2;)", "x\x01\x02", true},
      {R"(byte_test:1,!&,2,2;)", "x\x01\x02", false},
      {R"(byte_test:1,=,7,0,bitmask 0xF8;)", "8", true},
      {R"(byte_test:1,=,1,3;)", "x\x01\x02", false},
      {R"(content:"n="; byte_test:3,=,123,0,relative,string,dec;)", "n=123", true},
      {R"(content:"n="; byte_test:4,=,255,0,relative,string,hex;)", "n=0xff", true},
      {R"(content:"n="; byte_test:2,=,8,0,relative,string,oct;)", "n=10", true},
      {R"(content:"n="; byte_test:2,=,8,0,relative,string,oct;)", "n=9x", false},
      {R"(byte_test:2,=,7,0,string,dec;)", "+7", true},
      {R"(byte_test:3,=,7,0,string,dec;)", "\n 7", true},
      {R"(byte_test:2,=,18446744073709551609,0,string,dec;)", "-7", true},
      {R"(byte_test:2,=,7,0,string,dec;)", "*7", false},
      {R"(byte_test:2,=,0,0,string,hex;)", "0x", true},
      {R"(byte_test:3,=,10,0,string,hex;)", "0xA", true},
      {R"(byte_jump:1,0; content:"z"; within:1;)", "\x02xxz", true},
      {R"(byte_jump:1,0; content:"z"; within:1;)", "\x01xxz", false},
      {R"(byte_jump:1,0,multiplier 2; content:"z"; within:1;)", "\x01xxz", true},
      {R"(byte_jump:1,0,align; content:"z"; within:1;)", "\x03xxxxz", true},
      {R"(byte_jump:1,0,from_beginning; content:"z"; within:1;)", "\x02xz", true},
      {R"(byte_jump:1,0,from_end; content:"z"; within:1;)", "\x01xxxz", true},
      {R"(byte_jump:1,0,post_offset -1; content:"z"; within:1;)", "\x02xzx", true},
      {R"(byte_jump:1,0; content:"z"; within:1;)", "\xFFxxz", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(on_datagram(udp_rule(c.options), c.payload).size(), c.expected ? 1U : 0U)
        << c.options << " on '" << c.payload << "'";
}

TEST(Detector, header_keywords) {
  const IpBuilder outer{.ttl = 64, .id = 777};
  const auto tcp = ethernet(TcpBuilder{.source_port = 1000,
                                       .destination_port = 80,
                                       .seq = 5,
                                       .ack = 6,
                                       .flags = tcp_flag::kSyn,
                                       .window = 512}
                                .build(outer));
  const auto echo = ethernet(icmp(outer, 8, 77, 3, "ping"));
  const auto self =
      ethernet(udp({.source = ip("10.0.0.1"), .destination = ip("10.0.0.1")}, 5, 6, "abcd"));
  struct Case {
    const char* rule;
    const Octets& frame;
    bool expected;
  };
  const Case cases[] = {
      {"tcp any any -> any 80 (sid:1;)", tcp, true},
      {"tcp any any -> any 81 (sid:1;)", tcp, false},
      {"tcp any 80 -> any any (sid:1;)", tcp, false},
      {"tcp any 80 <> any any (sid:1;)", tcp, true},
      {"tcp 10.0.0.1 any -> 10.0.0.2 any (flags:S; sid:1;)", tcp, true},
      {"tcp 10.0.0.2 any -> 10.0.0.1 any (flags:S; sid:1;)", tcp, false},
      {"udp any any -> any any (ttl:64; sid:1;)", tcp, false},
      {"ip any any -> any any (ttl:64; sid:1;)", tcp, true},
      {"ip any any -> any any (ttl:<64; sid:1;)", tcp, false},
      {"ipv6 any any -> any any (ttl:64; sid:1;)", tcp, false},
      {"ip any any -> any any (id:777; sid:1;)", tcp, true},
      {"ip any any -> any any (id:778; sid:1;)", tcp, false},
      {"ip any any -> any any (ip_proto:6; sid:1;)", tcp, true},
      {"ip any any -> any any (ip_proto:!tcp; sid:1;)", tcp, false},
      {"tcp any any -> any any (flags:S; sid:1;)", tcp, true},
      {"tcp any any -> any any (flags:SA; sid:1;)", tcp, false},
      {"tcp any any -> any any (flags:!A; sid:1;)", tcp, true},
      {"tcp any any -> any any (seq:5; ack:6; window:512; sid:1;)", tcp, true},
      {"tcp any any -> any any (seq:6; sid:1;)", tcp, false},
      {"tcp any any -> any any (ack:5; sid:1;)", tcp, false},
      {"tcp any any -> any any (window:!512; sid:1;)", tcp, false},
      {"tcp any any -> any any (dsize:0; flags:S; sid:1;)", tcp, true},
      {"icmp any any -> any any (itype:8; icode:0; icmp_id:77; icmp_seq:3; sid:1;)", echo, true},
      {"icmp any any -> any any (itype:0; sid:1;)", echo, false},
      {"icmp any any -> any any (icode:>0; sid:1;)", echo, false},
      {"icmp any any -> any any (icmp_id:78; sid:1;)", echo, false},
      {"icmp any any -> any any (icmp_seq:4; sid:1;)", echo, false},
      {"icmp any any -> any any (dsize:4; content:\"ping\"; sid:1;)", echo, true},
      {"ip any any -> any any (sameip; sid:1;)", self, true},
      {"ip any any -> any any (sameip; sid:1;)", tcp, false},
      {"udp any any -> any any (dsize:>3; sid:1;)", self, true},
      {"udp any any -> any any (dsize:<4; sid:1;)", self, false},
  };
  for (const auto& c : cases) {
    Replay run;
    run.rules = std::string("alert ") + c.rule;
    run.add(c.frame);
    EXPECT_EQ(run.go().size(), c.expected ? 1U : 0U) << c.rule;
  }
}

TEST(Detector, flow_keywords) {
  struct Case {
    const char* flow;
    std::vector<std::uint32_t> expected;  // one alert for each matching packet with "data"
  };
  const Case cases[] = {{"established", {1, 1}},        {"established,to_server", {1}},
                        {"to_client,established", {1}}, {"from_client", {1}},
                        {"not_established", {}},        {"stateless", {1, 1}},
                        {"only_stream", {1, 1}},        {"no_stream", {1, 1}}};
  for (const auto& c : cases) {
    Replay run;
    run.rules =
        std::string("alert tcp any any -> any any (content:\"data\"; flow:") + c.flow + "; sid:1;)";
    TcpTalk talk;
    run.add(talk.handshake());
    run.add(talk.from_client(tcp_flag::kAck, "data"));
    run.add(talk.from_server(tcp_flag::kAck, "data"));
    EXPECT_EQ(run.go(), c.expected) << c.flow;
  }
}

const std::string kTcp = "alert tcp any any -> any any ";

TEST(Detector, a_retransmission_does_not_alert_again) {
  Replay run;
  run.rules = kTcp + "(content:\"abc\"; sid:1;)";
  TcpTalk talk;
  run.add(talk.handshake());
  const auto seq = talk.client_seq;
  run.add(talk.from_client(tcp_flag::kAck, "abc"));
  run.add(talk.at_client(seq, tcp_flag::kAck, "abc"));
  EXPECT_THAT(run.go(), ElementsAre(1));
  EXPECT_EQ(run.stats.retransmits, 1U);
}

TEST(Detector, nothing_matches_across_a_gap) {
  Replay run;
  run.rules = kTcp + "(content:\"abcd\"; sid:1;) \n" + kTcp + "(content:\"efg\"; sid:2;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "ab"));
  talk.client_seq += 10;  // the capture lost ten bytes; the server has them
  run.add(talk.from_client(tcp_flag::kAck, "cdefg"));
  run.add(talk.from_server(tcp_flag::kAck));
  run.add(talk.from_client(tcp_flag::kAck, "more"));
  EXPECT_THAT(run.go(), ElementsAre(2));
  EXPECT_EQ(run.totals.stream_gaps, 10U);
}

TEST(Detector, what_waits_behind_a_loss_is_judged_though_no_bytes_follow) {
  for (const auto last : {tcp_flag::kAck, tcp_flag::kRst, tcp_flag::kFin}) {
    Replay run;
    run.rules = kTcp + "(content:\"needle\"; sid:1;)";
    TcpTalk talk;
    run.add(talk.handshake());
    talk.client_seq += 10;  // the capture lost ten bytes; the server has them
    run.add(talk.from_client(tcp_flag::kAck, "needle"));
    run.add(talk.from_server(tcp_flag::kAck, "answer"));
    run.add(talk.from_client(static_cast<std::uint8_t>(last | tcp_flag::kAck)));
    EXPECT_THAT(run.go(), ElementsAre(1)) << int{last};
    EXPECT_EQ(run.totals.stream_gaps, 10U) << int{last};
  }
}

TEST(Detector, what_waits_to_the_end_is_judged_then) {
  Replay run;
  run.rules = kTcp + "(flow:established; content:\"needle\"; sid:1;)\n" + kTcp +
              "(content:\"stackneedle\"; sid:2;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "stack"));
  talk.client_seq += 10;
  run.add(talk.from_client(tcp_flag::kAck, "needle"));
  EXPECT_THAT(run.go(), ElementsAre(1)) << "nothing matches across the hole";
  EXPECT_EQ(run.totals.stream_gaps, 0U) << "not acknowledged: it need not have been sent";
  EXPECT_EQ(run.stats.stream_late, 6U);
}

// What comes first of a connection is at the start of both.
TEST(Detector, a_rule_with_a_fixed_place_alerts_for_packet_and_stream) {
  struct Case {
    const char* rule;
    std::vector<std::string> segments;
    std::size_t alerts;
  };
  const Case cases[] = {
      {"alert tcp any any -> any any (content:\"GET\"; depth:3; sid:1;)", {"GET /"}, 2},
      {"alert tcp any any -> any any (content:\"GET\"; startswith; sid:1;)", {"GET /"}, 2},
      {"alert tcp any any -> any any (content:\"ET\"; offset:1; sid:1;)", {"GET /"}, 2},
      {"alert tcp any any -> any any (content:\"GET\"; depth:3; sid:1;)", {"G", "ET /"}, 1},
      {"alert tcp any any -> any any (content:\"GET\"; sid:1;)", {"GET /"}, 1},
      {"alert tcp-pkt any any -> any any (content:\"GET\"; depth:3; sid:1;)", {"GET /"}, 1},
      {"alert tcp-stream any any -> any any (content:\"GET\"; depth:3; sid:1;)", {"GET /"}, 1},
      {"alert http any any -> any any (content:\"GET\"; depth:3; sid:1;)",
       {"GET / HTTP/1.1\r\n"},
       1},
      {"alert tcp any any -> any any (content:\"GET\"; depth:3; "
       "threshold:type both, track by_src, count 2, seconds 60; sid:1;)",
       {"GET /"},
       1},
  };
  for (const auto& c : cases) EXPECT_EQ(on_stream(c.rule, c.segments).size(), c.alerts) << c.rule;
}

TEST(Detector, thresholds_count_packet_and_stream) {
  Replay run;
  run.rules = kTcp +
              "(content:\"root\"; depth:4; threshold:type both, track by_src, count 5, "
              "seconds 60; sid:1;)";
  for (std::uint16_t port = 1; port <= 4; ++port) {
    TcpTalk talk;
    talk.client_port = port;
    run.add(talk.handshake());
    run.add(talk.from_client(tcp_flag::kAck, "root"));
  }
  run.go();
  ASSERT_EQ(run.seen.detections.size(), 1U);
  EXPECT_EQ(run.seen.detections[0].source.port, 3U) << "the fifth match is the third packet";
}

TEST(Detector, depth_and_offset_count_from_the_start_of_stream_and_packet) {
  const auto rule = kTcp + "(content:\"abc\"; depth:3; sid:1;)";
  EXPECT_THAT(on_stream(rule, {"a", "bc"}), ElementsAre(1)) << "start of the stream";
  EXPECT_THAT(on_stream(rule, {"xxx", "abc"}), ElementsAre(1)) << "start of a packet";
  EXPECT_THAT(on_stream(rule, {"xxx", "xabc"}), IsEmpty());
  const auto stream = "alert tcp-stream any any -> any any (content:\"abc\"; depth:3; sid:1;)";
  EXPECT_THAT(on_stream(stream, {"xxx", "abc"}), IsEmpty());
}

TEST(Detector, streams_in_the_middle_are_packets_unless_asked) {
  for (const bool midstream : {false, true}) {
    Replay run;
    run.options.midstream = midstream;
    run.rules = kTcp + "(content:\"abcd\"; sid:1;)\n" + kTcp + "(content:\"ab\"; sid:2;)";
    TcpTalk talk;
    run.add(talk.from_client(tcp_flag::kAck, "ab"));
    run.add(talk.from_client(tcp_flag::kAck, "cd"));
    EXPECT_EQ(run.go(),
              midstream ? (std::vector<std::uint32_t>{2, 1}) : (std::vector<std::uint32_t>{2}));
  }
}

TEST(Detector, a_rule_on_addresses_alone_may_set_what_others_ask) {
  Replay run;
  run.rules =
      "alert ip 10.0.0.1 any -> any any (flowbits:set,listed; sid:1;)\n"
      "alert tcp any any -> any any (content:\"x\"; flowbits:isset,listed; sid:2;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "x"));
  EXPECT_THAT(run.go(), ElementsAre(1, 2));
}

TEST(Detector, a_rule_on_addresses_alone_alerts_once_per_direction) {
  Replay run;
  run.rules = "alert ip 10.0.0.1 any -> any any (sid:1;)\nalert ip any any -> any any (sid:2;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "x"));
  EXPECT_THAT(run.go(), ElementsAre(1, 2, 2));
}

TEST(Detector, pass_silences_and_noalert_is_silent) {
  const auto alert = "alert udp any any -> any any (content:\"a\"; sid:1;)\n";
  EXPECT_THAT(on_datagram(std::string(alert) + "pass udp any any -> any 53 (sid:2;)", "a"),
              IsEmpty());
  EXPECT_THAT(on_datagram(std::string(alert) + "pass udp any any -> any 54 (sid:2;)", "a"),
              ElementsAre(1));
  EXPECT_THAT(
      on_datagram(std::string(alert) + "alert udp any any -> any any (noalert; sid:2;)", "a"),
      ElementsAre(1));
}

TEST(Detector, one_packet_raises_at_most_fifteen_alerts_the_worst_first) {
  Replay run;
  for (int sid = 1; sid <= 20; ++sid)
    run.rules +=
        "alert udp any any -> any any (content:\"a\"; priority:" + std::to_string(21 - sid) +
        "; sid:" + std::to_string(sid) + ";)\n";
  run.add(ethernet(udp({}, 1, 2, "a")));
  const auto sids = run.go();
  ASSERT_EQ(sids.size(), 15U);
  EXPECT_EQ(sids.front(), 20U);
  EXPECT_EQ(sids.back(), 6U);
  EXPECT_EQ(run.stats.alert_overflow, 5U);
}

TEST(Detector, each_fragment_is_judged_and_then_the_whole) {
  Replay run;
  run.rules =
      "alert ip any any -> any any (ttl:>0; sid:1;)\n"
      "alert ip any any -> any any (fragbits:M; sid:2;)\n"
      "alert udp any any -> any any (sid:3;)\n"
      "alert udp any any -> any 2000 (content:\"abcdefgh\"; sid:4;)\n"
      "alert udp any any -> any 2000 (ttl:>0; sid:5;)\n";
  const auto whole = udp({}, 1000, 2000, "abcdefgh");
  const Octets body(whole.begin() + 20, whole.end());
  const Octets first(body.begin(), body.begin() + 8), last(body.begin() + 8, body.end());
  run.add(ethernet(IpBuilder{.fragment = 0x0001}.build(17, last, SIZE_MAX)));
  run.add(ethernet(IpBuilder{.fragment = 0x2000}.build(17, first, SIZE_MAX)));
  EXPECT_THAT(run.go(), testing::UnorderedElementsAre(1, 3, 1, 2, 3, 1, 3, 4, 5));
  EXPECT_EQ(run.totals.packets, 2U);
  EXPECT_EQ(run.stats.fragments, 2U);
}

TEST(Detector, contents_of_fragments_and_cut_packets_are_not_inspected) {
  Replay run;
  run.rules = "alert ip any any -> any any (content:\"abc\"; sid:1;)";
  run.add(ethernet(udp({.fragment = 0x2000}, 1, 2, "abc")));
  const auto whole = ethernet(udp({}, 1, 2, "abcdef"));
  run.pcap().add(at(1), Octets(whole.begin(), whole.end() - 3),
                 static_cast<std::uint32_t>(whole.size()));
  EXPECT_THAT(run.go(), IsEmpty());
  EXPECT_EQ(run.stats.fragments, 1U);
  EXPECT_EQ(run.stats.cut, 1U);
  EXPECT_EQ(run.totals.invalid, 0U);
}

TEST(Detector, many_half_matched_rules_stay_bounded) {
  Replay run;
  for (int sid = 1; sid <= 40; ++sid)
    run.rules += kTcp + "(content:\"longer\"; content:\"x" + std::to_string(sid) +
                 "\"; sid:" + std::to_string(sid) + ";)\n";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "longer"));
  run.add(talk.from_client(tcp_flag::kAck, "x40"));
  EXPECT_THAT(run.go(), testing::Contains(40));
}

TEST(Detector, a_hostile_subject_ends_in_bounded_time) {
  const std::string text(60'000, 'a');
  EXPECT_THAT(on_datagram(udp_rule(R"(pcre:"/(a+)+$x/";)"), text.substr(0, 1400)), IsEmpty());
  EXPECT_THAT(on_datagram(udp_rule(R"(content:"a"; content:"a"; distance:0; content:"a"; )"
                                   R"(distance:0; content:"b"; distance:0;)"),
                          text.substr(0, 1400)),
              IsEmpty());
}

TEST(Detector, what_was_put_together_from_fragments_is_told_from_what_came_whole) {
  Replay run;
  run.rules =
      "alert udp any any -> any any (flow:only_frag; sid:1;)\n"
      "alert udp any any -> any any (flow:no_frag; sid:2;)\n"
      "alert udp any any -> any any (flow:only_frag; content:\"abcdefgh\"; sid:3;)\n";
  const auto whole = udp({}, 1000, 2000, "abcdefgh");
  const Octets body(whole.begin() + 20, whole.end());
  const Octets first(body.begin(), body.begin() + 8), last(body.begin() + 8, body.end());
  run.add(ethernet(IpBuilder{.fragment = 0x2000}.build(17, first, SIZE_MAX)));
  run.add(ethernet(IpBuilder{.fragment = 0x0001}.build(17, last, SIZE_MAX)));
  EXPECT_THAT(run.go(), testing::UnorderedElementsAre(1, 3)) << "the parts are of no flow";
  Replay plain;
  plain.rules = run.rules;
  plain.add(ethernet(whole));
  EXPECT_THAT(plain.go(), ElementsAre(2));
}

// RFC 4253, section 4.2: 255 bytes at most.
TEST(Detector, an_objection_to_a_handshake_is_told_in_both_directions) {
  const std::string event = "alert tcp any any -> any any (app-layer-event:ssh.long_banner; ";
  struct Case {
    bool answered;
    std::vector<std::uint32_t> expected;
  };
  const Case cases[] = {{false, {1, 2}}, {true, {1, 2, 1, 3}}};
  for (const auto& c : cases) {
    Replay run;
    run.rules = event + "sid:1;)\n" + event + "flow:to_server; sid:2;)\n" + event +
                "flow:to_client; sid:3;)\n";
    TcpTalk talk;
    talk.server_port = 22;
    run.add(talk.handshake());
    run.add(talk.from_client(tcp_flag::kAck, "SSH-2.0-" + std::string(300, 'a') + "\r\n"));
    run.add(talk.from_client(tcp_flag::kAck));
    if (c.answered) run.add(talk.from_server(tcp_flag::kAck));
    run.add(talk.from_client(tcp_flag::kAck));
    EXPECT_EQ(run.go(), c.expected);
  }
}

TEST(Detector, an_objection_to_both_ends_is_told_once_each_way) {
  Replay run;
  run.rules = "alert tcp any any -> any any (app-layer-event:ssh.long_banner; sid:1;)";
  TcpTalk talk;
  talk.server_port = 22;
  run.add(talk.handshake());
  const auto banner = "SSH-2.0-" + std::string(300, 'a') + "\r\n";
  run.add(talk.from_client(tcp_flag::kAck, banner));
  run.add(talk.from_server(tcp_flag::kAck));
  run.add(talk.from_server(tcp_flag::kAck, banner));
  run.add(talk.from_client(tcp_flag::kAck));
  EXPECT_THAT(run.go(), ElementsAre(1, 1));
}

TEST(Detector, objections_that_wait_for_the_other_side_are_bounded_and_counted) {
  Replay run;
  for (int sid = 1; sid <= 40; ++sid)
    run.rules +=
        "alert tcp any any -> any any (app-layer-event:ssh.long_banner; flow:to_client; sid:" +
        std::to_string(sid) + ";)\n";
  TcpTalk talk;
  talk.server_port = 22;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck, "SSH-2.0-" + std::string(300, 'a') + "\r\n"));
  run.add(talk.from_server(tcp_flag::kAck));
  EXPECT_EQ(run.go().size(), 15U) << "as many as a packet may raise";
  EXPECT_EQ(run.stats.half_matches_lost, 8U);
}

}  // namespace
}  // namespace rampart::sniffer
