#include "correlator/capacity_search.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "simulated_server.h"

namespace rampart::correlator {
namespace {

using namespace std::chrono_literals;
using model::SearchEnd;
using model::TrialOutcome;

model::FindSpec spec(double from = 100, double most = 1e6) {
  model::FindSpec find;
  find.from = base::Rps{from};
  find.most = base::Rps{most};
  find.precision = base::Ratio{0.05};
  find.step = 5s;
  find.repeats = 3;
  find.limits.errors = base::Ratio{0.01};
  return find;
}

model::FindSpec spec_with_latency() {
  auto find = spec();
  find.limits.latency = {{99, 250ms}};
  return find;
}

// The rates that a search tries where `outcome` decides, and how it ends.
template <class Outcome>
std::string story(const model::FindSpec& find, Outcome outcome) {
  CapacitySearch search(find);
  std::string text;
  while (const auto rate = search.next()) {
    const TrialOutcome came = outcome(rate->per_second, search.trials());
    text += std::to_string(static_cast<int>(rate->per_second)) + (came == TrialOutcome::kept ? "+ "
                                                                  : came == TrialOutcome::missed
                                                                      ? "- "
                                                                      : "? ");
    search.feed(*rate, came);
  }
  return text + std::string(to_string(*search.ended()));
}

TrialOutcome below(double rate, double capacity) {
  return rate <= capacity ? TrialOutcome::kept : TrialOutcome::missed;
}

TEST(CapacitySearch, DoublesThenHalvesThenRepeatsBothEnds) {
  EXPECT_EQ(story(spec(), [](double rate, auto) { return below(rate, 2000); }),
            "100+ 200+ 400+ 800+ 1600+ 3200- 2400- 2000+ 2200- 2100- 2000+ 2000+ 2100- 2100- "
            "found");
}

TEST(CapacitySearch, AnUnluckyTrialIsOutvoted) {
  // 800 is missed once, in the sixth second as it were, and kept ever after.
  const auto once = [](double rate, std::uint32_t trial) {
    return trial == 3 ? TrialOutcome::missed : below(rate, 2000);
  };
  const auto text = story(spec(), once);
  EXPECT_NE(text.find("2000+ 2100-"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("found")) << text;
}

TEST(CapacitySearch, ALuckyTrialIsOutvoted) {
  const auto once = [](double rate, std::uint32_t trial) {
    return trial == 5 ? TrialOutcome::kept : below(rate, 2000);
  };
  CapacitySearch search(spec());
  while (const auto rate = search.next())
    search.feed(*rate, once(rate->per_second, search.trials()));
  EXPECT_EQ(search.ended(), SearchEnd::found);
  EXPECT_NEAR(search.kept()->per_second, 2000, 100);
}

TEST(CapacitySearch, EndsAtMostOnlyWithAMajority) {
  EXPECT_EQ(story(spec(100, 300), [](double, auto) { return TrialOutcome::kept; }),
            "100+ 200+ 300+ 300+ 300+ at_most");
}

TEST(CapacitySearch, SaysWhereNotEvenTheFirstRateIsKept) {
  EXPECT_EQ(story(spec(), [](double, auto) { return TrialOutcome::missed; }),
            "100- 100- 100- none_kept");
}

TEST(CapacitySearch, AClientLimitIsRepeatedOnceAndThenEndsIt) {
  const auto limited = [](double rate, auto) {
    return rate > 800 ? TrialOutcome::client_limited : TrialOutcome::kept;
  };
  EXPECT_EQ(story(spec(), limited), "100+ 200+ 400+ 800+ 1600? 1600? client_limited");
  const auto passing = [](double rate, std::uint32_t trial) {
    return trial == 4 ? TrialOutcome::client_limited : below(rate, 1600);
  };
  EXPECT_TRUE(story(spec(), passing).ends_with("found"));
}

TEST(CapacitySearch, AlwaysEndsWithinTheTrialsThatWerePromised) {
  for (const std::uint32_t repeats : {1U, 2U, 3U, 9U})
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
      auto find = spec();
      find.repeats = repeats;
      std::mt19937_64 random(seed);
      CapacitySearch search(find);
      while (const auto rate = search.next()) {
        ASSERT_GE(rate->per_second, 100);
        ASSERT_LE(rate->per_second, 1e6);
        search.feed(*rate, static_cast<TrialOutcome>(random() % 3));
        ASSERT_LE(search.trials(), model::most_trials(find));
      }
      ASSERT_TRUE(search.ended());
    }
}

TEST(CapacitySearch, RunsOutOfTrialsWhereTheServerIsUnsteady) {
  // What a rate shows first is the opposite of what it shows ever after.
  std::map<double, int> seen;
  const auto text = story(spec(), [&](double rate, auto) {
    const bool first = ++seen[rate] == 1;
    return first == (rate <= 2000) ? TrialOutcome::kept : TrialOutcome::missed;
  });
  EXPECT_TRUE(text.ends_with("unsteady")) << text;
}

struct ServerCase {
  const char* name;
  SimulatedServer server;
  double low, high;  // the rate found, as a share of the capacity
};

TEST(CapacitySearch, FindsTheCapacityOfSimulatedServers) {
  const std::vector<ServerCase> cases{
      {"even arrivals", {.poisson = false}, 0.95, 1.01},
      {"random arrivals", {}, 0.94, 1.02},
      {"one slow worker", {.servers = 1, .service = 0.005}, 0.90, 1.05},
      {"noise from trial to trial", {.jitter = 0.03}, 0.90, 1.05},
      {"a leak of 0.2 % with each trial", {.leak = 0.002}, 0.90, 1.01},
  };
  for (const auto& c : cases)
    for (const auto& find : {spec(), spec_with_latency()})
      for (std::uint64_t seed = 1; seed <= 10; ++seed) {
        const auto done = search_capacity(c.server, find, seed);
        const auto about = std::string(c.name) + ", seed " + std::to_string(seed);
        ASSERT_EQ(done.search.ended(), SearchEnd::found) << about;
        const double share = done.search.kept()->per_second / c.server.capacity();
        EXPECT_GE(share, c.low) << about;
        EXPECT_LE(share, c.high) << about;
        EXPECT_LE(done.trials.size(), 26U) << about;
      }
}

TEST(CapacitySearch, ACliffIsFoundAtItsEdge) {
  const SimulatedServer server{.poisson = false, .cliff = 1300};
  const auto done = search_capacity(server, spec(), 1);
  ASSERT_EQ(done.search.ended(), SearchEnd::found);
  EXPECT_LE(done.search.kept()->per_second, 1300);
  EXPECT_GT(done.search.missed()->per_second, 1300);
  EXPECT_GE(done.search.kept()->per_second, 1300 * 0.95);
}

TEST(CapacitySearch, SaysThatTheClientWasTheLimit) {
  const auto busy = search_capacity({.client_most = 700}, spec(), 1);
  EXPECT_EQ(busy.search.ended(), SearchEnd::client_limited);
  EXPECT_EQ(busy.search.kept()->per_second, 400);
  EXPECT_TRUE(busy.trials.back().limited_by.starts_with("cpu: "));
  // 16 connections of 20 ms each: 800/s, and the server could do more.
  const auto few = search_capacity(
      {.servers = 16, .service = 0.02, .connections = 16, .queue_in_client = true}, spec(), 1);
  EXPECT_EQ(few.search.ended(), SearchEnd::client_limited);
  EXPECT_TRUE(few.trials.back().limited_by.starts_with("connections: "))
      << few.trials.back().limited_by;
}

}  // namespace
}  // namespace rampart::correlator
