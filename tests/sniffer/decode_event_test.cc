#include "sniffer/decode/decode_event.h"

#include <gtest/gtest.h>

#include "replay.h"
#include "sniffer/decode/decode.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using enum DecodeEvent;

const IpBuilder kV6{.source = ip("fd00::1"), .destination = ip("fd00::2"), .ttl = 1};

TEST(DecodeEvent, each_has_a_name_of_its_own_that_leads_back_to_it) {
  for (std::size_t i = 1; i < kDecodeEvents; ++i) {
    const auto event = static_cast<DecodeEvent>(i);
    const auto name = to_string(event);
    ASSERT_TRUE(name.starts_with("decoder.")) << i;
    EXPECT_EQ(decode_event_of(name.substr(8)), event) << name;
  }
  EXPECT_FALSE(decode_event_of("none"));
  EXPECT_FALSE(decode_event_of(""));
  EXPECT_FALSE(decode_event_of("ipv4.trunc_pk"));
}

// What one frame raises: the events, and whether they end it.
struct Case {
  std::vector<DecodeEvent> events;
  bool ends;
  Octets frame;
  LinkType link = LinkType::raw_ip;
};

template <std::size_t kCount>
void check(const Case (&cases)[kCount]) {
  for (std::size_t i = 0; i < kCount; ++i) {
    const auto& c = cases[i];
    Packet packet;
    packet.wire_length = static_cast<std::uint32_t>(c.frame.size());
    const auto end = decode(c.link, c.frame, Checksums::ignore, packet);
    DecodeEvents expected;
    for (const auto event : c.events) expected.add(event);
    std::string seen;
    packet.events.for_each([&](DecodeEvent e) { seen += std::string(to_string(e)) + " "; });
    EXPECT_EQ(packet.events, expected) << "case " << i << ": " << seen;
    EXPECT_EQ(end != none, c.ends) << "case " << i << ": " << seen;
  }
}

Octets of_type(std::uint16_t type, const Octets& rest) {
  Octets out(12, 0x02);
  put16(out, type);
  return out + rest;
}

Octets words(std::initializer_list<std::uint32_t> values) {
  Octets out;
  for (const auto value : values) put32(out, value);
  return out;
}

TEST(DecodeEvent, of_frames) {
  const auto datagram = udp({}, 1000, 2000, "x");
  const auto pppoe = [](std::uint8_t code, const Octets& rest) {
    Octets out{0x11, code, 0, 1};
    put16(out, rest.size());
    return out + rest;
  };
  const auto tags = [](std::size_t count, const Octets& rest) {
    Octets out;
    for (std::size_t i = 1; i < count; ++i) out = out + Octets{0, 5, 0x81, 0x00};
    return of_type(0x8100, out + Octets{0, 5, 0x08, 0x00} + rest);
  };
  Octets nine_vntags;
  for (int i = 0; i < 9; ++i) nine_vntags = nine_vntags + Octets{0, 0, 0, 0, 0x89, 0x26};
  constexpr auto kEthernet = LinkType::ethernet;
  const Case cases[] = {
      {{}, false, ethernet(datagram), kEthernet},
      {{}, false, of_type(0x0806, Octets(28, 0)), kEthernet},
      {{}, false, of_type(100, Octets(100, 0)), kEthernet},
      {{ethernet_unknown_type}, false, of_type(0x1234, Octets(28, 0)), kEthernet},
      {{ethernet_too_small}, true, Octets(13, 0), kEthernet},
      {{}, false, Octets{0x0F, 0, 0x08, 0} + datagram, LinkType::cisco_hdlc},
      {{hdlc_too_small}, true, Octets(3, 0), LinkType::cisco_hdlc},
      {{loopback_unknown_family}, false, Octets{0, 0, 0, 77}, LinkType::bsd_loopback},
      {{},
       false,
       Octets{2, 0, 0, 0, 5, 0, 3, 0, 1, 0, 0, 0, 33, 0, 9, 0} + datagram,
       LinkType::nflog},
      {{nflog_malformed}, true, Octets{2, 0, 0, 0, 3, 0, 9, 0}, LinkType::nflog},
      {{nflog_malformed}, true, Octets{2, 0, 0, 0}, LinkType::nflog},
      {{}, false, tags(3, datagram), kEthernet},
      {{vlan_too_many}, false, tags(4, datagram), kEthernet},
      {{vlan_too_many}, true, tags(9, datagram), kEthernet},
      {{too_many_layers}, true, of_type(0x8926, nine_vntags), kEthernet},
      {{vlan_too_small}, true, of_type(0x8100, {0, 5, 8}), kEthernet},
      {{vlan_unknown_type, ethernet_unknown_type},
       false,
       of_type(0x8100, {0, 5, 0x12, 0x34}),
       kEthernet},
      {{}, false, of_type(0x88E7, Octets(4, 0) + ethernet(datagram)), kEthernet},
      {{ieee8021ah_too_small}, true, of_type(0x88E7, Octets(17, 0)), kEthernet},
      {{}, false, of_type(0x8926, Octets{0, 0, 0, 0, 8, 0} + datagram), kEthernet},
      {{vntag_too_small}, true, of_type(0x8926, Octets(5, 0)), kEthernet},
      {{vntag_unknown_type, ethernet_unknown_type},
       false,
       of_type(0x8926, Octets{0, 0, 0, 0, 0x12, 0x34}),
       kEthernet},
      {{}, false, of_type(0x8903, Octets(2, 0) + ethernet(datagram)), kEthernet},
      {{fabricpath_too_small}, true, of_type(0x8903, Octets(15, 0)), kEthernet},
      {{}, false, of_type(0x8847, words({0x12240, 0x10140}) + datagram), kEthernet},
      {{}, false, of_type(0x8847, words({0x10140, 0}) + ethernet(datagram)), kEthernet},
      {{mpls_too_small}, true, of_type(0x8847, {1, 2, 3}), kEthernet},
      {{mpls_payload_too_small}, true, of_type(0x8847, words({0x10140})), kEthernet},
      {{mpls_router_alert}, true, of_type(0x8847, words({0x1140}) + datagram), kEthernet},
      {{mpls_implicit_null}, true, of_type(0x8847, words({0x3140}) + datagram), kEthernet},
      {{mpls_reserved_label}, true, of_type(0x8847, words({0x5140}) + datagram), kEthernet},
      {{mpls_unknown_payload}, true, of_type(0x8847, words({0x10140, 0x90000000})), kEthernet},
      {{}, false, of_type(0x894F, words({0x00020201, 0}) + datagram), kEthernet},
      {{}, false, of_type(0x894F, words({0x00020203, 0}) + ethernet(datagram)), kEthernet},
      {{nsh_too_small}, true, of_type(0x894F, Octets(7, 0)), kEthernet},
      {{nsh_version}, true, of_type(0x894F, words({0x40020201, 0}) + datagram), kEthernet},
      {{nsh_header_length}, true, of_type(0x894F, words({0x00020101, 0}) + datagram), kEthernet},
      {{nsh_reserved_type}, false, of_type(0x894F, words({0x00020001, 0}) + datagram), kEthernet},
      {{nsh_unsupported_type},
       false,
       of_type(0x894F, words({0x00020301, 0}) + datagram),
       kEthernet},
      {{nsh_unknown_payload}, true, of_type(0x894F, words({0x00020277, 0}) + datagram), kEthernet},
      {{}, false, of_type(0x8864, pppoe(0, Octets{0, 0x21} + datagram)), kEthernet},
      {{pppoe_wrong_code}, false, of_type(0x8864, pppoe(9, Octets{0, 0x21} + datagram)), kEthernet},
      {{pppoe_too_small}, true, of_type(0x8864, Octets(5, 0)), kEthernet},
      {{}, false, of_type(0x8863, pppoe(9, {1, 1, 0, 0, 1, 3, 0, 1, 7})), kEthernet},
      {{pppoe_wrong_code}, false, of_type(0x8863, pppoe(1, {})), kEthernet},
      {{pppoe_malformed_tags}, false, of_type(0x8863, pppoe(9, {1, 1, 0, 9})), kEthernet},
      {{}, false, Octets{0xC0, 0x21}, LinkType::ppp},
      {{ppp_unsupported}, false, Octets{0x00, 0x2B}, LinkType::ppp},
      {{ppp_wrong_type}, false, Octets{0x00, 0x22}, LinkType::ppp},
      {{ppp_too_small}, true, Octets{0}, LinkType::ppp},
      {{ppp_vj_too_small}, true, Octets{0, 0x2F, 1}, LinkType::ppp},
      {{ppp_ipv4_too_small}, true, Octets{0, 0x21} + Octets(19, 0x45), LinkType::ppp},
      {{ppp_ipv6_too_small}, true, Octets{0, 0x57} + Octets(39, 0x60), LinkType::ppp}};
  check(cases);
}

TEST(DecodeEvent, of_tunnels) {
  const auto datagram = udp({}, 1000, 2000, "x");
  const auto gre = [](std::uint16_t flags, std::uint16_t type, const Octets& rest) {
    Octets out;
    put16(out, flags);
    put16(out, type);
    return IpBuilder{}.build(47, out + rest, SIZE_MAX);
  };
  const auto vxlan = [&](const Octets& frame) {
    const auto body = Octets{8, 0, 0, 0, 0, 0, 1, 0} + frame;
    return udp({}, 1000, 4789, {reinterpret_cast<const char*>(body.data()), body.size()});
  };
  const auto geneve = [&](std::uint16_t type, const Octets& rest) {
    Octets body{1, 0};
    put16(body, type);
    body = body + Octets(8, 0) + rest;
    return udp({}, 1000, 6081, {reinterpret_cast<const char*>(body.data()), body.size()});
  };
  const Case cases[] = {
      {{}, false, gre(0, 0x0800, datagram)},
      {{gre_too_small}, true, IpBuilder{}.build(47, {0, 0, 8}, SIZE_MAX)},
      {{gre_version}, true, gre(2, 0x0800, datagram)},
      {{gre0_recursion}, true, gre(0x0100, 0x0800, datagram)},
      {{gre0_flags}, true, gre(0x0008, 0x0800, datagram)},
      {{gre0_header_length}, true, gre(0x2000, 0x0800, {1, 2})},
      {{}, false, gre(0x4000, 0x0800, Octets(8, 0) + datagram)},
      {{gre0_source_route}, true, gre(0x4000, 0x0800, Octets{0, 0, 0, 0, 0, 0, 0, 9})},
      {{}, false, gre(0x2001, 0x880B, Octets(4, 0) + Octets{0, 0x21} + datagram)},
      {{gre1_checksum}, true, gre(0xA001, 0x880B, Octets(8, 0))},
      {{gre1_routing}, true, gre(0x6001, 0x880B, Octets(8, 0))},
      {{gre1_strict_route}, true, gre(0x2801, 0x880B, Octets(8, 0))},
      {{gre1_recursion}, true, gre(0x2101, 0x880B, Octets(8, 0))},
      {{gre1_flags}, true, gre(0x2009, 0x880B, Octets(8, 0))},
      {{gre1_protocol}, true, gre(0x2001, 0x0800, Octets(8, 0))},
      {{gre1_no_key}, true, gre(0x0001, 0x880B, Octets(8, 0))},
      {{gre1_header_length}, true, gre(0x2001, 0x880B, {1, 2})},
      {{}, false, gre(0, 0x88BE, ethernet(datagram))},
      {{}, false, gre(0x1000, 0x88BE, words({1, 0x10000000, 0}) + ethernet(datagram))},
      {{erspan_too_small}, true, gre(0x1000, 0x88BE, words({1, 0x10000000}))},
      {{erspan_version}, true, gre(0x1000, 0x88BE, words({1, 0x20000000, 0}))},
      {{}, false, gre(0x1000, 0x22EB, words({1, 0x20000000, 0, 1, 0, 0}) + ethernet(datagram))},
      {{erspan_too_small}, true, gre(0x1000, 0x22EB, words({1, 0x20000000, 0, 1, 0}))},
      {{}, false, vxlan(ethernet(datagram))},
      {{vxlan_unknown_payload}, false, vxlan(of_type(0x1234, Octets(20, 0)))},
      {{}, false, geneve(0x6558, ethernet(datagram))},
      {{geneve_unknown_payload}, false, geneve(0x1234, datagram)},
      {{}, false, kV6.build(4, datagram, SIZE_MAX)},
      {{ipv4_in_ipv6_too_small}, false, kV6.build(4, Octets(19, 0x45), SIZE_MAX)},
      {{ipv4_in_ipv6_version}, false, kV6.build(4, Octets(20, 0x55), SIZE_MAX)},
      {{ipv6_in_ipv6_too_small}, false, kV6.build(41, Octets(39, 0x60), SIZE_MAX)},
      {{ipv6_in_ipv6_version}, false, kV6.build(41, Octets(40, 0x70), SIZE_MAX)}};
  check(cases);
}

TEST(DecodeEvent, of_ipv4) {
  const auto with = [](const Octets& options) {
    return TcpBuilder{.payload = "abc"}.build({.options = options});
  };
  auto wrong = ethernet(udp({}, 1, 2, "x"));
  wrong[14] = 0x65;
  const Case cases[] = {
      {{ipv4_wrong_version}, true, wrong, LinkType::ethernet},
      {{ip_version}, true, Octets(40, 0x55)},
      {{ipv4_option_padding}, false, with({1, 1, 1, 0})},
      {{}, false, with({148, 4, 0, 0, 1, 1, 1, 0})},
      {{ipv4_option_padding}, false, with({148, 4, 0, 0})},
      {{}, false, with({7, 7, 4, 0, 0, 0, 0, 0})},
      {{ipv4_option_padding, ipv4_option_length}, true, with({148, 3, 0, 0})},
      {{ipv4_option_length}, true, with({148, 9, 0, 0, 0, 0, 0, 0})},
      {{ipv4_option_padding, ipv4_option_length}, true, with({77, 1, 0, 0})},
      {{ipv4_option_malformed}, false, with({7, 7, 3, 0, 0, 0, 0, 0})},
      {{ipv4_option_malformed}, false, with({131, 6, 4, 0, 0, 0, 0, 0})},
      {{ipv4_option_padding, ipv4_option_malformed}, false, with({68, 4, 4, 0})},
      {{}, false, with({0, 1, 0, 0, 0, 0, 0, 0})},
      {{ipv4_option_padding, ipv4_option_no_end}, false, with({1, 1, 1, 148})},
      {{ipv4_option_duplicate}, false, with({148, 4, 0, 0, 148, 4, 0, 0})},
      {{ipv4_option_invalid}, false, with({77, 4, 0, 0, 0, 0, 0, 0})},
      {{ipv4_option_invalid}, false, with({131, 3, 4, 137, 3, 4, 1, 1})},
      {{ipv4_option_invalid}, false, with({131, 3, 4, 137, 3, 4, 0, 0})},
      {{ipv4_option_invalid}, false, with({131, 3, 4, 137, 3, 4, 0, 1})},
      {{ipv4_option_no_end, ipv4_option_invalid}, false, with({131, 3, 4, 137, 3, 4, 1, 148})},
      {{ipv4_icmp6}, false, IpBuilder{}.build(58, Octets(8, 0), SIZE_MAX)},
      {{esp_too_small}, true, IpBuilder{}.build(50, Octets(7, 0), SIZE_MAX)},
      {{sctp_too_small}, true, IpBuilder{}.build(132, Octets(11, 0), SIZE_MAX)}};
  check(cases);
}

TEST(DecodeEvent, of_ipv6) {
  // One extension header each; `next` of the last is TCP.
  const auto with = [](int first, const Octets& extensions) {
    auto outer = kV6;
    outer.first_extension = first;
    outer.options = extensions;
    return TcpBuilder{.payload = "abc"}.build(outer);
  };
  const auto ending = [](std::uint8_t proto, int first, const Octets& extensions,
                         const Octets& body) {
    auto outer = kV6;
    outer.first_extension = first;
    outer.options = extensions;
    return outer.build(proto, body, SIZE_MAX);
  };
  auto wrong = ethernet(udp(kV6, 1, 2, "x"));
  wrong[14] = 0x45;
  const Octets alert{5, 2, 0, 0, 0, 0};
  const Octets hop_by_hop = Octets{6, 0} + alert;
  const Octets atomic{6, 0, 0, 0, 0, 0, 0, 1};
  const auto chain = [](const Octets& first, const Octets& second, std::uint8_t second_kind) {
    auto out = first + second;
    out[0] = second_kind;
    return out;
  };
  const auto destinations = [&](std::size_t count) {
    Octets out;
    for (std::size_t i = 1; i < count; ++i) out = out + Octets{60, 0} + alert;
    return out + Octets{6, 0} + alert;
  };
  const Case cases[] = {
      {{ipv6_wrong_version}, true, wrong, LinkType::ethernet},
      {{}, false, with(0, hop_by_hop)},
      {{ipv6_hop_by_hop_padding}, false, with(0, {6, 0, 1, 4, 0, 0, 0, 0})},
      {{ipv6_destination_padding}, false, with(60, {6, 0, 0, 0, 0, 0, 0, 0})},
      {{ipv6_empty_padding, ipv6_hop_by_hop_padding}, false, with(0, {6, 0, 1, 0, 1, 2, 0, 0})},
      {{ipv6_hop_by_hop_unknown}, false, with(0, {6, 0, 0x55, 4, 0, 0, 0, 0})},
      {{ipv6_destination_unknown}, false, with(60, {6, 0, 0x55, 4, 0, 0, 0, 0})},
      {{ipv6_option_length}, false, with(0, {6, 0, 5, 4, 0, 0, 0, 0})},
      {{ipv6_option_length}, false, with(0, {6, 0, 5, 9, 0, 0, 0, 0})},
      {{ipv6_duplicate_hop_by_hop}, false, with(0, chain(hop_by_hop, hop_by_hop, 0))},
      {{}, false, with(60, destinations(2))},
      {{ipv6_duplicate_destination}, false, with(60, destinations(3))},
      {{ipv6_duplicate_destination}, false, with(60, destinations(16))},
      {{ipv6_duplicate_destination, ipv6_extension_too_many}, true, with(60, destinations(17))},
      {{}, false, with(43, {6, 0, 2, 0, 0, 0, 0, 0})},
      {{ipv6_routing_type_0}, false, with(43, {6, 0, 0, 0, 0, 0, 0, 0})},
      {{ipv6_duplicate_routing},
       false,
       with(43, {43, 0, 2, 0, 0, 0, 0, 0, 6, 0, 2, 0, 0, 0, 0, 0})},
      {{ipv6_authentication_reserved}, false, with(51, {6, 0, 0, 1, 0, 0, 0, 1})},
      {{ipv6_duplicate_authentication},
       false,
       with(51, {51, 0, 0, 0, 0, 0, 0, 1, 6, 0, 0, 0, 0, 0, 0, 1})},
      {{ipv6_useless_fragment}, false, with(44, atomic)},
      {{ipv6_useless_fragment, ipv6_duplicate_fragment},
       false,
       with(44, chain(atomic, atomic, 44))},
      {{ipv6_useless_fragment, ipv6_fragment_reserved}, false, with(44, {6, 9, 0, 0, 0, 0, 0, 1})},
      {{ipv6_useless_fragment, ipv6_extension_truncated}, true, ending(6, 44, atomic, {1})},
      {{ipv6_extension_truncated}, true, ending(6, 0, hop_by_hop, {})},
      {{}, false, ending(59, -1, {}, {})},
      {{}, false, ending(59, 60, {59, 0, 4, 1, 1, 0, 0, 0}, {})},
      {{ipv6_data_after_none}, false, ending(59, -1, {}, {1})},
      {{ipv6_unknown_next_header}, false, ending(200, -1, {}, {1})},
      {{ipv6_icmp4}, false, ending(1, -1, {}, Octets(8, 0))}};
  check(cases);
}

TEST(DecodeEvent, of_what_ip_carries) {
  const auto tcp = [](const Octets& options) { return TcpBuilder{.options = options}.build(); };
  const auto error = [](std::uint8_t type, std::uint8_t code, const Octets& quote) {
    return IpBuilder{}.build(1, Octets{type, code, 0, 0, 0, 0, 0, 0} + quote, SIZE_MAX);
  };
  const auto error6 = [](std::uint8_t type, std::uint8_t code, const Octets& quote) {
    return kV6.build(58, Octets{type, code, 0, 0, 0, 0, 0, 0} + quote, SIZE_MAX);
  };
  auto far = kV6;
  far.ttl = 64;
  const Octets whole(20, 0x45);
  const Octets whole6(40, 0x60);
  const Case cases[] = {{{}, false, tcp({2, 4, 5, 0xB4, 1, 3, 3, 7, 4, 2, 1, 1})},
                        {{tcp_option_duplicate}, false, tcp({2, 4, 5, 0xB4, 2, 4, 5, 0xB4})},
                        {{tcp_option_length}, false, tcp({2, 3, 5, 1})},
                        {{tcp_option_length}, false, tcp({3, 0, 0, 0})},
                        {{tcp_option_length}, false, tcp({1, 1, 1, 3})},
                        {{tcp_option_length}, false, tcp({8, 10, 0, 0})},
                        {{tcp_option_length}, false, tcp({5, 3, 1, 1})},
                        {{}, false, tcp({1, 1, 5, 10, 0, 0, 0, 1, 0, 0, 0, 2})},
                        {{tcp_option_length}, false, tcp({34, 3, 1, 1})},
                        {{}, false, tcp({34, 2, 1, 1})},
                        {{}, false, tcp({34, 8, 1, 2, 3, 4, 5, 6})},
                        {{}, false, tcp({30, 4, 1, 1})},
                        {{}, false, icmp({}, 8, 1, 1)},
                        {{}, false, error(3, 15, whole)},
                        {{icmp_unknown_code}, false, error(3, 16, whole)},
                        {{}, false, error(9, 3, {})},
                        {{icmp_unknown_code}, false, error(3, 16, Octets(20, 0x65))},
                        {{icmp_unknown_code}, false, error(12, 1, whole)},
                        {{icmp_unknown_type}, false, error(6, 0, {})},
                        {{icmp_unknown_type}, false, error(10, 0, {})},
                        {{icmp_unknown_type}, false, error(30, 1, {})},
                        {{icmp_unknown_type}, false, error(200, 0, {})},
                        {{icmp_inner_truncated}, false, error(3, 0, Octets(19, 0x45))},
                        {{icmp_inner_version}, false, error(11, 0, Octets(20, 0x65))},
                        {{}, false, icmp(kV6, 128, 1, 1)},
                        {{}, false, error6(1, 0, whole6)},
                        {{icmp6_unknown_code}, false, error6(2, 1, whole6)},
                        {{icmp6_unknown_code}, false, error6(2, 1, Octets(40, 0x45))},
                        {{icmp6_unknown_code}, false, error6(4, 3, whole6)},
                        {{icmp6_unknown_code}, false, error6(138, 3, {})},
                        {{}, false, error6(138, 255, {})},
                        {{}, false, error6(151, 7, {})},
                        {{}, false, error6(150, 7, {})},
                        {{}, false, icmp(far, 143, 0, 0)},
                        {{icmp6_inner_truncated}, false, error6(3, 0, Octets(39, 0x60))},
                        {{icmp6_inner_version}, false, error6(3, 0, Octets(40, 0x45))},
                        {{icmp6_unassigned}, false, error6(5, 0, {})},
                        {{icmp6_experimental}, false, error6(200, 0, {})},
                        {{icmp6_unknown_type}, false, error6(127, 0, {})},
                        {{icmp6_unassigned}, false, error6(255, 0, {})},
                        {{}, false, icmp(kV6, 131, 0, 0)},
                        {{icmp6_mld_hop_limit}, false, icmp(far, 131, 0, 0)}};
  check(cases);
}

TEST(DecodeEvent, timestamps_are_read) {
  Packet packet;
  const auto frame = TcpBuilder{.options = {1, 1, 8, 10, 0, 0, 1, 2, 0, 0, 3, 4}}.build();
  EXPECT_EQ(decode(LinkType::raw_ip, frame, Checksums::verify, packet), none);
  EXPECT_TRUE(packet.timestamped);
  EXPECT_EQ(packet.timestamp, 0x102U);
  EXPECT_EQ(packet.timestamp_echo, 0x304U);
}

// Rules on events see packets with a flow, parts of datagrams, frames without IP, and what ended.
TEST(DecodeEvent, rules_match_packets_that_go_on) {
  Replay run;
  run.rules =
      "alert pkthdr any any -> any any (decode-event:tcp.opt_duplicate; sid:1;)\n"
      "alert tcp any any -> any 80 (decode-event:tcp.opt_duplicate; content:\"abc\"; sid:2;)\n"
      "alert tcp any any -> any 80 (decode-event:tcp.opt_duplicate; content:\"xyz\"; sid:3;)\n"
      "alert ip any any -> any any (decode-event:ipv4.frag_overlap; sid:4;)\n"
      "alert pkthdr any any -> any any (decode-event:ethernet.unknown_ethertype; sid:5;)\n"
      "alert pkthdr any any -> any any (decode-event:ipv4.opt_invalid_len; sid:6;)\n"
      "alert icmp any any -> any any (decode-event:icmpv4.unknown_code; sid:7;)\n";
  run.options.eve_file = run.dir().path("eve.json");
  const Octets twice{2, 4, 5, 0xB4, 2, 4, 5, 0xB4};
  run.add(ethernet(TcpBuilder{.options = twice, .payload = "abc"}.build()));
  const IpBuilder part{.fragment = 0x2000};
  run.add(ethernet(part.build(17, Octets(16, 1), SIZE_MAX)));
  run.add(ethernet(part.build(17, Octets(16, 2), SIZE_MAX)));
  run.add(of_type(0x1234, Octets(40, 0)));
  run.add(ethernet(TcpBuilder{}.build({.options = {148, 3, 0, 0}})));
  run.add(ethernet(IpBuilder{}.build(1, Octets{8, 1, 0, 0, 0, 0, 0, 0}, SIZE_MAX)));
  EXPECT_EQ(run.go(), (std::vector<std::uint32_t>{1, 2, 4, 5, 6, 7}));
  EXPECT_EQ(run.totals.invalid, 1U) << "the one whose option leads nowhere";
  std::ifstream eve(run.options.eve_file);
  std::size_t anomalies = 0;
  for (std::string line; std::getline(eve, line);)
    if (line.find(R"("event_type":"anomaly")") != std::string::npos) ++anomalies;
  EXPECT_EQ(anomalies, 6U) << "one for each event of each packet";
}

TEST(DecodeEvent, what_a_fragment_raises_is_not_lost_where_it_completes_its_datagram) {
  Replay run;
  run.rules =
      "alert udp any any -> any 2000 (decode-event:ipv4.frag_overlap; content:\"x\"; sid:1;)";
  const auto whole = udp({}, 1000, 2000, "xxxxxxxx");
  const Octets body(whole.begin() + 20, whole.end());
  run.add(ethernet(
      IpBuilder{.fragment = 0x2000}.build(17, {body.begin(), body.begin() + 8}, SIZE_MAX)));
  run.add(ethernet(IpBuilder{.fragment = 0x0000}.build(17, {}, SIZE_MAX)));
  run.add(
      ethernet(IpBuilder{.fragment = 0x0001}.build(17, {body.begin() + 8, body.end()}, SIZE_MAX)));
  EXPECT_TRUE(run.go().empty());
  Replay again;
  again.rules = run.rules;
  again.add(
      ethernet(IpBuilder{.fragment = 0x2001}.build(17, {body.begin() + 8, body.end()}, SIZE_MAX)));
  again.add(
      ethernet(IpBuilder{.fragment = 0x0001}.build(17, {body.begin() + 8, body.end()}, SIZE_MAX)));
  again.add(ethernet(IpBuilder{.fragment = 0x2000}.build(17, body, SIZE_MAX)));
  EXPECT_EQ(again.go(), std::vector<std::uint32_t>{1});
}

}  // namespace
}  // namespace rampart::sniffer
