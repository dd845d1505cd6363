#include "host/demand.h"

#include <gtest/gtest.h>

namespace rampart::host {
namespace {

using model::Arrival;
using model::Protocol;

model::Plan plan_with(model::LoadSpec load, const char* host = "192.0.2.1") {
  model::Plan plan;
  plan.workers = 2;
  plan.targets.push_back({.name = "web",
                          .url = {.scheme = "http", .host = host, .port = 80},
                          .tls = {},
                          .endpoints = {}});
  plan.loads = {std::move(load)};
  return plan;
}

model::LoadSpec open_load(double rate) {
  model::LoadSpec load;
  load.connections = 100;
  load.arrival.stages = {{base::Rps{rate / 2}, base::Rps{rate}, std::chrono::seconds(10)}};
  load.arrival.duration = std::chrono::seconds(10);
  return load;
}

TEST(Demand, KeepAliveOpensNothing) {
  const auto d = demand_of(plan_with(open_load(500)));
  EXPECT_TRUE(d.by_plan);
  EXPECT_EQ(d.connections, 100U);
  EXPECT_EQ(d.workers, 2U);
  EXPECT_FALSE(d.local_server);
  ASSERT_EQ(d.dialled.size(), 1U);
  EXPECT_EQ(d.dialled[0].opened_per_second, 0);
  EXPECT_FALSE(d.dialled[0].leaves_time_wait);
}

TEST(Demand, NewConnectionsFollowTheHighestRate) {
  struct Case {
    void (*set)(model::Plan&);
    double opened;
    bool unbounded;
  };
  const Case cases[] = {
      {[](model::Plan& p) { p.loads[0].requests_per_connection = 1; }, 500, false},
      {[](model::Plan& p) { p.loads[0].requests_per_connection = 10; }, 50, false},
      {[](model::Plan& p) { p.loads[0].protocol = Protocol::tcp; }, 500, false},
      {[](model::Plan& p) {
         p.loads[0].requests_per_connection = 1;
         p.loads[0].connection_rate = base::Rps{20};
       },
       20, false},
      {[](model::Plan& p) {
         p.loads[0].requests_per_connection = 1;
         p.find.emplace().most = base::Rps{4000};
       },
       4000, false},
      {[](model::Plan& p) {
         p.loads[0].requests_per_connection = 1;
         p.loads[0].arrival.model = Arrival::Model::closed;
         p.loads[0].arrival.stages.clear();
       },
       0, true},
      {[](model::Plan& p) {
         p.loads[0].protocol = Protocol::tcp;
         p.loads[0].socket.mode = model::SocketUse::Mode::hold;
       },
       0, false},
      {[](model::Plan& p) {
         p.loads[0].requests_per_connection = 1;
         p.loads[0].arrival.stages.clear();
         p.loads[0].arrival.replay.resize(200);
       },
       20, false},
  };
  for (const auto& c : cases) {
    auto plan = plan_with(open_load(500));
    c.set(plan);
    const auto d = demand_of(plan);
    ASSERT_EQ(d.dialled.size(), 1U);
    EXPECT_DOUBLE_EQ(d.dialled[0].opened_per_second, c.opened) << &c - cases;
    EXPECT_EQ(d.dialled[0].unbounded, c.unbounded) << &c - cases;
  }
}

TEST(Demand, SourcesAndAddressesMultiply) {
  auto load = open_load(10);
  load.sources = {*base::Cidr::parse("127.0.0.0/29"), *base::Cidr::parse("10.0.0.1/32")};
  auto plan = plan_with(load, "127.0.0.1");
  plan.targets[0].endpoints.resize(2);
  const auto d = demand_of(plan);
  EXPECT_EQ(d.dialled[0].tuples, 14U);
  EXPECT_TRUE(d.dialled[0].loopback);
  EXPECT_TRUE(d.local_server);
  plan.loads[0].sources = {*base::Cidr::parse("::/0")};
  EXPECT_LE(demand_of(plan).dialled[0].tuples, 1U << 20U);
}

TEST(Demand, CaptureAndIcmpNeedRights) {
  auto plan = plan_with(open_load(10));
  EXPECT_FALSE(demand_of(plan).icmp);
  plan.probes.resize(1);
  plan.probes[0].module.kind = model::ProbeModule::Kind::icmp;
  plan.sniff =
      model::SniffSpec{.interface = "eth7", .filter = {}, .rule_files = {}, .eve_file = {}};
  auto d = demand_of(plan);
  EXPECT_TRUE(d.icmp);
  EXPECT_EQ(d.interface, "eth7");
  EXPECT_EQ(d.connections, 101U);
  plan.loads[0].protocol = Protocol::icmp;
  d = demand_of(plan);
  EXPECT_TRUE(d.dialled.empty());
  EXPECT_EQ(d.connections, 1U);
}

}  // namespace
}  // namespace rampart::host
