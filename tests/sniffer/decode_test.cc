#include "sniffer/decode/decode.h"

#include <gtest/gtest.h>

#include <array>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using namespace test;

Invalid run(LinkType link, const Octets& frame, Packet& packet,
            Checksums checksums = Checksums::verify) {
  return decode(link, frame, checksums, packet);
}

const IpBuilder kV6{.source = ip("fd00::1"), .destination = ip("fd00::2")};

TEST(Decode, reads_every_field_of_a_tcp_packet) {
  const TcpBuilder tcp{.source_port = 4321,
                       .destination_port = 443,
                       .seq = 0xFFFFFFF0,
                       .ack = 77,
                       .flags = tcp_flag::kSyn | tcp_flag::kAck,
                       .window = 512,
                       .options = {2, 4, 5, 0xB4, 1, 3, 3, 7},
                       .payload = "hello"};
  const IpBuilder outer{.ttl = 33, .id = 0xBEEF};
  Packet p;
  const auto frame = ethernet(tcp.build(outer), {7, 9});
  ASSERT_EQ(run(LinkType::ethernet, frame, p), Invalid::none);
  EXPECT_TRUE(p.is_tcp());
  EXPECT_EQ(p.ip_version, 4);
  EXPECT_EQ(p.source, ip("10.0.0.1"));
  EXPECT_EQ(p.destination, ip("10.0.0.2"));
  EXPECT_EQ(p.source_port, 4321);
  EXPECT_EQ(p.destination_port, 443);
  EXPECT_EQ(p.seq, 0xFFFFFFF0);
  EXPECT_EQ(p.ack, 77U);
  EXPECT_EQ(p.flags, tcp_flag::kSyn | tcp_flag::kAck);
  EXPECT_EQ(p.window, 512);
  EXPECT_EQ(p.window_scale, 7);
  EXPECT_EQ(p.ttl, 33);
  EXPECT_EQ(p.ip_id, 0xBEEF);
  EXPECT_EQ(p.vlan_count, 2);
  EXPECT_EQ(p.vlans[0], 7);
  EXPECT_EQ(p.vlans[1], 9);
  EXPECT_EQ(std::string(p.payload.begin(), p.payload.end()), "hello");
  EXPECT_EQ(p.payload_size, 5U);
}

TEST(Decode, reads_every_link_type) {
  const auto inner = udp({}, 53, 1053, "x");
  Octets sll(14, 0);
  put16(sll, 0x0800);
  Octets sll2;
  put16(sll2, 0x0800);
  sll2.resize(20, 0);
  struct Case {
    LinkType link;
    Octets frame;
  };
  const Case cases[] = {{LinkType::ethernet, ethernet(inner)},
                        {LinkType::linux_sll, sll + inner},
                        {LinkType::linux_sll2, sll2 + inner},
                        {LinkType::raw_ip, inner},
                        {LinkType::raw_ip, udp(kV6, 53, 1053, "x")},
                        {LinkType::bsd_loopback, Octets{0, 0, 0, 2} + inner},
                        {LinkType::bsd_loopback, Octets{2, 0, 0, 0} + inner},
                        {LinkType::bsd_loopback, Octets{30, 0, 0, 0} + udp(kV6, 53, 1053, "x")}};
  for (const auto& c : cases) {
    Packet p;
    EXPECT_EQ(run(c.link, c.frame, p), Invalid::none);
    EXPECT_TRUE(p.is_udp()) << static_cast<int>(c.link);
    EXPECT_EQ(p.source_port, 53);
    EXPECT_EQ(p.payload.size(), 1U);
  }
}

TEST(Decode, reads_icmp_of_both_families) {
  Packet p;
  ASSERT_EQ(run(LinkType::raw_ip, icmp({}, 8, 77, 3, "ping"), p), Invalid::none);
  EXPECT_TRUE(p.icmp_echo_request());
  EXPECT_EQ(p.icmp_id, 77);
  EXPECT_EQ(p.icmp_seq, 3);
  EXPECT_EQ(p.payload.size(), 4U);
  ASSERT_EQ(run(LinkType::raw_ip, icmp(kV6, 129, 78, 4), p), Invalid::none);
  EXPECT_TRUE(p.icmp_echo);
  EXPECT_FALSE(p.icmp_echo_request());
  EXPECT_EQ(p.icmp_id, 78);
  ASSERT_EQ(run(LinkType::raw_ip, icmp({}, 3, 78, 4), p), Invalid::none);
  EXPECT_FALSE(p.icmp_echo);
}

TEST(Decode, walks_ipv6_extension_headers) {
  auto outer = kV6;
  outer.first_extension = 0;                                          // hop by hop, 8 bytes
  outer.options = {43, 0, 1, 4, 0, 0, 0, 0, 44, 0, 0, 0, 0, 0, 0, 0,  // routing, then
                   6,  0, 0, 0, 0, 0, 0, 1};                          // an atomic fragment
  Packet p;
  ASSERT_EQ(run(LinkType::raw_ip, TcpBuilder{.payload = "abc"}.build(outer), p), Invalid::none);
  EXPECT_TRUE(p.is_tcp());
  EXPECT_EQ(p.payload.size(), 3U);
  EXPECT_EQ(p.payload_size, 3U);
}

TEST(Decode, marks_fragments_and_says_what_they_carry) {
  Packet p;
  constexpr std::array<std::uint16_t, 3> kFields{0x2000, 0x0001, 0x2001};
  for (const auto field : kFields) {
    const IpBuilder outer{.fragment = field};
    EXPECT_EQ(run(LinkType::raw_ip, TcpBuilder{.payload = "abc"}.build(outer), p), Invalid::none);
    EXPECT_TRUE(p.fragment);
    EXPECT_FALSE(p.transport);
    EXPECT_EQ(p.more_fragments, (field & 0x2000U) != 0);
    EXPECT_EQ(p.fragment_offset, (field & 0x1FFFU) * 8);
    EXPECT_EQ(p.payload.size(), 23U);
  }
  EXPECT_EQ(run(LinkType::raw_ip, TcpBuilder{}.build({.fragment = 0x4000}), p), Invalid::none);
  EXPECT_FALSE(p.fragment) << "don't fragment is no fragment";
  auto outer = kV6;
  outer.first_extension = 44;
  outer.options = {6, 0, 0, 17, 0, 0, 0, 9};
  EXPECT_EQ(run(LinkType::raw_ip, TcpBuilder{}.build(outer), p), Invalid::none);
  EXPECT_TRUE(p.fragment);
  EXPECT_TRUE(p.more_fragments);
  EXPECT_EQ(p.fragment_offset, 16U);
  EXPECT_EQ(p.fragment_id, 9U);
  EXPECT_EQ(p.payload.size(), 20U);
}

TEST(Decode, leaves_ethernet_padding_out) {
  auto frame = ethernet(TcpBuilder{}.build());
  frame.resize(60, 0xEE);
  Packet p;
  ASSERT_EQ(run(LinkType::ethernet, frame, p), Invalid::none);
  EXPECT_TRUE(p.payload.empty());
}

TEST(Decode, a_frame_that_is_not_ip_is_valid_and_empty) {
  Octets arp(42, 0);
  arp[12] = 0x08;
  arp[13] = 0x06;
  Packet p;
  EXPECT_EQ(run(LinkType::ethernet, arp, p), Invalid::none);
  EXPECT_EQ(p.ip_version, 0);
}

TEST(Decode, takes_what_snaplen_left) {
  const auto whole = ethernet(TcpBuilder{.payload = std::string(100, 'x')}.build());
  const Octets cut(whole.begin(), whole.begin() + 64);
  Packet p;
  p.wire_length = static_cast<std::uint32_t>(whole.size());
  ASSERT_EQ(run(LinkType::ethernet, cut, p), Invalid::none);
  EXPECT_TRUE(p.cut);
  EXPECT_EQ(p.payload_size, 100U);
  EXPECT_EQ(p.payload.size(), 10U);
  p.wire_length = static_cast<std::uint32_t>(cut.size());
  EXPECT_EQ(run(LinkType::ethernet, cut, p), Invalid::ipv4_truncated) << "nothing was cut off";
}

TEST(Decode, a_header_that_snaplen_cut_is_not_malformed) {
  const Octets options{2, 4, 5, 180, 3, 3, 7, 1, 4, 2, 1, 1};
  const auto v4 = ethernet(TcpBuilder{.options = options, .payload = "abc"}.build(), {7});
  const IpBuilder six{.source = ip("fd00::1"),
                      .destination = ip("fd00::2"),
                      .options = {ip_proto::kTcp, 0, 1, 4, 0, 0, 0, 0},
                      .first_extension = 0};
  const auto v6 = ethernet(TcpBuilder{.options = options, .payload = "abc"}.build(six));
  const auto datagram = ethernet(udp({}, 1, 2, "abc"));
  const auto echo = ethernet(icmp({}, 8, 1, 1, "abc"));
  for (const auto* whole : {&v4, &v6, &datagram, &echo})
    for (std::size_t n = 0; n < whole->size(); ++n) {
      Packet p;
      p.wire_length = static_cast<std::uint32_t>(whole->size());
      const Octets cut(whole->begin(), whole->begin() + static_cast<std::ptrdiff_t>(n));
      EXPECT_EQ(run(LinkType::ethernet, cut, p), Invalid::none) << n << " bytes";
      EXPECT_TRUE(p.cut) << n << " bytes";
    }
  Packet p;
  p.wire_length = static_cast<std::uint32_t>(v4.size());
  ASSERT_EQ(run(LinkType::ethernet, Octets(v4.begin(), v4.begin() + 62), p), Invalid::none);
  EXPECT_TRUE(p.is_tcp()) << "all but the options is there";
  EXPECT_EQ(p.destination_port, 80U);
  EXPECT_EQ(p.payload_size, 3U);
  EXPECT_TRUE(p.payload.empty());
}

TEST(Decode, names_what_is_wrong) {
  const auto tcp = TcpBuilder{.payload = "abc"}.build();
  const auto changed = [](Octets bytes, std::size_t i, std::uint8_t value) {
    bytes[i] = value;
    return bytes;
  };
  const auto first = [](const Octets& bytes, std::size_t n) {
    return Octets(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(n));
  };
  Octets many_tags(12, 0);
  for (int i = 0; i < 9; ++i) {
    put16(many_tags, 0x8100);
    put16(many_tags, 1);
  }
  put16(many_tags, 0x0800);
  auto extended = kV6;
  extended.first_extension = 0;
  extended.options = {6, 9, 0, 0, 0, 0, 0, 0};
  struct Case {
    Invalid expected;
    LinkType link;
    Octets frame;
  };
  const Case cases[] = {
      {Invalid::ethernet_too_small, LinkType::ethernet, Octets(13, 0)},
      {Invalid::vlan_too_small, LinkType::ethernet, first(ethernet(tcp, {5}), 16)},
      {Invalid::vlan_too_many, LinkType::ethernet, many_tags},
      {Invalid::sll_too_small, LinkType::linux_sll, Octets(15, 0)},
      {Invalid::sll_too_small, LinkType::linux_sll2, Octets(19, 0)},
      {Invalid::loopback_too_small, LinkType::bsd_loopback, Octets(3, 0)},
      {Invalid::ip_version, LinkType::raw_ip, {}},
      {Invalid::ip_version, LinkType::raw_ip, changed(tcp, 0, 0x55)},
      {Invalid::ipv4_too_small, LinkType::raw_ip, first(tcp, 19)},
      {Invalid::ipv4_header_length, LinkType::raw_ip, changed(tcp, 0, 0x44)},
      {Invalid::ipv4_total_length, LinkType::raw_ip, first(changed(tcp, 0, 0x4F), 40)},
      {Invalid::ipv4_header_length, LinkType::raw_ip,
       first(changed(changed(tcp, 0, 0x4F), 3, 80), 40)},
      {Invalid::ipv4_total_length, LinkType::raw_ip, changed(changed(tcp, 2, 0), 3, 19)},
      {Invalid::ipv4_truncated, LinkType::raw_ip, first(tcp, tcp.size() - 1)},
      {Invalid::ipv6_too_small, LinkType::raw_ip, first(udp(kV6, 1, 2, ""), 39)},
      {Invalid::ipv6_truncated, LinkType::raw_ip, first(udp(kV6, 1, 2, "abc"), 50)},
      {Invalid::ipv6_extension_truncated, LinkType::raw_ip, TcpBuilder{}.build(extended)},
      {Invalid::tcp_too_small, LinkType::raw_ip, IpBuilder{}.build(6, Octets(19, 0), SIZE_MAX)},
      {Invalid::tcp_options_length, LinkType::raw_ip, changed(tcp, 32, 0x40)},
      {Invalid::tcp_header_length, LinkType::raw_ip, changed(tcp, 32, 0xF0)},
      {Invalid::udp_header_too_small, LinkType::raw_ip,
       IpBuilder{}.build(17, Octets(7, 0), SIZE_MAX)},
      {Invalid::udp_length, LinkType::raw_ip, changed(udp({}, 1, 2, "abc"), 25, 7)},
      {Invalid::udp_too_small, LinkType::raw_ip, changed(udp({}, 1, 2, "abc"), 25, 12)},
      {Invalid::icmp_too_small, LinkType::raw_ip, IpBuilder{}.build(1, Octets(7, 0), SIZE_MAX)},
      {Invalid::icmp6_too_small, LinkType::raw_ip, kV6.build(58, Octets(7, 0), SIZE_MAX)},
  };
  for (const auto& c : cases) {
    Packet p;
    EXPECT_EQ(to_string(run(c.link, c.frame, p, Checksums::ignore)), to_string(c.expected));
  }
}

TEST(Decode, verifies_checksums_only_where_asked) {
  struct Case {
    Invalid expected;
    Octets frame;
    std::size_t flip;
  };
  const Case cases[] = {{Invalid::checksum_ipv4, TcpBuilder{}.build(), 10},
                        {Invalid::checksum_tcp, TcpBuilder{.payload = "abc"}.build(), 42},
                        {Invalid::checksum_udp, udp({}, 1, 2, "abc"), 30},
                        {Invalid::checksum_icmp, icmp({}, 8, 1, 1, "abc"), 30},
                        {Invalid::checksum_tcp, TcpBuilder{.payload = "abc"}.build(kV6), 62},
                        {Invalid::checksum_udp, udp(kV6, 1, 2, "abc"), 50},
                        {Invalid::checksum_icmp, icmp(kV6, 128, 1, 1, "abc"), 50}};
  for (auto c : cases) {
    Packet p;
    EXPECT_EQ(run(LinkType::raw_ip, c.frame, p), Invalid::none) << to_string(c.expected);
    c.frame[c.flip] ^= 0x01;
    EXPECT_EQ(to_string(run(LinkType::raw_ip, c.frame, p)), to_string(c.expected));
    EXPECT_TRUE(is_checksum(c.expected));
    EXPECT_EQ(run(LinkType::raw_ip, c.frame, p, Checksums::ignore), Invalid::none);
  }
  auto without = udp({}, 1, 2, "abc");
  without[26] = without[27] = 0;
  Packet p;
  EXPECT_EQ(run(LinkType::raw_ip, without, p), Invalid::none) << "zero: no checksum was sent";
}

TEST(Decode, survives_every_truncation_and_every_flipped_byte) {
  auto extended = kV6;
  extended.first_extension = 0;
  extended.options = {6, 0, 1, 4, 0, 0, 0, 0};
  const Octets frames[] = {
      ethernet(TcpBuilder{.options = {2, 4, 5, 0xB4}, .payload = "ab"}.build(), {3}),
      ethernet(TcpBuilder{.payload = "ab"}.build(extended)), ethernet(udp({}, 1, 2, "ab")),
      ethernet(icmp(kV6, 128, 1, 1))};
  std::uint64_t seen = 0;
  for (const auto& frame : frames)
    for (std::size_t n = 0; n <= frame.size(); ++n) {
      auto part = Octets(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(n));
      Packet p;
      static_cast<void>(run(LinkType::ethernet, part, p));
      EXPECT_LE(p.payload.size(), part.size());
      if (n == 0) continue;
      part[n - 1] = static_cast<std::uint8_t>(~part[n - 1]);
      static_cast<void>(run(LinkType::ethernet, part, p, Checksums::ignore));
      EXPECT_LE(p.payload.size(), part.size());
      ++seen;
    }
  EXPECT_GT(seen, 200U);
}

}  // namespace
}  // namespace rampart::sniffer
