#include "host/survey.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/host/tree.h"

namespace rampart::host {
namespace {

const std::vector<std::pair<const char*, const char*>> kHost = {
    {"/proc/self/limits",
     "Limit                     Soft Limit           Hard Limit           Units\n"
     "Max processes             1                    2                    processes\n"
     "Max open files            1024                 unlimited            files\n"},
    {"/proc/self/status",
     "Name:\trampart\nGid:\t1000\t1001\t1000\t1000\nGroups:\t4 27 \nCapEff:\t0000000000002000\n"
     "Cpus_allowed_list:\t0-2,5\n"},
    {"/proc/self/cgroup", "0::/\n"},
    {"/sys/fs/cgroup/cpu.max", "200000 100000\n"},
    {"/proc/sys/net/ipv4/ip_local_port_range", "32768\t60999\n"},
    {"/proc/sys/net/ipv4/ip_local_reserved_ports", "100-200,40000-40009,50000\n"},
    {"/proc/sys/net/ipv4/tcp_tw_reuse", "2\n"},
    {"/proc/sys/net/ipv4/tcp_max_syn_backlog", "512\n"},
    {"/proc/sys/net/ipv4/ping_group_range", "1\t0\n"},
    {"/proc/sys/net/core/somaxconn", "4096\n"},
    {"/proc/sys/net/netfilter/nf_conntrack_count", "7\n"},
    {"/proc/sys/net/netfilter/nf_conntrack_max", "65536\n"},
    {"/proc/net/sockstat", "sockets: used 146\nTCP: inuse 130 orphan 0 tw 17 alloc 130 mem 122\n"},
    {"/proc/meminfo",
     "MemTotal:        8000000 kB\nMemAvailable:    4000000 kB\nSwapTotal: 100 kB\n"
     "SwapFree: 75 kB\n"},
    {"/proc/loadavg", "0.52 0.58 0.59 1/467 12345\n"},
    {"/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor", "performance\n"},
    {"/sys/devices/system/cpu/cpu1/cpufreq/scaling_governor", "powersave\n"},
    {"/sys/devices/system/clocksource/clocksource0/current_clocksource", "tsc\n"},
    {"/sys/class/net/eth0/flags", "0x1003\n"},
    {"/sys/class/net/eth1/flags", "0x1002\n"},
};

TEST(Survey, ReadsAWholeHost) {
  Tree tree;
  for (const auto& [path, text] : kHost) tree.put(path, text);
  const auto f = survey({.root = tree.root(), .interface = "eth0"});
  EXPECT_EQ(f.files->soft, 1024U);
  EXPECT_EQ(f.files->hard, kUnlimited);
  EXPECT_EQ(f.local_ports->size(), 28232U);
  EXPECT_EQ(f.reserved_ports, 11U);
  EXPECT_EQ(f.tw_reuse, 2U);
  EXPECT_EQ(f.time_wait, 17U);
  EXPECT_EQ(f.somaxconn, 4096U);
  EXPECT_EQ(f.syn_backlog, 512U);
  EXPECT_EQ(f.conntrack->used, 7U);
  EXPECT_EQ(f.conntrack->size, 65536U);
  EXPECT_EQ(f.memory_available, 4000000ULL * 1024);
  EXPECT_EQ(f.swap->used, 25U * 1024);
  EXPECT_EQ(f.cpus, 4U);
  EXPECT_DOUBLE_EQ(f.quota->cpus, 2);
  EXPECT_DOUBLE_EQ(*f.load_average, 0.52);
  EXPECT_EQ(f.governor, "powersave");
  EXPECT_EQ(f.clock_source, "tsc");
  EXPECT_EQ(f.capabilities, 0x2000U);
  EXPECT_EQ(f.ping_groups->size(), 0U);
  EXPECT_THAT(f.groups, testing::ElementsAre(1000, 1001, 1000, 1000, 4, 27));
  EXPECT_TRUE(f.interface->exists);
  EXPECT_TRUE(f.interface->up);
}

TEST(Survey, LooksForTheInterface) {
  Tree tree;
  for (const auto& [path, text] : kHost) tree.put(path, text);
  struct Case {
    const char* name;
    bool exists, up;
  };
  for (const auto& c : {Case{"eth1", true, false}, Case{"eth2", false, false},
                        Case{"any", true, true}, Case{"../../../proc/sys/net/core", false, false},
                        Case{"..", false, false}, Case{"a-name-that-is-too-long", false, false}}) {
    const auto f = survey({.root = tree.root(), .interface = c.name});
    EXPECT_EQ(f.interface->exists, c.exists) << c.name;
    EXPECT_EQ(f.interface->up, c.up) << c.name;
  }
  EXPECT_FALSE(survey({.root = tree.root(), .interface = ""}).interface);
}

TEST(Survey, AnEmptyTreeIsUnknown) {
  Tree tree;
  const auto f = survey({.root = tree.root(), .interface = ""});
  EXPECT_FALSE(f.files || f.local_ports || f.tw_reuse || f.time_wait || f.somaxconn ||
               f.syn_backlog || f.conntrack || f.memory_available || f.swap || f.cpus || f.quota ||
               f.load_average || f.clock_source || f.capabilities || f.ping_groups);
}

// Each file in turn holds what it should not: nothing is believed that is not there, and the rest
// is read.
TEST(Survey, HostileFilesAreSurvived) {
  std::mt19937 random(7);
  std::string noise(5000, '\0');
  for (auto& c : noise) c = static_cast<char>(random());
  Tree tree;
  for (const auto& [path, text] : kHost) tree.put(path, text);
  for (const auto& [broken, good] : kHost) {
    for (const std::string& text :
         {std::string(), noise, std::string("-1"), std::string("99999999999999999999999"),
          std::string("Max open files\nTCP: tw\nMemAvailable:\nCapEff:\nCpus_allowed_list:\n"),
          std::string("TCP: inuse tw\nMemAvailable: 18446744073709551615 kB\n"),
          std::string("60999 32768"), std::string("0-18446744073709551615"),
          std::string(good).substr(0, 20)}) {
      tree.put(broken, text);
      const auto f = survey({.root = tree.root(), .interface = "eth0"});
      if (std::string(broken) != "/proc/loadavg") {
        EXPECT_DOUBLE_EQ(*f.load_average, 0.52);
      }
      if (f.local_ports) {
        EXPECT_LE(f.reserved_ports, f.local_ports->size());
      }
      if (f.memory_available) {
        EXPECT_LE(*f.memory_available, kUnlimited / 2);
      }
    }
    tree.put(broken, good);
  }
}

}  // namespace
}  // namespace rampart::host
