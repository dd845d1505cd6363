#include "correlator/capacity_interval.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "correlator/capacity_search.h"

namespace rampart::correlator {
namespace {

using model::TrialOutcome;

void vote(std::vector<model::Trial>& trials, double rate, int kept, int missed) {
  model::Trial trial;
  trial.rate = base::Rps{rate};
  trial.outcome = TrialOutcome::kept;
  for (int i = 0; i < kept; ++i) trials.push_back(trial);
  trial.outcome = TrialOutcome::missed;
  for (int i = 0; i < missed; ++i) trials.push_back(trial);
}

TEST(CapacityInterval, ThreeVotesThatAgreeGiveTheBracket) {
  std::vector<model::Trial> trials;
  vote(trials, 1000, 1, 0);
  vote(trials, 2000, 3, 0);
  vote(trials, 2100, 0, 3);
  vote(trials, 4000, 0, 1);
  const auto interval = capacity_interval(trials, base::Rps{2000});
  ASSERT_TRUE(interval);
  EXPECT_NEAR(interval->low, 2000, 12);
  EXPECT_NEAR(interval->high, 2100, 12);
}

TEST(CapacityInterval, SingleVotesReachFurther) {
  std::vector<model::Trial> trials;
  vote(trials, 1000, 3, 0);
  vote(trials, 2000, 1, 0);
  vote(trials, 2100, 0, 1);
  vote(trials, 4000, 0, 3);
  const auto interval = capacity_interval(trials, base::Rps{2000});
  ASSERT_TRUE(interval);
  EXPECT_LT(interval->low, 1950);
  EXPECT_GT(interval->high, 2150);
  EXPECT_GE(interval->low, 999);
  EXPECT_LE(interval->high, 4001);
}

TEST(CapacityInterval, VotesThatDisagreeWidenIt) {
  std::vector<model::Trial> trials;
  vote(trials, 1000, 3, 0);
  vote(trials, 1800, 3, 0);
  vote(trials, 2000, 2, 1);
  vote(trials, 2100, 1, 2);
  vote(trials, 2400, 0, 3);
  vote(trials, 4000, 0, 1);
  const auto interval = capacity_interval(trials, base::Rps{2000});
  ASSERT_TRUE(interval);
  EXPECT_LT(interval->low, 2000);
  EXPECT_GT(interval->high, 2100);
  EXPECT_GT(interval->low, 1600);
  EXPECT_LT(interval->high, 2600);
}

TEST(CapacityInterval, NothingWithoutBothOutcomes) {
  std::vector<model::Trial> trials;
  EXPECT_FALSE(capacity_interval(trials, base::Rps{1000}));
  vote(trials, 1000, 3, 0);
  EXPECT_FALSE(capacity_interval(trials, base::Rps{1000}));
  model::Trial limited;
  limited.rate = base::Rps{2000};
  limited.outcome = TrialOutcome::client_limited;
  trials.push_back(limited);
  EXPECT_FALSE(capacity_interval(trials, base::Rps{1000}));
}

// 1050/s was missed by most of its trials and kept by one: the likeliest capacities lie above
// 1000/s, which all of its own kept.
TEST(CapacityInterval, HoldsTheAnswerWhereLuckLeftItOutside) {
  std::vector<model::Trial> trials;
  for (const double rate : {100.0, 200.0, 400.0, 800.0}) vote(trials, rate, 1, 0);
  vote(trials, 1000, 3, 0);
  vote(trials, 1050, 1, 2);
  for (const double rate : {1100.0, 1200.0, 1600.0}) vote(trials, rate, 0, 1);
  const auto interval = capacity_interval(trials, base::Rps{1000});
  ASSERT_TRUE(interval);
  EXPECT_EQ(interval->low, 1000) << "without the answer it begins at 1005.8";
  EXPECT_NEAR(interval->high, 1089, 2) << "which may be above the lowest rate that was missed";
  // The same votes upside down.
  EXPECT_EQ(capacity_interval(trials, base::Rps{1200})->high, 1200);
}

// A server that keeps the limits by chance, with a known chance at each rate.
TEST(CapacityInterval, CoversTheCapacityAboutAsOftenAsItSays) {
  model::FindSpec find;
  find.from = base::Rps{100};
  find.most = base::Rps{1e5};
  find.precision = base::Ratio{0.05};
  find.step = std::chrono::seconds(5);
  find.repeats = 3;
  int found = 0;
  int covered = 0;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    std::mt19937_64 random(seed);
    std::uniform_real_distribution<double> even(0, 1);
    const double capacity = 1000 * std::exp(even(random));
    CapacitySearch search(find);
    std::vector<model::Trial> trials;
    while (const auto rate = search.next()) {
      const double chance = 1 / (1 + std::pow(rate->per_second / capacity, 1 / 0.02));
      auto& trial = trials.emplace_back();
      trial.rate = *rate;
      trial.outcome = even(random) < chance ? TrialOutcome::kept : TrialOutcome::missed;
      search.feed(*rate, trial.outcome);
    }
    if (search.ended() != model::SearchEnd::found) continue;
    ++found;
    const auto interval = capacity_interval(trials, *search.kept());
    ASSERT_TRUE(interval);
    EXPECT_LE(interval->low, search.kept()->per_second) << seed;
    EXPECT_GE(interval->high, search.kept()->per_second) << seed;
    if (interval->low <= capacity && capacity <= interval->high) ++covered;
  }
  EXPECT_GE(found, 50);
  EXPECT_GE(covered, found * 85 / 100) << found;
}

}  // namespace
}  // namespace rampart::correlator
