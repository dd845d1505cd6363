// What channels do to the books: many exchanges on one, a connection for each request, reconnects.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "loadgen/pool.h"
#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"

namespace rampart::loadgen {
namespace {

using model::LoadError;
using testing::ReplyThread;
using testing::TargetThread;
using namespace std::chrono_literals;

model::Plan http2_load(const base::Endpoint& at, model::Arrival arrival, std::uint32_t connections,
                       std::uint32_t streams) {
  auto plan = one_load(at, std::move(arrival), connections);
  plan.loads[0].protocol = model::Protocol::http2;
  plan.loads[0].streams = streams;
  return plan;
}

TEST(Http2, AnOpenLoopOffersExactlyItsSchedule) {
  TargetThread server;
  LoadLab lab(http2_load(server.endpoint(), exactly(1000, 1000), 2, 16));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 1000U);
  EXPECT_EQ(total.counters.completed, 1000U);
  EXPECT_EQ(total.counters.connects, 2U);
  EXPECT_GT(total.counters.bytes_in, 1000 * 128U);
  EXPECT_EQ(lab.tuples().size(), 2U);
}

// 30 ms of latency and 16 users on one connection: one at a time would complete 33/s.
TEST(Http2, ManyRequestsShareOneConnection) {
  TargetThread server({.latency = 30ms});
  LoadLab lab(http2_load(server.endpoint(), closed_by(16, 1s), 1, 16));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.connects, 1U);
  EXPECT_GT(total.counters.completed, 200U);
  EXPECT_LE(total.counters.completed, 16 * 34U);
}

// A late answer costs its stream, not the connection.
TEST(Http2, ATimeoutCancelsOneStream) {
  TargetThread server({.latency = 300ms});
  auto plan = http2_load(server.endpoint(), open_at(50, 1s), 1, 32);
  plan.loads[0].timeout = 50ms;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_GT(total.counters.error(LoadError::timeout), 40U);
  EXPECT_EQ(total.counters.error(LoadError::timeout), total.counters.failed);
  EXPECT_EQ(total.counters.connects, 1U);
}

// Each answer comes with GOAWAY: the connection drains and is replaced; nothing is lost.
TEST(Http2, GoawayLosesNothing) {
  ReplyThread server({.close = true});
  LoadLab lab(http2_load(server.endpoint(), open_at(200, 1s), 2, 8));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 200U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_EQ(total.counters.completed + total.in_flight + total.counters.missed, 200U);
  EXPECT_GT(total.counters.connects, 20U);
}

TEST(Channels, ClosedUsersBoundWhatIsOut) {
  TargetThread server({.latency = 20ms});
  LoadLab lab(http2_load(server.endpoint(), closed_by(3, 500ms), 2, 8));
  lab.run();
  EXPECT_LE(lab.total().counters.completed, 3 * 26U);
}

TEST(Channels, AConnectionForEachRequest) {
  TargetThread server;
  for (const auto& arrival : {open_at(200, 1s), closed_by(4, 300ms)}) {
    auto plan = one_load(server.endpoint(), arrival, 4);
    plan.loads[0].requests_per_connection = 1;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    EXPECT_GT(total.counters.completed, 100U);
    EXPECT_EQ(total.counters.failed, 0U);
    EXPECT_EQ(total.counters.connects, total.counters.started);
    EXPECT_GE(lab.tuples().size(), total.counters.connects);
  }
}

TEST(Channels, RefusedConnectionsFailTheirRequestsAndDoNotSpin) {
  std::uint16_t port = 0;
  {
    ReplyThread gone({});
    port = gone.endpoint().port;
  }
  auto plan = one_load({base::IpAddress::v4(127, 0, 0, 1), port}, open_at(100, 1s), 4);
  plan.loads[0].requests_per_connection = 1;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 100U);
  EXPECT_EQ(total.counters.error(LoadError::connect_refused), 100U);
  EXPECT_EQ(total.counters.connect_failures, 100U);

  auto closed = one_load({base::IpAddress::v4(127, 0, 0, 1), port}, closed_by(2, 500ms), 2);
  closed.loads[0].requests_per_connection = 1;
  LoadLab patient(std::move(closed));
  patient.run();
  EXPECT_LE(patient.total().counters.started, 12U);
}

TEST(Channels, ReconnectAfterAsManyRequestsAsAsked) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), exactly(300, 300), 2);
  plan.loads[0].requests_per_connection = 10;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 300U);
  EXPECT_GE(total.counters.connects, 30U);
  EXPECT_LE(total.counters.connects, 32U);
}

// Streams do not stretch the bound: no connection carries more than it may.
TEST(Channels, TheBoundOfAConnectionHoldsForItsStreams) {
  for (const std::uint64_t bound : {1U, 10U}) {
    TargetThread server({.latency = 5ms});
    auto plan = http2_load(server.endpoint(), open_at(300, 1s), 2, 8);
    plan.loads[0].requests_per_connection = bound;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    EXPECT_GT(total.counters.completed, 200U);
    EXPECT_EQ(total.counters.failed, 0U);
    EXPECT_GE(total.counters.connects * bound, total.counters.started);
  }
}

TEST(Channels, ConnectionsAreOpenedAtTheirRate) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), open_at(100, 1s), 40);
  plan.loads[0].connection_rate = base::Rps{20};
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 100U);
  EXPECT_GE(total.counters.connects, 15U);
  EXPECT_LE(total.counters.connects, 24U);
}

TEST(Channels, AThoughtKeepsItsUser) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), closed_by(4, 1s), 4);
  plan.loads[0].steps[0].think = {model::ThinkTime::Kind::fixed, 100ms, 0ns};
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_GE(total.counters.completed, 4 * 3U);
  EXPECT_LE(total.counters.completed, 4 * 11U);
}

// Two steps: the second is due when the first has been answered and its thought is over.
TEST(Channels, StepsFollowEachOther) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), open_at(100, 1s), 16);
  plan.loads[0].steps[0].think = {model::ThinkTime::Kind::uniform, 10ms, 30ms};
  plan.loads[0].steps.push_back(plan.loads[0].steps[0]);
  plan.loads[0].steps[1].think = {};
  LoadLab lab(std::move(plan));
  lab.run();
  std::uint64_t completed[2] = {0, 0};
  for (const auto* interval : lab.intervals())
    completed[interval->step] += interval->counters.completed;
  const auto total = lab.total();
  EXPECT_EQ(completed[0], 100U);
  EXPECT_GE(completed[1], 95U);  // those whose thought outlived the schedule were never due
  EXPECT_EQ(total.counters.completed, completed[0] + completed[1]);
  EXPECT_LT(total.latency.at(50), 10ms);  // a thought is not latency
}

// An unexpected answer ends its flow.
TEST(Channels, AFailedStepHasNoSuccessor) {
  ReplyThread server({.status = 500});
  auto plan = one_load(server.endpoint(), exactly(50, 100), 4);
  plan.loads[0].steps.push_back(plan.loads[0].steps[0]);
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.started, 50U);
  EXPECT_EQ(total.counters.error(LoadError::http_5xx), 50U);
}

TEST(Channels, FirstByteHasALimitOfItsOwn) {
  ReplyThread server({.answer = false});
  auto plan = one_load(server.endpoint(), open_at(50, 500ms), 8);
  plan.loads[0].first_byte_timeout = 30ms;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_GT(total.counters.error(LoadError::first_byte_timeout), 15U);
  EXPECT_EQ(total.counters.error(LoadError::first_byte_timeout), total.counters.failed);
}

// A request that waits for its connection, here in the queue of the connection rate, has not been
// sent yet.
TEST(Channels, TheFirstByteIsWaitedForFromTheSendOn) {
  TargetThread server({.latency = 60ms});
  auto plan = one_load(server.endpoint(), open_at(50, 500ms), 8);
  plan.loads[0].requests_per_connection = 1;
  plan.loads[0].connection_rate = base::Rps{10};
  plan.loads[0].first_byte_timeout = 200ms;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_GE(total.counters.completed, 3U);
  EXPECT_GE(total.latency.max(), 300ms) << "some waited longer than the first byte may take";
  EXPECT_EQ(total.counters.failed, 0U);
}

TEST(Channels, LeaveFromEachSource) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), exactly(50, 100), 8);
  plan.loads[0].sources = {*base::Cidr::parse("127.0.1.0/29")};
  LoadLab lab(std::move(plan));
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 50U);
}

}  // namespace
}  // namespace rampart::loadgen
