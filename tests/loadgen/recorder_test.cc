#include "loadgen/recorder.h"

#include <gtest/gtest.h>

namespace rampart::loadgen {
namespace {

using model::LoadError;
using namespace std::chrono_literals;

constexpr base::MonoTime kStart{base::Nanos(1'000'000'000)};

TEST(Recorder, CountsEachWayInWhichARequestEnds) {
  Recorder recorder(3, 2, 1);
  recorder.offered(9);
  for (int i = 0; i < 7; ++i) recorder.started(0);
  recorder.sent(0, 100);
  recorder.completed(0, 3ms, 2ms, 50);
  recorder.failed(0, LoadError::http_5xx, 5ms, 4ms, 70);
  recorder.failed(0, LoadError::http_4xx, 5ms, 4ms, 30);
  recorder.failed(0, LoadError::timeout, 2s, 1s, 0);
  recorder.lost(0, LoadError::reset);
  recorder.lost(0, LoadError::connect_refused);
  recorder.missed(2);
  ++recorder.connections().connects;

  const auto interval = recorder.take(0, kStart, 1s);
  EXPECT_EQ(interval->load, 3U);
  EXPECT_EQ(interval->step, 0U);
  EXPECT_EQ(interval->worker, 2U);
  EXPECT_EQ(interval->start, kStart);
  EXPECT_EQ(interval->length, 1s);
  const auto& c = interval->counters;
  EXPECT_EQ(c.offered, 9U);
  EXPECT_EQ(c.started, 7U);
  EXPECT_EQ(c.completed, 1U);
  EXPECT_EQ(c.failed, 5U);
  EXPECT_EQ(c.missed, 2U);
  EXPECT_EQ(c.connects, 1U);
  EXPECT_EQ(c.bytes_in, 150U);
  EXPECT_EQ(c.bytes_out, 100U);
  for (const auto kind : {LoadError::http_5xx, LoadError::http_4xx, LoadError::timeout,
                          LoadError::reset, LoadError::connect_refused})
    EXPECT_EQ(c.error(kind), 1U) << to_string(kind);
  EXPECT_EQ(c.error(model::ErrorClass::tls) + c.error(model::ErrorClass::protocol), 0U);
  EXPECT_EQ(interval->in_flight, 1U);
  // What brought no answer at all has no time.
  EXPECT_EQ(interval->latency.count(), 4U);
  EXPECT_EQ(interval->service.count(), 4U);
  EXPECT_EQ(interval->latency.max(), 2s);
  EXPECT_EQ(interval->service.max(), 1s);
}

TEST(Recorder, BeginsEachIntervalAnewButKeepsTheLevel) {
  Recorder recorder(0, 0, 1);
  recorder.started(0);
  recorder.started(0);
  recorder.completed(0, 1ms, 1ms, 10);
  EXPECT_EQ(recorder.take(0, kStart, 1s)->in_flight, 1U);
  recorder.completed(0, 9ms, 8ms, 10);
  const auto second = recorder.take(0, kStart + 1s, 1s);
  EXPECT_EQ(second->counters.started, 0U);
  EXPECT_EQ(second->counters.completed, 1U);
  EXPECT_EQ(second->in_flight, 0U);
  EXPECT_EQ(second->latency.count(), 1U);
  EXPECT_EQ(second->latency.min(), 9ms);
  EXPECT_EQ(recorder.in_flight(), 0U);
}

TEST(Recorder, KeepsTheStepsOfAFlowApart) {
  Recorder recorder(0, 0, 2);
  recorder.offered(1);
  recorder.started(0);
  recorder.completed(0, 1ms, 1ms, 10);
  recorder.offered_step(1);
  recorder.started(1);
  EXPECT_EQ(recorder.in_flight(), 1U);
  const auto first = recorder.take(0, kStart, 1s);
  const auto second = recorder.take(1, kStart, 1s);
  EXPECT_EQ(first->counters.completed, 1U);
  EXPECT_EQ(first->in_flight, 0U);
  EXPECT_EQ(second->step, 1U);
  EXPECT_EQ(second->counters.offered, 1U);
  EXPECT_EQ(second->counters.completed, 0U);
  EXPECT_EQ(second->in_flight, 1U);
}

}  // namespace
}  // namespace rampart::loadgen
