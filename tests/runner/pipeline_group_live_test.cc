// Several pipelines on one interface: a veth pair in a network namespace of the test's own (needs
// root).
#include "runner/pipeline_group.h"

#include <gtest/gtest.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <set>
#include <thread>

#include "sniffer/rules/rule_set.h"
#include "tests/runner/run_lab.h"
#include "tests/sniffer/packet_builder.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;
using sniffer::test::ethernet;
using sniffer::test::ip;
using sniffer::test::IpBuilder;
using sniffer::test::udp;

// On a thread that ends with the body, since namespaces are a thread's own. The pair is d0 and d1.
void in_namespace(const std::function<void()>& body) {
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ASSERT_EQ(std::system("sysctl -qw net.ipv6.conf.all.disable_ipv6=1 && "
                          "ip link add d0 type veth peer name d1 && "
                          "ip link set d0 up && ip link set d1 up"),
              0);
    body();
  }).join();
}

class Sender {
 public:
  Sender() : fd_(socket(AF_PACKET, SOCK_RAW, 0)) {
    EXPECT_GE(fd_, 0);
    to_.sll_family = AF_PACKET;
    to_.sll_protocol = htons(ETH_P_IP);
    to_.sll_ifindex = static_cast<int>(if_nametoindex("d1"));
  }
  ~Sender() { close(fd_); }
  Sender(const Sender&) = delete;
  Sender& operator=(const Sender&) = delete;
  void send(const sniffer::test::Octets& frame) {
    const auto sent = sendto(fd_, frame.data(), frame.size(), 0,
                             reinterpret_cast<const sockaddr*>(&to_), sizeof to_);
    ASSERT_EQ(sent, static_cast<ssize_t>(frame.size()));
    ++count;
  }
  std::uint64_t count = 0;

 private:
  int fd_;
  sockaddr_ll to_{};
};

struct Watcher : sniffer::PipelineListener {
  PipelineGroup* group = nullptr;
  std::vector<model::OwnTuple> announced;  // not yet handed on
  std::set<std::thread::id> threads;       // of all but on_wake()
  model::WireInterval sum;
  std::vector<base::WallTime> starts;
  std::uint64_t detections = 0;

  void on_wake() override {
    for (const auto& tuple : std::exchange(announced, {})) group->own(tuple);
  }
  void on_interval(const model::WireInterval& i) override {
    threads.insert(std::this_thread::get_id());
    starts.push_back(i.start);
    sum.packets += i.packets;
    sum.own_packets += i.own_packets;
    sum.flows_opened += i.flows_opened;
    sum.dropped_kernel += i.dropped_kernel;
  }
  void on_detection(const model::Detection&) override {
    threads.insert(std::this_thread::get_id());
    ++detections;
  }
};

void watch(PipelineGroup& group, const Watcher& seen, std::uint64_t sent) {
  const base::SystemClock clock;
  const auto deadline = clock.mono() + 10s;
  while (clock.mono() < deadline && seen.sum.packets + seen.sum.dropped_kernel < sent)
    ASSERT_TRUE(group.poll());
  group.finish();
}

constexpr int kFlows = 64;
constexpr int kRounds = 50;

// Both directions of every flow in turn.
void talk(Sender& sender) {
  IpBuilder there;
  IpBuilder back;
  std::swap(back.source, back.destination);
  for (int round = 0; round < kRounds; ++round)
    for (int flow = 0; flow < kFlows; ++flow) {
      const auto port = static_cast<std::uint16_t>(20000 + flow);
      sender.send(ethernet(udp(there, port, 7, round == 0 ? "needle" : "x")));
      sender.send(ethernet(udp(back, 7, port, "y")));
    }
}

TEST(PipelineGroupLive, TheSumOfAllIsWhatWasSent) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const Folder folder;
  const base::SystemClock clock;
  Watcher seen;
  sniffer::PipelineOptions options;
  options.interface = "d0";
  options.filter = "udp";
  options.eve_file = folder.file() + ".eve";
  options.eve_types = {sniffer::EveType::alert, sniffer::EveType::stats};
  in_namespace([&] {
    auto parsed =
        sniffer::parse_rules("alert udp any any -> any 7 (content:\"needle\"; sid:1;)", "t.rules");
    auto opened = PipelineGroup::open(options, std::move(parsed.set), 4, seen, clock);
    ASSERT_TRUE(opened) << opened.error().text;
    auto& group = **opened;
    seen.group = &group;
    model::OwnTuple own;
    own.local_port = 20000;
    own.remote = {ip("10.0.0.2"), 7};
    own.proto = model::IpProto::udp;
    seen.announced.push_back(own);
    ASSERT_TRUE(group.poll());
    Sender sender;
    talk(sender);
    watch(group, seen, sender.count);
    const auto totals = group.totals();
    EXPECT_EQ(sender.count, 2U * kFlows * kRounds);
    EXPECT_EQ(totals.packets, sender.count);
    EXPECT_EQ(totals.dropped_kernel, 0U);
    EXPECT_EQ(totals.flows, static_cast<std::uint64_t>(kFlows)) << "a flow is never divided";
    EXPECT_EQ(totals.rules_loaded, 1U);
    EXPECT_EQ(group.stats().alerts, static_cast<std::uint64_t>(kFlows));
    EXPECT_EQ(group.lost(), 0U);
    EXPECT_EQ(seen.sum.packets, sender.count);
    EXPECT_EQ(seen.sum.flows_opened, static_cast<std::uint64_t>(kFlows));
    EXPECT_EQ(seen.sum.own_packets, 2U * kRounds) << "one of the flows is ours";
    EXPECT_EQ(seen.detections, static_cast<std::uint64_t>(kFlows));
    EXPECT_EQ(seen.threads.size(), 1U);
    for (std::size_t i = 1; i < seen.starts.size(); ++i)
      EXPECT_EQ(seen.starts[i] - seen.starts[i - 1], 1s);
  });
  std::ifstream eve(options.eve_file);
  int alerts = 0;
  int stats = 0;
  for (std::string line; std::getline(eve, line);) {
    EXPECT_TRUE(line.starts_with("{\"timestamp\":") && line.ends_with("}")) << line;
    if (line.find("\"event_type\":\"alert\"") != std::string::npos) ++alerts;
    if (line.find("\"event_type\":\"stats\"") == std::string::npos) continue;
    ++stats;
    EXPECT_NE(line.find("\"kernel_packets\":" + std::to_string(2 * kFlows * kRounds)),
              std::string::npos)
        << line;
  }
  EXPECT_EQ(alerts, kFlows);
  EXPECT_EQ(stats, 1) << "for all threads together";
}

// 24 closed ports of one host: of four pipelines that share them none sees the 15 that make a scan.
TEST(PipelineGroupLive, AScanThatIsDividedIsFoundOnce) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const Folder folder;
  const base::SystemClock clock;
  Watcher seen;
  sniffer::PipelineOptions options;
  options.interface = "d0";
  options.filter = "tcp";
  options.behaviour.emplace();
  options.eve_file = folder.file() + ".eve";
  in_namespace([&] {
    auto opened = PipelineGroup::open(options, {}, 8, seen, clock);
    ASSERT_TRUE(opened) << opened.error().text;
    auto& group = **opened;
    seen.group = &group;
    ASSERT_TRUE(group.poll());
    Sender sender;
    for (std::uint16_t port = 1000; port < 1024; ++port) {
      sniffer::test::TcpTalk talk;
      talk.server_port = port;
      sender.send(talk.from_client(sniffer::tcp_flag::kSyn));
      sender.send(talk.from_server(sniffer::tcp_flag::kRst | sniffer::tcp_flag::kAck));
    }
    const auto deadline = clock.mono() + 10s;
    while (clock.mono() < deadline && seen.detections == 0) ASSERT_TRUE(group.poll());
    group.finish();
    EXPECT_EQ(group.lost(), 0U);
    EXPECT_EQ(group.stats().behaviour.incidents, 1U);
    EXPECT_EQ(seen.detections, 2U) << "its begin and, with the capture, its end";
    EXPECT_EQ(seen.threads.size(), 1U);
  });
  std::ifstream eve(options.eve_file);
  int alerts = 0;
  for (std::string line; std::getline(eve, line);)
    if (line.find("\"attack.port_scan\"") != std::string::npos) ++alerts;
  EXPECT_EQ(alerts, 2);
}

TEST(PipelineGroupLive, WhatTheKernelDropsIsCounted) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  const base::SystemClock clock;
  Watcher seen;
  sniffer::PipelineOptions options;
  options.interface = "d0";
  options.filter = "udp";
  options.capture_buffer = std::size_t{1} << 20U;
  in_namespace([&] {
    auto opened = PipelineGroup::open(options, {}, 2, seen, clock);
    ASSERT_TRUE(opened) << opened.error().text;
    seen.group = opened->get();
    Sender sender;
    const std::string payload(1000, 'x');
    for (int i = 0; i < 10000; ++i)  // nobody reads so far
      sender.send(ethernet(udp({}, static_cast<std::uint16_t>(1024 + i % 64), 7, payload)));
    watch(**opened, seen, sender.count);
    const auto totals = (*opened)->totals();
    EXPECT_GT(totals.dropped_kernel, 0U);
    EXPECT_LT(totals.dropped_kernel, sender.count);
    EXPECT_EQ(totals.packets + totals.dropped_kernel, sender.count);
    EXPECT_EQ(seen.sum.packets, totals.packets);
    EXPECT_EQ(seen.sum.dropped_kernel, totals.dropped_kernel);
  });
}

TEST(PipelineGroupLive, AFileIsReadByOneThread) {
  const base::SystemClock clock;
  Watcher seen;
  sniffer::PipelineOptions options;
  options.capture_file = "x.pcap";
  const auto opened = PipelineGroup::open(options, {}, 2, seen, clock);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().text,
            "a capture file is read by one thread; more of them share an interface");
  EXPECT_FALSE(PipelineGroup::open(options, {}, 0, seen, clock));
}

}  // namespace
}  // namespace rampart::runner
