#include "net/zone.h"

#include <gtest/gtest.h>
#include <net/if.h>

namespace rampart::net {
namespace {

TEST(Zone, IsSplitOffAddressesAlone) {
  struct Case {
    const char* host;
    const char* address;
    const char* zone;
  };
  for (const auto& [host, address, zone] : {
           Case{"fe80::1%eth0", "fe80::1", "eth0"},
           Case{"::1%1", "::1", "1"},
           Case{"::1%a%b", "::1", "a%b"},
           Case{"::1%", "::1%", ""},
           Case{"::1", "::1", ""},
           Case{"127.0.0.1%lo", "127.0.0.1%lo", ""},
           Case{"web%lo", "web%lo", ""},
           Case{"%lo", "%lo", ""},
           Case{"", "", ""},
       }) {
    EXPECT_EQ(split_zone(host).address, address) << host;
    EXPECT_EQ(split_zone(host).zone, zone) << host;
  }
}

TEST(Zone, IsAnInterfaceOfThisHost) {
  const auto lo = if_nametoindex("lo");
  ASSERT_NE(lo, 0U);
  EXPECT_EQ(zone_index("lo"), lo);
  EXPECT_EQ(zone_index(std::to_string(lo)), lo);
  for (const auto* none : {"", "nosuch", "4294967295", "99999999999", "1x", "-1"})
    EXPECT_EQ(zone_index(none), 0U) << none;
  EXPECT_EQ(zone_index(std::string_view("lo\0x", 4)), 0U);
  EXPECT_EQ(zone_index(std::string(1000, 'l')), 0U);
}

}  // namespace
}  // namespace rampart::net
