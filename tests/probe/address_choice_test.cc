#include "probe/module/address_choice.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <net/if.h>

#include "module_lab.h"
#include "tests/support/deadline.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using namespace std::chrono_literals;

TEST(AddressChoice, HashesAsBlackboxExporterDoes) {
  // What its version 0.23 showed for these.
  EXPECT_EQ(address_hash(base::IpAddress::parse("127.0.0.1").value()), 3668918509U);
  EXPECT_EQ(address_hash(base::IpAddress::parse("127.0.0.2").value()), 3618585652U);
  EXPECT_EQ(address_hash(base::IpAddress::parse("192.0.2.1").value()), 1969986452U);
  EXPECT_EQ(address_hash(base::IpAddress::parse("::1").value()), 1751717746U);
}

class Waiting final : public AddressChoice::Listener {
 public:
  explicit Waiting(ModuleLab& lab) : lab_(lab) {}
  void on_address(const base::IpAddress& address) override {
    heard = base::to_string(address);
    lab_.loop.stop();
  }
  void on_no_address(ProbeReason why, std::string words) override {
    heard = to_string(why);
    detail = std::move(words);
    lab_.loop.stop();
  }
  std::string heard;
  std::string detail;

 private:
  ModuleLab& lab_;
};

struct Case {
  const char* host;
  bool v6;
  bool fallback;
  const char* heard;  // an address, or the reason why there is none
  double protocol;
};

TEST(AddressChoice, PicksWhatBlackboxExporterPicks) {
  ModuleLab lab;
  lab.zone["four.test. 1"] = {testing::dns_address("127.0.0.1"), testing::dns_address("127.0.0.2")};
  lab.zone["six.test. 28"] = {testing::dns_address("::1")};
  lab.zone["both.test. 1"] = {testing::dns_address("127.0.0.1")};
  lab.zone["both.test. 28"] = {testing::dns_address("::1")};
  lab.zone["mapped.test. 28"] = {testing::dns_address("::ffff:127.0.0.1")};
  for (const Case& c : {Case{"both.test", true, true, "::1", 6},
                        Case{"both.test", false, true, "127.0.0.1", 4},
                        Case{"both.test", true, false, "::1", 6},
                        Case{"both.test", false, false, "127.0.0.1", 4},
                        Case{"four.test", false, true, "127.0.0.1", 4},
                        Case{"four.test", true, true, "127.0.0.2", 4},  // the last of the others
                        Case{"four.test", true, false, "resolve_failed", 0},
                        Case{"six.test", false, true, "::1", 6},
                        Case{"six.test", false, false, "resolve_failed", 0},
                        Case{"mapped.test", false, true, "127.0.0.1", 4},
                        Case{"gone.test", true, true, "dns_nxdomain", 0},
                        Case{"127.0.0.1", true, true, "127.0.0.1", 4},
                        Case{"127.0.0.1", true, false, "resolve_failed", 0},
                        Case{"::1", false, true, "::1", 6},
                        Case{"::1", false, false, "resolve_failed", 0},
                        Case{"::ffff:127.0.0.1", false, false, "127.0.0.1", 4},
                        Case{"::ffff:127.0.0.1", true, false, "resolve_failed", 0},
                        Case{"::1%lo", true, true, "::1", 6},
                        Case{"::1%lo", false, false, "resolve_failed", 0},
                        Case{"::1%nosuch", true, true, "resolve_failed", 0},
                        Case{"", true, true, "bad_target", 0},
                        Case{"b\xC3\xBC.test", true, true, "bad_target", 0},
                        Case{"/etc/passwd", true, true, "bad_target", 0}}) {
    Waiting waiting(lab);
    AddressChoice choice(*lab.names, lab.clock, waiting);
    choice.start(c.host, {.v6 = c.v6, .fallback = c.fallback}, lab.clock.mono() + 5s);
    lab.loop.run();
    EXPECT_EQ(waiting.heard, c.heard) << c.host << " " << c.v6 << c.fallback << waiting.detail;
    const auto families = choice.families();
    ASSERT_EQ(families.size(), 3U);
    EXPECT_EQ(families[0].name, "probe_dns_lookup_time_seconds");
    EXPECT_GT(families[0].series.at(0).value, 0);
    EXPECT_EQ(families[1].name, "probe_ip_protocol");
    EXPECT_EQ(families[1].series.at(0).value, c.protocol) << c.host;
    EXPECT_EQ(families[2].name, "probe_ip_addr_hash");
    EXPECT_EQ(families[2].series.at(0).value != 0, c.protocol != 0) << c.host;
  }
}

TEST(AddressChoice, KnowsTheZoneOfAnAddress) {
  ModuleLab lab;
  Waiting waiting(lab);
  AddressChoice choice(*lab.names, lab.clock, waiting);
  const auto look = [&](const char* host) {
    choice.start(host, {}, lab.clock.mono() + 5s);
    lab.loop.run();
  };
  look("fe80::1%lo");
  EXPECT_EQ(waiting.heard, "fe80::1");
  EXPECT_EQ(choice.scope(), if_nametoindex("lo"));
  look("fe80::1");
  EXPECT_EQ(choice.scope(), 0U);
  look("fe80::1%nosuch");
  EXPECT_EQ(waiting.heard, "resolve_failed");
  EXPECT_EQ(waiting.detail, "resolve fe80::1%nosuch: there is no interface nosuch on this host");
}

// No name server was asked: it is not its fault.
TEST(AddressChoice, NeedsTimeForNamesAlone) {
  ModuleLab lab;
  Waiting waiting(lab);
  AddressChoice choice(*lab.names, lab.clock, waiting);
  const auto look = [&](const char* host) {
    choice.start(host, {}, lab.clock.mono());
    lab.loop.run();
    return waiting.heard + ": " + waiting.detail;
  };
  EXPECT_EQ(look("127.0.0.1"), "connect_timeout: connect 127.0.0.1: no time is left for it");
  EXPECT_EQ(choice.families().at(1).series.at(0).value, 4);
  EXPECT_EQ(look("a b"), "bad_target: resolve a b: not a host name");
  EXPECT_EQ(look(""), "bad_target: resolve : there is no host");
  EXPECT_THAT(look("b\xC3\xBC.test"), ::testing::HasSubstr("need their xn-- form"));
  EXPECT_THAT(look("web.test"), ::testing::StartsWith("dns_timeout: "));
  EXPECT_THAT(lab.name_server.queries, ::testing::IsEmpty());
}

TEST(AddressChoice, TellsWhyANameGaveNone) {
  ModuleLab lab;
  lab.silent = "silent.test.";
  Waiting waiting(lab);
  AddressChoice choice(*lab.names, lab.clock, waiting);
  choice.start("silent.test", {}, lab.clock.mono() + 60ms);
  lab.loop.run();
  EXPECT_EQ(waiting.heard, "dns_timeout");
  EXPECT_GE(choice.lookup_time(), 60ms);

  testing::DnsServer refuses(lab.loop, [](const testing::DnsQuery& query) {
    return std::vector{testing::DnsMessage(query).rcode(5).bytes()};
  });
  const auto names =
      net::NameResolver::open(lab.loop, lab.clock, {.servers = {refuses.endpoint()}}).value();
  AddressChoice refused(*names, lab.clock, waiting);
  refused.start("web.test", {}, lab.clock.mono() + 5s);
  lab.loop.run();
  EXPECT_EQ(waiting.heard, "dns_failure");
  EXPECT_THAT(waiting.detail, ::testing::HasSubstr("web.test"));
}

}  // namespace
}  // namespace rampart::probe
