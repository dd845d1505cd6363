#include "correlator/judge_trial.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::correlator {
namespace {

using namespace std::chrono_literals;
using model::TrialOutcome;

model::FindSpec spec() {
  model::FindSpec find;
  find.from = base::Rps{100};
  find.most = base::Rps{1e6};
  find.precision = base::Ratio{0.05};
  find.step = 5s;
  find.limits.latency = {{50, 20ms}, {99, 250ms}};
  find.limits.errors = base::Ratio{0.02};
  return find;
}

// Four seconds at 1000/s, all answered in 4 ms.
TrialFigures well() {
  TrialFigures f;
  f.rate = base::Rps{1000};
  f.to = f.from + 4s;
  f.counters.offered = 4000;
  f.counters.completed = 4000;
  f.waiting = 4;
  f.latency.record(4ms, 4000);
  f.service.record(3ms, 4000);
  f.schedule_lag.record(50us, 4000);
  f.busy = 0.3;
  return f;
}

void lose(TrialFigures& f, std::uint64_t requests, model::LoadError why) {
  f.counters.completed -= requests;
  f.counters.failed += requests;
  f.counters.errors[static_cast<std::size_t>(why)] += requests;
}

struct Case {
  const char* name;
  void (*change)(TrialFigures&);
  TrialOutcome outcome;
  const char* limited_by;
};

const std::vector<Case> kCases{
    {"all is well", [](TrialFigures&) {}, TrialOutcome::kept, ""},
    {"a busy client that kept the limits did no harm",
     [](TrialFigures& f) {
       f.busy = 0.99;
       f.schedule_lag.record(100ms, 4000);
     },
     TrialOutcome::kept, ""},
    {"slow at the tail", [](TrialFigures& f) { f.latency.record(400ms, 80); }, TrialOutcome::missed,
     "p99 400 ms"},
    {"slow at the median, and late by less than a quarter of it",
     [](TrialFigures& f) {
       f.latency.record(30ms, 8000);
       f.schedule_lag.record(4ms, 4000);
     },
     TrialOutcome::missed, "p50 30.0 ms"},
    {"errors at the limit", [](TrialFigures& f) { lose(f, 80, model::LoadError::http_5xx); },
     TrialOutcome::missed, "errors 2 %"},
    {"errors below it", [](TrialFigures& f) { lose(f, 79, model::LoadError::http_5xx); },
     TrialOutcome::kept, ""},
    {"nothing was answered",
     [](TrialFigures& f) {
       f.counters.completed = 0;
       f.latency.clear();
     },
     TrialOutcome::missed, "no answer at all, 1e+02 % of the requests fell behind"},
    {"falling behind, though every latency is good so far",
     [](TrialFigures& f) { f.counters.completed = 3940; }, TrialOutcome::missed,
     "1.5 % of the requests fell behind"},
    {"behind by what chance makes of the level before",
     [](TrialFigures& f) {
       f.counters.completed = 3940;
       f.waiting = 250;
     },
     TrialOutcome::kept, ""},
    {"few requests: one that is open means nothing",
     [](TrialFigures& f) {
       f.counters.offered = 4;
       f.counters.completed = 3;
     },
     TrialOutcome::kept, ""},
    {"slow, and the worker had no time left",
     [](TrialFigures& f) {
       f.latency.record(400ms, 80);
       f.busy = 0.97;
     },
     TrialOutcome::client_limited, "cpu: a worker was busy for 97 %"},
    {"slow, and requests left late",
     [](TrialFigures& f) {
       f.latency.record(400ms, 80);
       f.schedule_lag.record(80ms, 80);
     },
     TrialOutcome::client_limited, "cpu: requests left 80.0 ms late"},
    {"late, but what fell behind is the server's",
     [](TrialFigures& f) {
       f.latency.record(400ms, 80);
       f.counters.completed = 3000;
       f.schedule_lag.record(80ms, 80);
     },
     TrialOutcome::missed, "p99 400 ms, 25 % of the requests fell behind"},
    {"out of ports", [](TrialFigures& f) { lose(f, 400, model::LoadError::no_ports); },
     TrialOutcome::client_limited, "ports: "},
    {"every connection busy, and the server as fast as ever",
     [](TrialFigures& f) {
       f.counters.completed = 3000;
       f.starved = 3000;
     },
     TrialOutcome::client_limited, "connections: "},
    {"every connection busy, because the server is slower",
     [](TrialFigures& f) {
       f.counters.completed = 3000;
       f.starved = 3000;
       f.service.clear();
       f.service.record(30ms, 3000);
     },
     TrialOutcome::missed, "25 % of the requests fell behind"},
};

TEST(JudgeTrial, KeptMissedOrTheClients) {
  for (const auto& c : kCases) {
    auto figures = well();
    c.change(figures);
    const auto trial = judge_trial(spec(), 7, figures, 3ms);
    EXPECT_EQ(trial.outcome, c.outcome) << c.name << ": " << trial.limited_by;
    const std::string_view wanted = c.limited_by;
    EXPECT_EQ(trial.limited_by.substr(0, wanted.size()), wanted) << c.name;
    EXPECT_EQ(trial.limited_by.empty(), wanted.empty()) << c.name << ": " << trial.limited_by;
    EXPECT_EQ(trial.position, 7U);
    EXPECT_EQ(trial.offered, figures.counters.offered);
  }
}

TEST(JudgeTrial, WithoutAKeptTrialTheConnectionsAreNotBlamed) {
  auto figures = well();
  figures.counters.completed = 3000;
  figures.starved = 3000;
  EXPECT_EQ(judge_trial(spec(), 0, figures, base::Nanos(0)).outcome, TrialOutcome::missed);
}

}  // namespace
}  // namespace rampart::correlator
