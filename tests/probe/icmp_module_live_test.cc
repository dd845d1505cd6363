// Needs root: raw sockets, and network namespaces that the tests make for themselves.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "module_lab.h"
#include "net/fd_watcher.h"
#include "net/icmp_echo.h"
#include "net/sockaddr.h"
#include "own_namespace.h"
#include "probe/module/icmp_module.h"
#include "tests/support/deadline.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class IcmpModuleLive : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
  }
};

model::BlackboxModule icmp_module() {
  model::BlackboxModule out;
  out.prober = model::BlackboxModule::Prober::icmp;
  return out;
}

ModuleOutcome ping(ModuleLab& lab, const std::string& target,
                   const model::BlackboxModule& module = icmp_module(), base::Nanos timeout = 2s) {
  return lab.run<IcmpModuleProbe>(module, target, timeout);
}

double phase(const ModuleOutcome& outcome, const std::string& name) {
  return value_of(outcome, "probe_icmp_duration_seconds", "phase=\"" + name + "\"").value_or(-1);
}

TEST_F(IcmpModuleLive, LoopbackAnswers) {
  in_namespace(Link::up, [] {
    for (const bool raw : {true, false}) {
      if (!raw) {
        set("ping_group_range", "0 0");
        drop_net_raw();
      }
      for (const auto* address : {"127.0.0.1", "::1"}) {
        ModuleLab lab;
        const auto out = ping(lab, address);
        EXPECT_TRUE(out.success) << address << raw << out.detail;
        EXPECT_EQ(out.reason, ProbeReason::none);
        for (const auto* name : {"resolve", "setup", "rtt"}) EXPECT_GT(phase(out, name), 0) << name;
        EXPECT_EQ(value_of(out, "probe_icmp_reply_hop_limit"), 64) << address << raw;
        EXPECT_EQ(out.families.size(), 5U);
        ASSERT_EQ(lab.tuples.records.size(), 1U);
        const auto& tuple = lab.tuples.records[0];
        EXPECT_EQ(tuple.owner, model::Owner::probe);
        EXPECT_EQ(base::to_string(tuple.remote.address), address);
        EXPECT_NE(tuple.local_port, 0);  // the echo id
      }
    }
  });
}

TEST_F(IcmpModuleLive, KeepsTheModulesOptions) {
  in_namespace(Link::up, [] {
    for (const auto* address : {"127.0.0.1", "::1"})
      for (const std::size_t size : {std::size_t{1}, std::size_t{1000}, std::size_t{20000}}) {
        ModuleLab lab;
        auto module = icmp_module();
        module.icmp.payload_size = size;
        module.icmp.ttl = 7;
        const auto out = ping(lab, address, module);
        EXPECT_TRUE(out.success) << address << " " << size << out.detail;
      }
    ModuleLab lab;
    auto module = icmp_module();
    module.icmp.dont_fragment = true;
    module.icmp.payload_size = 2000;
    EXPECT_TRUE(ping(lab, "127.0.0.1", module).success);
    module.icmp.payload_size = 70000;
    for (const auto* address : {"127.0.0.1", "::1"}) {
      const auto out = ping(lab, address, module);
      EXPECT_EQ(out.reason, ProbeReason::local) << out.detail;
      EXPECT_EQ(phase(out, "rtt"), 0);
    }
    module = icmp_module();
    module.icmp.source_ip_address = "127.0.0.9";
    EXPECT_TRUE(ping(lab, "127.0.0.1", module).success);
    for (const auto* wrong : {"192.0.2.200", "::1", "nonsense"}) {
      module.icmp.source_ip_address = wrong;
      const auto out = ping(lab, "127.0.0.1", module);
      EXPECT_EQ(out.reason, ProbeReason::local) << wrong << out.detail;
      EXPECT_THAT(out.detail, HasSubstr(wrong));
    }
  });
}

TEST_F(IcmpModuleLive, SilenceIsATimeout) {
  in_namespace(Link::up, [] {
    set("icmp_echo_ignore_all", "1");
    ModuleLab lab;
    const auto out = ping(lab, "127.0.0.1", icmp_module(), 100ms);
    EXPECT_EQ(out.reason, ProbeReason::timeout_first_byte) << out.detail;
    EXPECT_GE(out.duration, 100ms);
    EXPECT_GT(phase(out, "setup"), 0);
    EXPECT_EQ(phase(out, "rtt"), 0);
    EXPECT_EQ(value_of(out, "probe_icmp_reply_hop_limit"), std::nullopt);
  });
}

// Answers in the kernel's place with whatever the test makes of a request, on raw sockets.
class Responder final : private net::FdWatcher::Listener {
 public:
  using Packet = std::vector<std::uint8_t>;  // without its IP header
  Responder(net::Loop& loop, std::function<std::vector<Packet>(const Packet&)> answer)
      : answer_(std::move(answer)),
        fd_(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_ICMP)) {
    net::FdWatcher::Listener& self = *this;
    watcher_.emplace(loop, fd_.get(), self);
    watcher_->watch(true, false);
  }

  // With a new checksum.
  static Packet sealed(Packet packet) {
    packet[2] = packet[3] = 0;
    unsigned sum = 0;
    for (std::size_t i = 0; i < packet.size(); i += 2)
      sum += packet[i] * 256U + (i + 1 < packet.size() ? packet[i + 1] : 0U);
    while (sum >> 16U != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
    packet[2] = static_cast<std::uint8_t>(~sum >> 8U);
    packet[3] = static_cast<std::uint8_t>(~sum);
    return packet;
  }

 private:
  void on_ready(int fd, bool, bool) override {
    std::array<std::uint8_t, 2048> bytes{};
    const auto size = recv(fd, bytes.data(), bytes.size(), 0);
    if (size < 28 || bytes[20] != 8) return;  // our own replies
    const Packet request(bytes.begin() + 20, bytes.begin() + size);
    const auto to = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 0});
    for (const auto& packet : answer_(request))
      EXPECT_EQ(sendto(fd, packet.data(), packet.size(), 0, to.get(), to.length),
                static_cast<ssize_t>(packet.size()));
  }

  std::function<std::vector<Packet>(const Packet&)> answer_;
  Descriptor fd_;
  std::optional<net::FdWatcher> watcher_;
};

TEST_F(IcmpModuleLive, OnlyTheReplyToTheRequestCounts) {
  in_namespace(Link::up, [] {
    set("icmp_echo_ignore_all", "1");
    using Packet = Responder::Packet;
    const auto reply = [](const Packet& request) {
      auto out = request;
      out[0] = 0;
      return out;
    };
    // Everything that is not the reply, each twice, so that a flood ends in time, too.
    const auto wrong = [&](const Packet& request) {
      std::vector<Packet> out;
      auto packet = reply(request);
      packet[5] ^= 1U;  // id
      out.push_back(Responder::sealed(packet));
      packet = reply(request);
      packet[7] ^= 1U;  // sequence
      out.push_back(Responder::sealed(packet));
      packet = reply(request);
      packet.back() ^= 1U;
      out.push_back(Responder::sealed(packet));
      packet = reply(request);
      packet.pop_back();
      out.push_back(Responder::sealed(packet));
      packet = reply(request);
      packet.resize(packet.size() + 1000);
      out.push_back(Responder::sealed(packet));
      return out;
    };
    {
      ModuleLab lab;
      const Responder responder(lab.loop, wrong);
      const auto out = ping(lab, "127.0.0.1", icmp_module(), 150ms);
      EXPECT_EQ(out.reason, ProbeReason::timeout_first_byte) << out.detail;
    }
    ModuleLab lab;
    const Responder responder(lab.loop, [&](const Packet& request) {
      auto out = wrong(request);
      out.push_back(Responder::sealed(reply(request)));
      return out;
    });
    const auto out = ping(lab, "127.0.0.1", icmp_module(), 2s);
    EXPECT_TRUE(out.success) << out.detail;
  });
}

// An ICMP error that quotes the request ends the probe; one that quotes another does not.
TEST_F(IcmpModuleLive, AnErrorOnTheWayIsTold) {
  in_namespace(Link::up, [] {
    set("icmp_echo_ignore_all", "1");
    using Packet = Responder::Packet;
    for (const bool ours : {true, false}) {
      ModuleLab lab;
      const Responder responder(lab.loop, [ours](const Packet& request) {
        Packet out{3, 13, 0, 0, 0, 0, 0, 0};  // administratively prohibited
        const Packet header{0x45, 0, 0, static_cast<std::uint8_t>(20 + request.size()),
                            0,    0, 0, 0,
                            64,   1, 0, 0,
                            127,  0, 0, 1,
                            127,  0, 0, 1};
        out.insert(out.end(), header.begin(), header.end());
        out.insert(out.end(), request.begin(), request.begin() + 8);
        if (!ours) out[8 + 20 + 7] ^= 1U;  // the sequence that it quotes
        return std::vector<Packet>{Responder::sealed(out)};
      });
      const auto out = ping(lab, "127.0.0.1", icmp_module(), 200ms);
      EXPECT_EQ(out.reason, ours ? ProbeReason::unreachable : ProbeReason::timeout_first_byte)
          << out.detail;
      if (ours) {
        EXPECT_THAT(out.detail, HasSubstr("type 3, code 13"));
        EXPECT_LT(out.duration, 200ms);
      }
    }
  });
}

TEST_F(IcmpModuleLive, WithoutARouteItIsUnreachable) {
  in_namespace(Link::down, [] {
    ModuleLab lab;
    const auto out = ping(lab, "127.0.0.1");
    EXPECT_EQ(out.reason, ProbeReason::unreachable) << out.detail;
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
  });
}

TEST_F(IcmpModuleLive, WithoutAnyPermissionItSaysWhatToDo) {
  in_namespace(Link::up, [] {
    set("ping_group_range", "1 0");
    drop_net_raw();
    ModuleLab lab;
    const auto out = ping(lab, "127.0.0.1");
    EXPECT_EQ(out.reason, ProbeReason::local);
    EXPECT_THAT(out.detail, HasSubstr("CAP_NET_RAW"));
    EXPECT_TRUE(lab.tuples.records.empty());
  });
}

TEST_F(IcmpModuleLive, NamesAndAddressesThatAreNotPermitted) {
  in_namespace(Link::up, [] {
    ModuleLab lab;
    lab.zone["host.test. 1"] = {testing::dns_address("127.0.0.1")};
    lab.zone["away.test. 1"] = {testing::dns_address("192.0.2.1")};
    EXPECT_TRUE(ping(lab, "host.test").success);
    EXPECT_EQ(ping(lab, "gone.test").reason, ProbeReason::dns_nxdomain);
    EXPECT_EQ(ping(lab, "[::1]").reason, ProbeReason::bad_target);
    EXPECT_EQ(lab.tuples.records.size(), 1U);
    for (const auto* target : {"192.0.2.1", "away.test"})
      EXPECT_EQ(ping(lab, target).reason, ProbeReason::not_permitted);
    EXPECT_EQ(lab.tuples.records.size(), 1U);
  });
}

}  // namespace
}  // namespace rampart::probe
