#include "correlator/pool_limit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using Kind = PoolLimit::Kind;
using model::Validity;

// One second of a load: what came due and left, what was out at its end, how long a request took.
struct Second {
  double asked, started;
  std::uint64_t in_flight;
  double service_ms;
};

// A load of `seconds`, whose quickest request took `quickest_ms`.
struct Scenario {
  std::uint32_t connections;
  double quickest_ms;
  std::vector<Second> seconds;
  std::uint32_t streams = 1;
  std::size_t steps = 1;
  model::ThinkTime think = {};
};

std::vector<Second> repeat(std::size_t count, Second second) {
  return std::vector<Second>(count, second);
}
std::vector<Second> join(std::vector<Second> first, const std::vector<Second>& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

model::Evidence evidence_of(const Scenario& run) {
  Scene scene(1, static_cast<double>(run.seconds.size()));
  auto e = scene.evidence();
  model::LoadSpec spec;
  spec.name = "browse";
  spec.protocol = run.streams > 1 ? model::Protocol::http2 : model::Protocol::http1;
  spec.connections = run.connections;
  spec.streams = run.streams;
  spec.steps.resize(run.steps);
  spec.steps[0].think = run.think;
  model::LoadTotal total;
  total.service.record(base::from_seconds(run.quickest_ms / 1e3));
  double at = 0;
  for (const auto& each : run.seconds) {
    spec.arrival.stages.push_back(
        {base::Rps{each.asked}, base::Rps{each.asked}, std::chrono::seconds(1)});
    model::LoadSecond second;
    second.start = Scene::mono(at);
    second.length = std::chrono::seconds(1);
    auto& c = second.counters;
    const auto later = static_cast<std::uint64_t>(each.started) * (run.steps - 1);
    c.offered = static_cast<std::uint64_t>(each.asked) + later;
    c.started = static_cast<std::uint64_t>(each.started) + later;
    c.completed = c.started;
    second.in_flight = each.in_flight;
    second.service.count = c.completed;
    second.service.mean = second.service.p50 = base::from_seconds(each.service_ms / 1e3);
    total.counters += c;
    e.load.push_back(second);
    model::ClientSecond client;
    client.start = second.start;
    client.length = second.length;
    client.busy = std::chrono::milliseconds(100);
    client.starved = c.offered - c.started;
    e.client.push_back(client);
    at += 1;
  }
  total.counters.missed = total.counters.offered - total.counters.started;
  spec.arrival.duration = base::from_seconds(at);
  if (run.steps > 1) {
    total.steps.resize(run.steps);
    for (auto& step : total.steps) step.service.record(base::from_seconds(run.quickest_ms / 1e3));
  }
  e.plan.loads = {spec};
  e.load_totals = {total};
  return e;
}

TEST(PoolLimit, LittlesLawTellsThePoolFromTheServer) {
  using Think = model::ThinkTime;
  const Think second{Think::Kind::fixed, std::chrono::seconds(1), {}};
  struct Case {
    const char* name;
    Scenario run;
    Kind kind;
  };
  const Case cases[] = {
      {"200 ms always, 100 places needed",
       {64, 195, repeat(10, {500, 320, 64, 200})},
       Kind::too_small},
      {"enough places", {64, 195, repeat(10, {300, 300, 60, 200})}, Kind::none},
      {"a server of 50/s, 20 ms when quiet",
       {10, 20, repeat(10, {500, 50, 10, 200})},
       Kind::server_slow},
      {"the same asked far more than any pool could carry",
       {10, 20, repeat(10, {5000, 50, 10, 200})},
       Kind::server_slow},
      {"natural spread alone is no proof",
       {32, 15, repeat(10, {1000, 500, 32, 60})},
       Kind::server_slow},
      {"but quiet seconds are",
       {32, 15, join(repeat(5, {100, 100, 6, 60}), repeat(5, {1000, 530, 32, 60}))},
       Kind::too_small},
      {"a ramp into the server's capacity",
       {64, 2, join(repeat(5, {500, 500, 1, 2}), repeat(5, {5000, 1000, 64, 64}))},
       Kind::server_slow},
      {"slowed from the fifth second on",
       {16, 2, join(repeat(5, {300, 300, 1, 2}), repeat(20, {300, 16, 16, 1000}))},
       Kind::server_slow},
      {"one pause of two seconds",
       {16, 2,
        join(join(repeat(9, {300, 300, 1, 2}), repeat(2, {300, 16, 16, 1000})),
             repeat(9, {300, 365, 1, 2}))},
       Kind::none},
      {"connections that could not be opened", {64, 20, repeat(10, {500, 100, 2, 20})}, Kind::none},
      {"think times need places, too",
       {64, 2, repeat(10, {500, 64, 0, 2}), 1, 2, second},
       Kind::too_small},
      {"and with enough of them", {600, 2, repeat(10, {500, 500, 2, 2}), 1, 2, second}, Kind::none},
      {"a server that takes fewer streams",
       {4, 20, repeat(10, {5000, 1600, 32, 20}), 32},
       Kind::server_streams},
      {"all streams are taken", {4, 19, repeat(10, {8000, 6400, 128, 20}), 32}, Kind::too_small},
  };
  for (const auto& c : cases) {
    const auto e = evidence_of(c.run);
    const auto limit = find_pool_limit(lay_out(e), {});
    EXPECT_EQ(limit.kind, c.kind) << c.name << ": " << limit.reason;
    EXPECT_EQ(limit.reason.empty(), c.kind == Kind::none) << c.name;
    const auto r = conclude(e);
    EXPECT_EQ(r.validity, Validity::valid) << c.name << ": " << r.validity_reason;
    EXPECT_NE(r.exit_code, 5) << c.name;
    const auto* word = c.kind == Kind::server_streams ? "server pushback" : "connections";
    if (c.kind != Kind::none) {
      EXPECT_EQ(r.client.limited_by, word) << c.name;
    }
  }
}

TEST(PoolLimit, SaysHowManyConnectionsAreNeeded) {
  const auto limit =
      find_pool_limit(lay_out(evidence_of({64, 195, repeat(10, {500, 320, 64, 200})})), {});
  EXPECT_THAT(limit.reason, testing::HasSubstr("need 100 connections"));
  EXPECT_THAT(limit.reason, testing::HasSubstr("it has 64"));
  EXPECT_THAT(limit.reason, testing::HasSubstr("to 130"));
}

TEST(PoolLimit, SilentAndFailingSecondsDoNotCount) {
  const Scenario run{64, 195, repeat(10, {500, 320, 64, 200})};
  auto e = evidence_of(run);
  const std::vector<model::TimeSpan> silent = {{base::Nanos(0), std::chrono::seconds(10)}};
  EXPECT_EQ(find_pool_limit(lay_out(e), silent).kind, Kind::none);
  for (auto& s : e.load) {
    s.counters.failed = s.counters.completed / 5;
    s.counters.completed -= s.counters.failed;
  }
  EXPECT_EQ(find_pool_limit(lay_out(e), {}).kind, Kind::none);
}

TEST(PoolLimit, ClosedLoadsAndHeldConnectionsAreNotJudged) {
  auto e = evidence_of({64, 195, repeat(10, {500, 320, 64, 200})});
  auto held = e;
  held.plan.loads[0].protocol = model::Protocol::tcp;
  held.plan.loads[0].socket.mode = model::SocketUse::Mode::hold;
  EXPECT_EQ(find_pool_limit(lay_out(held), {}).kind, Kind::none);
  e.plan.loads[0].arrival.model = model::Arrival::Model::closed;
  EXPECT_EQ(find_pool_limit(lay_out(e), {}).kind, Kind::none);
}

}  // namespace
}  // namespace rampart::correlator
