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

// Prometheus says itself whether it could scrape; that Prometheus cannot be asked says nothing of
// the exporter.
TEST(Timeline, UpAsPrometheusHasIt) {
  auto e = Scene(1, 10).scrape().evidence();
  e.plan.scrapes[0].source = model::ScrapeSpec::Source::prometheus;
  e.scrapes = {seen(0, true, {{"up{job=\"a\"}", 1}, {"up{job=\"b\"}", 0}}),
               seen(0, true, {{"up{job=\"a\"}", 0}, {"up{job=\"b\"}", 1, true}}),
               seen(0, true, {{"nginx_up", 1}}), seen(0, false, {})};
  const auto t = lay_out(e);
  ASSERT_EQ(t.targets[0].scrapes.size(), 2U);
  EXPECT_TRUE(t.targets[0].scrapes[0].up);
  EXPECT_FALSE(t.targets[0].scrapes[1].up);
}

}  // namespace
}  // namespace rampart::correlator
