// Loads of ICMP echoes to loopback. Needs root; each test runs in a network namespace of its own.
#include "loadgen/icmp_channel.h"

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>
#include <thread>

#include "tests/loadgen/load_lab.h"
#include "tests/support/deadline.h"

namespace rampart::loadgen {
namespace {

using base::IpAddress;
using model::LoadError;
using namespace std::chrono_literals;

const IpAddress kLoopback4 = IpAddress::v4(127, 0, 0, 1);
const IpAddress kLoopback6 = IpAddress::parse("::1").value();

void run_command(const std::string& command) {
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
}

// A thread of its own, whose namespace ends with it; what it starts runs there, too.
template <class Function>
void in_namespace(Function run) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    run_command("ip link set lo up");
    run();
  }).join();
}

model::Plan icmp_load(const IpAddress& to, const model::Arrival& arrival, std::uint32_t sockets,
                      std::uint32_t streams) {
  auto plan = one_load({to, 80}, arrival, sockets);  // the target's port has no meaning here
  auto& load = plan.loads[0];
  load.protocol = model::Protocol::icmp;
  load.streams = streams;
  load.socket.bytes = 56;
  load.steps.clear();
  load.timeout = 100ms;
  plan.targets[0].url = {"icmp", base::to_string(to), 0, "/"};
  plan.permitted.networks.push_back({kLoopback6, 128});
  return plan;
}

void expect_all_answered(const IpAddress& to) {
  for (const auto& arrival : {open_at(500, 300ms), closed_by(8, 200ms)}) {
    for (const std::uint32_t bytes : {16U, 56U, 4001U}) {
      auto plan = icmp_load(to, arrival, 2, 4);
      plan.loads[0].socket.bytes = bytes;
      plan.workers = 2;
      LoadLab lab(plan);
      lab.run();
      const auto t = lab.total();
      EXPECT_GT(t.counters.completed, 100U) << base::to_string(to);
      EXPECT_EQ(t.counters.failed, 0U);
      EXPECT_EQ(t.counters.bytes_in, t.counters.completed * bytes);
    }
  }
}

TEST(IcmpChannelLive, PingsOverBothProtocols) {
  in_namespace([] {
    expect_all_answered(kLoopback4);
    expect_all_answered(kLoopback6);
  });
}

TEST(IcmpChannelLive, AnnouncesEachEchoIdBeforeItIsUsed) {
  in_namespace([] {
    for (const auto& to : {kLoopback4, kLoopback6}) {
      LoadLab lab(icmp_load(to, open_at(100, 200ms), 3, 2));
      lab.run();
      EXPECT_EQ(lab.total().counters.failed, 0U);
      std::set<std::uint16_t> ids;
      for (const auto& tuple : lab.tuples()) {
        EXPECT_EQ(tuple.proto, to.v6 ? model::IpProto::icmp6 : model::IpProto::icmp);
        EXPECT_EQ(tuple.remote, (base::Endpoint{to, 0}));
        ids.insert(tuple.local_port);
      }
      EXPECT_EQ(ids.size(), 3U);
    }
  });
}

// One user, so that one worker of four has all sockets of the first load.
TEST(IcmpChannelLive, NoTwoSocketsOfARunHaveTheSameId) {
  in_namespace([] {
    auto plan = icmp_load(kLoopback4, closed_by(1, 200ms), 100, 1);
    plan.loads.push_back(plan.loads[0]);
    plan.loads[1].arrival = open_at(100, 200ms);
    plan.loads[1].connections = 8;
    plan.workers = 4;
    LoadLab lab(plan);
    lab.run();
    EXPECT_EQ(lab.total(0).counters.failed, 0U);
    EXPECT_EQ(lab.total(1).counters.failed, 0U);
    std::set<std::uint16_t> ids;
    for (const auto& tuple : lab.tuples()) ids.insert(tuple.local_port);
    EXPECT_EQ(ids.size(), 108U);
  });
}

TEST(IcmpChannelLive, NoAnswerIsATimeout) {
  in_namespace([] {
    run_command("sysctl -qw net.ipv4.icmp_echo_ignore_all=1");
    LoadLab lab(icmp_load(kLoopback4, open_at(200, 300ms), 1, 64));
    lab.run();
    const auto t = lab.total();
    EXPECT_EQ(t.counters.started, 60U);
    EXPECT_EQ(t.counters.error(LoadError::timeout), 60U);
    EXPECT_EQ(t.counters.connects, 1U);
  });
}

// A router that has no way to the peer and says so. It does that five times, then seldom: so few.
void expect_unreachable(model::Protocol protocol) {
  const std::string far = "rampart-load-" + std::to_string(getpid());
  run_command("ip netns add " + far);
  run_command("ip link add near type veth peer name far netns " + far);
  run_command("ip addr add 192.0.2.1/24 dev near && ip link set near up");
  run_command("ip route add 198.51.100.0/24 via 192.0.2.2");
  run_command("ip -n " + far + " addr add 192.0.2.2/24 dev far");
  run_command("ip -n " + far + " link set far up");
  run_command("ip -n " + far + " route add unreachable 198.51.100.0/24");
  run_command("ip netns exec " + far +
              " sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0");
  auto plan = icmp_load(IpAddress::v4(198, 51, 100, 9), open_at(10, 400ms), 2, 8);
  plan.permitted.networks.push_back(base::Cidr::parse("198.51.100.0/24").value());
  plan.loads[0].protocol = protocol;
  plan.loads[0].timeout = 2s;
  LoadLab lab(plan);
  lab.run();
  run_command("ip netns del " + far);
  const auto t = lab.total();
  EXPECT_EQ(t.counters.started, 4U);
  EXPECT_EQ(t.counters.error(LoadError::connect_unreachable), 4U);
  EXPECT_EQ(t.counters.connects, 2U) << "the socket goes on";
}

TEST(IcmpChannelLive, AnUnreachableHostFailsEachRequest) {
  in_namespace([] { expect_unreachable(model::Protocol::icmp); });
}

TEST(IcmpChannelLive, AnUnreachableHostFailsEachUdpRequest) {
  in_namespace([] { expect_unreachable(model::Protocol::udp); });
}

TEST(IcmpChannelLive, SaysWhatIsMissingBeforeAnythingIsSent) {
  in_namespace([] {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
    ASSERT_EQ(syscall(SYS_capget, &header, sets), 0);
    sets[0].effective &= ~(1U << CAP_NET_RAW);
    ASSERT_EQ(syscall(SYS_capset, &header, sets), 0);
    const auto plan = icmp_load(kLoopback4, open_at(10, 100ms), 1, 1);
    const base::SystemClock clock;
    Shelf<std::unique_ptr<model::LoadInterval>> load;
    Shelf<std::unique_ptr<model::ClientInterval>> client;
    Shelf<model::OwnTuple> tuples;
    const auto worker = Worker::make(plan, {0, 1}, "r", {load, client, tuples}, clock);
    ASSERT_FALSE(worker);
    EXPECT_EQ(worker.error().code, base::Errc::permission);
    EXPECT_NE(worker.error().text.find("net.ipv4.ping_group_range"), std::string::npos);

    run_command("sysctl -qw net.ipv4.ping_group_range='0 2147483647'");
    expect_all_answered(kLoopback4);  // over ping sockets
  });
}

}  // namespace
}  // namespace rampart::loadgen
