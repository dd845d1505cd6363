#include "sniffer/detect/header_matcher.h"

#include <gtest/gtest.h>

#include "packet_builder.h"
#include "sniffer/decode/decode.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using namespace test;

Rule parse(const std::string& rule) {
  const auto parsed = parse_rules("alert " + rule, "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d) << " of " << rule;
  return parsed.set.rules.empty() ? Rule{} : parsed.set.rules[0];
}

Packet decoded(const Octets& frame) {
  Packet out;
  EXPECT_EQ(decode(LinkType::raw_ip, frame, Checksums::verify, out), Invalid::none);
  return out;
}

bool holds(const std::string& options, const PacketContext& context) {
  return header_matches(parse("ip any any -> any any (" + options + " sid:1;)"), context);
}

TEST(HeaderMatcher, fields_of_a_syn) {
  // Maximum segment size 512 between two no-operations and the end.
  const auto frame = TcpBuilder{.flags = tcp_flag::kSyn, .options = {1, 1, 2, 4, 2, 0, 0, 0}}.build(
      {.fragment = 0x4000});
  const auto packet = decoded(frame);
  struct Case {
    const char* options;
    bool expected;
  };
  const Case cases[] = {
      {"tcp.mss:512;", true},   {"tcp.mss:<512;", false}, {"tcp.mss:500-600;", true},
      {"fragbits:D;", true},    {"fragbits:M;", false},   {"fragbits:+D;", true},
      {"fragbits:*MD;", true},  {"fragbits:!MR;", true},  {"fragbits:!D;", false},
      {"fragbits:D+;", true},   {"fragbits:D*;", true},   {"l3_proto:ipv4;", true},
      {"l3_proto:ip6;", false}, {"fragoffset:0;", true},  {"fragoffset:>0;", false},
      {"ipopts:nop;", false},   {"fragbits:MD;", false},  {"ip_proto:tcp;", true},
      {"ip_proto:GRE;", false}, {"ip_proto:!udp;", true}, {"tcp.window:65535;", true},
      {"tos:0;", true},         {"tos:!0;", false},       {"tos:x10;", false},
      {"tos:!x10;", true},
  };
  for (const auto& c : cases) EXPECT_EQ(holds(c.options, {packet}), c.expected) << c.options;
  EXPECT_FALSE(holds("tcp.mss:>0;", {decoded(TcpBuilder{}.build())})) << "the option is absent";
}

TEST(HeaderMatcher, age_of_the_flow) {
  auto packet = decoded(TcpBuilder{}.build());
  EXPECT_FALSE(holds("flow.age:<10;", {packet})) << "no flow";
  Flow flow;
  flow.start = at(5);
  packet.time = at(7.5);
  EXPECT_TRUE(holds("flow.age:2;", {packet, &flow}));
  EXPECT_TRUE(holds("flow.age:>1;", {packet, &flow}));
  EXPECT_FALSE(holds("flow.age:>2;", {packet, &flow}));
}

TEST(HeaderMatcher, flags_that_are_excluded_or_begin_and_end_connections) {
  using namespace tcp_flag;
  struct Case {
    const char* options;
    std::uint8_t flags;
    bool expected;
  };
  const Case cases[] = {
      {"flags:!SA;", kSyn, true},
      {"flags:!SA;", kSyn | kAck, false},
      {"flags:!SA;", kFin | kAck, true},
      {"flags:!SA;", kPsh | kAck, false},
      {"flags:!S;", kSyn, false},
      {"flags:!S;", kFin | kAck, true},
      {"flags:!S;", kAck, false},
      {"flags:!S,A;", kRst | kAck, true},
      {"flags:!PA;", kAck, true},
      {"flags:!PA;", kPsh | kAck, false},
      {"flags:*SP;", kSyn, true},
      {"flags:*SP;", kPsh | kAck, false},
      {"flags:*SP;", kFin | kPsh, true},
      {"flags:+PA;", kPsh | kAck, true},
      {"flags:PA,S;", kPsh | kAck, true},
      {"flags:!0;", kAck, true},
      {"flags:!0;", 0, false},
      {"flags:0;", 0, true},
  };
  for (const auto& c : cases) {
    const auto frame = TcpBuilder{.flags = c.flags}.build();
    EXPECT_EQ(holds(c.options, {decoded(frame)}), c.expected) << c.options << " " << int{c.flags};
  }
}

TEST(HeaderMatcher, a_size_that_is_excluded_is_one_of_a_payload) {
  const auto with = TcpBuilder{.payload = "abc"}.build();
  const auto without = TcpBuilder{}.build();
  EXPECT_TRUE(holds("dsize:!2;", {decoded(with)}));
  EXPECT_FALSE(holds("dsize:!3;", {decoded(with)}));
  EXPECT_FALSE(holds("dsize:!3;", {decoded(without)}));
  EXPECT_TRUE(holds("dsize:<3;", {decoded(without)}));
  EXPECT_TRUE(holds("dsize:0;", {decoded(without)}));
}

TEST(HeaderMatcher, fragments_have_a_protocol_and_no_ports) {
  const auto frame = udp({.fragment = 0x2000}, 1000, 53, "abc");
  const auto packet = decoded(frame);
  struct Case {
    const char* rule;
    bool expected;
  };
  const Case cases[] = {
      {"ip any any -> any any (fragbits:M; sid:1;)", true},
      {"udp any any -> any any (ttl:>0; sid:1;)", true},
      {"tcp any any -> any any (ttl:>0; sid:1;)", false},
      {"udp 10.0.0.1 any -> any any (sid:1;)", true},
      {"udp 10.0.0.9 any -> any any (sid:1;)", false},
      {"udp any any -> any 53 (sid:1;)", false},
      {"udp any any -> any !53 (sid:1;)", false},
      {"ip any any <> any 0 (sid:1;)", false},
      {"ip any any -> any any (dsize:0; sid:1;)", true},
      {"ip any any -> any any (dsize:>0; sid:1;)", false},
      {"ip any any -> any any (flow:to_server; sid:1;)", true},
      {"ip any any -> any any (flow:to_client; sid:1;)", false},
      {"ip any any -> any any (flow:established; sid:1;)", false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(header_matches(parse(c.rule), {packet}), c.expected) << c.rule;
}

TEST(HeaderMatcher, what_is_damaged_has_a_protocol_and_no_ports) {
  auto short_header = TcpBuilder{}.build();
  short_header[32] = 0x40;  // four words
  auto bad_option = TcpBuilder{}.build({.options = {0x44, 1, 0, 0}});
  const auto chunks = IpBuilder{}.build(132, {0, 80, 0, 81}, SIZE_MAX);
  struct Case {
    const char* rule;
    const Octets& frame;
    bool expected;
  };
  const Case cases[] = {
      {"tcp any any -> any !80 (sid:1;)", short_header, false},
      {"tcp any any <> any 0 (sid:1;)", short_header, false},
      {"tcp any !25 -> any any (sid:1;)", short_header, false},
      {"ip any any -> any !80 (sid:1;)", short_header, false},
      {"tcp any any -> any any (sid:1;)", short_header, true},
      {"tcp any any -> any !80 (sid:1;)", bad_option, false},
      {"tcp any any -> any any (sid:1;)", bad_option, true},
      {"sctp any any -> any !80 (sid:1;)", chunks, false},
      {"sctp any any -> any any (sid:1;)", chunks, true},
  };
  for (const auto& c : cases) {
    Packet packet;
    EXPECT_NE(decode(LinkType::raw_ip, c.frame, Checksums::ignore, packet), Invalid::none);
    EXPECT_EQ(header_matches(parse(c.rule), {packet}), c.expected) << c.rule;
  }
}

// An acknowledgment far ahead of the stream's start is one all the same.
TEST(HeaderMatcher, what_the_flow_speaks_stays_told) {
  using namespace tcp_flag;
  Flow flow;
  flow.key.proto = ip_proto::kTcp;
  const auto update = [&](const TcpBuilder& segment, bool to_server) {
    flow.tcp.update(decoded(segment.build()), to_server, false);
    ++flow.packets[to_server ? 0 : 1];
  };
  update({.seq = 100, .flags = kSyn}, true);
  update({.seq = 500, .ack = 101, .flags = kSyn | kAck}, false);
  update({.seq = 101, .ack = 501}, true);
  const auto packet = decoded(TcpBuilder{.seq = 101, .ack = 501, .payload = "abc"}.build());
  const PacketContext context{packet, &flow, Direction::to_server};
  flow.app = AppProto::http1;
  EXPECT_FALSE(protocol_is_told(context)) << "nothing is acknowledged yet";
  update({.seq = 101, .ack = 501, .payload = "abc"}, true);
  update({.seq = 501, .ack = 104}, false);
  EXPECT_TRUE(protocol_is_told(context));
  flow.app_told[index(Direction::to_server)] = true;
  auto said = packet, heard = decoded(TcpBuilder{.seq = 501}.build());
  said.payload_size = 0x8000;
  for (said.seq = 104; said.seq < 0x90000000U; said.seq += said.payload_size) {
    flow.tcp.update(said, true, false);
    heard.ack = said.seq + said.payload_size;
    flow.tcp.update(heard, false, false);
  }
  ASSERT_EQ(flow.tcp.side(false).acked, heard.ack);
  EXPECT_TRUE(protocol_is_told(context));
}

TEST(HeaderMatcher, where_one_side_alone_was_captured_nothing_acknowledges) {
  Flow flow;
  flow.key.proto = ip_proto::kTcp;
  const auto packet = decoded(TcpBuilder{.seq = 101, .ack = 501, .payload = "abc"}.build());
  flow.tcp.update(packet, true, true);
  flow.packets[index(Direction::to_server)] = 2;
  flow.app = AppProto::http1;
  EXPECT_TRUE(protocol_is_told({packet, &flow, Direction::to_server}));
  flow.packets[index(Direction::to_client)] = 1;
  EXPECT_FALSE(protocol_is_told({packet, &flow, Direction::to_server}));
}

TEST(HeaderMatcher, fields_of_ip_and_icmp) {
  // No-operation, record route, end; the third unit of 8 bytes of a datagram.
  auto options = TcpBuilder{}.build({.fragment = 3, .options = {1, 7, 4, 4, 0, 0, 0, 0}});
  const auto plain_frame = udp({}, 1, 2, "x");
  const auto plain = decoded(plain_frame);
  Packet packet;
  ASSERT_EQ(decode(LinkType::raw_ip, options, Checksums::ignore, packet), Invalid::none);
  const IpBuilder v6{.source = ip("fe80::1"), .destination = ip("fe80::2")};
  const auto too_big_frame = icmp(v6, 2, 0, 1280, std::string(40, 0x60));
  Packet too_big;
  ASSERT_EQ(decode(LinkType::raw_ip, too_big_frame, Checksums::ignore, too_big), Invalid::none);
  struct Case {
    const char* options;
    const Packet& packet;
    bool expected;
  };
  const Case cases[] = {
      {"ipopts:nop;", packet, true},         {"ipopts:rr;", packet, true},
      {"ipopts:eol;", packet, true},         {"ipopts:lsrr;", packet, false},
      {"ipopts:rr;", plain, false},          {"fragoffset:3;", packet, true},
      {"fragoffset:>3;", packet, false},     {"icmpv6.mtu:1280;", too_big, true},
      {"icmpv6.mtu:<1280;", too_big, false}, {"icmpv6.mtu:<1280;", plain, false},
      {"l3_proto:ipv6;", too_big, true},
  };
  for (const auto& c : cases) EXPECT_EQ(holds(c.options, {c.packet}), c.expected) << c.options;
}

TEST(HeaderMatcher, protocols_of_one_version_and_of_no_stream) {
  const IpBuilder v6{.source = ip("fe80::1"), .destination = ip("fe80::2")};
  const auto ping = icmp({}, 8, 1, 1), ping6 = icmp(v6, 128, 1, 1);
  const auto chunks = IpBuilder{}.build(132, {0, 80, 0, 81, 0, 0, 0, 0, 0, 0, 0, 0, 1}, SIZE_MAX);
  struct Case {
    const char* rule;
    const Octets& frame;
    bool expected;
  };
  const Case cases[] = {
      {"icmpv4 any any -> any any (sid:1;)", ping, true},
      {"icmpv4 any any -> any any (sid:1;)", ping6, false},
      {"icmpv6 any any -> any any (sid:1;)", ping, false},
      {"icmpv6 any any -> any any (sid:1;)", ping6, true},
      {"icmp any any -> any any (sid:1;)", ping6, true},
      {"sctp any 80 -> any 81 (sid:1;)", chunks, true},
      {"sctp any any -> any 80 (sid:1;)", chunks, false},
      {"sctp any any -> any any (dsize:1; sid:1;)", chunks, true},
      {"sctp any any -> any any (sid:1;)", ping, false},
      {"ip 10.0.0.0/255.255.255.0 any -> any any (sid:1;)", ping, true},
      {"ip 10.0.1.0/255.255.255.0 any -> any any (sid:1;)", ping, false},
      {"ip any any -> any any (flow:no_frag; sid:1;)", ping, false},
  };
  for (const auto& c : cases)
    EXPECT_EQ(header_matches(parse(c.rule), {decoded(c.frame)}), c.expected) << c.rule;
  Flow flow;
  EXPECT_TRUE(holds("flow:no_frag;", {decoded(ping), &flow}));
  EXPECT_FALSE(holds("flow:only_frag;", {decoded(ping), &flow}));
  auto whole = decoded(ping);
  whole.rebuilt = true;
  EXPECT_FALSE(holds("flow:no_frag;", {whole, &flow}));
  EXPECT_TRUE(holds("flow:only_frag;", {whole, &flow}));
}

TEST(HeaderMatcher, stream_size_counts_sequence_numbers) {
  Flow flow;
  flow.key.proto = ip_proto::kTcp;
  const auto syn = decoded(TcpBuilder{.seq = 100, .flags = tcp_flag::kSyn}.build());
  flow.tcp.update(syn, true, false);
  const auto answer =
      decoded(TcpBuilder{.seq = 500, .ack = 101, .flags = tcp_flag::kSyn | tcp_flag::kAck}.build());
  flow.tcp.update(answer, false, false);
  const auto data = decoded(TcpBuilder{.seq = 101, .ack = 501, .payload = "0123456789"}.build());
  flow.tcp.update(data, true, false);
  struct Case {
    const char* options;
    bool expected;
  };
  const Case cases[] = {
      {"stream_size:client,=,11;", true},   {"stream_size:client,<,11;", false},
      {"stream_size:server,=,1;", true},    {"stream_size:server,<,5;", true},
      {"stream_size:server,>,1;", false},   {"stream_size:both,<,12;", true},
      {"stream_size:both,>,5;", false},     {"stream_size:either,>,5;", true},
      {"stream_size:client,!=,11;", false}, {"stream_size:client,>=,11;", true},
  };
  for (const auto& c : cases)
    EXPECT_EQ(holds(c.options, {data, &flow, Direction::to_server}), c.expected) << c.options;
  EXPECT_FALSE(holds("stream_size:client,>=,0;", {data})) << "no flow";
}

TEST(HeaderMatcher, what_the_flow_speaks) {
  const auto packet = decoded(TcpBuilder{}.build());
  struct Case {
    const char* rule;
    AppProto app;
    bool expected;
  };
  const Case cases[] = {
      {"http any any -> any any (sid:1;)", AppProto::http1, true},
      {"http any any -> any any (sid:1;)", AppProto::http2, true},
      {"http any any -> any any (sid:1;)", AppProto::unknown, false},
      {"http any any -> any any (sid:1;)", AppProto::tls, false},
      {"http2 any any -> any any (sid:1;)", AppProto::http1, false},
      {"tcp any any -> any any (app-layer-protocol:http; sid:1;)", AppProto::http2, true},
      {"tcp any any -> any any (app-layer-protocol:http1; sid:1;)", AppProto::http2, false},
      {"tcp any any -> any any (app-layer-protocol:!http; sid:1;)", AppProto::tls, true},
      {"tcp any any -> any any (app-layer-protocol:!http; sid:1;)", AppProto::http1, false},
      {"tcp any any -> any any (app-layer-protocol:!http; sid:1;)", AppProto::unknown, false},
      {"tcp any any -> any any (app-layer-protocol:failed; sid:1;)", AppProto::failed, true},
      {"tcp any any -> any any (app-layer-protocol:!http; app-layer-protocol:!tls; sid:1;)",
       AppProto::tls, false},
  };
  for (const auto& c : cases) {
    Flow flow;
    flow.app = c.app;
    EXPECT_EQ(header_matches(parse(c.rule), {packet, &flow}), c.expected)
        << c.rule << " on " << to_string(c.app);
  }
}

TEST(HeaderMatcher, decoder_events) {
  const auto rule = parse("pkthdr any any -> any any (decode-event:ipv4.trunc_pkt; sid:1;)");
  Packet packet;
  EXPECT_FALSE(header_matches(rule, {.packet = packet}));
  packet.events.add(DecodeEvent::ipv4_too_small);
  EXPECT_FALSE(header_matches(rule, {.packet = packet}));
  packet.events.add(DecodeEvent::ipv4_truncated);
  EXPECT_TRUE(header_matches(rule, {.packet = packet})) << "beside others";
}

TEST(HeaderMatcher, ftp_bounce) {
  const auto rule = parse("ftp any any -> any any (ftpbounce; sid:1;)");
  struct Case {
    const char* payload;
    bool expected;
  };
  const Case cases[] = {{"PORT 10,0,0,1,4,1\r\n", false},
                        {"PORT 10,0,0,9,4,1\r\n", true},
                        {"port 192,168,0,1,4,1", true},
                        {"PORT 10,0,0,", false},
                        {"PORT 10,0,0,999,1,1", false},
                        {"PORT ", false},
                        {"PASV\r\n", false}};
  for (const auto& c : cases) {
    const auto frame = TcpBuilder{.payload = c.payload}.build();
    const auto packet = decoded(frame);
    Flow flow;
    flow.app = AppProto::ftp;
    EXPECT_EQ(header_matches(rule, {packet, &flow}), c.expected) << c.payload;
  }
}

TEST(HeaderMatcher, buffers_of_headers) {
  const auto tcp_frame = TcpBuilder{.source_port = 0x4142}.build();
  const auto udp_frame = udp({}, 0x4344, 53, "x");
  const auto tcp = decoded(tcp_frame);
  const auto datagram = decoded(udp_frame);
  const auto echo_frame = icmp({}, 8, 1, 1, "abc");
  const auto echo = decoded(echo_frame);
  PayloadMatcher matcher;
  TransformScratch scratch;
  struct Case {
    const char* options;
    const Packet& packet;
    bool expected;
  };
  const Case cases[] = {
      {R"(tcp.hdr; content:"AB"; depth:2;)", tcp, true},
      {R"(tcp.hdr; bsize:20;)", tcp, true},
      {R"(tcp.hdr; to_lowercase; content:"ab"; depth:2;)", tcp, true},
      {R"(tcp.hdr; content:"AB";)", datagram, false},
      {R"(udp.hdr; content:"CD"; startswith;)", datagram, true},
      {R"(udp.hdr; bsize:8;)", datagram, true},
      {R"(ipv4.hdr; content:"E"; startswith;)", tcp, true},
      {R"(ipv4.hdr; byte_test:1,=,6,9;)", tcp, true},
      {R"(ipv6.hdr; content:!"x";)", tcp, false},
      {R"(ip.src; content:"|0a 00 00|"; startswith; bsize:4;)", tcp, true},
      {R"(ip.dst; content:!"|0a|"; startswith;)", tcp, false},
      {R"(icmpv4.hdr; content:"|08 00|"; startswith;)", echo, true},
      {R"(icmpv4.hdr; bsize:8;)", echo, true},
      {R"(icmpv6.hdr; bsize:8;)", echo, false},
      {R"(icmpv4.hdr; bsize:20;)", tcp, false},
      {R"(content:"x";)", tcp, true},
  };
  for (const auto& c : cases) {
    const auto rule = parse("ip any any -> any any (" + std::string(c.options) + " sid:1;)");
    EXPECT_EQ(packet_sections_match(rule, c.packet, matcher, scratch), c.expected) << c.options;
  }
}

}  // namespace
}  // namespace rampart::sniffer
