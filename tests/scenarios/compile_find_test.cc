#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "model/trial.h"
#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr const char* kLoad = "load: [ { name: a } ]\n";

TEST(CompileFind, EveryFieldReachesThePlan) {
  const auto parsed = parse(with_target(
      "load: [ { name: a, arrival: { model: open, distribution: poisson, burst: 2 } } ]\n"
      "find: { metric: max_rate, load: a, from: 50/s, most: 2k/s, precision: 10%, step: 10s,\n"
      "        repeats: 5, while: { latency: { p99: \"< 250ms\", p50: \"< 20ms\" },\n"
      "        errors: \"< 2%\" } }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& plan = *parsed.plan;
  ASSERT_TRUE(plan.find);
  const auto& find = *plan.find;
  EXPECT_EQ(find.load, 0U);
  EXPECT_EQ(find.from, base::Rps{50});
  EXPECT_EQ(find.most, base::Rps{2000});
  EXPECT_EQ(find.precision, base::Ratio{0.1});
  EXPECT_EQ(find.step, 10s);
  EXPECT_EQ(find.repeats, 5U);
  EXPECT_EQ(find.limits.errors, base::Ratio{0.02});
  ASSERT_EQ(find.limits.latency.size(), 2U);
  EXPECT_EQ(find.limits.latency[0].percentile, 50);
  EXPECT_EQ(find.limits.latency[0].below, 20ms);
  EXPECT_EQ(find.limits.latency[1].percentile, 99);
  const auto& arrival = plan.loads[0].arrival;
  EXPECT_EQ(arrival.model, model::Arrival::Model::open);
  EXPECT_EQ(arrival.distribution, model::Arrival::Distribution::poisson);
  EXPECT_EQ(arrival.burst, 2U);
  EXPECT_TRUE(arrival.stages.empty());
  EXPECT_EQ(plan.loads[0].connections, 64U);
  EXPECT_EQ(plan.duration, model::longest(find));
  EXPECT_EQ(arrival.duration, plan.duration);
}

TEST(CompileFind, DefaultsAreThoseOfTheTable) {
  const auto parsed = parse(with_target(std::string(kLoad) + "find: {}\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& find = *parsed.plan->find;
  EXPECT_EQ(find.from, base::Rps{100});
  EXPECT_EQ(find.most, base::Rps{1e6});
  EXPECT_EQ(find.precision, base::Ratio{0.05});
  EXPECT_EQ(find.step, 5s);
  EXPECT_EQ(find.repeats, 3U);
  EXPECT_EQ(find.limits.errors, base::Ratio{0.01});
  EXPECT_TRUE(find.limits.latency.empty());
  EXPECT_EQ(parsed.plan->loads[0].arrival.burst, 1U);
}

TEST(CompileFind, TheObjectivesAreTheLimitsWhereItNamesNone) {
  const std::string objectives = "objectives: { latency: { p95: \"< 1s\" }, errors: \"< 5%\" }\n";
  const auto without = parse(with_target(kLoad + objectives + "find: {}\n"));
  ASSERT_TRUE(without.plan) << to_text(without.errors);
  EXPECT_EQ(without.plan->find->limits.errors, base::Ratio{0.05});
  ASSERT_EQ(without.plan->find->limits.latency.size(), 1U);
  EXPECT_EQ(without.plan->find->limits.latency[0].percentile, 95);
  const auto with =
      parse(with_target(kLoad + objectives + "find: { while: { latency: { p99: \"< 2s\" } } }\n"));
  ASSERT_TRUE(with.plan) << to_text(with.errors);
  EXPECT_EQ(with.plan->find->limits.errors, base::Ratio{0.01});
  EXPECT_EQ(with.plan->find->limits.latency[0].percentile, 99);
}

TEST(CompileFind, LoadsWithoutARateToSearchAreRefused) {
  EXPECT_EQ(errors_of(with_target("load: [ { name: a, protocol: icmp } ]\nfind: {}\n")),
            "t.yml:2:30: an icmp load cannot be searched: its sockets need a privilege that a run "
            "gives up at its start");
  const std::string tcp =
      "targets: { t: { url: \"tcp://127.0.0.1:1\" } }\nload: [ { name: a, protocol: tcp";
  EXPECT_EQ(errors_of(tcp + ", tcp: { mode: hold } } ]\nfind: {}\n"),
            "t.yml:2:48: mode hold keeps its connections, so there is no rate to search: "
            "use mode connect");
  for (const auto* mode : {"connect", "echo", "send"})
    EXPECT_EQ(errors_of(tcp + ", tcp: { mode: " + mode + " } } ]\nfind: {}\n"), "") << mode;
}

TEST(CompileFind, AStepMustBeLongEnoughForTheFlowsPauses) {
  const std::string flow =
      "load:\n  - name: a\n    flow: [ { get: / }, { think: 600ms }, { get: /b },\n"
      "            { think: { uniform: [400ms, 1s] } }, { get: /c }, { think: 1h } ]\n";
  EXPECT_EQ(errors_of(with_target(flow + "find: { step: 5s }\n")),
            "t.yml:6:15: a flow pauses for 1.30 s on its way, and only the first 1.00 s of a trial "
            "is not judged: the last requests would be missing, so use 10s or more");
  EXPECT_EQ(errors_of(with_target(flow + "find: { step: 10s }\n")), "");
}

TEST(CompileFind, SaysWhatIsWrongAndWhere) {
  const std::vector<BadCase> cases{
      {"load: [ { name: a, arrival: { rate: 5/s } } ]\nfind: {}\n",
       "t.yml:2:37: find sets the rate, and tries each for find.step: leave rate out"},
      {"load: [ { name: a, arrival: { model: closed } } ]\nfind: {}\n",
       "t.yml:2:38: find searches a rate, and closed users offer none: leave model out"},
      {"load: [ { name: a }, { name: b } ]\nfind: {}\n",
       "t.yml:3:7: a search has one load, and here are 2: leave the others out"},
      {"find: {}\n", "t.yml:2:7: nothing to search: add load: with the one whose rate is wanted"},
      {"load: [ { name: browse } ]\nfind: { load: brwose }\n",
       "t.yml:3:15: no load 'brwose': did you mean 'browse'"},
      {"load: [ { name: a } ]\nfind: { most: 50/s }\n",
       "t.yml:3:15: 50/s lies below the first rate, 100/s"},
      {"load: [ { name: a } ]\nfind: { step: 2500ms }\n", "t.yml:3:15: whole seconds, such as 5s"},
      {"load: [ { name: a } ]\nfind: { step: 1s }\n",
       "t.yml:3:15: find.step: 1s is out of range: 2s to 1h"},
      {"load: [ { name: a } ]\nduration: 10s\nfind: {}\n",
       "t.yml:3:11: find ends once it has its answer: leave duration out"},
      {"load: [ { name: a } ]\nfind: { while: { latency: { q99: \"< 1s\" } } }\n",
       "t.yml:3:29: 'q99' is no percentile such as p50, p99 or p99.9"},
      {"load: [ { name: a } ]\nduration: 1s\n",
       "t.yml:2:9: 'arrival' is missing in load: when requests are due"},
  };
  for (const auto& c : cases) EXPECT_EQ(errors_of(with_target(c.text)), c.errors) << c.text;
}

TEST(CompileFind, TheSearchIsBoundedInAdvance) {
  const auto parsed = parse(with_target(std::string(kLoad) + "find: { most: 800/s }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  // 100, 200, 400, 800; five halvings and six votes, and those twice.
  EXPECT_EQ(model::most_trials(*parsed.plan->find), 4U + 2 * (5 + 6));
  EXPECT_EQ(model::warm_up(*parsed.plan->find), 1s);
}

}  // namespace
}  // namespace rampart::scenarios
