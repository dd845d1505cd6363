#include "probe/self_check.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <thread>
#include <vector>

#include "lab.h"
#include "net/loop.h"
#include "net/sockaddr.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;
using model::ProbeReason;

struct SelfCheckTest : ::testing::Test, private net::Timer::Listener {
  SelfCheckTest() {
    plan.probes.resize(1);
    plan.probes[0].timeout = 400ms;
  }

  void run_for(base::Nanos time) {
    net::Timer::Listener& self = *this;
    net::Timer timer(loop, self);
    timer.arm(clock.mono() + time);
    loop.run();
  }
  void on_timer(net::Timer&) override { loop.stop(); }
  const model::ProbeResult& judged(ProbeReason reason, base::MonoTime start) {
    checked.push({.start = start,
                  .success = reason == ProbeReason::none,
                  .reason = reason,
                  .detail = "it",
                  .phases = {}});
    return results.records.back();
  }

  base::SystemClock clock;
  net::Loop loop;
  model::Plan plan;
  Kept<model::OwnTuple> tuples;
  OwnSockets sockets{plan.permitted, tuples, clock};
  Agenda agenda{loop, clock};
  SelfCheck check{loop, agenda, sockets, clock};
  Kept<model::ProbeResult> results;
  OwnTrouble trouble{check};
  CheckedResults checked{plan, trouble, results};
};

TEST_F(SelfCheckTest, IsWell) {
  const auto start = clock.mono();
  run_for(600ms);
  EXPECT_EQ(check.unwell(start), 0ms);
  EXPECT_GE(tuples.records.size(), 3U);
  for (const auto& tuple : tuples.records) EXPECT_EQ(tuple.owner, model::Owner::probe);
  EXPECT_EQ(judged(ProbeReason::connect_timeout, start).reason, ProbeReason::connect_timeout);
  EXPECT_EQ(judged(ProbeReason::none, start).reason, ProbeReason::none);
}

// A prober that stands still finds that its probes waited in vain. It knows so before it has looked
// after itself again, and remembers it.
TEST_F(SelfCheckTest, KnowsThatItStoodStill) {
  run_for(10ms);
  const auto start = clock.mono();
  std::this_thread::sleep_for(SelfCheck::kEvery + SelfCheck::kLate + 250ms);
  for (int i = 0; i < 2; ++i) {
    EXPECT_GE(check.unwell(start), 300ms);
    EXPECT_EQ(check.unwell(clock.mono()), 0ms);
    const auto& timeout = judged(ProbeReason::timeout_first_byte, start);
    EXPECT_EQ(timeout.reason, ProbeReason::local);
    EXPECT_TRUE(timeout.detail.starts_with("the prober itself stood still for "));
    EXPECT_TRUE(timeout.detail.ends_with(" (timeout_first_byte: it)")) << timeout.detail;
    // No pause makes a service refuse, or answer otherwise than well.
    for (const auto reason : {ProbeReason::connect_refused, ProbeReason::http_status})
      EXPECT_EQ(judged(reason, start).reason, reason);
    EXPECT_EQ(judged(ProbeReason::timeout_first_byte, clock.mono()).reason,
              ProbeReason::timeout_first_byte);
    EXPECT_TRUE(judged(ProbeReason::none, start).success);
    run_for(300ms);
  }
  plan.probes[0].timeout = 1h;
  EXPECT_EQ(judged(ProbeReason::connect_timeout, start).reason, ProbeReason::connect_timeout);
}

// What came in time and waited to be read, while others were, is told as that.
TEST_F(SelfCheckTest, WhatWaitedForItsTurnWaitedForTheProber) {
  const auto judged_after = [&](base::Nanos put_off, ProbeReason reason) {
    model::ScrapeResult result;
    result.start = clock.mono();
    result.reason = reason;
    result.detail = "it";
    trouble.judge(result, 400ms, put_off);
    return std::string(model::to_string(result.reason)) + ": " + result.detail;
  };
  EXPECT_EQ(judged_after(99ms, ProbeReason::timeout_transfer), "timeout_transfer: it");
  EXPECT_EQ(judged_after(150ms, ProbeReason::timeout_transfer),
            "local: waited for its turn to be read for 150 ms (timeout_transfer: it)");
  EXPECT_EQ(judged_after(150ms, ProbeReason::http_status), "http_status: it");
}

// Without descriptors it cannot look; while it cannot, it does not know that it is well.
TEST_F(SelfCheckTest, KnowsThatItHasNoSockets) {
  run_for(300ms);
  const auto start = clock.mono();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  run_for(600ms);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(judged(ProbeReason::connect_timeout, start).reason, ProbeReason::local);
  EXPECT_EQ(judged(ProbeReason::connect_refused, start).reason, ProbeReason::connect_refused);
  run_for(600ms);
  EXPECT_EQ(check.unwell(clock.mono() - 100ms), 0ms);
}

// Where nothing was permitted to the plan's probes, or the port was never reached, nothing is
// struck.
TEST_F(SelfCheckTest, KnowsNothingWhereItNeverReachedItself) {
  EXPECT_EQ(judged(ProbeReason::connect_timeout, clock.mono() - 10s).reason,
            ProbeReason::connect_timeout);
  plan.permitted.protocols = {model::IpProto::icmp};
  const auto start = clock.mono();
  run_for(600ms);
  EXPECT_EQ(judged(ProbeReason::connect_timeout, start).reason, ProbeReason::connect_timeout);
  // Now that it has, standing still is known, whatever the plan permits to probes.
  std::this_thread::sleep_for(SelfCheck::kEvery + SelfCheck::kLate + 100ms);
  EXPECT_EQ(judged(ProbeReason::connect_timeout, start).reason, ProbeReason::local);
}

// Strangers that connect to its port are let go.
TEST_F(SelfCheckTest, LetsStrangersGo) {
  run_for(10ms);
  ASSERT_FALSE(tuples.records.empty());
  const auto start = clock.mono();
  const auto address = net::to_sockaddr(tuples.records.front().remote);
  std::vector<Descriptor> strangers;
  for (int i = 0; i < 100; ++i) {
    strangers.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(connect(strangers.back().get(), address.get(), address.length), 0);
  }
  run_for(600ms);
  EXPECT_EQ(check.unwell(start), 0ms);
  char byte = 0;
  for (const auto& stranger : strangers) EXPECT_EQ(recv(stranger.get(), &byte, 1, 0), 0);
}

}  // namespace
}  // namespace rampart::probe
