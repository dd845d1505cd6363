// The small pure parts: clocks, intervals, baselines, rates, the truth table, floods.
#include <gtest/gtest.h>

#include "correlator/availability.h"
#include "correlator/baseline.h"
#include "correlator/flood.h"
#include "correlator/offered_rate.h"
#include "correlator/time_align.h"
#include "correlator/truth_table.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Outcome;
using model::State;
using std::chrono::seconds;

double at(const TimeAlign& align, double wall) {
  return base::seconds(align.at(Scene::wall(wall)));
}

TEST(TimeAlign, MonotonicTimeIsSinceTheFirstAnchor) {
  const std::vector<model::ClockAnchor> anchors{{Scene::mono(10), Scene::wall(10)},
                                                {Scene::mono(0), Scene::wall(0)}};
  const TimeAlign align(anchors);
  EXPECT_EQ(align.at(Scene::mono(3)), seconds(3));
  EXPECT_EQ(align.at(Scene::mono(-3)), seconds(-3));
  EXPECT_EQ(align.started(), Scene::wall(0));
}

TEST(TimeAlign, WallTimeGoesThroughTheAnchors) {
  // The wall clock is slewed by 1 s in the second ten seconds and stepped back by 5 s in the third.
  const std::vector<model::ClockAnchor> anchors{{Scene::mono(0), Scene::wall(100)},
                                                {Scene::mono(10), Scene::wall(110)},
                                                {Scene::mono(20), Scene::wall(121)},
                                                {Scene::mono(30), Scene::wall(116)},
                                                {Scene::mono(40), Scene::wall(126)}};
  const TimeAlign align(anchors);
  EXPECT_NEAR(at(align, 95), -5, 1e-6);
  EXPECT_NEAR(at(align, 100), 0, 1e-6);
  EXPECT_NEAR(at(align, 105), 5, 1e-6);
  EXPECT_NEAR(at(align, 115.5), 15, 1e-6);
  EXPECT_NEAR(at(align, 124), 38, 1e-6);
  EXPECT_NEAR(at(align, 130), 44, 1e-6);
}

// Packets after the step carry times from before the run; they are not from before the run.
TEST(TimeAlign, AClockThatWasSetBackBeforeTheStart) {
  const std::vector<model::ClockAnchor> anchors{{Scene::mono(0), Scene::wall(100)},
                                                {Scene::mono(10), Scene::wall(50)},
                                                {Scene::mono(20), Scene::wall(60)}};
  const TimeAlign align(anchors);
  EXPECT_NEAR(at(align, 55), 15, 1e-6);
  EXPECT_NEAR(at(align, 65), 25, 1e-6);
}

// Values of published tables (and of R's prop.test(correct = FALSE)).
TEST(Availability, Wilson) {
  struct Case {
    std::uint64_t successes, total;
    double low, high;
  };
  const Case cases[] = {{283, 288, 0.9600, 0.9926},     {1426, 1440, 0.9838, 0.9942},
                        {1420, 1440, 0.9786, 0.9910},   {9930, 10080, 0.9826, 0.9873},
                        {42400, 43200, 0.9802, 0.9827}, {0, 10, 0.0, 0.2775},
                        {10, 10, 0.7225, 1.0},          {0, 0, 0, 1}};
  for (const auto& c : cases) {
    const auto i = wilson(c.successes, c.total);
    EXPECT_NEAR(i.low, c.low, 6e-5) << c.successes << "/" << c.total;
    EXPECT_NEAR(i.high, c.high, 6e-5) << c.successes << "/" << c.total;
  }
  EXPECT_NEAR(z_of(0.95), 1.959964, 1e-6);
  EXPECT_NEAR(z_of(0.99), 2.575829, 1e-6);
}

TEST(Availability, OutcomesByInterval) {
  EXPECT_EQ(at_least(0.98, {0.981, 0.99}), Outcome::met);
  EXPECT_EQ(at_least(0.98, {0.98, 0.99}), Outcome::met);
  EXPECT_EQ(at_least(0.98, {0.97, 0.99}), Outcome::undecided);
  EXPECT_EQ(at_least(0.98, {0.9, 0.979}), Outcome::missed);
  EXPECT_EQ(below(0.01, {0.001, 0.009}), Outcome::met);
  EXPECT_EQ(below(0.01, {0.001, 0.01}), Outcome::undecided);
  EXPECT_EQ(below(0.01, {0.01, 0.02}), Outcome::missed);
}

TEST(Baseline, HoldsWhilePartOfTheRunIsDisturbed) {
  std::vector<double> values;
  for (int i = 0; i < 60; ++i) values.push_back(i < 24 ? 2 + 0.01 * i : 500);
  const auto b = baseline_of(values);
  EXPECT_NEAR(b.level, 2.15, 0.1);
  EXPECT_LT(b.limit(50), 60);
  EXPECT_GT(b.limit(50), 50);
  EXPECT_FALSE(baseline_of({1, 2, 3}).known());
  EXPECT_EQ(median({}), 0);
  EXPECT_EQ(median({3, 1, 2}), 2);
  EXPECT_EQ(median({4, 1, 2, 3}), 2.5);
}

TEST(OfferedRate, IntegratesTheStages) {
  model::Arrival arrival;
  arrival.stages = {{base::Rps{0}, base::Rps{100}, seconds(10)},
                    {base::Rps{100}, base::Rps{100}, seconds(5)},
                    {base::Rps{100}, base::Rps{0}, seconds(10)}};
  EXPECT_NEAR(asked(arrival, seconds(0), seconds(10)), 500, 1e-6);
  EXPECT_NEAR(asked(arrival, seconds(4), seconds(5)), 45, 1e-6);
  EXPECT_NEAR(asked(arrival, seconds(9), seconds(11)), 195, 1e-6);
  EXPECT_NEAR(asked(arrival, seconds(0), seconds(99)), 1500, 1e-6);
  EXPECT_EQ(asked(arrival, seconds(30), seconds(40)), 0);
  EXPECT_EQ(asked(arrival, seconds(5), seconds(5)), 0);
  arrival.max_requests = 520;
  EXPECT_NEAR(asked(arrival, seconds(9), seconds(11)), 115, 1e-6);
  arrival.model = model::Arrival::Model::closed;
  EXPECT_EQ(asked(arrival, seconds(0), seconds(10)), 0);
}

TEST(OfferedRate, CountsAReplay) {
  model::Arrival arrival;
  EXPECT_FALSE(scheduled(arrival)) << "a search";
  arrival.replay = {seconds(0), seconds(1), seconds(1), seconds(4), seconds(5), seconds(6)};
  arrival.duration = seconds(5);
  EXPECT_TRUE(scheduled(arrival));
  EXPECT_EQ(asked(arrival, seconds(0), seconds(1)), 1);
  EXPECT_EQ(asked(arrival, seconds(1), seconds(2)), 2);
  EXPECT_EQ(asked(arrival, seconds(2), seconds(4)), 0);
  EXPECT_EQ(asked(arrival, seconds(4), seconds(5)), 2) << "with what is due at the very end";
  EXPECT_EQ(asked(arrival, seconds(5), seconds(9)), 0);
  EXPECT_EQ(asked(arrival, seconds(0), seconds(9)), 5) << "nothing after the end";
  arrival.max_requests = 2;
  EXPECT_EQ(asked(arrival, seconds(0), seconds(5)), 2);
  EXPECT_EQ(asked(arrival, seconds(1), seconds(2)), 1);
  arrival.model = model::Arrival::Model::closed;
  EXPECT_FALSE(scheduled(arrival));
}

TEST(TruthTable, EveryCombination) {
  struct Case {
    std::optional<bool> up, service, probe;
    State state;
    bool monitoring_fault;
  };
  const std::optional<bool> none;
  const Case cases[] = {
      {true, true, true, State::healthy, false},  {true, true, false, State::down, false},
      {true, false, true, State::healthy, true},  {true, false, false, State::down, false},
      {false, none, true, State::healthy, true},  {false, none, false, State::down, false},
      {true, true, none, State::unknown, false},  {true, false, none, State::unknown, false},
      {false, none, none, State::unknown, false}, {none, none, none, State::unknown, false},
      {none, none, true, State::healthy, false},  {none, none, false, State::down, false},
      {true, none, true, State::healthy, false},  {true, none, false, State::down, false},
  };
  for (const auto& c : cases) {
    const auto r = read_signals({c.up, c.service, c.probe});
    EXPECT_EQ(r.state, c.state) << r.meaning;
    EXPECT_EQ(r.monitoring_fault, c.monitoring_fault) << r.meaning;
  }
}

TEST(Flood, NeedsForeignSynsWithoutHandshakes) {
  struct Case {
    std::uint64_t syn, own_syn, other_handshakes;
    bool flood;
  };
  const Case cases[] = {{5000, 0, 1, true},        {5000, 4950, 1, false}, {99, 0, 0, false},
                        {101, 0, 0, true},         {2000, 0, 300, false},  {2000, 0, 190, true},
                        {100000, 100000, 0, false}};
  for (const auto& c : cases) {
    Scene scene(1, 20);
    for (int t = 0; t < 20; ++t) {
      model::WireInterval w;
      w.start = Scene::wall(t);
      w.length = seconds(1);
      if (t >= 5 && t < 9) {
        w.syn = c.syn;
        w.own_syn = c.own_syn;
        w.other_handshakes = c.other_handshakes;
      }
      scene.raw().wire.push_back(w);
    }
    const auto evidence = scene.evidence();
    const auto floods = find_floods(lay_out(evidence));
    ASSERT_EQ(floods.size(), c.flood ? 1U : 0U) << c.syn << " " << c.own_syn;
    if (c.flood) {
      EXPECT_EQ(floods[0].window, (model::TimeSpan{seconds(5), seconds(9)}));
      EXPECT_EQ(floods[0].syn_rate, static_cast<double>(c.syn - c.own_syn));
    }
  }
}

}  // namespace
}  // namespace rampart::correlator
