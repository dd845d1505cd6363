#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;
using Kind = model::ProbeModule::Kind;

const std::string kLibrary = RAMPART_SOURCE_DIR "/scenarios/library";

TEST(CompileWatch, Probes) {
  const auto parsed = parse(
      "duration: 1s\n" +
      with_target("probes:\n"
                  "  - { name: a }\n"
                  "  - { name: b, module: tcp_connect, interval: 250ms, timeout: 1s }\n"
                  "  - { name: c, module: icmp }\n"
                  "  - name: d\n"
                  "    module: { kind: http, method: POST, path: /x, headers: { A: b }, body: q,\n"
                  "              status: 401, body_matches: \"^ok\", follow_redirects: false }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& probes = parsed.plan->probes;
  ASSERT_EQ(probes.size(), 4U);
  EXPECT_EQ(probes[0].module.name, "http_2xx");
  EXPECT_EQ(probes[0].module.kind, Kind::http);
  EXPECT_TRUE(probes[0].module.follow_redirects);
  ASSERT_EQ(probes[0].module.request.expect_status.size(), 100U);
  EXPECT_EQ(probes[0].module.request.expect_status.front(), 200);
  EXPECT_EQ(probes[0].module.request.expect_status.back(), 299);
  EXPECT_EQ(probes[0].interval, 1s);
  EXPECT_EQ(probes[0].timeout, 2s);
  EXPECT_EQ(probes[1].module.kind, Kind::tcp);
  EXPECT_EQ(probes[1].interval, 250ms);
  EXPECT_EQ(probes[1].timeout, 1s);
  EXPECT_EQ(probes[2].module.kind, Kind::icmp);
  const auto& own = probes[3].module;
  EXPECT_EQ(own.kind, Kind::http);
  EXPECT_EQ(own.request.method, "POST");
  EXPECT_EQ(own.request.path, "/x");
  EXPECT_EQ(own.request.headers.size(), 1U);
  EXPECT_EQ(own.request.body, "q");
  EXPECT_EQ(own.request.expect_status, std::vector<std::uint16_t>{401});
  EXPECT_EQ(own.body_matches, "^ok");
  EXPECT_FALSE(own.follow_redirects);
}

TEST(CompileWatch, RulesAreFoundBesideTheScenario) {
  const auto parsed =
      parse("duration: 1s\n" +
                with_target("sniff: { interface: lo, filter: tcp port 80, eve: out/eve.json,\n"
                            "  rules: [ rules/*.rules, rules/canary.rules ] }\n"
                            "canaries: { every: 2s, sids: [ 9000001, 9000002 ] }\n"),
            {}, kLibrary + "/t.yml");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  ASSERT_TRUE(parsed.plan->sniff);
  EXPECT_EQ(parsed.plan->sniff->interface, "lo");
  EXPECT_EQ(parsed.plan->sniff->filter, "tcp port 80");
  EXPECT_EQ(parsed.plan->sniff->eve_file, "out/eve.json");
  EXPECT_EQ(parsed.plan->sniff->rule_files,
            (std::vector<std::string>{kLibrary + "/rules/canary.rules",
                                      kLibrary + "/rules/web-basic.rules"}));
  ASSERT_TRUE(parsed.plan->canaries);
  EXPECT_EQ(parsed.plan->canaries->every, 2s);
  EXPECT_EQ(parsed.plan->canaries->sids, (std::vector<std::uint32_t>{9000001, 9000002}));
  EXPECT_EQ(parsed.plan->canaries->target, 0U);
}

TEST(CompileWatch, Behaviour) {
  const auto usual = parse(with_target("duration: 1s\nsniff: { interface: lo }\n"));
  ASSERT_TRUE(usual.plan) << to_text(usual.errors);
  EXPECT_TRUE(usual.plan->sniff->behaviour.enabled);
  EXPECT_EQ(usual.plan->sniff->behaviour.syn_flood, base::Rps{100});
  const auto parsed = parse(with_target(
      "duration: 1s\nsniff:\n  interface: lo\n  behaviour: { syn_flood: 1k/s, icmp_flood: 2/s, "
      "udp_flood: 3/s,"
      " http_flood: 4/s, slow_http: 5, scan_ports: 6, scan_hosts: 7, failed_logins: 8, factor: 9,"
      " warm_up: 10s }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& b = parsed.plan->sniff->behaviour;
  EXPECT_TRUE(b.enabled);
  EXPECT_EQ(b.syn_flood, base::Rps{1000});
  EXPECT_EQ(b.icmp_flood, base::Rps{2});
  EXPECT_EQ(b.udp_flood, base::Rps{3});
  EXPECT_EQ(b.http_flood, base::Rps{4});
  EXPECT_EQ(b.slow_http, 5U);
  EXPECT_EQ(b.scan_ports, 6U);
  EXPECT_EQ(b.scan_hosts, 7U);
  EXPECT_EQ(b.failed_logins, 8U);
  EXPECT_EQ(b.factor, 9);
  EXPECT_EQ(b.warm_up, 10s);
  const auto off =
      parse(with_target("duration: 1s\nsniff: { interface: lo, behaviour: { enabled: false } }\n"));
  ASSERT_TRUE(off.plan) << to_text(off.errors);
  EXPECT_FALSE(off.plan->sniff->behaviour.enabled);
  // The table's defaults and the plan's are the same.
  const auto empty =
      parse(with_target("duration: 1s\nsniff: { interface: lo, behaviour: { enabled: true } }\n"));
  ASSERT_TRUE(empty.plan) << to_text(empty.errors);
  EXPECT_EQ(empty.plan->sniff->behaviour.udp_flood, model::BehaviourSpec{}.udp_flood);
  EXPECT_EQ(empty.plan->sniff->behaviour.scan_hosts, model::BehaviourSpec{}.scan_hosts);
  EXPECT_EQ(empty.plan->sniff->behaviour.warm_up, model::BehaviourSpec{}.warm_up);
}

TEST(CompileWatch, RefusedRules) {
  const auto path = kLibrary + "/t.yml";
  const auto rules = [&](std::string_view list) {
    const auto errors =
        to_text(parse("duration: 1s\nsniff: { interface: lo, rules: " + std::string(list) + " }\n",
                      {}, path)
                    .errors);
    return errors.substr(std::min(errors.size(), path.size()));
  };
  EXPECT_EQ(rules("[ rules/none.rules ]"),
            ":2:34: no such rule file: " + kLibrary + "/rules/none.rules");
  EXPECT_EQ(rules("[ \"*.rules\" ]"), ":2:34: no file matches " + kLibrary + "/*.rules");
  EXPECT_EQ(rules("[ \"*/a.rules\" ]"),
            ":2:34: '*/a.rules': a pattern may stand in the file name only");
  EXPECT_EQ(rules("rules"), ":2:32: is a folder, write " + kLibrary + "/rules/*.rules");
}

TEST(CompileWatch, Refused) {
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"probes: [ { name: p, module: http_3xx } ]\n",
            "t.yml:3:30: probes.module: unknown word 'http_3xx': did you mean 'http_2xx'?"},
           {"probes: [ { name: p, module: { path: / } } ]\n",
            "t.yml:3:30: 'kind' is missing in probes.module: what is spoken"},
           {"probes: [ { name: p, module: { kind: tcp, status: 200 } } ]\n",
            "t.yml:3:51: status belongs to kind: http"},
           {"probes: [ { name: p }, { name: p } ]\n",
            "t.yml:3:32: the name 'p' is taken: probes in line 3 has it"},
           {"probes: [ { name: p, interval: 1ms } ]\n",
            "t.yml:3:32: probes.interval: 1ms is out of range: 10ms to 24h"},
           {"scrape: [ { name: s, url: \"tcp://127.0.0.1:1\" } ]\n",
            "t.yml:3:27: scrape.url: the URL must start with http:// or https://"},
           {"sniff: { filter: tcp }\n",
            "t.yml:3:8: 'interface' is missing in sniff: such as lo or eth0"},
           {"probes: []\ncanaries: { sids: 1 }\n",
            "t.yml:4:11: nothing would see the canaries: add sniff: with interface and rules"},
           {"sniff: { interface: lo, rules: [ none ] }\ncanaries: { sids: [ 1, 1 ] }\n",
            "t.yml:3:34: no such rule file: none\nt.yml:4:24: sid 1 stands here twice"},
           {"sniff: { interface: lo, rules: [ none ] }\ncanaries: { every: 1s }\n",
            "t.yml:3:34: no such rule file: none\n"
            "t.yml:4:11: 'sids' is missing in canaries: rules that must see them, one canary each"},
       })
    EXPECT_EQ(errors_of("duration: 1s\n" + with_target(text)), wanted) << text;
  EXPECT_EQ(errors_of("duration: 1s\ntargets: { db: { url: \"tcp://127.0.0.1:5432\" } }\n"
                      "probes: [ { name: p } ]\n"),
            "t.yml:3:11: module http_2xx needs an http or https target, and 'db' is "
            "tcp://127.0.0.1:5432");
  EXPECT_EQ(errors_of("duration: 1s\ntargets: { gw: { url: \"icmp://127.0.0.1\" } }\n"
                      "probes: [ { name: p, module: tcp_connect, target: gw } ]\n"),
            "t.yml:3:51: a tcp probe needs a target with a port, and icmp has none");
}

}  // namespace
}  // namespace rampart::scenarios
