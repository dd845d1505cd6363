#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "parse.h"
#include "scenarios/compile.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(CompileScrape, Scrapes) {
  const auto parsed = parse(
      "duration: 1s\n" +
      with_target("scrape:\n"
                  "  - { name: a, url: \"http://127.0.0.1:9100/metrics\" }\n"
                  "  - { name: b, url: \"http://127.0.0.1:9100/metrics\", interval: 1s, keep: up,\n"
                  "      target: web }\n"
                  "  - { name: c, url: \"https://127.0.0.1/m\", timeout: 9s, keep: [ x, y ],\n"
                  "      tls: { insecure: true } }\n"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& scrapes = parsed.plan->scrapes;
  ASSERT_EQ(scrapes.size(), 3U);
  EXPECT_EQ(scrapes[0].interval, 5s);
  EXPECT_EQ(scrapes[0].timeout, 4s);
  EXPECT_FALSE(scrapes[0].target);
  EXPECT_EQ(scrapes[1].timeout, 1s);
  EXPECT_EQ(scrapes[1].target, 0U);
  EXPECT_EQ(scrapes[1].keep, std::vector<std::string>{"up"});
  EXPECT_EQ(scrapes[2].timeout, 9s);
  EXPECT_EQ(scrapes[2].keep, (std::vector<std::string>{"x", "y"}));
  EXPECT_TRUE(scrapes[2].tls.insecure);
}

TEST(CompileScrape, WhatIsTakenOfAPage) {
  const auto page = [](std::string_view keys) {
    return parse("duration: 1s\nscrape:\n  - { name: a, url: \"http://127.0.0.1:9100/metrics\", " +
                 std::string(keys) + " }\n");
  };
  const auto usual = page("interval: 1s");
  ASSERT_TRUE(usual.plan) << to_text(usual.errors);
  EXPECT_FALSE(usual.plan->scrapes[0].honor_labels);
  EXPECT_TRUE(usual.plan->scrapes[0].labels.empty());
  const auto parsed = page(
      "also: [ go_*, mine ], labels: { job: web, zone: 3 }, honor_labels: true, limits: { body: "
      "64MiB, series: 2k, labels: 3, label_name: 4, label_value: 1KiB }");
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& scrape = parsed.plan->scrapes[0];
  EXPECT_EQ(scrape.also, (std::vector<std::string>{"go_*", "mine"}));
  EXPECT_EQ(scrape.labels, (Headers{{"job", "web"}, {"zone", "3"}}));
  EXPECT_TRUE(scrape.honor_labels);
  EXPECT_EQ(scrape.limits.body, 64U << 20);
  EXPECT_EQ(scrape.limits.series, 2000U);
  EXPECT_EQ(scrape.limits.labels, 3U);
  EXPECT_EQ(scrape.limits.label_name, 4U);
  EXPECT_EQ(scrape.limits.label_value, 1024U);
  // The table's defaults and the plan's are the same.
  const auto some = page("limits: { series: 7 }");
  ASSERT_TRUE(some.plan) << to_text(some.errors);
  const model::PageLimits defaults;
  for (const auto* plan : {&*some.plan, &*usual.plan}) {
    const auto& limits = plan->scrapes[0].limits;
    EXPECT_EQ(limits.body, defaults.body);
    EXPECT_EQ(limits.labels, defaults.labels);
    EXPECT_EQ(limits.label_name, defaults.label_name);
    EXPECT_EQ(limits.label_value, defaults.label_value);
  }
  EXPECT_EQ(usual.plan->scrapes[0].limits.series, defaults.series);
  for (const auto* bad : {"labels: { 9a: x }", "labels: { __name__: x }", "labels: { a-b: x }",
                          "limits: { body: 1 }", "limits: { body: 2GiB }", "limits: { series: 0 }",
                          "limits: { body: 5s }", "limits: { lines: 5 }"})
    EXPECT_FALSE(page(bad).plan) << bad;
  EXPECT_THAT(to_text(page("labels: { a-b: x }").errors), testing::HasSubstr("'a-b' is no label"));
}

TEST(CompileScrape, Prometheus) {
  const auto server = [](std::string_view keys) {
    return parse("duration: 1s\n" +
                 with_target("prometheus: { url: \"http://127.0.0.1:9090/prom\"" +
                             std::string(keys) + " }\n"));
  };
  const auto usual = server("");
  ASSERT_TRUE(usual.plan) << to_text(usual.errors);
  ASSERT_EQ(usual.plan->scrapes.size(), 1U);
  const auto& spec = usual.plan->scrapes[0];
  EXPECT_EQ(spec.name, "prometheus");
  EXPECT_EQ(spec.source, model::ScrapeSpec::Source::prometheus);
  EXPECT_EQ(spec.url.text(), "http://127.0.0.1:9090/prom");
  EXPECT_EQ(spec.interval, 1s);
  EXPECT_EQ(spec.every, 15s);
  EXPECT_EQ(spec.settle, 12s);
  EXPECT_EQ(spec.timeout, 10s);
  EXPECT_FALSE(spec.target);
  const auto all = server(
      ", auth: { bearer: abc }, select: 'job=\"web\"', keep: [ up, node_* ], also: probe_success, "
      "interval: 250ms, every: 3s, timeout: 2s, settle: 31s, target: web, service_metric: "
      "web_serves, "
      "limits: { body: 1MiB, series: 10 }");
  ASSERT_TRUE(all.plan) << to_text(all.errors);
  const auto& full = all.plan->scrapes[0];
  EXPECT_EQ(full.headers, (Headers{{"Authorization", "Bearer abc"}}));
  EXPECT_EQ(full.select, "job=\"web\"");
  EXPECT_EQ(full.keep, (std::vector<std::string>{"up", "node_*"}));
  EXPECT_EQ(full.also, (std::vector<std::string>{"probe_success", "web_serves"}));
  EXPECT_EQ(full.service_metric, "web_serves");
  EXPECT_EQ(full.interval, 250ms);
  EXPECT_EQ(full.settle, 31s);
  EXPECT_EQ(full.every, 3s);
  EXPECT_EQ(full.timeout, 2s);
  EXPECT_EQ(full.target, 0U);
  EXPECT_EQ(full.limits.body, 1U << 20);
  EXPECT_EQ(full.limits.series, 10U);
  for (const auto* bad : {", keep: 'a|b'", ", also: '.*'", ", keep: ''", ", interval: 10ms",
                          ", interval: 1000.5ms", ", every: 1h", ", service_metric: 'a*'",
                          ", tls: { insecure: true }", ", target: other", ", honor_labels: true"})
    EXPECT_FALSE(server(bad).plan) << bad;
  const auto said = [&](std::string_view keys) { return to_text(server(keys).errors); };
  EXPECT_THAT(said(", select: up"),
              testing::HasSubstr(": select, at up: this is no label matcher"));
  EXPECT_EQ(said(", select: ''"), "t.yml:3:58: prometheus.select: the text is empty");
  const auto same = parse(
      "duration: 1s\nprometheus: { url: \"http://127.0.0.1/\" }\n"
      "scrape: [ { name: prometheus, url: \"http://127.0.0.1/m\" } ]\n");
  EXPECT_THAT(to_text(same.errors), testing::HasSubstr("has the name 'prometheus': rename it"));
}

TEST(CompileScrape, PrometheusIsNamedWithoutItsApi) {
  const auto at = [](const std::string& url) {
    return to_text(
        parse("duration: 1s\nscrape: []\nprometheus: { url: \"" + url + "\" }\n").errors);
  };
  for (const auto* path : {"/api/v1", "/prom/api/v1/", "/api/v1/query_range?query=up"})
    EXPECT_EQ(at("http://127.0.0.1:9090" + std::string(path)),
              "t.yml:3:20: the server's own address is wanted, without /api/v1, which rampart adds")
        << path;
  // A proxy may have that before its own.
  for (const auto* path : {"/", "/api/v1/namespaces/m/services/prometheus:9090/proxy/"})
    EXPECT_EQ(at("http://127.0.0.1:9090" + std::string(path)), "") << path;
}

}  // namespace
}  // namespace rampart::scenarios
