#include "runner/ring.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <thread>

#include "runner/rings.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

TEST(Ring, GivesBackInOrderAndIsThenEmpty) {
  Ring<int> ring(8);
  int got = 0;
  EXPECT_FALSE(ring.pop(got));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(ring.push(int{i}));
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(ring.pop(got));
    EXPECT_EQ(got, i);
  }
  EXPECT_FALSE(ring.pop(got));
  EXPECT_EQ(ring.dropped(), 0U);
}

TEST(Ring, DropsAndCountsWhatDoesNotFit) {
  Ring<int> ring(16);
  int taken = 0;
  while (ring.push(int{taken})) ++taken;
  EXPECT_GE(taken, 16);
  EXPECT_LE(taken, 64);
  EXPECT_EQ(ring.dropped(), 1U);
  EXPECT_FALSE(ring.push(99));
  EXPECT_EQ(ring.dropped(), 2U);
  int got = -1;
  EXPECT_TRUE(ring.pop(got));
  EXPECT_EQ(got, 0) << "the oldest stays, the newest is dropped";
  EXPECT_TRUE(ring.push(100));
}

// Every record arrives once and in order, or is counted as dropped.
TEST(Ring, CarriesRecordsFromOneThreadToAnother) {
  constexpr std::uint64_t kRecords = 200'000;
  Ring<std::unique_ptr<std::uint64_t>> ring(64);
  std::atomic<bool> done{false};
  std::thread producer([&] {
    for (std::uint64_t i = 1; i <= kRecords; ++i) ring.push(std::make_unique<std::uint64_t>(i));
    done = true;
  });
  std::uint64_t seen = 0;
  std::uint64_t last = 0;
  std::unique_ptr<std::uint64_t> record;
  for (bool over = false; !over;) {
    over = done.load();  // read before the ring is emptied
    while (ring.pop(record)) {
      ASSERT_GT(*record, last);
      last = *record;
      ++seen;
    }
  }
  producer.join();
  EXPECT_GT(seen, 0U);
  EXPECT_EQ(seen + ring.dropped(), kRecords);
}

TEST(Rings, SayWhoseRecordsWereDropped) {
  Rings rings(2);
  const auto fill = [](auto& ring, auto make) {
    while (ring.push(make())) {
    }
  };
  fill(rings.load[0]->load, [] { return std::unique_ptr<model::LoadInterval>(); });
  fill(rings.load[1]->client, [] { return std::unique_ptr<model::ClientInterval>(); });
  fill(rings.load[1]->tuples, [] { return model::OwnTuple(); });
  fill(rings.probes, [] { return model::ProbeResult(); });
  fill(rings.probe_tuples, [] { return model::OwnTuple(); });
  fill(rings.wire, [] { return model::WireInterval(); });
  const auto watched = rings.drops(true);
  EXPECT_EQ(watched.load, 2U);
  EXPECT_EQ(watched.probe, 1U);
  EXPECT_EQ(watched.wire, 3U);
  EXPECT_EQ(rings.drops(false).wire, 1U) << "nobody takes tuples where nobody captures";
}

}  // namespace
}  // namespace rampart::runner
