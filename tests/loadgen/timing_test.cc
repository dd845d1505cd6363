// Do the times mean what they say? Real time on loopback, with generous bounds: the machine may be
// busy with other things.
#include <gtest/gtest.h>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/support/deadline.h"

namespace rampart::loadgen {
namespace {

using testing::TargetThread;
using namespace std::chrono_literals;

// The acceptance test for coordinated omission: the server stands still for 1.4 s of 4 s while 200
// requests a second come due. Users saw that in a third of all requests; a client that only times
// what it managed to send sees it in one.
TEST(Timing, AStallShowsInTheLatencyOfEveryRequestThatCameDueInIt) {
  TargetThread server({.queue = {.hangs = {{.after = 1s, .length = 1400ms}}}});
  LoadLab lab(one_load(server.endpoint(), open_at(200, 4s), 1));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 800U);
  EXPECT_EQ(total.counters.missed, 0U);
  EXPECT_GE(total.latency.at(99), 1s);
  EXPECT_GE(total.latency.max(), 1300ms);
  EXPECT_LT(total.latency.at(50), 1s);
  EXPECT_LT(total.service.at(99), 300ms);
  EXPECT_GE(total.service.max(), 1300ms);
  const auto client = lab.client();
  EXPECT_GE(client.starved, 200U);
  EXPECT_LT(client.schedule_lag.at(90), 100ms);
}

TEST(Timing, AnIdleClientIsPromptAndSaysSo) {
  TargetThread server;
  LoadLab lab(one_load(server.endpoint(), open_at(200, 2s), 8));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 400U);
  const auto client = lab.client();
  EXPECT_EQ(client.schedule_lag.count() + client.starved, 400U);
  EXPECT_LT(client.schedule_lag.at(50), 5ms);
  EXPECT_GE(client.length, 2s);
  EXPECT_LT(base::seconds(client.busy), 0.5 * base::seconds(client.length));
  EXPECT_GT(client.busy.count(), 0);
  EXPECT_GT(client.cpu.count(), 0);
  EXPECT_LE(client.cpu, client.busy + client.length / 10);
  EXPECT_GT(client.loop_lag.count(), 400U);
  EXPECT_LT(client.loop_lag.at(50), 5ms);
}

// Latency is schedule lag plus service, never less than service.
TEST(Timing, LatencyIsNeverBelowService) {
  TargetThread server({.latency = 30ms});
  LoadLab lab(one_load(server.endpoint(), open_at(100, 1s), 8));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 100U);
  EXPECT_GE(total.service.min(), 29900us);
  for (const double p : {1.0, 50.0, 90.0, 99.0, 100.0})
    EXPECT_GE(total.latency.at(p), total.service.at(p)) << p;
}

TEST(Timing, AFullClosedLoopIsABusyClient) {
  TargetThread server;
  LoadLab lab(one_load(server.endpoint(), closed_by(16, 1s), 16));
  lab.run();
  const auto client = lab.client();
  EXPECT_GT(lab.total().counters.completed, 500U);
  EXPECT_LE(client.busy, client.length + 200ms);
  EXPECT_GT(base::seconds(client.busy), 0.05 * base::seconds(client.length));
}

}  // namespace
}  // namespace rampart::loadgen
