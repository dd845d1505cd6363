#include "runner/observation_merger.h"

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <string>
#include <thread>

#include "model/behaviour.h"
#include "sniffer/behaviour/behaviour_watch.h"

namespace rampart::runner {
namespace {

using sniffer::Observation;
using What = Observation::What;

base::WallTime at(std::int64_t second) { return base::WallTime(std::chrono::seconds(second)); }
std::int64_t second_of(const Observation& o) {
  return std::chrono::floor<std::chrono::seconds>(o.at.time_since_epoch()).count();
}
Observation second(std::int64_t start) {
  return {.client = {}, .server = {}, .what = What::second, .at = at(start)};
}
Observation syn(std::int64_t when, std::uint16_t port = 80, std::uint8_t client = 1) {
  return {.client = base::IpAddress::v4(10, 0, 0, client),
          .server = {base::IpAddress::v4(192, 0, 2, 1), port},
          .what = What::syn,
          .at = at(when)};
}

struct Merged {
  std::deque<ObservationRing> rings;
  std::string said;  // ports, and the ends of seconds in brackets
  ObservationMerger merger;

  explicit Merged(std::size_t count, std::size_t capacity = 1024)
      : merger(make(count, capacity), [this](const Observation& o) {
          const bool end = o.what == What::second;
          said +=
              end ? "[" + std::to_string(second_of(o)) + "] " : std::to_string(o.server.port) + " ";
        }) {}
  std::vector<ObservationRing*> make(std::size_t count, std::size_t capacity) {
    std::vector<ObservationRing*> out;
    for (std::size_t i = 0; i < count; ++i) out.push_back(&rings.emplace_back(capacity));
    return out;
  }
};

TEST(ObservationMerger, a_second_ends_when_it_has_ended_everywhere) {
  Merged m(2);
  for (const auto& o : {syn(1, 11), second(1), syn(2, 12), second(2), syn(3, 13)})
    m.rings[0].push(o);
  m.merger.drain();
  EXPECT_EQ(m.said, "11 ") << "what follows is of a second that is still open";
  m.rings[1].push(syn(1, 21));
  m.merger.drain();
  EXPECT_EQ(m.said, "11 21 ");
  m.rings[1].push(second(1));
  m.merger.drain();
  EXPECT_EQ(m.said, "11 21 [1] 12 ");
  for (const auto& o : {syn(2, 22), second(2)}) m.rings[1].push(o);
  m.merger.drain();
  EXPECT_EQ(m.said, "11 21 [1] 12 22 [2] 13 ");
}

TEST(ObservationMerger, one_may_begin_later_and_end_sooner) {
  Merged m(2);
  for (const auto& o : {syn(1, 11), second(1), second(2), second(3)}) m.rings[0].push(o);
  for (const auto& o : {syn(2, 22), second(2)}) m.rings[1].push(o);
  m.merger.drain();
  EXPECT_EQ(m.said, "11 22 [1] [2] ");
  m.merger.ended(1);
  m.merger.drain();
  EXPECT_EQ(m.said, "11 22 [1] [2] [3] ");
}

TEST(ObservationMerger, what_has_no_room_is_counted_but_no_second_is_lost) {
  Merged m(1, 16);
  constexpr std::uint64_t kPushed = 1000;
  for (std::uint64_t i = 0; i < kPushed; ++i) m.rings[0].push(syn(1));
  for (int s = 1; s <= 3; ++s) m.rings[0].push(second(s));
  const auto lost = m.rings[0].dropped();
  EXPECT_GT(lost, kPushed - 100);
  EXPECT_LT(lost, kPushed);
  m.merger.drain();
  EXPECT_EQ(m.said.find('['), std::string::npos);
  EXPECT_TRUE(m.rings[0].settle());
  m.merger.drain();
  EXPECT_TRUE(m.said.ends_with("80 [1] [2] [3] ")) << m.said;
  EXPECT_EQ(m.rings[0].dropped(), lost) << "seconds are not counted as lost: they were not";
}

// Each second has what every thread pushed in it, however they are scheduled.
TEST(ObservationMerger, threads_that_run_apart_are_counted_second_by_second) {
  constexpr int kThreads = 4;
  constexpr int kSeconds = 200;
  constexpr int kEach = 50;
  std::deque<ObservationRing> rings;
  std::vector<ObservationRing*> all;
  for (int i = 0; i < kThreads; ++i) all.push_back(&rings.emplace_back(kSeconds * (kEach + 1)));
  int now = 0;
  std::vector<int> counts;
  ObservationMerger merger(all, [&](const Observation& o) {
    if (o.what != What::second) {
      ++now;
      return;
    }
    counts.push_back(std::exchange(now, 0));
    EXPECT_EQ(second_of(o), static_cast<std::int64_t>(counts.size()));
  });
  {
    std::vector<std::jthread> threads;
    for (auto* ring : all)
      threads.emplace_back([ring] {
        for (int s = 1; s <= kSeconds; ++s) {
          for (int i = 0; i < kEach; ++i) ring->push(syn(s));
          ring->push(second(s));
        }
      });
    while (counts.size() < kSeconds) merger.drain();
  }
  EXPECT_EQ(counts, std::vector<int>(kSeconds, kThreads * kEach));
  for (const auto& ring : rings) EXPECT_EQ(ring.dropped(), 0U);
}

// What none of the pipelines would report alone is one attack.
TEST(ObservationMerger, an_attack_that_is_divided_among_pipelines_is_found) {
  struct Found final : sniffer::BehaviourSink {
    void on_behaviour(const model::Detection& d) override {
      if (d.behaviour->phase == model::BehaviourPhase::begin) ++begun[d.behaviour->cause];
    }
    std::map<model::Cause, int> begun;
  };
  const auto begun = [](std::size_t pipelines) {
    constexpr std::size_t kShared = 4;
    Found found;
    sniffer::BehaviourWatch watch({.spec = {}, .key = {1, 2}, .kernel = nullptr}, found);
    std::deque<ObservationRing> rings;
    std::vector<ObservationRing*> all;
    for (std::size_t i = 0; i < pipelines; ++i) all.push_back(&rings.emplace_back(4096));
    ObservationMerger merger(all, [&](const Observation& o) { watch.on_observation(o); });
    for (std::int64_t s = 1; s <= 4; ++s) {
      // 160 SYNs per second to one port and a scan of 20 ports; the floors are 100 and 15.
      for (std::size_t i = 0; i < 160; ++i)
        if (i % kShared < pipelines) rings[i % kShared].push(syn(s, 80, 7));
      for (std::uint16_t port = 0; port < 20; ++port) {
        if (port % kShared >= pipelines) continue;
        auto closed = syn(s, static_cast<std::uint16_t>(1000 + port), 9);
        closed.what = What::syn_refused;
        rings[port % kShared].push(closed);
      }
      for (auto* ring : all) ring->push(second(s));
    }
    merger.drain();
    return found.begun;
  };
  EXPECT_TRUE(begun(1).empty()) << "what one of four pipelines sees";
  const std::map<model::Cause, int> both = {{model::Cause::attack_syn_flood, 1},
                                            {model::Cause::attack_port_scan, 1}};
  EXPECT_EQ(begun(4), both);
}

}  // namespace
}  // namespace rampart::runner
