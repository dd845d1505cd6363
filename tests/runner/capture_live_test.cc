// A run that watches the wire of loopback (needs CAP_NET_RAW).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <optional>
#include <thread>

#include "tests/loadgen/loop_thread.h"
#include "tests/loadgen/socket_peers.h"
#include "tests/runner/run_lab.h"
#include "tests/support/deadline.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

TEST(CaptureLive, KnowsItsOwnTraffic) {
  testing::TargetThread server;
  auto plan = small_plan(server.endpoint(), 200, 2s);
  plan.sniff.emplace();
  plan.sniff->interface = "lo";
  plan.sniff->filter = "tcp port " + std::to_string(server.endpoint().port);
  const Folder folder;
  plan.sniff->eve_file = folder.file("eve.json");
  plan.sniff->rule_files = {folder.file("many.rules")};
  {
    std::ofstream rules(plan.sniff->rule_files.front());
    for (int sid = 1; sid <= 20; ++sid)
      rules << "alert tcp any any -> any any (content:\"GET \"; sid:" << sid << ";)\n";
  }
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
  // What the sniffer left out, and what it could not do, is said.
  std::string notes;
  for (const auto& note : result->run.notes) notes += note + "\n";
  EXPECT_THAT(notes, HasSubstr(" alerts beyond 15 on one packet"));
  EXPECT_THAT(notes, ContainsRegex("left out as own traffic: [1-9][0-9]* handshakes, datagrams and "
                                   "requests where attacks are counted, [1-9][0-9]* EVE records"));
}

// Floods of this run's own, in a network namespace of their own: nobody is blamed for them. It also
// shows that ICMP sockets are opened before the capability is given up.
TEST(CaptureLive, OwnEchoesAreNobodysAttack) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  std::thread([] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ASSERT_EQ(std::system("ip link set lo up"), 0);
    testing::EchoThread server;
    auto plan = small_plan(server.endpoint(), 500, 2s);
    plan.probes.clear();
    const auto usual = plan.loads[0];
    plan.loads.clear();
    for (const auto protocol :
         {model::Protocol::udp, model::Protocol::icmp, model::Protocol::tcp}) {
      auto& spec = plan.loads.emplace_back(usual);
      spec.name = to_string(protocol);
      spec.protocol = protocol;
      spec.steps.clear();
      if (protocol != model::Protocol::tcp) spec.streams = 16;
    }
    plan.sniff.emplace();
    plan.sniff->interface = "lo";
    const Folder folder;
    const Signals signals;
    const auto done = run(plan, options_for(folder.file(), signals), base::SystemClock());
    ASSERT_TRUE(done) << done.error().text;
    model::Evidence evidence;
    const auto result = judge(folder.file(), "last", &evidence);
    ASSERT_TRUE(result) << result.error().text;
    model::WireInterval all;
    for (const auto& second : evidence.wire) {
      all.packets += second.packets;
      all.own_packets += second.own_packets;
      all.icmp_echo += second.icmp_echo;
      all.syn += second.syn;
      all.own_syn += second.own_syn;
    }
    for (const auto& load : result->load) EXPECT_EQ(load.counters.completed, 1000U) << load.name;
    EXPECT_EQ(all.icmp_echo, 1000U);
    EXPECT_GE(all.packets, 4000U);
    EXPECT_EQ(all.own_packets, all.packets);
    EXPECT_EQ(all.syn, 1000U);
    EXPECT_EQ(all.own_syn, all.syn);
    for (const auto& verdict : result->verdicts)
      EXPECT_FALSE(model::is_attack(verdict.cause)) << to_string(verdict.cause);
  }).join();
}

}  // namespace
}  // namespace rampart::runner
