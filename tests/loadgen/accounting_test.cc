// Nothing is lost and nothing counted twice: every arrival and every request of a run on loopback.
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/support/deadline.h"

namespace rampart::loadgen {
namespace {

using testing::ReplyThread;
using testing::TargetThread;
using namespace std::chrono_literals;

TEST(Accounting, AnOpenLoopOffersExactlyItsSchedule) {
  TargetThread server;
  LoadLab lab(one_load(server.endpoint(), open_at(1000, 2s), 16));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 2000U);
  EXPECT_EQ(total.counters.missed, 0U);
  EXPECT_EQ(total.counters.completed, 2000U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_EQ(total.counters.connects, 16U);
  EXPECT_EQ(total.in_flight, 0U);
  EXPECT_GT(total.counters.bytes_in, 2000 * 128U);
  EXPECT_EQ(total.counters.bytes_out % 2000, 0U);
}

TEST(Accounting, SecondsFollowEachOtherAndHoldTheirOwnArrivals) {
  TargetThread server;
  LoadLab lab(one_load(server.endpoint(), open_at(300, 2500ms), 4));
  lab.run();
  const auto seconds = lab.intervals();
  ASSERT_EQ(seconds.size(), 3U);
  EXPECT_EQ(seconds[0]->counters.offered, 300U);
  EXPECT_EQ(seconds[1]->counters.offered, 300U);
  EXPECT_EQ(seconds[2]->counters.offered, 150U);
  EXPECT_EQ(seconds[0]->length, 1s);
  EXPECT_EQ(seconds[1]->start, seconds[0]->start + 1s);
  EXPECT_EQ(seconds[2]->start, seconds[1]->start + 1s);
  EXPECT_GE(seconds[2]->length, 500ms);
  EXPECT_EQ(lab.total().counters.completed, 750U);
}

// The requests of the drain belong to the last second: no stump of an interval after it.
TEST(Accounting, ARunOfWholeSecondsHasThatManyIntervals) {
  TargetThread server({.latency = 50ms});
  LoadLab lab(one_load(server.endpoint(), open_at(200, 1s), 32));
  lab.run();
  ASSERT_EQ(lab.intervals().size(), 1U);
  EXPECT_EQ(lab.total().counters.completed, 200U);
  EXPECT_EQ(lab.total().in_flight, 0U);
}

TEST(Accounting, PoissonArrivalsAreAllAccountedFor) {
  TargetThread server;
  auto arrival = open_at(1000, 1s);
  arrival.distribution = model::Arrival::Distribution::poisson;
  auto plan = one_load(server.endpoint(), arrival, 16);
  plan.workers = 2;
  LoadLab lab(plan);
  lab.run();
  const auto total = lab.total();
  EXPECT_NEAR(static_cast<double>(total.counters.offered), 1000, 160);
  EXPECT_EQ(total.counters.completed, total.counters.offered);
}

TEST(Accounting, AClosedLoopKeepsEveryUserBusy) {
  TargetThread server({.latency = 20ms});
  LoadLab lab(one_load(server.endpoint(), closed_by(4, 1s), 4));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.missed, 0U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_LE(total.counters.started, 4 * 51U);  // Little: 4 users at 20 ms are 200/s at most
  EXPECT_GE(total.counters.started, 4 * 10U);
  EXPECT_EQ(total.in_flight, 0U);
  EXPECT_GE(total.service.min(), 20ms - total.service.min() / 1000);
  EXPECT_EQ(lab.client().starved, 0U);
}

struct Split {
  std::uint32_t workers;
  std::uint32_t connections;
};

TEST(Accounting, AnyNumberOfConnectionsOverAnyNumberOfWorkers) {
  TargetThread server;
  for (const auto& [workers, connections] : {Split{4, 2}, Split{2, 5}, Split{3, 3}, Split{4, 1}}) {
    SCOPED_TRACE(std::to_string(workers) + " workers, " + std::to_string(connections) +
                 " connections");
    auto plan = one_load(server.endpoint(), exactly(200, 500), connections);
    plan.workers = workers;
    LoadLab lab(plan);
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.offered, 200U);
    EXPECT_EQ(total.counters.completed, 200U);
    EXPECT_EQ(total.counters.connects, connections);
  }
}

TEST(Accounting, ABoundOnRequestsIsExact) {
  TargetThread server;
  for (const std::uint32_t workers : {1U, 3U}) {
    for (const bool closed : {true, false}) {
      SCOPED_TRACE(std::string(closed ? "closed" : "open") + ", " + std::to_string(workers));
      auto arrival = closed ? closed_by(8, 30s) : open_at(1000, 30s);
      arrival.max_requests = 100;
      auto plan = one_load(server.endpoint(), arrival, 8);
      plan.workers = workers;
      LoadLab lab(plan);
      lab.run();
      const auto total = lab.total();
      EXPECT_EQ(total.counters.offered, 100U);
      EXPECT_EQ(total.counters.completed, 100U);
    }
  }
}

// What the last requests need, a new connection or a second one, is still opened.
TEST(Accounting, ABoundOnRequestsIsReachedByFewerUsersThanWorkers) {
  TargetThread server;
  auto arrival = closed_by(1, 10s);
  arrival.max_requests = 15;
  auto plan = one_load(server.endpoint(), arrival, 4);
  plan.workers = 2;
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 15U);
}

TEST(Accounting, ABoundOnRequestsIsReachedThroughNewConnections) {
  ReplyThread server({.close = true});
  for (const std::uint32_t workers : {1U, 3U}) {
    for (const std::uint64_t each : {0U, 1U}) {
      SCOPED_TRACE(std::to_string(workers) + " workers, " + std::to_string(each) +
                   " requests per connection");
      auto arrival = closed_by(50, 30s);
      arrival.max_requests = 500;
      auto plan = one_load(server.endpoint(), arrival, 50);
      plan.workers = workers;
      plan.loads[0].requests_per_connection = each;
      LoadLab lab(plan);
      lab.run();
      const auto total = lab.total();
      EXPECT_EQ(total.counters.offered, 500U);
      EXPECT_EQ(total.counters.completed, 500U);
      EXPECT_EQ(total.in_flight, 0U);
    }
  }
}

TEST(Accounting, ABoundThatTheScheduleDoesNotReachChangesNothing) {
  TargetThread server;
  auto arrival = open_at(100, 500ms);
  arrival.max_requests = 1'000'000;
  LoadLab lab(one_load(server.endpoint(), arrival, 4));
  lab.run();
  EXPECT_EQ(lab.total().counters.offered, 50U);
  EXPECT_EQ(lab.total().counters.completed, 50U);
}

TEST(Accounting, AReplayIsSentAsItsFileSays) {
  TargetThread server;
  model::Arrival arrival;
  arrival.duration = 1500ms;
  for (int i = 0; i < 100; ++i) arrival.replay.push_back(i / 10 * 20ms);  // ten at once
  for (int i = 0; i < 50; ++i) arrival.replay.push_back(1s + i * 5ms);
  arrival.replay.push_back(1600ms);
  for (const std::uint32_t workers : {1U, 3U}) {
    SCOPED_TRACE(workers);
    auto plan = one_load(server.endpoint(), arrival, 12);
    plan.workers = workers;
    LoadLab lab(plan);
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.offered, 150U);
    EXPECT_EQ(total.counters.missed, 0U);
    EXPECT_EQ(total.counters.completed, 150U);
    std::uint64_t first = 0;
    for (const auto* second : lab.intervals())
      if (second->start == lab.intervals()[0]->start) first += second->counters.offered;
    EXPECT_EQ(first, 100U) << "in the first second";
  }
}

TEST(Accounting, TwoLoadsOnOneWorkerKeepTheirOwnBooks) {
  TargetThread server;
  auto plan = plan_for(server.endpoint());
  add_load(plan, open_at(400, 1s), 4);
  add_load(plan, open_at(100, 500ms), 2);
  add_load(plan, closed_by(2, 300ms), 2).steps[0].request.path = "/rampart-canary/x";
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total(0).counters.completed, 400U);
  EXPECT_EQ(lab.total(1).counters.completed, 50U);
  const auto third = lab.total(2);
  EXPECT_GT(third.counters.started, 0U);
  EXPECT_EQ(third.counters.error(model::ErrorClass::http_4xx), third.counters.started);
}

TEST(Accounting, StatusesAreCountedByClass) {
  struct Case {
    std::uint16_t status;
    std::vector<std::uint16_t> expect;
    std::optional<model::ErrorClass> error;
  };
  const std::vector<Case> cases{
      {204, {}, std::nullopt},
      {404, {}, model::ErrorClass::http_4xx},
      {500, {}, model::ErrorClass::http_5xx},
      {503, {}, model::ErrorClass::http_5xx},
      {404, {404}, std::nullopt},
      {200, {404}, model::ErrorClass::http_4xx},  // unexpected and below 500
  };
  for (const auto& [status, expect, error] : cases) {
    SCOPED_TRACE(status);
    ReplyThread server({.status = status});
    auto plan = one_load(server.endpoint(), exactly(50, 200), 2);
    plan.loads[0].steps[0].request.expect_status = expect;
    LoadLab lab(plan);
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.started, 50U);
    EXPECT_EQ(error ? total.counters.error(*error) : total.counters.completed, 50U);
  }
}

TEST(Accounting, ServersThatCloseAfterEachReplyCostAConnectionEach) {
  ReplyThread server({.close = true});
  LoadLab lab(one_load(server.endpoint(), exactly(200, 200), 8));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 200U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_GE(total.counters.connects, 200U);
  EXPECT_LE(total.counters.connects, 208U);
  EXPECT_EQ(total.counters.connect_failures, 0U);
}

TEST(Accounting, HeadRequestsEndWithTheHeader) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), exactly(50, 200), 2);
  plan.loads[0].steps[0].request.method = "HEAD";
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 50U);
}

TEST(Accounting, TlsWithTheCertificateUnchecked) {
  TargetThread server({.tls = true});
  auto plan = one_load(server.endpoint(), exactly(100, 200), 4);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.insecure = true;
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 100U);
  EXPECT_EQ(lab.total().counters.connects, 4U);
}

TEST(Accounting, AnAddressThatIsNotPermittedIsRefusedBeforeASocketExists) {
  auto plan = one_load({base::IpAddress::v4(192, 0, 2, 1), 80}, open_at(10, 1s), 1);
  base::SystemClock clock;
  Shelf<std::unique_ptr<model::LoadInterval>> load;
  Shelf<std::unique_ptr<model::ClientInterval>> client;
  Shelf<model::OwnTuple> tuples;
  const auto worker = Worker::make(plan, {0, 1}, "r", {load, client, tuples}, clock);
  ASSERT_FALSE(worker.has_value());
  EXPECT_EQ(worker.error().code, base::Errc::permission);
  EXPECT_NE(worker.error().text.find("192.0.2.1:80"), std::string::npos);
  EXPECT_TRUE(tuples.records.empty());
}

TEST(Accounting, AMissingCaFileIsAnErrorThatNamesIt) {
  auto plan = one_load(testing::loopback(1), open_at(10, 1s), 1);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.ca_file = "/nonexistent/ca.pem";
  base::SystemClock clock;
  Shelf<std::unique_ptr<model::LoadInterval>> load;
  Shelf<std::unique_ptr<model::ClientInterval>> client;
  Shelf<model::OwnTuple> tuples;
  const auto worker = Worker::make(plan, {0, 1}, "r", {load, client, tuples}, clock);
  ASSERT_FALSE(worker.has_value());
  EXPECT_NE(worker.error().text.find("/nonexistent/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace rampart::loadgen
