#include "net/ip_families.h"

#include <gtest/gtest.h>

#include "tests/support/without_ipv6.h"

namespace rampart::net {
namespace {

TEST(IpFamilies, TellsWhetherThereIsIpv6) {
  bool without = true;
  testing::without_ipv6([&] { without = speaks_ipv6(); });
  EXPECT_FALSE(without);
  EXPECT_TRUE(speaks_ipv6()) << "the tests need a kernel with IPv6";
}

}  // namespace
}  // namespace rampart::net
