// A run that watches the wire of loopback (needs CAP_NET_RAW).
#include <gtest/gtest.h>

#include <optional>
#include <thread>

#include "tests/loadgen/loop_thread.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

TEST(CaptureLive, KnowsItsOwnTraffic) {
  testing::TargetThread server;
  auto plan = small_plan(server.endpoint(), 200, 2s);
  plan.sniff.emplace();
  plan.sniff->interface = "lo";
  plan.sniff->filter = "tcp port " + std::to_string(server.endpoint().port);
  const Folder folder;
  const Signals signals;
  // On a thread of its own, which loses the capability: the tests after this one may need it.
  std::optional<base::Result<RunOutcome>> done;
  std::thread([&] {
    done = run(plan, options_for(folder.file(), signals), base::SystemClock());
  }).join();
  const auto& outcome = *done;
  if (!outcome && outcome.error().code == base::Errc::permission)
    GTEST_SKIP() << "needs CAP_NET_RAW";
  ASSERT_TRUE(outcome) << outcome.error().text;
  model::Evidence evidence;
  const auto result = judge(folder.file(), "last", &evidence);
  ASSERT_TRUE(result) << result.error().text;
  EXPECT_TRUE(result->wire.captured);
  EXPECT_EQ(result->drops.wire, 0U);
  std::uint64_t packets = 0;
  std::uint64_t own = 0;
  for (const auto& second : evidence.wire) {
    packets += second.packets;
    own += second.own_packets;
  }
  // A request and its answer, each with an acknowledgement or carrying one.
  EXPECT_GE(packets, 800U);
  EXPECT_EQ(own, packets);
  EXPECT_EQ(result->load.at(0).counters.completed, 400U);
}

}  // namespace
}  // namespace rampart::runner
