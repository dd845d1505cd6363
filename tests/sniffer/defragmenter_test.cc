#include "sniffer/flow/defragmenter.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;

struct Piece {
  std::uint16_t offset;
  std::string bytes;
  bool more = true;
  double seconds = 0;
  std::uint32_t id = 1;
};

// What the last piece completed; "-" where it completed nothing.
std::string run(Defragmenter& defragmenter, const std::vector<Piece>& pieces) {
  std::string out;
  for (const auto& piece : pieces) {
    Packet packet;
    packet.ip_version = 4;
    packet.source = ip("10.0.0.1");
    packet.destination = ip("10.0.0.2");
    packet.time = at(piece.seconds);
    packet.fragment = true;
    packet.fragment_id = piece.id;
    packet.fragment_offset = piece.offset;
    packet.more_fragments = piece.more;
    packet.payload = {reinterpret_cast<const std::uint8_t*>(piece.bytes.data()),
                      piece.bytes.size()};
    const auto whole = defragmenter.add(packet);
    out = whole ? std::string(whole->begin(), whole->end()) : "-";
  }
  return out;
}

std::string run(const std::vector<Piece>& pieces) {
  Defragmenter defragmenter({1, 2});
  return run(defragmenter, pieces);
}

TEST(Defragmenter, PutsPiecesInTheirPlaces) {
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {8, "bb", false}}), "aaaaaaaabb");
  EXPECT_EQ(run({{8, "bb", false}, {0, "aaaaaaaa"}}), "aaaaaaaabb");
  EXPECT_EQ(run({{16, "c", false}, {0, "aaaaaaaa"}, {8, "bbbbbbbb"}}), "aaaaaaaabbbbbbbbc");
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {16, "c", false}}), "-");
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {8, "bbbbbbbb"}}), "-") << "the last one is missing";
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {0, "aaaaaaaa"}, {8, "b", false}}), "aaaaaaaab") << "sent twice";
}

// What the defragmenter says of the last piece.
DecodeEvents events_of(std::uint8_t version, const std::vector<Piece>& pieces) {
  Defragmenter defragmenter({1, 2});
  DecodeEvents out;
  for (const auto& piece : pieces) {
    Packet packet;
    packet.ip_version = version;
    packet.fragment = true;
    packet.fragment_offset = piece.offset;
    packet.more_fragments = piece.more;
    packet.payload = {reinterpret_cast<const std::uint8_t*>(piece.bytes.data()),
                      piece.bytes.size()};
    (void)defragmenter.add(packet);
    out = packet.events;
  }
  return out;
}

TEST(Defragmenter, SaysWhatIsWrongWithAPiece) {
  using enum DecodeEvent;
  struct Case {
    DecodeEvent v4, v6;
    std::vector<Piece> pieces;
  };
  const std::string eight(8, 'x');
  const Case cases[] = {
      {none, none, {{0, eight}, {8, eight}, {16, "c", false}}},
      {none, none, {{16, "c", false}, {0, eight}, {8, eight}}},
      {ipv4_fragments_overlap, ipv6_fragments_overlap, {{0, eight}, {0, eight}}},
      {ipv4_fragments_overlap, ipv6_fragments_overlap, {{8, eight}, {0, eight + eight}}},
      {ipv4_fragments_overlap, ipv6_fragments_overlap, {{0, eight + eight}, {8, "c", false}}},
      {ipv4_fragments_overlap, ipv6_fragments_overlap, {{0, eight + eight}, {8, eight, false}}},
      {none, none, {{0, eight}, {65528, "1234567", false}}},
      {ipv4_fragments_too_large, ipv6_fragments_too_large, {{65528, eight, false}}},
      {none, ipv6_fragment_length, {{0, "123456789"}}},
      {none, none, {{0, "123456789", false}}}};
  for (const auto& c : cases)
    for (const bool v4 : {true, false}) {
      const auto wanted = v4 ? c.v4 : c.v6;
      DecodeEvents expected;
      if (wanted != none) expected.add(wanted);
      EXPECT_EQ(events_of(v4 ? 4 : 6, c.pieces), expected)
          << to_string(wanted) << " of piece " << c.pieces.size();
    }
}

TEST(Defragmenter, SaysThatItIgnoresAPieceBehindTooManyHoles) {
  std::vector<Piece> pieces;
  for (unsigned i = 1; i <= 257; ++i)
    pieces.push_back({static_cast<std::uint16_t>(i * 16), "12345678"});
  EXPECT_TRUE(events_of(4, pieces).has(DecodeEvent::ipv4_fragment_ignored));
  EXPECT_TRUE(events_of(6, pieces).has(DecodeEvent::ipv6_fragment_ignored));
  pieces.pop_back();
  EXPECT_TRUE(events_of(4, pieces).empty());
}

TEST(Defragmenter, TheByteThatCameFirstWins) {
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {0, "xxxxxxxxbbbbbbbb"}, {16, "c", false}}), "aaaaaaaabbbbbbbbc");
  EXPECT_EQ(run({{8, "bbbbbbbb"}, {0, "aaaaaaaaxxxxxxxxcccccccc"}, {24, "d", false}}),
            "aaaaaaaabbbbbbbbccccccccd");
  EXPECT_EQ(run({{0, "aaaaaaaa"}, {16, "c", false}, {0, "xxxxxxxxbbbbbbbbyyyyyyyy", true}}), "-")
      << "reaches beyond the datagram's end";
}

// A tunnel's datagram may carry a fragment, which is added while the datagram is still looked at.
TEST(Defragmenter, AWholeDatagramOutlivesTheFragmentInsideOfIt) {
  Defragmenter defragmenter({1, 2}, 1);
  const auto add = [&](std::uint32_t id, Bytes payload, std::uint16_t offset, bool more) {
    Packet packet;
    packet.ip_version = 4;
    packet.fragment = true;
    packet.fragment_id = id;
    packet.fragment_offset = offset;
    packet.more_fragments = more;
    packet.payload = payload;
    return defragmenter.add(packet);
  };
  const auto text = [](Bytes bytes) { return std::string(bytes.begin(), bytes.end()); };
  const auto a = octets("aaaaaaaa");
  const auto b = octets("bbbbbbbb");
  add(1, a, 0, true);
  const auto outer = add(1, b, 8, false);
  ASSERT_TRUE(outer);
  // A part of it, as the whole of another; then a part of that one.
  const auto inner = add(2, outer->subspan(4), 0, false);
  ASSERT_TRUE(inner);
  EXPECT_EQ(text(*outer), "aaaaaaaabbbbbbbb");
  EXPECT_EQ(text(*inner), "aaaabbbbbbbb");
  const auto innermost = add(3, inner->subspan(2), 0, false);
  ASSERT_TRUE(innermost);
  EXPECT_EQ(text(*inner), "aaaabbbbbbbb");
  EXPECT_EQ(text(*innermost), "aabbbbbbbb");
  EXPECT_FALSE(add(4, innermost->last(8), 60000, true));
  EXPECT_EQ(text(*innermost), "aabbbbbbbb");
}

TEST(Defragmenter, ARestThatCannotBePlacedIsLeftOut) {
  EXPECT_EQ(run({{0, "aaaaaaaazz"}, {8, "b", false}}), "aaaaaaaab");
}

TEST(Defragmenter, RefusesWhatContradictsTheEnd) {
  Defragmenter defragmenter({1, 2});
  EXPECT_EQ(run(defragmenter, {{0, "aaaaaaaa", false, 0, 7}}), "aaaaaaaa");
  EXPECT_EQ(run(defragmenter, {{16, "c", false, 0, 8}, {24, "dddddddd", true, 0, 8}}), "-");
  EXPECT_EQ(run(defragmenter, {{65528, "eeeeeeeeeeeeeeee", false, 0, 9}}), "-");
  EXPECT_EQ(run(defragmenter, {{0, "", true, 0, 10}}), "-");
  EXPECT_EQ(defragmenter.stats().refused, 3U);
  EXPECT_EQ(defragmenter.stats().reassembled, 1U);
}

TEST(Defragmenter, LosesPatienceAndMemoryInTime) {
  Defragmenter defragmenter({1, 2}, 2);
  EXPECT_EQ(run(defragmenter, {{0, "aaaaaaaa"}, {8, "b", false, 61}}), "-");
  EXPECT_EQ(defragmenter.stats().timed_out, 1U);
  run(defragmenter,
      {{0, "aaaaaaaa", true, 61, 3}, {0, "aaaaaaaa", true, 61, 4}, {0, "aaaaaaaa", true, 61, 5}});
  EXPECT_EQ(defragmenter.stats().displaced, 2U);
  EXPECT_EQ(run(defragmenter, {{8, "z", false, 61, 5}}), "aaaaaaaaz") << "the newest stay";
}

TEST(Defragmenter, GivesUpOnTooManyHoles) {
  Defragmenter defragmenter({1, 2});
  std::vector<Piece> pieces;
  for (unsigned i = 0; i < 300; ++i)
    pieces.push_back({static_cast<std::uint16_t>(i * 16), "aaaaaaaa"});
  run(defragmenter, pieces);
  EXPECT_EQ(defragmenter.stats().refused, 1U);
}

TEST(Defragmenter, RulesSeeTheWholeDatagram) {
  for (const bool v6 : {false, true}) {
    Replay run;
    run.rules = R"(alert udp any any -> any 53 (content:"attack"; sid:1;))";
    IpBuilder outer;
    if (v6) {
      outer.source = ip("fe80::1");
      outer.destination = ip("fe80::2");
    }
    auto body = udp(outer, 4000, 53, "an attack in parts");
    body.erase(body.begin(), body.begin() + (v6 ? 40 : 20));
    for (const auto& [offset, size] : {std::pair<std::size_t, std::size_t>{0, 16}, {16, 10}}) {
      const Octets part(body.begin() + static_cast<std::ptrdiff_t>(offset),
                        body.begin() + static_cast<std::ptrdiff_t>(offset + size));
      const bool more = offset == 0;
      if (v6) {
        outer.first_extension = 44;
        outer.options = {ip_proto::kUdp, 0};
        put16(outer.options, offset | (more ? 1U : 0U));
        put32(outer.options, 77);
      } else {
        outer.fragment = static_cast<std::uint16_t>((more ? 0x2000U : 0U) | offset / 8);
      }
      run.add(ethernet(outer.build(ip_proto::kUdp, part, SIZE_MAX)));
    }
    EXPECT_EQ(run.go(), std::vector<std::uint32_t>{1}) << "IPv6: " << v6;
  }
}

}  // namespace
}  // namespace rampart::sniffer
