#include "runner/interval_merger.h"

#include <gtest/gtest.h>

#include <string>

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

model::WireInterval second(int start, std::uint64_t packets, base::Nanos rtt = 0ms,
                           std::uint64_t handshakes = 0) {
  model::WireInterval out;
  out.start = base::WallTime(std::chrono::seconds(start));
  out.length = 1s;
  out.packets = packets;
  out.dropped_kernel = 1;
  out.handshakes = handshakes;
  out.handshake_rtt_p50 = rtt;
  return out;
}

struct Merged {
  std::string said;
  std::vector<model::WireInterval> all;
  IntervalMerger merger;
  explicit Merged(std::size_t sources)
      : merger(sources, [this](const model::WireInterval& i) {
          const auto at =
              std::chrono::duration_cast<std::chrono::seconds>(i.start.time_since_epoch());
          said += std::to_string(at.count()) + ":" + std::to_string(i.packets) + " ";
          all.push_back(i);
        }) {}
};

TEST(IntervalMerger, waits_for_every_source_and_keeps_the_order) {
  Merged m(3);
  m.merger.add(0, second(1, 10));
  m.merger.add(0, second(2, 10));
  m.merger.add(1, second(1, 5));
  EXPECT_EQ(m.said, "");
  m.merger.add(2, second(1, 1));
  EXPECT_EQ(m.said, "1:16 ");
  m.merger.add(1, second(2, 5));
  m.merger.add(2, second(2, 1));
  EXPECT_EQ(m.said, "1:16 2:16 ");
  EXPECT_EQ(m.all[0].dropped_kernel, 3U);
  EXPECT_EQ(m.all[0].length, 1s);
}

TEST(IntervalMerger, every_count_is_a_sum) {
  using W = model::WireInterval;
  const auto counts = {&W::packets,
                       &W::bytes,
                       &W::own_packets,
                       &W::own_bytes,
                       &W::syn,
                       &W::own_syn,
                       &W::syn_ack,
                       &W::handshakes,
                       &W::other_handshakes,
                       &W::rst,
                       &W::retransmits,
                       &W::icmp_echo,
                       &W::flows_opened,
                       &W::flows_closed,
                       &W::dropped_kernel,
                       &W::dropped_interface};
  Merged m(2);
  for (std::size_t source = 0; source < 2; ++source) {
    W part;
    part.start = base::WallTime(1s);
    std::uint64_t number = source == 0 ? 1 : 1000;
    for (const auto count : counts) part.*count = number++;
    m.merger.add(source, part);
  }
  ASSERT_EQ(m.all.size(), 1U);
  std::uint64_t expected = 1001;
  for (const auto count : counts) {
    EXPECT_EQ(m.all[0].*count, expected);
    expected += 2;
  }
}

TEST(IntervalMerger, a_source_that_began_late_or_ended_is_not_waited_for) {
  Merged m(2);
  m.merger.add(0, second(1, 10));
  m.merger.add(0, second(2, 10));
  m.merger.add(1, second(2, 5));
  EXPECT_EQ(m.said, "1:10 2:15 ");
  m.merger.add(0, second(3, 10));
  EXPECT_EQ(m.said, "1:10 2:15 ");
  m.merger.ended(1);
  EXPECT_EQ(m.said, "1:10 2:15 3:10 ");
  m.merger.add(0, second(4, 1));
  m.merger.ended(0);
  EXPECT_EQ(m.said, "1:10 2:15 3:10 4:1 ");
}

TEST(IntervalMerger, the_round_trip_is_that_of_most_handshakes) {
  Merged m(3);
  m.merger.add(0, second(1, 1, 10ms, 1));
  m.merger.add(1, second(1, 1, 30ms, 100));
  m.merger.add(2, second(1, 1));
  ASSERT_EQ(m.all.size(), 1U);
  EXPECT_EQ(m.all[0].handshake_rtt_p50, 30ms);
  EXPECT_EQ(m.all[0].handshakes, 101U);
}

}  // namespace
}  // namespace rampart::runner
