#include "correlator/timeline.h"

#include <gtest/gtest.h>

#include "correlator/symptoms.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

// What ends is counted in requests, so what was asked is, too.
TEST(Timeline, AFlowAsksForAllItsRequests) {
  Scene scene(1, 10);
  scene.load(300).capacity(1000);
  auto e = scene.evidence();
  e.plan.loads[0].arrival.stages = {{base::Rps{100}, base::Rps{100}, std::chrono::seconds(10)}};
  e.plan.loads[0].flow = true;
  e.plan.loads[0].steps.resize(3);
  auto t = lay_out(e);
  find_symptoms(e.plan, t.targets[0]);
  ASSERT_FALSE(t.targets[0].load.empty());
  for (const auto& second : t.targets[0].load) {
    EXPECT_NEAR(second.arrivals, 100, 1);
    EXPECT_NEAR(second.asked, 300, 3);
    EXPECT_LE(second.due, second.asked);
    EXPECT_GT(second.due, 250) << "completions to expect are of requests";
  }
}

model::ScrapeResult seen(std::uint32_t scrape, bool up, std::vector<model::SeriesSample> samples) {
  return {.scrape = scrape,
          .start = Scene::mono(1),
          .up = up,
          .detail = {},
          .samples = std::move(samples)};
}

// A series that is gone has no value to believe.
TEST(Timeline, TheServicesWordIsNotThatOfASeriesThatIsGone) {
  auto e = Scene(1, 10).scrape().evidence();
  e.scrapes = {seen(0, true, {{"nginx_up", 0, true}}), seen(0, true, {{"nginx_up", 0}})};
  const auto t = lay_out(e);
  ASSERT_EQ(t.targets[0].scrapes.size(), 2U);
  EXPECT_FALSE(t.targets[0].scrapes[0].service_up);
  EXPECT_EQ(t.targets[0].scrapes[1].service_up, false);
}

// It waited in vain while the prober itself stood still.
TEST(Timeline, AScrapeThatFailedForALocalReasonSaysNothing) {
  auto e = Scene(1, 10).scrape().evidence();
  e.scrapes = {seen(0, false, {}), seen(0, false, {})};
  e.scrapes[0].reason = model::ProbeReason::local;
  e.scrapes[1].reason = model::ProbeReason::timeout_first_byte;
  const auto t = lay_out(e);
  ASSERT_EQ(t.targets[0].scrapes.size(), 1U);
  EXPECT_EQ(t.targets[0].scrapes[0].result, &e.scrapes[1]);
}

// Several that contradict each other are no word.
TEST(Timeline, OnlyKnownMetricsAreTheServicesWord) {
  auto e = Scene(1, 10).scrape().evidence();
  e.scrapes = {seen(0, true, {{"node_network_up{device=\"docker0\"}", 0}}),
               seen(0, true, {{"nginx_up{a=\"1\"}", 1}, {"nginx_up{a=\"2\"}", 0}}),
               seen(0, true, {{"nginx_up{a=\"1\"}", 1}, {"nginx_up{a=\"2\"}", 1}}),
               seen(0, true, {{"my_word", 0}})};
  const auto t = lay_out(e);
  ASSERT_EQ(t.targets[0].scrapes.size(), 4U);
  EXPECT_FALSE(t.targets[0].scrapes[0].service_up);
  EXPECT_FALSE(t.targets[0].scrapes[1].service_up);
  EXPECT_EQ(t.targets[0].scrapes[2].service_up, true);
  EXPECT_FALSE(t.targets[0].scrapes[3].service_up);
  e.plan.scrapes[0].service_metric = "my_word";
  const auto own = lay_out(e);
  EXPECT_FALSE(own.targets[0].scrapes[2].service_up);
  EXPECT_EQ(own.targets[0].scrapes[3].service_up, false);
}

model::Evidence of_prometheus(std::vector<model::ScrapeResult> results) {
  auto e = Scene(1, 10).scrape().evidence();
  e.plan.scrapes[0].source = model::ScrapeSpec::Source::prometheus;
  e.plan.scrapes[0].interval = std::chrono::seconds(1);
  e.plan.targets[0].url = model::parse_url("http://web.test/").value();
  e.scrapes = std::move(results);
  return e;
}

std::string series(const std::string& metric, const std::string& instance,
                   const std::string& job = "node") {
  return metric + "{instance=\"" + instance + "\",job=\"" + job + "\"}";
}

// Prometheus says itself whether it could scrape; that it cannot be asked says nothing of the
// exporter.
TEST(Timeline, UpAsPrometheusHasIt) {
  const auto up = series("up", "web.test:9100");
  const auto word = series("nginx_up", "web.test:9100");
  auto e = of_prometheus({seen(0, true, {{up, 1}, {word, 1}}), seen(0, true, {{up, 0}}),
                          seen(0, true, {{up, 1, true}}), seen(0, true, {{word, 1}}),
                          seen(0, false, {})});
  const auto t = lay_out(e);
  const auto& scrapes = t.targets[0].scrapes;
  ASSERT_EQ(scrapes.size(), 2U);
  EXPECT_TRUE(scrapes[0].up);
  EXPECT_EQ(scrapes[0].service_up, true);
  EXPECT_FALSE(scrapes[1].up);
  EXPECT_EQ(scrapes[0].page, "node web.test:9100");
  EXPECT_EQ(scrapes[0].span.to - scrapes[0].span.from, std::chrono::seconds(1))
      << "it was sampled in the interval before the point";
}

TEST(Timeline, OfPrometheusOnlyTheTargetsOwnPagesCount) {
  const auto other = series("up", "other.test:9100");
  const auto own = series("up", "web.test:9100");
  const auto probes = series("up", "web.test", "blackbox");
  auto e = of_prometheus(
      {seen(0, true, {{other, 0}}), seen(0, true, {{series("up", "http://web.test/"), 0}}),
       seen(0, true, {{probes, 1}, {series("probe_success", "web.test", "blackbox"), 1}}),
       seen(0, true, {{probes, 0}}),
       seen(0, true, {{own, 1}, {other, 0}, {series("nginx_up", "other.test:9100"), 0}})});
  const auto t = lay_out(e);
  ASSERT_EQ(t.targets[0].scrapes.size(), 1U);
  EXPECT_TRUE(t.targets[0].scrapes[0].up);
  EXPECT_FALSE(t.targets[0].scrapes[0].service_up);
  // The plan says that what is selected is the target's.
  e.plan.scrapes[0].target = 0;
  EXPECT_EQ(lay_out(e).targets[0].scrapes.size(), 1U);
  e.plan.scrapes[0].select = "job=\"node\"";
  EXPECT_EQ(lay_out(e).targets[0].scrapes.size(), 4U) << "but what exporters of probes looked at";
}

}  // namespace
}  // namespace rampart::correlator
