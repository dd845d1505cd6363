#include "scenarios/authorisation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "parse.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

base::WallTime at(std::string_view text) { return *parse_instant(text, false); }

const std::string kFile =
    "owner: Example Ltd\n"
    "contact: ops@example.org\n"
    "targets: [ 192.0.2.0/28, \"2001:db8::/32\", shop.example.org ]\n"
    "protocols: [ http1, tcp ]\n"
    "max_rate: 500/s\n"
    "max_connections: 100\n"
    "valid_from: 2026-11-20\n"
    "valid_until: 2026-11-22\n";

Authorisation granted(const std::string& text = kFile,
                      base::WallTime now = at("2026-11-21T12:00:00Z")) {
  auto parsed = Authorisation::parse(text, "auth.yml", now);
  EXPECT_TRUE(parsed) << parsed.error().text;
  return *parsed;
}

std::string without(std::string_view key) {
  std::string out = kFile;
  const auto from = out.find(std::string(key) + ":");
  return out.erase(from, out.find('\n', from) + 1 - from);
}

model::Plan plan_for(std::string_view url, double rate = 100, std::uint32_t connections = 10) {
  model::Plan plan;
  plan.duration = 60s;
  plan.targets.push_back(
      {.name = "web", .url = *model::parse_url(url), .tls = {}, .endpoints = {}});
  model::LoadSpec load;
  load.name = "a";
  load.connections = connections;
  load.arrival.stages = {{base::Rps{0}, base::Rps{rate}, 10s},
                         {base::Rps{rate}, base::Rps{0}, 50s}};
  plan.loads.push_back(load);
  return plan;
}

std::string refusal(const base::Status& status) {
  if (status) return "";
  EXPECT_EQ(status.error().code, base::Errc::permission);
  return status.error().text;
}

TEST(Authorisation, OnlyLoopbackWithoutAFile) {
  const auto none = Authorisation::loopback_only();
  for (const auto* url :
       {"http://127.0.0.1/", "http://127.9.8.7:81/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
        "http://localhost:8080/", "http://LOCALHOST./", "http://a.localhost/", "icmp://127.0.0.1"})
    EXPECT_EQ(refusal(none.check(plan_for(url, 1e6, 100'000))), "") << url;
  for (const auto* url :
       {"http://192.0.2.1/", "http://10.0.0.1/", "http://0.0.0.0/", "http://[::]/",
        "http://example.org/", "http://localhost.example.org/", "http://127.1/",
        "http://2130706433/", "http://0x7f000001/", "http://[::ffff:192.0.2.1]/",
        "http://notlocalhost/", "http://169.254.169.254/"}) {
    EXPECT_NE(refusal(none.check(plan_for(url))).find("only loopback"), std::string::npos) << url;
  }
  EXPECT_EQ(refusal(none.check(plan_for("http://192.0.2.1/"))),
            "http://192.0.2.1/ is not authorised: only loopback may be touched without an "
            "authorisation file; pass --authorization FILE (see docs/authorisation.md)");
}

TEST(Authorisation, SocketLoadsNeedTheirProtocolAndABoundedRate) {
  const auto file = granted();  // http1 and tcp
  for (const auto protocol : {model::Protocol::udp, model::Protocol::icmp}) {
    auto plan = plan_for("http://192.0.2.1/");
    plan.loads[0].protocol = protocol;
    EXPECT_EQ(refusal(file.check(plan)), "load 'a' speaks " + std::string(to_string(protocol)) +
                                             ", and auth.yml authorises only http1, tcp");
  }
  auto plan = plan_for("http://192.0.2.1/");
  plan.loads[0].protocol = model::Protocol::tcp;
  EXPECT_EQ(refusal(file.check(plan)), "");
  // Held connections are bounded by how fast they are opened.
  auto& load = plan.loads[0];
  load.socket.mode = model::SocketUse::Mode::hold;
  load.arrival = {};
  load.arrival.model = model::Arrival::Model::closed;
  EXPECT_EQ(refusal(file.check(plan)),
            "load 'a' opens its connections as fast as it can, and auth.yml sets max_rate 500/s: "
            "give connection_rate");
  load.connection_rate = base::Rps{400};
  EXPECT_EQ(refusal(file.check(plan)), "");
  load.connection_rate = base::Rps{600};
  EXPECT_EQ(refusal(file.check(plan)),
            "all loads together reach 600/s, and auth.yml authorises max_rate 500/s");
}

TEST(Authorisation, EveryTargetAndPageIsChecked) {
  auto plan = plan_for("http://127.0.0.1/");
  plan.targets.push_back(
      {.name = "b", .url = *model::parse_url("tcp://192.0.2.1:22"), .tls = {}, .endpoints = {}});
  EXPECT_NE(refusal(Authorisation::loopback_only().check(plan)), "");
  plan.targets.pop_back();
  model::ScrapeSpec scrape;
  scrape.url = *model::parse_url("http://192.0.2.1/metrics");
  plan.scrapes.push_back(scrape);
  EXPECT_NE(refusal(Authorisation::loopback_only().check(plan)), "");
  EXPECT_EQ(refusal(granted().check(plan)), "");
}

TEST(Authorisation, ResolvedAddresses) {
  struct Case {
    const char* url;
    const char* address;
    bool with_none;
    bool with_file;
  };
  const auto none = Authorisation::loopback_only();
  const auto file = granted();
  for (const auto& [url, address, with_none, with_file] :
       std::vector<Case>{{"http://localhost/", "127.0.0.1", true, true},
                         {"http://localhost/", "::1", true, true},
                         {"http://localhost/", "192.0.2.1", false, false},
                         {"http://x.localhost/", "192.0.2.1", false, false},
                         {"http://shop.example.org/", "198.51.100.7", false, true},
                         {"http://SHOP.example.org./", "198.51.100.7", false, true},
                         {"http://other.example.org/", "192.0.2.15", false, true},
                         {"http://other.example.org/", "192.0.2.16", false, false},
                         {"http://other.example.org/", "2001:db8::5", false, true},
                         {"http://other.example.org/", "2001:db9::5", false, false},
                         {"http://other.example.org/", "::ffff:192.0.2.1", false, false},
                         {"http://other.example.org/", "127.0.0.1", true, true}}) {
    const auto u = *model::parse_url(url);
    const auto a = *base::IpAddress::parse(address);
    EXPECT_EQ(none.check_address(u, a).has_value(), with_none) << url << " " << address;
    EXPECT_EQ(file.check_address(u, a).has_value(), with_file) << url << " " << address;
  }
  EXPECT_EQ(refusal(none.check_address(*model::parse_url("http://localhost/"),
                                       *base::IpAddress::parse("192.0.2.1"))),
            "http://localhost/ is not authorised: localhost resolves to 192.0.2.1, which is not "
            "loopback; look into /etc/hosts");
}

TEST(Authorisation, NamesAreOpenOnlyWhereNetworksAreListed) {
  const auto names_only = granted(without("targets") + "targets: shop.example.org\n");
  EXPECT_EQ(refusal(names_only.check(plan_for("http://shop.example.org/"))), "");
  EXPECT_EQ(refusal(names_only.check(plan_for("http://other.example.org/"))),
            "http://other.example.org/ is not authorised: other.example.org is not among the "
            "targets of auth.yml, which are loopback, shop.example.org");
  EXPECT_EQ(refusal(granted().check(plan_for("http://other.example.org/"))), "");
  EXPECT_EQ(refusal(granted().check(plan_for("http://192.0.2.200/"))),
            "http://192.0.2.200/ is not authorised: 192.0.2.200 is not among the targets of "
            "auth.yml, which are loopback, shop.example.org, 192.0.2.0/28, 2001:db8::/32");
}

TEST(Authorisation, Volume) {
  EXPECT_EQ(refusal(granted().check(plan_for("http://192.0.2.1/", 500, 100))), "");
  EXPECT_EQ(refusal(granted().check(plan_for("http://192.0.2.1/", 500.5, 100))),
            "all loads together reach 500.5/s, and auth.yml authorises max_rate 500/s");
  EXPECT_EQ(refusal(granted().check(plan_for("http://192.0.2.1/", 500, 101))),
            "all loads together open 101 connections, and auth.yml authorises max_connections 100");
  auto two = plan_for("http://127.0.0.1/", 300, 60);
  two.loads.push_back(two.loads[0]);
  EXPECT_EQ(refusal(granted().check(two)),
            "all loads together reach 600/s, and auth.yml authorises max_rate 500/s");
}

// A list of targets makes a thousand pages of one line.
TEST(Authorisation, WhatIsAskedBesideLoadsCounts) {
  auto plan = plan_for("http://192.0.2.1/", 490);
  model::ScrapeSpec page;
  page.url = *model::parse_url("http://192.0.2.2:9100/metrics");
  page.interval = 100ms;
  plan.scrapes = {page};
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.scrapes.push_back(page);
  plan.scrapes.back().source = model::ScrapeSpec::Source::prometheus;  // asked every 15 s
  EXPECT_EQ(refusal(granted().check(plan)),
            "all loads together reach 490/s, probes, scrapes and canaries beyond loopback "
            "10.0667/s, and auth.yml authorises max_rate 500/s: ask less often");
  for (auto& scrape : plan.scrapes) scrape.url = *model::parse_url("http://127.0.0.1:9100/");
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.scrapes.clear();
  model::ProbeSpec probe;
  probe.module.kind = model::ProbeModule::Kind::tcp;
  probe.interval = 250ms;
  plan.probes = {probe, probe};
  plan.canaries = model::CanarySpec{1s, {1, 2}, 0};
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.canaries->sids.push_back(3);
  EXPECT_EQ(refusal(granted().check(plan)),
            "all loads together reach 490/s, probes, scrapes and canaries beyond loopback 11/s, "
            "and auth.yml authorises max_rate 500/s: ask less often");
  EXPECT_EQ(refusal(Authorisation::loopback_only().check(plan_for("http://127.0.0.1/"))), "");
}

// One connection each, and for probes that overlap as many as do.
TEST(Authorisation, WhatIsHeldBesideLoadsCounts) {
  auto plan = plan_for("http://192.0.2.1/", 100, 90);
  model::ScrapeSpec page;
  page.url = *model::parse_url("http://192.0.2.2:9100/metrics");
  model::ProbeSpec probe;
  probe.module.kind = model::ProbeModule::Kind::tcp;
  probe.interval = 1s;
  probe.timeout = 2s;  // 3 at once
  plan.probes = {probe, probe};
  plan.scrapes = {page, page};
  plan.scrapes[1].source = model::ScrapeSpec::Source::prometheus;
  plan.canaries = model::CanarySpec{1s, {1, 2}, 0};
  EXPECT_EQ(refusal(granted().check(plan)), "");
  probe.module.kind = model::ProbeModule::Kind::icmp;  // holds none
  plan.probes.push_back(probe);
  EXPECT_EQ(
      refusal(granted(without("protocols") + "protocols: [ http1, tcp, icmp ]\n").check(plan)), "");
  plan.probes.pop_back();
  plan.canaries->sids.push_back(3);
  EXPECT_EQ(refusal(granted().check(plan)),
            "all loads together open 90 connections, probes, scrapes and canaries beyond loopback "
            "up to 11 at once, and auth.yml authorises max_connections 100: give probes a shorter "
            "timeout or a longer interval, or scrape less");
  plan.scrapes[0].url = *model::parse_url("http://127.0.0.1:9100/");
  EXPECT_EQ(refusal(granted().check(plan)), "") << "loopback";
  plan.probes[0].timeout = 3s;
  EXPECT_THAT(refusal(granted().check(plan)), testing::HasSubstr("up to 11 at once"));
  plan.probes[0].interval = 4s;  // alone
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.probes[1].timeout = 1h;  // as many as run at once
  EXPECT_THAT(refusal(granted().check(plan)), testing::HasSubstr("up to 37 at once"));
}

TEST(Authorisation, ASearchMustBeAllowedItsMost) {
  auto plan = plan_for("http://192.0.2.1/");
  plan.loads[0].arrival.stages.clear();
  plan.find.emplace().most = base::Rps{500};
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.find->most = base::Rps{1e6};
  EXPECT_EQ(refusal(granted().check(plan)),
            "the search may go up to 1000000/s, and auth.yml authorises max_rate 500/s: lower its "
            "most (--most)");
}

// Its rates count flows, and max_rate counts requests.
TEST(Authorisation, ASearchOfAFlowMustBeAllowedTheRequestsOfItsMost) {
  auto plan = plan_for("http://192.0.2.1/");
  plan.loads[0].arrival.stages.clear();
  plan.loads[0].flow = true;
  plan.loads[0].steps.resize(3);
  plan.find.emplace().most = base::Rps{166};
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.find->most = base::Rps{200};
  EXPECT_EQ(refusal(granted().check(plan)),
            "the search may go up to 600/s (200/s flows of 3 requests), and auth.yml authorises "
            "max_rate 500/s: lower its most (--most)");
}

TEST(Authorisation, ClosedLoadsHaveNoBound) {
  auto plan = plan_for("http://192.0.2.1/");
  plan.loads[0].arrival.model = model::Arrival::Model::closed;
  plan.loads[0].arrival.stages.clear();
  EXPECT_EQ(refusal(granted().check(plan)),
            "load 'a' is closed, so that nothing bounds its rate, and auth.yml sets max_rate "
            "500/s: use an open model");
  plan.targets[0].url = *model::parse_url("http://localhost/");
  EXPECT_EQ(refusal(granted().check(plan)), "");
}

TEST(Authorisation, Protocols) {
  auto plan = plan_for("http://192.0.2.1/");
  model::ProbeSpec probe;
  probe.name = "ping";
  probe.module.kind = model::ProbeModule::Kind::tcp;
  plan.probes.push_back(probe);
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.probes[0].module.kind = model::ProbeModule::Kind::icmp;
  EXPECT_EQ(refusal(granted().check(plan)),
            "probe 'ping' speaks icmp, and auth.yml authorises only http1, tcp");
  const auto tcp_only = granted(without("protocols") + "protocols: tcp\n");
  EXPECT_EQ(refusal(tcp_only.check(plan_for("http://192.0.2.1/"))),
            "load 'a' speaks http1, and auth.yml authorises only tcp");
}

TEST(Authorisation, Window) {
  struct Case {
    std::string_view now;
    std::string_view refusal;
  };
  for (const auto& [now, wanted] : std::vector<Case>{
           {"2026-11-20T00:00:00Z", ""},
           {"2026-11-22T23:58:59Z", ""},
           {"2026-11-19T23:59:59Z",
            "auth.yml is not valid before 2026-11-20T00:00:00.000Z, and it is "
            "2026-11-19T23:59:59.000Z"},
           {"2026-11-22T23:59:30Z",
            "the run would last 60.0 s, and auth.yml expires before that, at "
            "2026-11-22T23:59:59.999Z"},
           {"2026-11-23T00:00:00Z",
            "auth.yml expired at 2026-11-22T23:59:59.999Z: ask ops@example.org for a new one"}})
    EXPECT_EQ(refusal(granted(kFile, at(now)).check(plan_for("http://192.0.2.1/"))), wanted) << now;
}

TEST(Authorisation, TimeWithoutAPlan) {
  EXPECT_EQ(refusal(granted(kFile, at("2026-11-22T23:59:59Z")).check_not_over()), "");
  EXPECT_EQ(refusal(granted(kFile, at("2026-11-23T00:00:00Z")).check_not_over()),
            "auth.yml expired at 2026-11-22T23:59:59.999Z: ask ops@example.org for a new one");
  const auto early = granted(kFile, at("2026-11-19T23:59:59Z"));
  EXPECT_EQ(refusal(early.check_not_over()), "");
  EXPECT_EQ(early.begins_later(), at("2026-11-20T00:00:00Z"));
  EXPECT_EQ(granted(kFile, at("2026-11-20T00:00:00Z")).begins_later(), std::nullopt);
  EXPECT_EQ(refusal(Authorisation::loopback_only().check_not_over()), "");
}

TEST(Authorisation, Permitted) {
  const auto permitted = granted().permitted();
  EXPECT_EQ(permitted.owner, "Example Ltd");
  EXPECT_EQ(permitted.contact, "ops@example.org");
  EXPECT_TRUE(permitted.permits(*base::IpAddress::parse("192.0.2.15")));
  EXPECT_FALSE(permitted.permits(*base::IpAddress::parse("192.0.2.16")));
  const auto listed = *base::IpAddress::parse("192.0.2.15");
  const auto granted_tcp = granted(without("protocols") + "protocols: [ http2 ]\n").permitted();
  EXPECT_TRUE(granted_tcp.permits(listed, model::IpProto::tcp));
  EXPECT_FALSE(granted_tcp.permits(listed, model::IpProto::udp));
  EXPECT_FALSE(granted_tcp.permits(*base::IpAddress::parse("127.0.0.1"), model::IpProto::icmp));
  const auto none = Authorisation::loopback_only().permitted();
  EXPECT_TRUE(none.permits(*base::IpAddress::parse("127.0.0.1"), model::IpProto::icmp));
  EXPECT_TRUE(none.networks.empty());
  EXPECT_TRUE(none.permits(*base::IpAddress::parse("127.0.0.1")));
  EXPECT_FALSE(none.permits(*base::IpAddress::parse("192.0.2.1")));
}

TEST(Authorisation, FilesThatDoNotSayEnough) {
  struct Case {
    std::string text;
    std::string_view errors;
  };
  for (const auto& [text, wanted] : std::vector<Case>{
           {"", "auth.yml: the file is empty"},
           {without("owner"), "auth.yml:1:1: 'owner' is missing: who owns the targets and agreed"},
           {without("valid_until"),
            "auth.yml:1:1: 'valid_until' is missing: last moment; a date is its last one, UTC"},
           {without("targets"), "auth.yml:1:1: 'targets' is missing: what may be connected to"},
           {without("targets") + "targets: []\n", "auth.yml:8:10: targets: the list is empty"},
           {without("targets") + "targets: [ 0.0.0.0/0 ]\n",
            "auth.yml:8:12: targets: '0.0.0.0/0' is wider than anybody owns: /8 at most"},
           {without("valid_from") + "valid_from: 2026-12-24\n",
            "auth.yml:7:14: valid_until lies before valid_from"},
           {without("protocols") + "protocols: [ http ]\n",
            "auth.yml:8:14: protocols: unknown word 'http': did you mean 'http1'?"},
           {without("max_rate") + "max_rate: lots\nmax_rates: 3\n",
            "auth.yml:8:11: max_rate: 'lots' is not a rate such as 200/s or 1k/s\n"
            "auth.yml:9:1: unknown key 'max_rates': did you mean 'max_rate'?"},
           {"- a\n", "auth.yml:1:1: expected keys such as 'owner:', found a list"}}) {
    const auto parsed = Authorisation::parse(text, "auth.yml", at("2026-11-21"));
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, base::Errc::config);
    EXPECT_EQ(parsed.error().text, wanted);
  }
  const auto missing = Authorisation::load("none/auth.yml", at("2026-11-21"));
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Errc::not_found);
  EXPECT_EQ(missing.error().text, "none/auth.yml: no such file");
}

TEST(Authorisation, TheShippedExampleIsTheOneOfTheDocumentation) {
  const auto loaded =
      Authorisation::load(RAMPART_SOURCE_DIR "/scenarios/library/authorization.example.yml",
                          at("2026-11-21T20:00:00Z"));
  ASSERT_TRUE(loaded) << loaded.error().text;
  EXPECT_EQ(refusal(loaded->check(plan_for("http://shop.example.org/"))), "");
  const auto page = file_text(RAMPART_SOURCE_DIR "/docs/authorisation.md");
  auto example = file_text(RAMPART_SOURCE_DIR "/scenarios/library/authorization.example.yml");
  example.erase(0, example.find('\n') + 1);  // its comment
  EXPECT_NE(page.find("```yaml\n" + example + "```\n"), std::string::npos);
}

TEST(Authorisation, PacedLoadsNeedTheOwnersWord) {
  auto plan = plan_for("http://192.0.2.1/");
  const auto plain = granted();
  EXPECT_EQ(refusal(plain.check(plan)), "");
  plan.loads[0].pace.read = 10;
  const std::string wanted =
      "load 'a' is paced and so holds connections of 'web' for long, as slow clients do, which "
      "auth.yml does not authorise: ask ops@example.org for slow: true";
  EXPECT_EQ(refusal(plain.check(plan)), wanted);
  EXPECT_EQ(refusal(granted(kFile + "slow: false\n").check(plan)), wanted);
  EXPECT_EQ(refusal(granted(kFile + "slow: true\n").check(plan)), "");
  plan.loads[0].pace = {.read = 0, .write = 10};
  EXPECT_EQ(refusal(plain.check(plan)), wanted);
  plan.targets[0].url.host = "127.0.0.1";
  EXPECT_EQ(refusal(plain.check(plan)), "");
}

TEST(Authorisation, AFlowCountsOnceForEachOfItsRequests) {
  auto plan = plan_for("http://192.0.2.1/", 200);
  plan.loads[0].steps.resize(3);
  EXPECT_EQ(refusal(granted().check(plan)), "");
  plan.loads[0].flow = true;
  EXPECT_EQ(refusal(granted().check(plan)),
            "all loads together reach 600/s, and auth.yml authorises max_rate 500/s");
}

TEST(Authorisation, ReplayedTimesAreBoundedByTheMostWithinOneSecond) {
  auto plan = plan_for("http://192.0.2.1/");
  auto& arrival = plan.loads[0].arrival;
  arrival.stages.clear();
  for (int i = 0; i < 500; ++i) arrival.replay.push_back(10s);
  arrival.replay.push_back(11s);
  EXPECT_EQ(refusal(granted().check(plan)), "");
  arrival.replay.back() -= 1ns;
  EXPECT_EQ(refusal(granted().check(plan)),
            "all loads together reach 501/s, and auth.yml authorises max_rate 500/s");
}

}  // namespace
}  // namespace rampart::scenarios
