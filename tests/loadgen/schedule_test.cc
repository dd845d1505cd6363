#include "loadgen/schedule.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace rampart::loadgen {
namespace {

using base::MonoTime;
using base::Nanos;
using namespace std::chrono_literals;

constexpr MonoTime kStart{1h};

model::Arrival replay(std::vector<Nanos> due, Nanos duration, std::uint64_t most = 0) {
  model::Arrival arrival;
  arrival.replay = std::move(due);
  arrival.duration = duration;
  arrival.max_requests = most;
  return arrival;
}

// Takes all that is ready at `now`, and says when each was due.
std::vector<Nanos> take_ready(Schedule& schedule, Nanos now) {
  std::vector<Nanos> due;
  while (schedule.ready(kStart + now)) due.push_back(schedule.take(kStart + now) - kStart);
  return due;
}

TEST(Schedule, AReplayIsReadyWhenItsFileSays) {
  const auto arrival = replay({0ns, 10ms, 10ms, 2s}, 3s);
  Schedule schedule(arrival, {0, 1}, 1);
  schedule.start(kStart);
  EXPECT_FALSE(schedule.ready(kStart - 1ns));
  EXPECT_EQ(take_ready(schedule, 0ns), (std::vector<Nanos>{0ns}));
  EXPECT_EQ(take_ready(schedule, 10ms - 1ns), std::vector<Nanos>{});
  EXPECT_EQ(schedule.due(), kStart + 10ms);
  EXPECT_EQ(take_ready(schedule, 11ms), (std::vector<Nanos>{10ms, 10ms}));
  EXPECT_EQ(schedule.count_offered(kStart + 1s), 3U);
  EXPECT_EQ(schedule.count_offered(kStart + 2s), 0U);
  EXPECT_TRUE(schedule.has_next());
  EXPECT_EQ(take_ready(schedule, 2s), (std::vector<Nanos>{2s}));
  EXPECT_FALSE(schedule.has_next());
  EXPECT_FALSE(schedule.over(kStart + 3s - 1ns, 0ns)) << "only the duration ends it";
  EXPECT_TRUE(schedule.over(kStart + 3s, 200ms));
  const auto rest = schedule.stop(kStart + 3s);
  EXPECT_EQ(rest.offered, 1U);
  EXPECT_EQ(rest.missed, 0U);
}

TEST(Schedule, WhatAReplayWantedAndDidNotGetIsMissed) {
  struct Case {
    const char* name;
    model::Arrival arrival;
    Nanos stopped;
    std::uint64_t offered, missed;  // nothing but the first is taken
  };
  const std::vector<Case> cases = {
      {"to the end", replay({0ns, 1s, 2s}, 3s), 3s, 3, 2},
      {"due at the end", replay({0ns, 1s, 3s, 3s}, 3s), 3s, 4, 3},
      {"past the end", replay({0ns, 1s, 3s + 1ns}, 3s), 4s, 2, 1},
      {"stopped early", replay({0ns, 1s, 2s}, 3s), 1s, 2, 1},
      {"bounded", replay({0ns, 1s, 2s}, 3s, 2), 3s, 2, 1},
  };
  for (const auto& c : cases) {
    Schedule schedule(c.arrival, {0, 1}, 1);
    schedule.start(kStart);
    EXPECT_EQ(take_ready(schedule, 0ns).size(), 1U) << c.name;
    const auto rest = schedule.stop(kStart + c.stopped);
    EXPECT_EQ(rest.offered, c.offered) << c.name;
    EXPECT_EQ(rest.missed, c.missed) << c.name;
  }
}

TEST(Schedule, MaxRequestsTakesTheFirstOfAReplayWhateverTheNumberOfWorkers) {
  const auto arrival = replay({1ms, 2ms, 3ms, 4ms, 5ms, 6ms, 7ms}, 1s, 5);
  for (std::uint32_t workers = 1; workers <= 4; ++workers) {
    Nanos latest{0};
    std::size_t taken = 0;
    for (std::uint32_t i = 0; i < workers; ++i) {
      Schedule schedule(arrival, {i, workers}, 1);
      schedule.start(kStart);
      for (const auto due : take_ready(schedule, 1s)) {
        latest = std::max(latest, due);
        ++taken;
        EXPECT_FALSE(schedule.finished());
        schedule.end();
      }
      EXPECT_TRUE(schedule.finished());
    }
    EXPECT_EQ(taken, 5U) << workers;
    EXPECT_EQ(latest, 5ms) << workers;
  }
}

}  // namespace
}  // namespace rampart::loadgen
