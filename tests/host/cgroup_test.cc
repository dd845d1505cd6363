#include "host/cgroup.h"

#include <gtest/gtest.h>

#include "tests/host/tree.h"

namespace rampart::host {
namespace {

TEST(Cgroup, TheTightestQuotaUpToTheRootHolds) {
  Tree tree;
  tree.put("/proc/self/cgroup", "0::/a/b\n")
      .put("/sys/fs/cgroup/a/b/cpu.max", "max 100000\n")
      .put("/sys/fs/cgroup/a/cpu.max", "150000 100000\n")
      .put("/sys/fs/cgroup/a/cpu.stat", "usage_usec 5\nnr_periods 200\nnr_throttled 30\n");
  const auto quota = cgroup_quota(tree.root());
  ASSERT_TRUE(quota);
  EXPECT_DOUBLE_EQ(quota->cpus, 1.5);
  EXPECT_EQ(quota->periods, 200U);
  EXPECT_EQ(quota->throttled, 30U);
}

TEST(Cgroup, VersionOneIsReadToo) {
  Tree tree;
  tree.put("/proc/self/cgroup", "9:name=systemd:/\n4:cpu,cpuacct:/box\n3:memory:/box\n0::/\n")
      .put("/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_quota_us", "50000\n")
      .put("/sys/fs/cgroup/cpu,cpuacct/box/cpu.cfs_period_us", "100000\n")
      .put("/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n")
      .put("/sys/fs/cgroup/memory/box/memory.limit_in_bytes", "1000\n")
      .put("/sys/fs/cgroup/memory/box/memory.usage_in_bytes", "400\n")
      .put("/sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n")
      .put("/sys/fs/cgroup/memory/memory.usage_in_bytes", "5000\n");
  EXPECT_DOUBLE_EQ(cgroup_quota(tree.root())->cpus, 0.5);
  EXPECT_EQ(cgroup_memory_left(tree.root()), 600U);
}

TEST(Cgroup, NoQuotaIsNotUnknown) {
  Tree tree;
  EXPECT_FALSE(cgroup_quota(tree.root()));
  EXPECT_FALSE(cgroup_memory_left(tree.root()));
  tree.put("/proc/self/cgroup", "0::/user.slice\n")
      .put("/sys/fs/cgroup/cgroup.controllers", "cpu memory\n")
      .put("/sys/fs/cgroup/user.slice/memory.max", "max\n")
      .put("/sys/fs/cgroup/user.slice/memory.current", "7\n");
  ASSERT_TRUE(cgroup_quota(tree.root()));
  EXPECT_EQ(cgroup_quota(tree.root())->cpus, 0);
  EXPECT_FALSE(cgroup_memory_left(tree.root()));
}

TEST(Cgroup, AnyTextIsSurvived) {
  Tree tree;
  for (const std::string groups : {"", ":", "::", "0:", "0::", "0::relative", "0::/../../../../etc",
                                   "0::/a/../..", "4:cpu", "\n\n:::\n", "0::////"})
    for (const std::string max :
         {"", "max", "1", "1 0", "x y", "1 2 3", "-5 100000", "99999999999999999999 1"}) {
      tree.put("/proc/self/cgroup", groups).put("/sys/fs/cgroup/cpu.max", max);
      const auto quota = cgroup_quota(tree.root());
      if (quota) {
        EXPECT_GE(quota->cpus, 0) << groups << " " << max;
      }
      EXPECT_FALSE(cgroup_memory_left(tree.root()));
    }
}

}  // namespace
}  // namespace rampart::host
