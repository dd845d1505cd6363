#include "loadgen/pacer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

namespace rampart::loadgen {
namespace {

using base::Nanos;
using namespace std::chrono_literals;

model::Arrival stages(std::vector<model::Stage> list) {
  model::Arrival arrival;
  for (const auto& stage : list) arrival.duration += stage.over;
  arrival.stages = std::move(list);
  return arrival;
}

model::Stage ramp(double from, double to, Nanos over) {
  return {base::Rps{from}, base::Rps{to}, over};
}

model::Arrival poisson(double rate, Nanos over) {
  auto arrival = stages({ramp(rate, rate, over)});
  arrival.distribution = model::Arrival::Distribution::poisson;
  return arrival;
}

std::vector<Nanos> all_of(const model::Arrival& arrival, Share share, std::uint64_t seed = 1) {
  std::vector<Nanos> due;
  for (Pacer pacer(arrival, share, seed); pacer.due() != Pacer::kNever; pacer.advance())
    due.push_back(pacer.due());
  return due;
}

// Every worker's arrivals in one line, by time.
std::vector<Nanos> merged(const model::Arrival& arrival, std::uint32_t workers,
                          std::uint64_t seed = 1) {
  std::vector<Nanos> due;
  for (std::uint32_t i = 0; i < workers; ++i) {
    const auto part = all_of(arrival, {i, workers}, seed);
    EXPECT_TRUE(std::is_sorted(part.begin(), part.end()));
    due.insert(due.end(), part.begin(), part.end());
  }
  std::sort(due.begin(), due.end());
  return due;
}

// L(t): the integral of the rate, stage by stage and without the pacer's arithmetic.
double mass_at(const model::Arrival& arrival, Nanos t) {
  double mass = 0;
  for (const auto& stage : arrival.stages) {
    const double length = base::seconds(stage.over);
    const double x = std::clamp(base::seconds(t), 0.0, length);
    const double a = stage.from.per_second;
    const double b = stage.to.per_second;
    mass += a * x + (b - a) * x * x / (2 * length);
    t -= stage.over;
  }
  return mass;
}

struct Schedule {
  const char* name;
  model::Arrival arrival;
  std::size_t arrivals;
};

std::vector<Schedule> schedules() {
  return {
      {"constant", stages({ramp(1000, 1000, 2s)}), 2000},
      {"odd rate", stages({ramp(333, 333, 3s)}), 999},
      {"one", stages({ramp(1, 1, 1s)}), 1},
      {"less than a half", stages({ramp(0.4, 0.4, 1s)}), 0},
      {"ramp from 0", stages({ramp(0, 500, 4s)}), 1000},
      {"ramp to 0", stages({ramp(500, 0, 4s)}), 1000},
      {"up, hold, down", stages({ramp(0, 200, 1s), ramp(200, 200, 2s), ramp(200, 0, 1s)}), 600},
      {"jump", stages({ramp(10, 10, 1s), ramp(1000, 1000, 1s), ramp(20, 20, 1s)}), 1030},
      {"pause", stages({ramp(100, 100, 1s), ramp(0, 0, 5s), ramp(100, 100, 1s)}), 200},
      {"ends in a pause", stages({ramp(100, 100, 1s), ramp(0, 0, 5s)}), 100},
  };
}

TEST(Pacer, GivesEveryArrivalOfTheScheduleOnceWhateverTheNumberOfWorkers) {
  for (const auto& [name, arrival, arrivals] : schedules()) {
    const auto alone = all_of(arrival, {0, 1});
    EXPECT_EQ(alone.size(), arrivals) << name;
    for (std::uint32_t workers = 2; workers <= 4; ++workers)
      EXPECT_EQ(merged(arrival, workers), alone) << name << " with " << workers << " workers";
  }
}

TEST(Pacer, ArrivalKIsDueWhereTheIntegralIsKAndAHalf) {
  for (const auto& [name, arrival, arrivals] : schedules()) {
    std::size_t k = 0;
    double peak = 0;
    for (const auto& s : arrival.stages)
      peak = std::max({peak, s.from.per_second, s.to.per_second});
    for (const auto due : all_of(arrival, {0, 1})) {
      ASSERT_NEAR(mass_at(arrival, due), static_cast<double>(k) + 0.5, 2e-9 * peak + 1e-6)
          << name << ", arrival " << k;
      ++k;
    }
  }
}

TEST(Pacer, WorkersTakeTurns) {
  const auto arrival = stages({ramp(1000, 1000, 1s)});
  for (std::uint32_t i = 0; i < 4; ++i) {
    const auto due = all_of(arrival, {i, 4});
    ASSERT_EQ(due.size(), 250U);
    EXPECT_EQ(due.front(), 500us + i * 1ms);
    EXPECT_EQ(due.back() - due.front(), 249 * 4ms);
  }
}

TEST(Pacer, DoesNotDriftInAHundredMillionArrivals) {
  Pacer pacer(stages({ramp(1e6, 1e6, 101s)}), {0, 1}, 1);
  EXPECT_EQ(pacer.skip_until(100s), 100'000'000U);
  EXPECT_NEAR(base::seconds(pacer.due() - 100s), 500e-9, 20e-9);
}

TEST(Pacer, SkipsAndCountsWhatIsDueBeforeAMoment) {
  const auto arrival = stages({ramp(10, 10, 2s)});  // 50 ms, 150 ms, ...
  Pacer pacer(arrival, {0, 1}, 1);
  EXPECT_EQ(pacer.skip_until(-5s), 0U);
  EXPECT_EQ(pacer.skip_until(50ms), 0U);
  EXPECT_EQ(pacer.skip_until(50ms + 1ns), 1U);
  EXPECT_EQ(pacer.skip_until(50ms + 1ns), 0U);
  EXPECT_EQ(pacer.due(), 150ms);
  EXPECT_EQ(pacer.skip_until(1s), 9U);
  EXPECT_EQ(pacer.skip_until(1h), 10U);
  EXPECT_EQ(pacer.due(), Pacer::kNever);
  EXPECT_EQ(pacer.skip_until(2h), 0U);
}

TEST(Pacer, HasNothingToDoWithoutAStage) {
  EXPECT_EQ(Pacer(stages({}), {0, 1}, 1).due(), Pacer::kNever);
  EXPECT_EQ(Pacer(stages({ramp(100, 100, 0s)}), {0, 1}, 1).due(), Pacer::kNever);
  EXPECT_EQ(Pacer(stages({ramp(0, 0, 10s)}), {0, 1}, 1).due(), Pacer::kNever);
}

// Seconds between arrivals.
std::vector<double> gaps_of(const std::vector<Nanos>& due) {
  std::vector<double> gaps;
  for (std::size_t i = 1; i < due.size(); ++i) gaps.push_back(base::seconds(due[i] - due[i - 1]));
  return gaps;
}

// Kolmogorov-Smirnov distance between a sample and a distribution function.
template <class Law>
double distance_from(std::vector<double> sample, Law law) {
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double worst = 0;
  for (std::size_t i = 0; i < sample.size(); ++i) {
    const auto at = static_cast<double>(i);
    worst = std::max({worst, law(sample[i]) - at / n, (at + 1) / n - law(sample[i])});
  }
  return worst;
}

// The same between the gaps and the exponential distribution of this rate.
double distance(const std::vector<Nanos>& due, double rate) {
  return distance_from(gaps_of(due), [&](double gap) { return 1 - std::exp(-rate * gap); });
}

struct Moments {
  double mean = 0;
  double variance = 0;
  double correlation = 0;  // of neighbours
};

Moments moments_of(const std::vector<double>& sample) {
  Moments m;
  const auto n = static_cast<double>(sample.size());
  for (const double x : sample) m.mean += x / n;
  for (const double x : sample) m.variance += (x - m.mean) * (x - m.mean) / (n - 1);
  for (std::size_t i = 1; i < sample.size(); ++i)
    m.correlation += (sample[i - 1] - m.mean) * (sample[i] - m.mean) / (n * m.variance);
  return m;
}

TEST(PoissonPacer, HasExponentialGapsWhateverTheNumberOfWorkers) {
  for (std::uint32_t workers = 1; workers <= 4; ++workers)
    for (const std::uint64_t seed : {1, 2, 3}) {
      const auto due = merged(poisson(1000, 20s), workers, seed);
      const auto n = static_cast<double>(due.size());
      // Five standard deviations of a Poisson count.
      EXPECT_NEAR(n, 20'000, 5 * std::sqrt(20'000.0));
      // The critical value for a chance of 1 in 1000.
      EXPECT_LT(distance(due, 1000), 1.95 / std::sqrt(n)) << workers << " workers, seed " << seed;
    }
}

// Bounds are five standard deviations, and the distance that chance exceeds in 1 of 100 samples.
void expect_exponential(const std::vector<Nanos>& due, double rate, const std::string& what) {
  const auto gaps = gaps_of(due);
  const auto n = static_cast<double>(gaps.size());
  const auto m = moments_of(gaps);
  EXPECT_NEAR(m.mean * rate, 1, 5 / std::sqrt(n)) << what;
  EXPECT_NEAR(m.variance * rate * rate, 1, 5 * std::sqrt(8 / n)) << what;
  EXPECT_NEAR(m.correlation, 0, 5 / std::sqrt(n)) << what;
  EXPECT_LT(distance(due, rate), 1.63 / std::sqrt(n)) << what;
}

TEST(PoissonPacer, AHundredThousandArrivalsAreExponentialOnEachWorkerAndTogether) {
  const auto arrival = poisson(1000, 100s);
  for (const std::uint32_t workers : {1U, 2U, 5U}) {
    const auto all = merged(arrival, workers, 11);
    EXPECT_NEAR(static_cast<double>(all.size()), 1e5, 5 * std::sqrt(1e5));
    expect_exponential(all, 1000, std::to_string(workers) + " workers together");
    for (std::uint32_t i = 0; i < workers; ++i)
      expect_exponential(all_of(arrival, {i, workers}, 11), 1000.0 / workers,
                         "worker " + std::to_string(i) + " of " + std::to_string(workers));
  }
}

TEST(PoissonPacer, ConstantArrivalsWouldFailTheSameTest) {
  const auto due = all_of(stages({ramp(1000, 1000, 20s)}), {0, 1});
  EXPECT_GT(distance(due, 1000), 0.3);
}

TEST(PoissonPacer, CountsPerIntervalHaveAVarianceEqualToTheirMean) {
  for (const std::uint32_t workers : {1U, 3U}) {
    std::vector<double> counts(2000, 0);
    for (const auto due : merged(poisson(1000, 20s), workers, 7))
      ++counts[static_cast<std::size_t>(due / 10ms)];
    double mean = 0;
    for (const double c : counts) mean += c / static_cast<double>(counts.size());
    double variance = 0;
    for (const double c : counts)
      variance += (c - mean) * (c - mean) / static_cast<double>(counts.size() - 1);
    EXPECT_NEAR(mean, 10, 0.4);
    // The index of dispersion of 2000 cells has a standard deviation of sqrt(2 / 1999) = 0.032.
    EXPECT_NEAR(variance / mean, 1, 0.16) << workers << " workers";
  }
}

TEST(PoissonPacer, FollowsARamp) {
  auto arrival = stages({ramp(0, 1000, 20s)});
  arrival.distribution = model::Arrival::Distribution::poisson;
  const auto due = merged(arrival, 2);
  EXPECT_NEAR(static_cast<double>(due.size()), 10'000, 500);
  const auto half = std::lower_bound(due.begin(), due.end(), Nanos(10s)) - due.begin();
  EXPECT_NEAR(static_cast<double>(half), 2'500, 250);  // a quarter of the area
}

TEST(PoissonPacer, IsReproducibleAndSeeded) {
  const auto arrival = poisson(100, 10s);
  EXPECT_EQ(all_of(arrival, {0, 2}, 5), all_of(arrival, {0, 2}, 5));
  EXPECT_NE(all_of(arrival, {0, 2}, 5), all_of(arrival, {0, 2}, 6));
  EXPECT_NE(all_of(arrival, {0, 2}, 5), all_of(arrival, {1, 2}, 5));
}

TEST(PoissonPacer, ACopyCountsTheSameArrivals) {
  Pacer pacer(poisson(1000, 5s), {0, 1}, 3);
  Pacer copy(pacer);
  std::uint64_t seen = 0;
  for (; pacer.due() < 2s; pacer.advance()) ++seen;
  EXPECT_GT(seen, 1500U);
  EXPECT_EQ(copy.skip_until(2s), seen);
  EXPECT_EQ(copy.due(), pacer.due());
}

// One arrival in each gap of 1/rate, anywhere within it.
TEST(Pacer, UniformArrivalsStayWithinTheirOwnGap) {
  auto arrival = stages({ramp(1000, 1000, 2s)});
  arrival.distribution = model::Arrival::Distribution::uniform;
  for (const std::uint32_t workers : {1U, 3U}) {
    const auto due = merged(arrival, workers, 7);
    ASSERT_EQ(due.size(), 2000U);
    double sum = 0;
    for (std::size_t k = 0; k < due.size(); ++k) {
      EXPECT_GE(due[k], Nanos(1ms) * static_cast<std::int64_t>(k)) << k;
      EXPECT_LE(due[k], Nanos(1ms) * static_cast<std::int64_t>(k + 1)) << k;
      sum += base::millis(due[k]) - static_cast<double>(k);
    }
    EXPECT_NEAR(sum / 2000, 0.5, 0.03);
  }
}

TEST(Pacer, AHundredThousandUniformArrivalsAreEvenlySpreadOverTheirGaps) {
  auto arrival = stages({ramp(1000, 1000, 100s)});
  arrival.distribution = model::Arrival::Distribution::uniform;
  for (const std::uint32_t workers : {1U, 4U}) {
    const auto due = merged(arrival, workers, 13);
    ASSERT_EQ(due.size(), 100'000U);
    std::vector<double> places;  // within the gap, 0 to 1
    for (std::size_t k = 0; k < due.size(); ++k)
      places.push_back(base::millis(due[k]) - static_cast<double>(k));
    const double n = 1e5;
    const auto m = moments_of(places);
    EXPECT_NEAR(m.mean, 0.5, 5 * std::sqrt(1 / (12 * n)));
    EXPECT_NEAR(m.variance, 1.0 / 12, 5 * std::sqrt(1 / (180 * n)));
    EXPECT_NEAR(m.correlation, 0, 5 / std::sqrt(n));
    EXPECT_LT(distance_from(places, [](double x) { return x; }), 1.63 / std::sqrt(n));
  }
}

TEST(Pacer, BurstsComeAtOnceAndKeepTheRate) {
  auto arrival = stages({ramp(1000, 1000, 2s)});
  arrival.burst = 50;
  for (const std::uint32_t workers : {1U, 2U}) {
    const auto due = merged(arrival, workers);
    ASSERT_EQ(due.size(), 2000U);
    for (std::size_t k = 0; k < due.size(); ++k)
      EXPECT_NEAR(base::millis(due[k]), 25 + 50 * static_cast<double>(k / 50), 1e-3) << k;
  }
  arrival.distribution = model::Arrival::Distribution::poisson;
  const auto random = all_of(arrival, {0, 1}, 3);
  EXPECT_EQ(random.size() % 50, 0U);
  EXPECT_NEAR(static_cast<double>(random.size()), 2000, 4 * 50 * std::sqrt(40.0));
}

model::Arrival replay(std::vector<Nanos> due, Nanos duration) {
  model::Arrival arrival;
  arrival.replay = std::move(due);
  arrival.duration = duration;
  return arrival;
}

TEST(ReplayPacer, IsDueAtTheInstantsOfTheFile) {
  struct Case {
    const char* name;
    std::vector<Nanos> due;
    Nanos duration;
    std::vector<Nanos> expected;
  };
  const std::vector<Case> cases = {
      {"any gaps", {1ns, 5ms, 5ms + 1ns, 3s}, 4s, {1ns, 5ms, 5ms + 1ns, 3s}},
      {"at the start", {0ns, 0ns, 1s}, 1min, {0ns, 0ns, 1s}},
      {"several at once", {7ms, 7ms, 7ms, 8ms}, 1s, {7ms, 7ms, 7ms, 8ms}},
      {"at the very end", {1s, 2s, 2s}, 2s, {1s, 2s, 2s}},
      {"past the end", {1s, 2s, 2s + 1ns, 3s}, 2s, {1s, 2s}},
      {"all past the end", {3s, 4s}, 2s, {}},
      {"none", {}, 2s, {}},
  };
  for (auto [name, due, duration, expected] : cases) {
    auto arrival = replay(due, duration);
    EXPECT_EQ(all_of(arrival, {0, 1}), expected) << name;
    // What shapes a rate says nothing here.
    arrival.burst = 3;
    arrival.distribution = model::Arrival::Distribution::poisson;
    EXPECT_EQ(all_of(arrival, {0, 1}), expected) << name;
  }
}

TEST(ReplayPacer, WorkersTakeTheArrivalsInTurn) {
  const auto arrival = replay({1ms, 2ms, 2ms, 2ms, 5ms, 6ms, 7ms}, 1s);
  EXPECT_EQ(all_of(arrival, {0, 3}), (std::vector<Nanos>{1ms, 2ms, 7ms}));
  EXPECT_EQ(all_of(arrival, {1, 3}), (std::vector<Nanos>{2ms, 5ms}));
  EXPECT_EQ(all_of(arrival, {2, 3}), (std::vector<Nanos>{2ms, 6ms}));
  EXPECT_EQ(merged(arrival, 3), arrival.replay);
  EXPECT_EQ(merged(arrival, 9), arrival.replay) << "more workers than arrivals";
}

TEST(ReplayPacer, ACopyCountsTheSameArrivals) {
  const auto arrival = replay({0ns, 1ms, 1ms, 2ms, 9ms}, 1s);
  Pacer pacer(arrival, {0, 1}, 1);
  pacer.advance();
  Pacer copy(pacer);
  EXPECT_EQ(copy.skip_until(1ms), 0U);
  EXPECT_EQ(copy.skip_until(1ms + 1ns), 2U);
  EXPECT_EQ(copy.due(), 2ms);
  EXPECT_EQ(copy.skip_until(1s), 2U);
  EXPECT_EQ(copy.due(), Pacer::kNever);
  EXPECT_EQ(copy.skip_until(1h), 0U);
  EXPECT_EQ(pacer.due(), 1ms);
}

}  // namespace
}  // namespace rampart::loadgen
