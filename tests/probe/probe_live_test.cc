// Needs root: raw sockets, and network namespaces that the tests make for themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <optional>

#include "lab.h"
#include "net/icmp_echo.h"
#include "net/sockaddr.h"
#include "own_namespace.h"
#include "probe/icmp_probe.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::HasSubstr;
using namespace std::chrono_literals;

class ProbeLive : public testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

model::ProbeResult ping(Lab& lab, const std::string& address, base::Nanos timeout = 2s) {
  lab.add_probe("icmp://host.test", {base::IpAddress::parse(address).value(), 0}, timeout);
  return lab.run_probe<IcmpProbe>();
}

TEST_F(ProbeLive, LoopbackAnswers) {
  in_namespace(Link::up, [] {
    for (const auto* address : {"127.0.0.1", "::1"}) {
      Lab lab;
      const auto result = ping(lab, address);
      EXPECT_TRUE(result.success) << result.detail;
      EXPECT_GT(result.duration, 0ns);
      EXPECT_EQ(result.phases.processing, result.duration);
      ASSERT_EQ(lab.tuples.records.size(), 1U);
      const auto& tuple = lab.tuples.records[0];
      EXPECT_EQ(tuple.owner, model::Owner::probe);
      EXPECT_EQ(tuple.remote.port, 0);
      EXPECT_EQ(tuple.proto,
                tuple.remote.address.v6 ? model::IpProto::icmp6 : model::IpProto::icmp);
    }
  });
}

// The same socket again and again: each start has its own sequence number.
TEST_F(ProbeLive, RepeatsOnOneSocket) {
  in_namespace(Link::up, [] {
    Lab lab;
    lab.add_probe("icmp://host.test", {base::IpAddress::v4(127, 0, 0, 1), 0}, 2s);
    Kept<model::ProbeResult> results;
    IcmpProbe probe(lab.context, lab.plan, 0, results);
    for (int i = 0; i < 50; ++i) lab.run(probe);
    ASSERT_EQ(results.records.size(), 50U);
    for (const auto& result : results.records) EXPECT_TRUE(result.success) << result.detail;
  });
}

TEST_F(ProbeLive, SilenceIsATimeout) {
  in_namespace(Link::up, [] {
    set("icmp_echo_ignore_all", "1");
    Lab lab;
    const auto result = ping(lab, "127.0.0.1", 100ms);
    EXPECT_EQ(result.reason, ProbeReason::timeout_first_byte) << result.detail;
    EXPECT_THAT(result.detail, HasSubstr("no echo reply within 100 ms"));
    EXPECT_GE(result.duration, 100ms);
  });
}

// Answers in the kernel's place: the second request with the reply to the first, the third with its
// own.
class LateResponder final : private net::FdWatcher::Listener {
 public:
  explicit LateResponder(net::Loop& loop)
      : fd_(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP)) {
    net::FdWatcher::Listener& self = *this;
    watcher_.emplace(loop, fd_.get(), self);
    watcher_->watch(true, false);
  }
  ~LateResponder() { watcher_.reset(); }

 private:
  using Message = std::array<std::uint8_t, net::kEchoSize>;

  void on_ready(int fd, bool, bool) override {
    std::array<std::uint8_t, 20 + net::kEchoSize> packet{};
    if (recv(fd, packet.data(), packet.size(), 0) != static_cast<ssize_t>(packet.size())) return;
    if (packet[20] != 8) return;  // our own reply
    Message& message = requests_.at(count_++);
    std::copy(packet.begin() + 20, packet.end(), message.begin());
    if (count_ == 2) reply(requests_[0]);
    if (count_ == 3) reply(requests_[2]);
  }
  void reply(Message message) {
    message[0] = 0;  // an echo reply; the checksum grows by the type that is gone
    const unsigned sum = (message[2] * 256U + message[3]) + 0x0800U;
    const unsigned folded = (sum & 0xFFFFU) + (sum >> 16);
    message[2] = static_cast<std::uint8_t>(folded >> 8);
    message[3] = static_cast<std::uint8_t>(folded);
    const auto to = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 0});
    EXPECT_EQ(sendto(fd_.get(), message.data(), message.size(), 0, to.get(), to.length),
              static_cast<ssize_t>(message.size()));
  }

  Descriptor fd_;
  std::optional<net::FdWatcher> watcher_;
  std::array<Message, 8> requests_{};
  std::size_t count_ = 0;
};

TEST_F(ProbeLive, LateAnswersAreIgnored) {
  in_namespace(Link::up, [] {
    set("icmp_echo_ignore_all", "1");
    Lab lab;
    LateResponder responder(lab.loop);
    lab.add_probe("icmp://host.test", {base::IpAddress::v4(127, 0, 0, 1), 0}, 100ms);
    Kept<model::ProbeResult> results;
    IcmpProbe probe(lab.context, lab.plan, 0, results);
    for (int i = 0; i < 3; ++i) lab.run(probe);
    ASSERT_EQ(results.records.size(), 3U);
    EXPECT_EQ(results.records[0].reason, ProbeReason::timeout_first_byte);
    EXPECT_EQ(results.records[1].reason, ProbeReason::timeout_first_byte);
    EXPECT_TRUE(results.records[2].success) << results.records[2].detail;
  });
}

TEST_F(ProbeLive, NoRouteIsUnreachable) {
  in_namespace(Link::down, [] {
    Lab lab;
    const auto result = ping(lab, "127.0.0.1");
    EXPECT_EQ(result.reason, ProbeReason::unreachable) << result.detail;
    EXPECT_LT(result.duration, 1s);
    // And for TCP and HTTP.
    lab.add_probe("http://host.test/", {base::IpAddress::v4(127, 0, 0, 1), 80}, 2s);
    EXPECT_EQ(lab.run_probe<TcpProbe>().reason, ProbeReason::unreachable);
    EXPECT_EQ(lab.run_http().reason, ProbeReason::unreachable);
  });
}

// A load that holds every local port towards one peer must not blind the probes of others.
TEST_F(ProbeLive, WithoutAFreePortTcpAndHttpStillConnect) {
  in_namespace(Link::up, [] {
    set("ip_local_port_range", "50000 50001");
    Lab lab;
    const auto at = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 7000});
    const Descriptor listener(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(listener.get(), at.get(), at.length), 0);
    ASSERT_EQ(listen(listener.get(), 8), 0);
    std::array<Descriptor, 2> load;
    for (auto& client : load) {
      client.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
      ASSERT_EQ(connect(client.get(), at.get(), at.length), 0);
    }
    const auto other = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 7001});
    const Descriptor idle(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(bind(idle.get(), other.get(), other.length), 0);
    ASSERT_EQ(listen(idle.get(), 8), 0);

    lab.add_probe("http://host.test/", {base::IpAddress::v4(127, 0, 0, 1), 7001}, 200ms);
    EXPECT_TRUE(lab.run_probe<TcpProbe>().success);
    const auto http = lab.run_http();  // nobody accepts, but the kernel connects
    EXPECT_EQ(http.reason, ProbeReason::timeout_first_byte) << http.detail;
    ASSERT_EQ(lab.tuples.records.size(), 2U);
    for (const auto& tuple : lab.tuples.records) {
      EXPECT_GE(tuple.local_port, 50000);
      EXPECT_LE(tuple.local_port, 50001);
    }
    // Every port towards the loaded peer itself is taken: our own trouble, not the peer's.
    lab.add_probe("http://host.test/", {base::IpAddress::v4(127, 0, 0, 1), 7000}, 200ms);
    EXPECT_EQ(lab.run_probe<TcpProbe>().reason, ProbeReason::local);
    EXPECT_EQ(lab.run_http().reason, ProbeReason::local);
  });
}

TEST_F(ProbeLive, WithoutTheCapabilityADatagramSocketServes) {
  in_namespace(Link::up, [] {
    set("ping_group_range", "0 0");
    drop_net_raw();
    for (const auto* address : {"127.0.0.1", "::1"}) {
      Lab lab;
      const auto result = ping(lab, address);
      EXPECT_TRUE(result.success) << result.detail;
      ASSERT_EQ(lab.tuples.records.size(), 1U);
      EXPECT_NE(lab.tuples.records[0].local_port, 0);
    }
  });
}

TEST_F(ProbeLive, WithoutAnyPermissionItSaysWhatToDo) {
  in_namespace(Link::up, [] {
    set("ping_group_range", "1 0");
    drop_net_raw();
    Lab lab;
    const auto result = ping(lab, "127.0.0.1");
    EXPECT_EQ(result.reason, ProbeReason::local);
    EXPECT_THAT(result.detail, HasSubstr("CAP_NET_RAW"));
    EXPECT_TRUE(lab.tuples.records.empty());
  });
}

TEST_F(ProbeLive, TheSocketOutlivesTheCapability) {
  in_namespace(Link::up, [] {
    set("ping_group_range", "1 0");
    Lab lab;
    lab.add_probe("icmp://host.test", {base::IpAddress::v4(127, 0, 0, 1), 0}, 2s);
    Kept<model::ProbeResult> results;
    IcmpProbe probe(lab.context, lab.plan, 0, results);
    drop_net_raw();
    lab.run(probe);
    EXPECT_TRUE(results.records.at(0).success) << results.records.at(0).detail;
  });
}

TEST_F(ProbeLive, NotPermittedNeverGetsASocket) {
  in_namespace(Link::up, [] {
    Lab lab;
    EXPECT_EQ(ping(lab, "192.0.2.1").reason, ProbeReason::not_permitted);
    EXPECT_TRUE(lab.tuples.records.empty());
  });
}

}  // namespace
}  // namespace rampart::probe
