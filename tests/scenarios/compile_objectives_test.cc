#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

std::string full(std::string_view rest) {
  return with_target(
      "load: [ { name: a, arrival: { rate: 1/s, duration: 1s } } ]\n"
      "probes: [ { name: p } ]\n" +
      std::string(rest));
}

TEST(CompileObjectives, All) {
  const auto parsed =
      parse(full("objectives:\n"
                 "  availability: \">= 98%\"\n"
                 "  latency: { p99.9: \"< 1s\", p50: \"< 20ms\", p100: \"< 5s\" }\n"
                 "  errors: \"< 0.1%\"\n"
                 "  confidence: 95%\n"
                 "stop_when: { availability: \"< 50% for 10s\", errors: \"> 20% for 5s\" }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& goals = parsed.plan->objectives;
  EXPECT_DOUBLE_EQ(goals.availability->value, 0.98);
  EXPECT_DOUBLE_EQ(goals.errors->value, 0.001);
  EXPECT_DOUBLE_EQ(goals.confidence->value, 0.95);
  EXPECT_FALSE(goals.detection);
  ASSERT_EQ(goals.latency.size(), 3U);
  EXPECT_DOUBLE_EQ(goals.latency[0].percentile, 50);
  EXPECT_EQ(goals.latency[0].below, 20ms);
  EXPECT_DOUBLE_EQ(goals.latency[1].percentile, 99.9);
  EXPECT_DOUBLE_EQ(goals.latency[2].percentile, 100);
  const auto& stop = parsed.plan->stop_when;
  EXPECT_DOUBLE_EQ(stop.availability_below->value, 0.5);
  EXPECT_EQ(stop.availability_over, 10s);
  EXPECT_DOUBLE_EQ(stop.errors_above->value, 0.2);
  EXPECT_EQ(stop.errors_over, 5s);
}

TEST(CompileObjectives, NoneByDefault) {
  const auto parsed = parse(full(""));
  ASSERT_TRUE(parsed.plan);
  EXPECT_FALSE(parsed.plan->objectives.availability);
  EXPECT_TRUE(parsed.plan->objectives.latency.empty());
  EXPECT_FALSE(parsed.plan->objectives.confidence);
  EXPECT_FALSE(parsed.plan->stop_when.availability_below);
  EXPECT_FALSE(parsed.plan->stop_when.errors_above);
}

TEST(CompileObjectives, Refused) {
  for (const auto& [text, wanted] : std::vector<BadCase>{
           {"objectives: { latency: { q99: \"< 1s\" } }\n",
            "t.yml:4:26: 'q99' is no percentile such as p50, p99 or p99.9"},
           {"objectives: { latency: { p0: \"< 1s\" } }\n",
            "t.yml:4:26: 'p0' is no percentile such as p50, p99 or p99.9"},
           {"objectives: { latency: { p101: \"< 1s\" } }\n",
            "t.yml:4:26: 'p101' is no percentile such as p50, p99 or p99.9"},
           {"objectives: { latency: { pinf: \"< 1s\" } }\n",
            "t.yml:4:26: 'pinf' is no percentile such as p50, p99 or p99.9"},
           {"objectives: { latency: \"< 1s\" }\n",
            "t.yml:4:24: objectives.latency: expected a map of names such as { web: ... }, found a "
            "single value"},
           {"objectives: { confidence: 100% }\n",
            "t.yml:4:27: objectives.confidence: 100% is out of range: 50% to 99.99%"},
           {"objectives: { detection: \">= 99%\" }\n",
            "t.yml:4:26: detection would never be measured: add canaries:"},
       })
    EXPECT_EQ(errors_of(full(text)), wanted) << text;
  EXPECT_EQ(errors_of("duration: 1s\n" +
                      with_target("probes: [ { name: p } ]\n"
                                  "objectives: { errors: \"< 1%\", latency: { p50: \"< 1s\" } }\n"
                                  "stop_when: { errors: \"> 20% for 5s\" }\n")),
            "t.yml:4:23: errors would never be measured: add load:\n"
            "t.yml:4:40: latency would never be measured: add load:\n"
            "t.yml:5:22: errors would never be measured: add load:");
  EXPECT_EQ(errors_of(with_target("load: [ { name: a, arrival: { rate: 1/s, duration: 1s } } ]\n"
                                  "objectives: { availability: \">= 9%\" }\n"
                                  "stop_when: { availability: \"< 20% for 5s\" }\n")),
            "t.yml:3:29: availability would never be measured: add probes:\n"
            "t.yml:4:28: availability would never be measured: add probes:");
}

}  // namespace
}  // namespace rampart::scenarios
