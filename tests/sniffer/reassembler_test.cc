#include "sniffer/flow/reassembler.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using test::octets;

struct Collector : StreamSink {
  std::string text;
  std::uint64_t missing = 0;
  void on_bytes(Bytes bytes) override { text.append(bytes.begin(), bytes.end()); }
  void on_gap(std::uint64_t bytes) override {
    text += '~';
    missing += bytes;
  }
};

struct Segment {
  std::uint32_t seq;
  std::string text;
  std::uint32_t ack = 0;  // 0: none
};

struct Case {
  const char* name;
  std::vector<Segment> segments;
  std::string expected;
  std::uint64_t missing = 0;
};

class Reassembly : public testing::Test {
 protected:
  void feed(std::uint32_t seq, const std::string& text) {
    const auto bytes = octets(text);
    stream.segment(seq, bytes, budget, sink);
  }
  MemoryBudget budget{1U << 20U};
  Collector sink;
  Reassembler stream;
};

TEST(Reassembler, puts_segments_in_order) {
  const Case cases[] = {
      {"in order", {{0, "ab"}, {2, "cd"}}, "abcd"},
      {"swapped", {{2, "cd"}, {0, "ab"}}, "abcd"},
      {"backwards", {{4, "ef"}, {2, "cd"}, {0, "ab"}}, "abcdef"},
      {"repeated", {{0, "ab"}, {0, "ab"}, {2, "cd"}}, "abcd"},
      {"overlap with the past", {{0, "abc"}, {1, "XYd"}}, "abcd"},
      {"overlap with what waits, at its front", {{2, "cd"}, {0, "abXX"}}, "abcd"},
      {"overlap with what waits, at its back", {{2, "cd"}, {3, "XXf"}, {0, "ab"}}, "abcdXf"},
      {"around what waits", {{2, "c"}, {0, "XXXXX"}}, "XXcXX"},
      {"between what waits", {{1, "b"}, {4, "e"}, {0, "XXXXXX"}}, "XbXXeX"},
      {"inside of what waits", {{1, "bcd"}, {2, "X"}, {0, "a"}}, "abcd"},
      {"nothing new at all", {{0, "abcd"}, {1, "XX"}}, "abcd"},
      {"a hole waits", {{0, "ab"}, {4, "ef"}}, "ab"},
      {"a hole that was acknowledged is lost", {{0, "ab"}, {4, "ef", 6}}, "ab~ef", 2},
      {"an acknowledgment before the hole says nothing", {{0, "ab"}, {4, "ef", 2}}, "ab"},
      {"late bytes after a loss are old", {{4, "ef", 6}, {0, "abcd"}}, "~ef", 4},
      {"two holes", {{2, "c"}, {5, "f", 6}}, "~c~f", 4},
  };
  for (const auto& c : cases) {
    // The stream begins at 0 here, and again where sequence numbers wrap in its middle.
    for (const std::uint32_t start : {0U, 0xFFFFFFFDU}) {
      MemoryBudget budget(1U << 20U);
      Collector sink;
      Reassembler stream;
      stream.start(start);
      for (const auto& s : c.segments) {
        const auto bytes = octets(s.text);
        stream.segment(start + s.seq, bytes, budget, sink);
        if (s.ack != 0) stream.acknowledged(start + s.ack, budget, sink);
      }
      EXPECT_EQ(sink.text, c.expected) << c.name << " from " << start;
      EXPECT_EQ(sink.missing, c.missing) << c.name;
      stream.reset(budget);
      EXPECT_EQ(budget.used(), 0U) << c.name;
    }
  }
}

TEST_F(Reassembly, passes_over_what_came_with_a_syn_behind_other_bytes) {
  stream.start(0);
  feed(0, "abcd");
  stream.hold(0, octets("XXXXXX"), budget);
  EXPECT_EQ(stream.waiting(), 0U);
  feed(4, "ef");
  stream.acknowledged(6, budget, sink);
  EXPECT_EQ(sink.text, "abcdef");
  EXPECT_EQ(sink.missing, 0U);
  EXPECT_TRUE(stream.is_past(6));
  EXPECT_FALSE(stream.is_past(7));
}

TEST_F(Reassembly, gives_up_a_hole_when_too_much_waits) {
  stream.start(0);
  const std::string block(1000, 'x');
  std::uint32_t seq = 10;
  for (; stream.waiting() + block.size() <= Reassembler::kMostWaiting; seq += 1000)
    feed(seq, block);
  EXPECT_EQ(sink.text, "");
  feed(seq, block);
  EXPECT_EQ(sink.missing, 10U);
  EXPECT_EQ(stream.waiting(), 0U);
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Reassembly, holds_bytes_until_the_next_call) {
  stream.start(100);
  stream.hold(102, octets("cd"), budget);
  stream.hold(100, octets("ab"), budget);
  EXPECT_EQ(sink.text, "");
  EXPECT_EQ(stream.waiting(), 4U);
  EXPECT_FALSE(stream.is_past(101));
  stream.acknowledged(104, budget, sink);
  EXPECT_EQ(sink.text, "abcd");
  EXPECT_TRUE(stream.is_past(104));
  EXPECT_FALSE(stream.is_past(105));
}

TEST_F(Reassembly, holds_no_more_than_may_wait_behind_a_hole) {
  stream.start(0);
  const auto block = octets(std::string(1000, 'x'));
  for (std::uint32_t i = 0; i < 1000; ++i) stream.hold(i * 1000, block, budget);
  EXPECT_LE(stream.waiting(), Reassembler::kMostWaiting);
  EXPECT_TRUE(stream.take_remarks().has(StreamEvent::reassembly_no_segment));
  stream.reset(budget);
  stream.start(0);
  for (std::uint32_t i = 0; i < 2 * Reassembler::kMostPieces; ++i)
    stream.hold(i, octets("x"), budget);
  EXPECT_EQ(stream.waiting(), Reassembler::kMostPieces);
}

TEST_F(Reassembly, passes_everything_on_at_the_end) {
  stream.start(0);
  feed(2, "c");
  feed(5, "f");
  stream.finish(budget, sink);
  EXPECT_EQ(sink.text, "~c~f");
  EXPECT_EQ(sink.missing, 4U);
  EXPECT_EQ(stream.waiting(), 0U);
  EXPECT_EQ(budget.used(), 0U);
}

TEST_F(Reassembly, bounds_the_number_of_pieces) {
  stream.start(0);
  for (std::uint32_t i = 0; i < 4 * Reassembler::kMostPieces; ++i) feed(1 + 2 * i, "x");
  EXPECT_LE(stream.waiting(), Reassembler::kMostPieces);
  EXPECT_GT(sink.missing, 0U);
}

TEST_F(Reassembly, keeps_nothing_where_memory_is_spent) {
  MemoryBudget none(0);
  stream.start(0);
  const auto bytes = octets("cd");
  stream.segment(2, bytes, none, sink);
  EXPECT_EQ(stream.waiting(), 0U);
  EXPECT_EQ(none.refused(), 1U);
  const auto first = octets("ab");
  stream.segment(0, first, none, sink);
  EXPECT_EQ(sink.text, "ab") << "what is in order needs no memory";
}

TEST_F(Reassembly, stays_in_order_where_memory_is_spent_in_the_middle_of_a_segment) {
  constexpr std::size_t kSmall = 10 + Reassembler::kPieceCost;
  MemoryBudget tight(5 * kSmall);
  stream.start(0);
  const std::string ten(10, 'o');
  for (const std::uint32_t seq : {1000U, 1020U, 1040U})
    stream.segment(seq, octets(ten), tight, sink);
  // The first 200 bytes find no room; the ten after each piece do.
  stream.segment(800, octets(std::string(250, 'X')), tight, sink);
  stream.acknowledged(1050, tight, sink);
  EXPECT_EQ(sink.text, "~" + ten + std::string(10, 'X') + ten + std::string(10, 'X') + ten);
  EXPECT_EQ(sink.missing, 1000U);
  EXPECT_EQ(tight.used(), 0U);
}

TEST_F(Reassembly, pays_for_what_a_piece_takes_beside_its_bytes) {
  stream.start(0);
  for (std::uint32_t i = 0; i < 100; ++i) feed(1 + 2 * i, "x");
  EXPECT_GE(budget.used(), 100 * sizeof(std::vector<std::uint8_t>));
  stream.reset(budget);
  EXPECT_EQ(budget.used(), 0U);
}

}  // namespace
}  // namespace rampart::sniffer
