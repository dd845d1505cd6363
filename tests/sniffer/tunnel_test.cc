#include <gtest/gtest.h>

#include "replay.h"
#include "sniffer/flow/defragmenter.h"

// Packets that others carry: decoded, followed and judged like those on the wire itself.

namespace rampart::sniffer {
namespace {

using namespace test;

constexpr const char* kRule = R"(alert udp any any -> any 53 (content:"attack"; sid:1;))";

Octets inner_datagram() { return udp({}, 4000, 53, "an attack"); }

struct Wrapped {
  const char* name;
  Octets frame;
};

Octets with_type(Octets frame, std::uint16_t ethertype) {
  set16(frame, 12, ethertype);
  return frame;
}

std::vector<Wrapped> wrapped() {
  const auto inner = inner_datagram();
  const auto length = static_cast<std::uint8_t>(inner.size() + 2);
  constexpr std::uint8_t kGre = 47, kIpInIp = 4;
  const Octets vxlan_header{8, 0, 0, 0, 0, 0, 42, 0};
  const auto bridged = vxlan_header + ethernet(inner);
  return {
      {"GRE", ethernet(IpBuilder{}.build(kGre, Octets{0, 0, 8, 0} + inner, SIZE_MAX))},
      {"GRE with checksum, key and sequence",
       ethernet(IpBuilder{}.build(
           kGre, Octets{0xB0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0, 0, 1} + inner, SIZE_MAX))},
      {"GRE with bridged Ethernet",
       ethernet(IpBuilder{}.build(kGre, Octets{0, 0, 0x65, 0x58} + ethernet(inner), SIZE_MAX))},
      {"PPTP",
       ethernet(IpBuilder{}.build(
           kGre, Octets{0x20, 0x01, 0x88, 0x0B, 0, length, 0, 1, 0x00, 0x21} + inner, SIZE_MAX))},
      {"IP in IP", ethernet(IpBuilder{}.build(kIpInIp, inner, SIZE_MAX))},
      {"VXLAN", ethernet(udp({}, 50000, 4789, std::string(bridged.begin(), bridged.end())))},
      {"PPPoE", with_type(ethernet(Octets{0x11, 0, 0, 1, 0, length, 0x00, 0x21} + inner), 0x8864)},
      {"MPLS", with_type(ethernet(Octets{0, 1, 0, 64, 0, 2, 1, 64} + inner), 0x8847)},
  };
}

TEST(Tunnel, RulesSeeWhatIsInside) {
  for (const auto& c : wrapped()) {
    Replay run;
    run.rules = kRule;
    run.add(c.frame);
    EXPECT_EQ(run.go(), std::vector<std::uint32_t>{1}) << c.name;
    EXPECT_EQ(run.totals.packets, 1U) << c.name;
    EXPECT_EQ(run.totals.invalid, 0U) << c.name;
  }
}

TEST(Tunnel, CutAnywhereItIsMalformedOrQuiet) {
  for (const auto& c : wrapped())
    for (std::size_t size = 14; size < c.frame.size() - 9; ++size) {
      Replay run;
      run.rules = kRule;
      run.add(Octets(c.frame.begin(), c.frame.begin() + static_cast<std::ptrdiff_t>(size)));
      EXPECT_TRUE(run.go().empty()) << c.name << " of " << size << " bytes";
    }
}

TEST(Tunnel, NestsThreeDeepAndNoDeeper) {
  auto datagram = inner_datagram();
  for (unsigned depth = 1; depth <= 5; ++depth) {
    constexpr std::uint8_t kIpInIp = 4;
    datagram = IpBuilder{}.build(kIpInIp, datagram, SIZE_MAX);
    Replay run;
    run.rules = std::string(kRule) +
                "\nalert pkthdr any any -> any any (decode-event:too_many_layers; sid:2;)";
    run.add(ethernet(datagram));
    EXPECT_EQ(run.go(), std::vector<std::uint32_t>{depth <= 3 ? 1U : 2U}) << depth;
  }
}

// What snaplen cut off is missing in what the tunnel carries, too: that is no damage.
TEST(Tunnel, CutBySnaplenItIsNotMalformed) {
  for (const auto& c : wrapped()) {
    Replay run;
    run.rules = "alert ip any any -> any any (decode-event:ipv4.trunc_pkt; sid:2;)";
    const auto size = c.frame.size() - 4;
    run.pcap().add(at(0), Octets(c.frame.begin(), c.frame.begin() + static_cast<long>(size)),
                   static_cast<std::uint32_t>(c.frame.size()));
    EXPECT_TRUE(run.go().empty()) << c.name;
    EXPECT_EQ(run.totals.invalid, 0U) << c.name;
    EXPECT_EQ(run.stats.udp, c.frame[23] == ip_proto::kUdp ? 2U : 1U) << c.name;
  }
}

// The two packets that carry `datagram` (without options, whose parts are of one id) in parts.
std::vector<Octets> in_parts(const Octets& datagram, std::uint16_t id, std::size_t first) {
  const Octets body(datagram.begin() + 20, datagram.end());
  const auto cut = body.begin() + static_cast<std::ptrdiff_t>(first);
  const auto proto = datagram[9];
  return {IpBuilder{.id = id, .fragment = 0x2000}.build(proto, {body.begin(), cut}, SIZE_MAX),
          IpBuilder{.id = id, .fragment = static_cast<std::uint16_t>(first / 8)}.build(
              proto, {cut, body.end()}, SIZE_MAX)};
}

// A tunnel's packet came in fragments, and is itself a fragment of a tunnel's packet, and so on.
// Between them there are others enough that the place of the one that becomes whole is the next to
// be taken, by what it carries.
TEST(Tunnel, FragmentsInFragmentsAreSeen) {
  const auto in_ip = [](const Octets& packet) { return IpBuilder{}.build(4, packet, SIZE_MAX); };
  const auto inner = in_parts(udp({}, 4000, 53, "some text, then an attack, and text"), 7, 32);
  const auto middle = in_parts(in_ip(inner[1]), 8, 24);
  const auto outer = in_parts(in_ip(middle[1]), 9, 16);
  for (const std::size_t others : {std::size_t{0}, Defragmenter::kMostDatagrams - 1}) {
    Replay run;
    run.rules = kRule;
    std::uint16_t id = 100;
    for (const auto& part : {outer[0], outer[1], middle[0], inner[0]}) {
      run.add(ethernet(part));
      if (part == middle[0] || part == inner[0]) continue;
      for (std::size_t i = 0; i < others; ++i)
        run.add(ethernet(
            IpBuilder{.id = ++id, .fragment = 0x2000}.build(17, Octets(8, 'z'), SIZE_MAX)));
    }
    EXPECT_EQ(run.go(), std::vector<std::uint32_t>{1}) << others;
    EXPECT_EQ(run.stats.reassembled, 3U) << others;
  }
}

}  // namespace
}  // namespace rampart::sniffer
