#include "scenarios/override.h"

#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

const std::string kText = with_target(
    "duration: 10s\n"
    "load:\n"
    "  - { name: browse, arrival: { rate: 10/s } }\n"
    "  - { name: browse.fast, arrival: { rate: 20/s } }\n"
    "probes: [ { name: p, module: http_2xx } ]\n");

TEST(Override, ReplacesAndAdds) {
  const auto parsed = parse(
      kText, {"load.browse.arrival.rate=200/s", "load.browse.fast.connections=9",
              "load.0.connections=8", "targets.web.url=http://127.0.0.1:99/x=y", "duration=3s",
              "name=a = b", "objectives.latency.p99.9=< 1s", "objectives.availability=>= 98%",
              "load.browse.request.headers.X-A=b", "load.browse.request.expect.status=[200, 201]",
              "probes.p.module={kind: tcp}", "stop_when.errors=> 20% for 5s"});
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& plan = *parsed.plan;
  EXPECT_DOUBLE_EQ(plan.loads[0].arrival.stages[0].from.per_second, 200);
  EXPECT_EQ(plan.loads[0].connections, 8U);
  EXPECT_EQ(plan.loads[1].connections, 9U);
  EXPECT_EQ(plan.targets[0].url.text(), "http://127.0.0.1:99/x=y");
  EXPECT_EQ(plan.duration, 3s);
  EXPECT_EQ(plan.name, "a = b");
  ASSERT_EQ(plan.objectives.latency.size(), 1U);
  EXPECT_DOUBLE_EQ(plan.objectives.latency[0].percentile, 99.9);
  EXPECT_DOUBLE_EQ(plan.objectives.availability->value, 0.98);
  ASSERT_EQ(plan.loads[0].steps[0].request.headers.size(), 1U);
  EXPECT_EQ(plan.loads[0].steps[0].request.headers[0].first, "X-A");
  EXPECT_EQ(plan.loads[0].steps[0].request.expect_status, (std::vector<std::uint16_t>{200, 201}));
  EXPECT_EQ(plan.probes[0].module.kind, model::ProbeModule::Kind::tcp);
  EXPECT_DOUBLE_EQ(plan.stop_when.errors_above->value, 0.2);
}

TEST(Override, LastOneWinsAndTheTextSaysSo) {
  const auto parsed = parse(kText, {"seed=1", "seed=2\nname: x"}, "t.yml");
  EXPECT_EQ(to_text(parsed.errors),
            "--set seed=2\nname: x: seed: '2\nname: x' is not a count such as 100, 1k or 2M");
  const auto good = parse(kText, {"seed=1", "seed=2"});
  ASSERT_TRUE(good.plan);
  EXPECT_EQ(good.plan->seed, 2U);
  EXPECT_EQ(good.plan->text, kText + "# --set seed=1\n# --set seed=2\n");
}

TEST(Override, Refused) {
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"load", "write key=value, as in load.browse.connections=8"},
           {"=3", "the key is missing, as in load.browse.connections=8"},
           {"lod.browse.connections=8", "unknown key 'lod': did you mean 'load'?"},
           {"foo=8",
            "unknown key 'foo': known are name, duration, workers, seed, targets, load, probes, "
            "scrape, prometheus, sniff, canaries, objectives, stop_when, find"},
           {"load.brows.connections=8", "no load 'brows': did you mean 'browse'?"},
           {"load.zzz.connections=8", "no load 'zzz': there are browse, browse.fast"},
           {"load.2.connections=8", "load has 2 items, counted from 0"},
           {"load.99999999999999999999.connections=8",
            "no load '99999999999999999999': there are browse, browse.fast"},
           {"load.browse.conections=8",
            "unknown key 'conections' in load: did you mean "
            "'connections'?"},
           {"load.browse.connections.x=8", "load.connections has no keys beneath it"},
           {"load.browse.arrival.rate=fast",
            "load.arrival.rate: 'fast' is not a rate such as 200/s or 1k/s"},
           {"load.browse.arrival.stages.0.hold=3s", "the scenario has no load.arrival.stages"},
           {"load.browse.flow.0.get=/", "the scenario has no load.flow"},
           {"scrape.node.interval=1s", "the scenario has no scrape"},
           {"targets.wbe.url=http://127.0.0.1/", "no targets 'wbe': did you mean 'web'?"},
           {"probes.p.module.kind=tcp", "probes.module is 'http_2xx' here, not a map"},
           {"canaries.sids=[1", "a list or a map cannot be a key; is a closing ] or } missing?"},
           {"duration=", "duration: '' is not a duration such as 500ms, 10s or 2m"},
           {"load.browse.auth.userr=x", "unknown key 'userr' in load.auth: did you mean 'user'?"},
           {"load..connections=8", "no load '': there are browse, browse.fast"},
       })
    EXPECT_EQ(errors_of(kText, {text}),
              "--set " + without_credentials(text) + ": " + std::string(wanted));
}

TEST(Override, CredentialsAreNeitherTakenNorShown) {
  for (const std::string key : {"load.browse.auth.password", "load.browse.auth.bearer",
                                "probes.p.auth.password", "load.browse.auth"}) {
    const auto errors = errors_of(kText, {key + "=hunter2"});
    EXPECT_TRUE(errors.starts_with("--set " + key + "=...: ")) << errors;
    EXPECT_EQ(errors.find("hunter2"), std::string::npos) << errors;
  }
  const auto url = errors_of(kText, {"targets.web.url=http://me:hunter2@127.0.0.1/"});
  EXPECT_TRUE(url.starts_with("--set targets.web.url=http://me:xxxxx@127.0.0.1/: ")) << url;
  EXPECT_EQ(url.find("hunter2"), std::string::npos) << url;
  const auto kept = parse(kText, {"load.browse.auth={user: u, password: hunter2}"});
  ASSERT_TRUE(kept.plan) << to_text(kept.errors);
  EXPECT_EQ(kept.plan->text.find("hunter2"), std::string::npos);
  EXPECT_NE(kept.plan->text.find("# --set load.browse.auth=...\n"), std::string::npos);
}

TEST(Override, HostilePathsAndValues) {
  std::string dots(100'000, '.');
  EXPECT_FALSE(parse(kText, {dots + "=1"}).plan);
  EXPECT_FALSE(parse(kText, {"load" + dots + "=1"}).plan);
  EXPECT_FALSE(parse(kText, {"name=" + std::string(2 << 20, 'x')}).plan);
  EXPECT_FALSE(parse(kText, {"name=[" + std::string(2 << 20, '[')}).plan);
  EXPECT_FALSE(parse("- a\n", {"load.browse.connections=1"}).plan);
  EXPECT_FALSE(parse("load: { a: 1 }\n", {"load.a.connections=1"}).plan);
}

}  // namespace
}  // namespace rampart::scenarios
