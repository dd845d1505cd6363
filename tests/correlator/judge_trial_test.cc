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
  f.arrivals = 4000;
  f.finished = 4000;
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
     TrialOutcome::missed, "errors 2.0 % (http_5xx)"},
    {"errors below it", [](TrialFigures& f) { lose(f, 79, model::LoadError::http_5xx); },
     TrialOutcome::kept, ""},
    {"nothing was answered",
     [](TrialFigures& f) {
       f.counters.completed = 0;
       f.latency.clear();
     },
     TrialOutcome::missed, "no answer at all"},
    {"every connection was refused",
     [](TrialFigures& f) {
       lose(f, 3000, model::LoadError::connect_refused);
       lose(f, 900, model::LoadError::timeout);
       lose(f, 100, model::LoadError::reset);
     },
     TrialOutcome::missed, "errors 100 % (connect, timeout)"},
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
     TrialOutcome::missed, "p99 400 ms, 25.0 % of the requests fell behind"},
    {"this host dropped the answers",
     [](TrialFigures& f) {
       lose(f, 400, model::LoadError::timeout);
       f.answers_dropped = 390;
     },
     TrialOutcome::client_limited, "local: this host had no room for 390 answers"},
    {"this host dropped a few, and the server kept far more to itself",
     [](TrialFigures& f) {
       lose(f, 400, model::LoadError::timeout);
       f.answers_dropped = 40;
     },
     TrialOutcome::missed, "errors 10.0 % (timeout)"},
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
     TrialOutcome::missed, "25.0 % of the requests fell behind"},
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
    EXPECT_EQ(trial.offered, figures.arrivals);
    EXPECT_EQ(trial.completed, figures.finished);
  }
}

// Flows of three requests, of which the first ones only think: the table counts flows, the limits
// are those of requests.
TEST(JudgeTrial, AFlowIsCountedOnceAndItsRequestsAreJudged) {
  auto figures = well();
  figures.arrivals = 1400;
  figures.finished = 1300;
  lose(figures, 79, model::LoadError::http_5xx);
  auto trial = judge_trial(spec(), 0, figures, 3ms);
  EXPECT_EQ(trial.outcome, TrialOutcome::kept) << trial.limited_by << ": 2 % of the requests";
  EXPECT_EQ(trial.offered, 1400U);
  EXPECT_EQ(trial.completed, 1300U);
  EXPECT_EQ(trial.failed, 79U);
  // Of the arrivals, and not of all requests, 2 % found every connection busy.
  figures.counters.completed = 3000;
  figures.starved = 28;
  trial = judge_trial(spec(), 0, figures, 3ms);
  EXPECT_EQ(trial.outcome, TrialOutcome::client_limited) << trial.limited_by;
}

TEST(JudgeTrial, WithoutAKeptTrialTheConnectionsAreNotBlamed) {
  auto figures = well();
  figures.counters.completed = 3000;
  figures.starved = 3000;
  EXPECT_EQ(judge_trial(spec(), 0, figures, base::Nanos(0)).outcome, TrialOutcome::missed);
}

}  // namespace
}  // namespace rampart::correlator
