#include "base/ip_address.h"

#include <gtest/gtest.h>

namespace rampart::base {
namespace {

TEST(IpAddress, ParsesAndPrints) {
  for (const auto* text : {"127.0.0.1", "0.0.0.0", "255.255.255.255", "::1", "2001:db8::7"}) {
    const auto address = IpAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(to_string(*address), text);
  }
  for (const auto* text : {"", "localhost", "1.2.3", "1.2.3.4.5", "300.1.1.1", "1.2.3.4 ", "::g"})
    EXPECT_FALSE(IpAddress::parse(text)) << text;
}

TEST(IpAddress, KnowsLoopback) {
  for (const auto* text : {"127.0.0.1", "127.255.0.9", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
  for (const auto* text : {"128.0.0.1", "10.0.0.1", "::2", "::", "::ffff:10.0.0.1", "0.0.0.0"})
    EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
}

TEST(Cidr, ContainsByPrefix) {
  struct Case {
    const char* cidr;
    const char* address;
    bool inside;
  };
  for (const auto& c :
       {Case{"10.0.0.0/8", "10.255.1.2", true}, Case{"10.0.0.0/8", "11.0.0.1", false},
        Case{"192.168.4.0/22", "192.168.7.255", true}, Case{"192.168.4.0/22", "192.168.8.0", false},
        Case{"0.0.0.0/0", "8.8.8.8", true}, Case{"0.0.0.0/0", "::1", false},
        Case{"2001:db8::/33", "2001:db8:7fff::1", true},
        Case{"2001:db8::/33", "2001:db8:8000::1", false}, Case{"10.1.1.1", "10.1.1.1", true},
        Case{"10.1.1.1", "10.1.1.2", false}})
    EXPECT_EQ(Cidr::parse(c.cidr)->contains(*IpAddress::parse(c.address)), c.inside)
        << c.cidr << ' ' << c.address;
  for (const auto* text : {"10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0/8", "/8"})
    EXPECT_FALSE(Cidr::parse(text)) << text;
}

TEST(Endpoint, PrintsIpv6InBrackets) {
  EXPECT_EQ(to_string(Endpoint{*IpAddress::parse("::1"), 80}), "[::1]:80");
  EXPECT_EQ(to_string(Endpoint{*IpAddress::parse("127.0.0.1"), 80}), "127.0.0.1:80");
}

}  // namespace
}  // namespace rampart::base
