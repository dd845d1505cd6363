// Loads of UDP echoes: what is lost, late, doubled, foreign or changed.
#include "loadgen/udp_channel.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <set>
#include <string>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/loadgen/socket_peers.h"
#include "tests/support/deadline.h"

namespace rampart::loadgen {
namespace {

using base::Endpoint;
using base::IpAddress;
using model::LoadError;
using net::UdpServer;
using testing::EchoThread;
using testing::UdpThread;
using namespace std::chrono_literals;

model::Plan udp_load(const Endpoint& at, const model::Arrival& arrival, std::uint32_t sockets,
                     std::uint32_t streams) {
  auto plan = one_load(at, arrival, sockets);
  auto& load = plan.loads[0];
  load.protocol = model::Protocol::udp;
  load.streams = streams;
  load.steps.clear();
  load.timeout = 100ms;
  plan.targets[0].url = {"udp", "127.0.0.1", at.port, "/"};
  return plan;
}

TEST(UdpChannel, EchoesInBothLoops) {
  const struct {
    std::uint32_t bytes;
    std::uint32_t users;  // few where few datagrams fill the peer's receive buffer
  } cases[] = {{16, 8}, {1400, 8}, {65507, 2}};
  for (const auto& [bytes, users] : cases) {
    for (const auto& arrival : {open_at(400, 300ms), closed_by(users, 200ms)}) {
      EchoThread server;
      auto plan = udp_load(server.endpoint(), arrival, 2, users / 2);
      plan.loads[0].socket.bytes = bytes;
      plan.workers = 2;
      LoadLab lab(plan);
      lab.run();
      const auto t = lab.total();
      EXPECT_GT(t.counters.completed, 100U);
      EXPECT_EQ(t.counters.failed, 0U) << bytes;
      EXPECT_EQ(t.counters.connects, 2U);
      EXPECT_EQ(t.counters.bytes_in, t.counters.completed * bytes);
      EXPECT_EQ(server.stop().datagrams, t.counters.started);
    }
  }
}

TEST(UdpChannel, AnnouncesEachSocket) {
  std::set<Endpoint> seen;
  UdpThread peer([&](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    seen.insert(from);
    server.send(bytes, from);
  });
  LoadLab lab(udp_load(peer.endpoint(), open_at(200, 300ms), 4, 2));
  lab.run();
  EXPECT_EQ(lab.total().counters.failed, 0U);
  std::set<Endpoint> announced;
  for (const auto& tuple : lab.tuples()) {
    EXPECT_EQ(tuple.proto, model::IpProto::udp);
    EXPECT_EQ(tuple.remote, peer.endpoint());
    EXPECT_EQ(tuple.owner, model::Owner::load);
    announced.insert(testing::loopback(tuple.local_port));
  }
  EXPECT_EQ(announced, seen);
  EXPECT_EQ(seen.size(), 4U);
}

TEST(UdpChannel, ExactlyTheLostOnesTimeOut) {
  std::uint64_t count = 0;
  UdpThread peer([&](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    if (++count % 2 == 0) server.send(bytes, from);
  });
  auto arrival = open_at(400, 2s);
  arrival.max_requests = 200;
  LoadLab lab(udp_load(peer.endpoint(), arrival, 4, 16));
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.started, 200U);
  EXPECT_EQ(t.counters.completed, 100U);
  EXPECT_EQ(t.counters.error(LoadError::timeout), 100U);
  EXPECT_EQ(t.counters.connects, 4U) << "a lost datagram does not cost the socket";
  EXPECT_LT(t.service.at(49), 50ms);
  EXPECT_GE(t.service.max(), 100ms);  // lower bounds
}

TEST(UdpChannel, ASecondReplyIsIgnored) {
  UdpThread peer([](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    for (int i = 0; i < 3; ++i) server.send(bytes, from);
  });
  LoadLab lab(udp_load(peer.endpoint(), closed_by(4, 300ms), 1, 4));
  lab.run();
  const auto t = lab.total();
  EXPECT_GT(t.counters.completed, 100U);
  EXPECT_EQ(t.counters.failed, 0U);
  EXPECT_EQ(t.counters.bytes_in, t.counters.completed * 64);
}

// Each reply comes when the next request is out, on the same place: it must not answer that.
TEST(UdpChannel, ALateReplyIsIgnored) {
  std::string last;
  UdpThread peer([&](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    if (!last.empty()) server.send(last, from);
    last.assign(bytes.begin(), bytes.end());
  });
  auto plan = udp_load(peer.endpoint(), closed_by(1, 500ms), 1, 1);
  plan.loads[0].timeout = 50ms;
  LoadLab lab(plan);
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.completed, 0U);
  EXPECT_GE(t.counters.error(LoadError::timeout), 5U);
}

TEST(UdpChannel, AStrangersDatagramIsIgnored) {
  UdpThread peer([](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    server.send(std::string(64, 'z'), from);
    server.send(std::string(), from);
    server.send(std::string(70'000 / 2, '\0'), from);
    server.send(bytes, from);
  });
  LoadLab lab(udp_load(peer.endpoint(), closed_by(2, 200ms), 1, 2));
  lab.run();
  EXPECT_GT(lab.total().counters.completed, 50U);
  EXPECT_EQ(lab.total().counters.failed, 0U);
}

TEST(UdpChannel, ChangedDataIsAWrongEcho) {
  for (const bool shorter : {false, true}) {
    UdpThread peer([&](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
      std::string reply(bytes.begin(), bytes.end());
      if (shorter)
        reply.pop_back();
      else
        reply.back() = '#';
      server.send(reply, from);
    });
    LoadLab lab(udp_load(peer.endpoint(), exactly(30, 100), 1, 4));
    lab.run();
    EXPECT_EQ(lab.total().counters.error(LoadError::wrong_echo), 30U);
    EXPECT_EQ(lab.total().counters.failed, 30U);
  }
}

Endpoint closed_port() { return EchoThread().endpoint(); }

TEST(UdpChannel, AClosedPortRefusesEachRequest) {
  // Few: the kernel bounds how many ICMP errors it sends.
  LoadLab lab(udp_load(closed_port(), exactly(20, 50), 2, 4));
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.failed, 20U);
  EXPECT_EQ(t.counters.error(LoadError::connect_refused), 20U);
  EXPECT_EQ(t.counters.connects, 2U) << "the socket goes on";
}

TEST(UdpChannel, RefusedUsersPause) {
  LoadLab lab(udp_load(closed_port(), closed_by(4, 500ms), 1, 4));
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.completed, 0U);
  EXPECT_GE(t.counters.error(LoadError::connect_refused), 8U);
  EXPECT_LE(t.counters.started, 4 * 6U);  // 100 ms each
}

TEST(UdpChannel, LeavesFromGivenAddresses) {
  std::set<IpAddress> seen;
  UdpThread peer([&](UdpServer& server, std::span<const char> bytes, const Endpoint& from) {
    seen.insert(from.address);
    server.send(bytes, from);
  });
  auto plan = udp_load(peer.endpoint(), open_at(200, 300ms), 4, 1);
  plan.loads[0].sources = {base::Cidr::parse("127.0.7.0/30").value()};
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.failed, 0U);
  EXPECT_EQ(seen, (std::set<IpAddress>{IpAddress::v4(127, 0, 7, 1), IpAddress::v4(127, 0, 7, 2)}));

  plan.loads[0].sources = {base::Cidr::parse("192.0.2.1").value()};
  LoadLab foreign(plan);
  foreign.run();
  EXPECT_EQ(foreign.total().counters.completed, 0U);
  EXPECT_GT(foreign.total().counters.connect_failures, 0U);
}

TEST(UdpChannel, ASocketMayBeReplacedAfterSomeRequests) {
  EchoThread server;
  for (const std::uint64_t most : {1U, 10U}) {
    auto plan = udp_load(server.endpoint(), exactly(100, 200), 2, 4);
    plan.loads[0].requests_per_connection = most;
    LoadLab lab(plan);
    lab.run();
    const auto t = lab.total();
    EXPECT_EQ(t.counters.completed, 100U);
    EXPECT_GE(t.counters.connects, 100 / most);
    EXPECT_LE(t.counters.connects, 100 / most + 4);
  }
}

}  // namespace
}  // namespace rampart::loadgen
