#include "scenarios/network_name.h"

#include <gtest/gtest.h>

#include <vector>

namespace rampart::scenarios {
namespace {

TEST(NetworkName, NetworksAndHosts) {
  for (const auto* text : {"10.0.0.0/8", "192.0.2.7/32", "2001:db8::/32", "::1/128"}) {
    const auto name = NetworkName::parse(text);
    ASSERT_TRUE(name) << text;
    EXPECT_EQ(to_string(std::get<base::Cidr>(name->value)), text);
  }
  EXPECT_EQ(to_string(std::get<base::Cidr>(NetworkName::parse("192.0.2.7")->value)),
            "192.0.2.7/32");
  EXPECT_EQ(std::get<std::string>(NetworkName::parse("Shop.Example.ORG.")->value),
            "shop.example.org");
  EXPECT_EQ(std::get<std::string>(NetworkName::parse("db_1")->value), "db_1");
}

TEST(NetworkName, Refused) {
  struct Case {
    std::string_view text;
    std::string_view why;
  };
  for (const auto& [text, why] : std::vector<Case>{
           {"10.0.0.5/8", "begins within its network: write 10.0.0.0/8 or the address alone"},
           {"2001:db8::1/32", "write 2001:db8::/32"},
           {"0.0.0.0/0", "wider than anybody owns: /8 at most"},
           {"::/0", "wider than anybody owns: /16 at most"},
           {"10.0.0.0/33", "is neither"},
           {"*.example.org", "is neither"},
           {"127.1", "is neither"},
           {"0x7f.0.0.1", "is neither"},
           {"2130706433", "is neither"},
           {"a..b", "is neither"},
           {"-x", "is neither"},
           {"", "is neither"},
           {"host:80", "is neither"},
           {"http://shop.example.org/", "is a URL: name its host or network only"}}) {
    const auto name = NetworkName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_NE(name.error().text.find(why), std::string::npos) << name.error().text;
  }
}

}  // namespace
}  // namespace rampart::scenarios
