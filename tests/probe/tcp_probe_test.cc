#include "probe/tcp_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lab.h"
#include "net/sockaddr.h"
#include "scripted_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::HasSubstr;
using namespace std::chrono_literals;

TEST(TcpProbe, Connects) {
  Lab lab;
  ScriptedServer server(lab.loop, ScriptedServer::Answer{});
  lab.add_probe("tcp://web.test:5432", server.endpoint());
  const auto result = lab.run_probe<TcpProbe>();
  EXPECT_TRUE(result.success) << result.detail;
  EXPECT_EQ(result.reason, ProbeReason::none);
  EXPECT_GT(result.duration, 0ns);
  EXPECT_EQ(result.phases.connect, result.duration);
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  EXPECT_EQ(lab.tuples.records[0].remote, server.endpoint());
  EXPECT_EQ(lab.tuples.records[0].owner, model::Owner::probe);
  EXPECT_NE(lab.tuples.records[0].local_port, 0);
}

TEST(TcpProbe, Refused) {
  Lab lab;
  base::Endpoint gone;
  {
    const ScriptedServer server(lab.loop, ScriptedServer::Answer{});
    gone = server.endpoint();
  }
  lab.add_probe("tcp://web.test:5432", gone);
  const auto result = lab.run_probe<TcpProbe>();
  EXPECT_EQ(result.reason, ProbeReason::connect_refused) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr(base::to_string(gone)));
  EXPECT_EQ(result.phases.connect, 0ns);
}

// A listener whose accept queue is full: the kernel drops further SYNs, as with a hung server.
class FullBacklog {
 public:
  FullBacklog() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto at = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 0});
    bind(listener_.get(), at.get(), at.length);
    listen(listener_.get(), 0);
    getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at.storage), &at.length);
    endpoint_ = net::from_sockaddr(at.get());
    for (auto& client : clients_) {
      client.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
      static_cast<void>(connect(client.get(), at.get(), at.length));
    }
  }
  [[nodiscard]] base::Endpoint endpoint() const { return endpoint_; }

 private:
  Descriptor listener_;
  base::Endpoint endpoint_;
  std::array<Descriptor, 3> clients_;
};

TEST(TcpProbe, ConnectTimeout) {
  Lab lab;
  const FullBacklog full;
  lab.add_probe("tcp://web.test:5432", full.endpoint(), 100ms);
  const auto result = lab.run_probe<TcpProbe>();
  EXPECT_EQ(result.reason, ProbeReason::connect_timeout) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("no answer within 100 ms"));
  EXPECT_GE(result.duration, 100ms);
  EXPECT_EQ(result.phases.connect, 0ns);
  lab.plan.targets[0].url = model::parse_url("http://web.test/").value();
  const auto http = lab.run_http();
  EXPECT_EQ(http.reason, ProbeReason::connect_timeout) << http.detail;
  EXPECT_EQ(http.phases.connect, 0ns);
}

TEST(TcpProbe, NotPermittedNeverGetsASocket) {
  Lab lab;
  lab.add_probe("tcp://web.test:80", {base::IpAddress::parse("192.0.2.1").value(), 80});
  const auto result = lab.run_probe<TcpProbe>();
  EXPECT_EQ(result.reason, ProbeReason::not_permitted);
  EXPECT_TRUE(lab.tuples.records.empty());
}

TEST(TcpProbe, WithoutAddress) {
  Lab lab;
  lab.add_probe("tcp://web.test:80", {});
  lab.plan.targets[0].endpoints.clear();
  EXPECT_EQ(lab.run_probe<TcpProbe>().reason, ProbeReason::resolve_failed);
}

}  // namespace
}  // namespace rampart::probe
