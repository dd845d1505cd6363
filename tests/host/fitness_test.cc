#include "host/fitness.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace rampart::host {
namespace {

using testing::HasSubstr;

// A machine on which everything is fine.
Facts healthy() {
  Facts f;
  f.files = FileLimit{65536, 1048576};
  f.local_ports = Range{32768, 60999};
  f.tw_reuse = 2;
  f.time_wait = 12;
  f.somaxconn = 4096;
  f.syn_backlog = 4096;
  f.memory_available = 8ULL << 30U;
  f.swap = Fill{0, 2ULL << 30U};
  f.cpus = 4;
  f.quota = CpuQuota{};
  f.load_average = 0.3;
  f.steal = 0.001;
  f.governor = "";
  f.clock_source = "tsc";
  f.clock = ClockSync{true, 0.01};
  f.capabilities = 1U << 13U;
  f.ping_groups = Range{0, 2147483647};
  f.groups = {1000};
  f.disk = Disk{"/var", 100ULL << 30U, 70ULL << 30U};
  return f;
}

Finding finding_of(const Facts& f, const Demand& d, const std::string& check) {
  for (auto& each : judge(f, d))
    if (each.check == check) return each;
  ADD_FAILURE() << "no check " << check;
  return {};
}

Demand churn(double rate, bool loopback = false) {
  Demand d;
  d.by_plan = true;
  d.connections = 50;
  d.dialled = {{.target = "web",
                .connections = 50,
                .opened_per_second = rate,
                .loopback = loopback,
                .leaves_time_wait = true}};
  return d;
}

TEST(Fitness, AHealthyHostIsFineAndNeedsNothing) {
  const auto findings = judge(healthy(), {});
  EXPECT_EQ(worst(findings), Fitness::ok);
  for (const auto& each : findings) {
    EXPECT_EQ(each.fitness, Fitness::ok) << each.check << ": " << each.measured;
    EXPECT_NE(each.measured, "") << each.check;
    EXPECT_NE(each.bounds, "") << each.check;
    EXPECT_EQ(each.remedy, "") << each.check;
  }
}

TEST(Fitness, WhatCannotBeReadIsUnknownAndNoHarm) {
  const auto findings = judge({}, {});
  EXPECT_EQ(worst(findings), Fitness::ok);
  for (const auto& each : findings) {
    // Absent means not loaded.
    EXPECT_EQ(each.fitness, each.check == "conntrack" ? Fitness::ok : Fitness::unknown)
        << each.check;
    EXPECT_EQ(each.remedy, "") << each.check;
  }
}

TEST(Fitness, EachShortageIsNamedWithItsRemedy) {
  struct Case {
    const char* check;
    void (*set)(Facts&);
    Fitness fitness;
    const char* remedy;
  };
  const Case cases[] = {
      {"open files", [](Facts& f) { f.files = FileLimit{256, 4096}; }, Fitness::bad,
       "ulimit -n 2048"},
      {"open files", [](Facts& f) { f.files = FileLimit{1024, kUnlimited}; }, Fitness::warn,
       "ulimit -n 2048"},
      {"open files", [](Facts& f) { f.files = FileLimit{256, 256}; }, Fitness::bad,
       "/etc/security/limits.d"},
      {"local ports", [](Facts& f) { f.local_ports = Range{40000, 40050}; }, Fitness::bad,
       "ip_local_port_range"},
      {"local ports", [](Facts& f) { f.local_ports = Range{40000, 41099}; }, Fitness::warn,
       "ip_local_port_range"},
      {"local ports", [](Facts& f) { f.reserved_ports = 28000; }, Fitness::bad,
       "ip_local_port_range"},
      {"TIME_WAIT", [](Facts& f) { f.time_wait = 20000; }, Fitness::warn, "tcp_tw_reuse"},
      {"accept backlog", [](Facts& f) { f.somaxconn = 128; }, Fitness::warn, "somaxconn=1024"},
      {"accept backlog", [](Facts& f) { f.syn_backlog = 128; }, Fitness::warn,
       "tcp_max_syn_backlog"},
      {"conntrack", [](Facts& f) { f.conntrack = Fill{65000, 65536}; }, Fitness::bad,
       "nf_conntrack_max=262144"},
      {"conntrack", [](Facts& f) { f.conntrack = Fill{40000, 65536}; }, Fitness::warn,
       "nf_conntrack_max"},
      {"memory", [](Facts& f) { f.memory_available = 900ULL << 20U; }, Fitness::warn, "fewer"},
      {"memory", [](Facts& f) { f.memory_available = 10ULL << 20U; }, Fitness::bad, "fewer"},
      {"swap", [](Facts& f) { f.swap = Fill{50, 100}; }, Fitness::warn, "swapoff"},
      {"CPUs", [](Facts& f) { f.cpus = 1; }, Fitness::warn, "two CPUs"},
      {"CPU quota", [](Facts& f) { f.quota = CpuQuota{0.5, 0, 0}; }, Fitness::warn, "cpu.max"},
      {"CPU quota", [](Facts& f) { f.quota = CpuQuota{2, 100, 20}; }, Fitness::bad, "cpu.max"},
      {"load average", [](Facts& f) { f.load_average = 3; }, Fitness::warn, "stop"},
      {"load average", [](Facts& f) { f.load_average = 12; }, Fitness::bad, "stop"},
      {"steal", [](Facts& f) { f.steal = 0.03; }, Fitness::warn, "another host"},
      {"steal", [](Facts& f) { f.steal = 0.12; }, Fitness::bad, "another host"},
      {"CPU governor", [](Facts& f) { f.governor = "powersave"; }, Fitness::warn, "cpupower"},
      {"clock source", [](Facts& f) { f.clock_source = "hpet"; }, Fitness::warn, "tsc"},
      {"clock", [](Facts& f) { f.clock = ClockSync{false, 16}; }, Fitness::warn, "timedatectl"},
      {"CAP_NET_RAW", [](Facts& f) { f.capabilities = 0; }, Fitness::warn, "setcap"},
      {"disk", [](Facts& f) { f.disk->available = 4ULL << 30U; }, Fitness::ok, ""},
      {"disk", [](Facts& f) { f.disk->available = 900ULL << 20U; }, Fitness::warn,
       "nearly full: make room on it until 2.00 GiB are free"},
      {"disk", [](Facts& f) { f.disk->available = 1ULL << 20U; }, Fitness::bad, "--db"},
      {"ICMP sockets",
       [](Facts& f) {
         f.ping_groups = Range{1, 0};
         f.capabilities = 0;
       },
       Fitness::warn, "ping_group_range"},
      {"interface", [](Facts& f) { f.interface = Interface{"eth9", false, false}; }, Fitness::bad,
       "sniff.interface"},
      {"interface", [](Facts& f) { f.interface = Interface{"eth0", true, false}; }, Fitness::warn,
       "ip link set eth0 up"},
  };
  for (const auto& c : cases) {
    auto facts = healthy();
    c.set(facts);
    const auto found = finding_of(facts, {}, c.check);
    EXPECT_EQ(found.fitness, c.fitness) << c.check << ": " << found.measured;
    EXPECT_THAT(found.remedy, HasSubstr(c.remedy));
    EXPECT_EQ(worst(judge(facts, {})), c.fitness) << c.check;
  }
}

TEST(Fitness, ThePlanDecidesWhatIsEnough) {
  struct Case {
    const char* check;
    Demand demand;
    void (*set)(Facts&);
    Fitness fitness;
  };
  const auto none = [](Facts&) {};
  Demand many = churn(0);
  many.connections = 100000;
  many.dialled[0].connections = 100000;
  auto sourced = many;
  sourced.dialled[0].tuples = 8;
  auto endless = churn(0);
  endless.dialled[0].unbounded = true;
  auto capture = churn(0);
  capture.interface = "lo";
  auto ping = churn(0);
  ping.icmp = true;
  auto threads = churn(0);
  threads.workers = 6;
  const auto no_rights = [](Facts& f) {
    f.capabilities = 0;
    f.ping_groups = Range{1, 0};
  };
  const Case cases[] = {
      {"open files", many, none, Fitness::bad},
      {"local ports", churn(0), none, Fitness::ok},
      {"local ports", churn(400), none, Fitness::warn},      // 60 s of them: 24,050
      {"local ports", churn(500), none, Fitness::bad},       // 30,050 of 28,232
      {"local ports", churn(500, true), none, Fitness::ok},  // reused on loopback
      {"TIME_WAIT", churn(500), none, Fitness::warn},
      {"TIME_WAIT", churn(500, true), none, Fitness::ok},
      {"TIME_WAIT", churn(500, true), [](Facts& f) { f.tw_reuse = 0; }, Fitness::warn},
      {"local ports", many, none, Fitness::bad},
      {"local ports", sourced, none, Fitness::ok},
      {"local ports", endless, none, Fitness::warn},
      {"conntrack", churn(600), [](Facts& f) { f.conntrack = Fill{0, 65536}; }, Fitness::bad},
      {"conntrack", churn(500), [](Facts& f) { f.conntrack = Fill{0, 65536}; }, Fitness::warn},
      {"conntrack", churn(10), [](Facts& f) { f.conntrack = Fill{0, 65536}; }, Fitness::ok},
      {"memory", many, none, Fitness::ok},
      {"memory", many, [](Facts& f) { f.memory_available = 1ULL << 30U; }, Fitness::bad},
      {"CAP_NET_RAW", capture, no_rights, Fitness::bad},
      {"CAP_NET_RAW", churn(0), no_rights, Fitness::ok},
      {"ICMP sockets", ping, no_rights, Fitness::bad},
      {"ICMP sockets", ping, [](Facts& f) { f.ping_groups = Range{1, 0}; }, Fitness::ok},
      {"ICMP sockets", ping, [](Facts& f) { f.capabilities = 0; }, Fitness::ok},
      {"CPUs", threads, none, Fitness::warn},
      {"accept backlog", many, [](Facts& f) { f.somaxconn = 1; }, Fitness::warn},
  };
  for (const auto& c : cases) {
    auto facts = healthy();
    c.set(facts);
    const auto found = finding_of(facts, c.demand, c.check);
    EXPECT_EQ(found.fitness, c.fitness) << &c - cases << " " << c.check << ": " << found.measured;
  }
}

TEST(Fitness, ARemoteServersBacklogIsNotThisHosts) {
  auto demand = churn(0);
  demand.local_server = false;
  auto facts = healthy();
  facts.somaxconn = 1;
  EXPECT_EQ(finding_of(facts, demand, "accept backlog").fitness, Fitness::ok);
}

TEST(Fitness, TheDocumentHoldsEveryCheckWhateverTheBytes) {
  auto facts = healthy();
  facts.clock_source = "\xff\"\n";
  facts.files = FileLimit{256, 4096};
  const auto findings = judge(facts, {});
  const auto document = nlohmann::json::parse(to_json(findings));
  EXPECT_EQ(document["schema"], 1);
  EXPECT_EQ(document["fit"], "bad");
  ASSERT_EQ(document["checks"].size(), findings.size());
  EXPECT_EQ(document["checks"][0]["check"], "open files");
  EXPECT_EQ(document["checks"][0]["fitness"], "bad");
  EXPECT_THAT(document["checks"][0]["remedy"].get<std::string>(), HasSubstr("ulimit"));
}

}  // namespace
}  // namespace rampart::host
