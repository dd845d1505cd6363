#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::ProbeReason;
using model::State;
using testing::ElementsAre;
using testing::HasSubstr;

// Every scrape of the page from `from` to `to` fails for the reason.
void fail(model::Evidence& e, std::uint32_t page, double from, double to, ProbeReason reason,
          const std::string& detail = "") {
  for (auto& s : e.scrapes) {
    if (s.scrape != page || s.start < Scene::mono(from) || s.start >= Scene::mono(to)) continue;
    s.up = false;
    s.reason = reason;
    s.detail = detail;
    s.samples.clear();
  }
}

// The scene's page and others beside it, all of the one target.
model::Evidence with_pages(Scene& scene, const std::vector<std::string>& others) {
  scene.scrape(1);
  auto& scrapes = scene.raw().plan.scrapes;
  for (const auto& name : others) {
    scrapes.push_back(scrapes[0]);
    scrapes.back().name = name;
  }
  return scene.evidence();
}

std::vector<std::string> series_of(const model::Verdict& v) {
  std::vector<std::string> out;
  for (const auto& item : v.evidence) out.push_back(item.series);
  return out;
}

std::vector<model::Verdict> of_cause(const model::RunResult& r, Cause cause) {
  std::vector<model::Verdict> out;
  for (const auto& v : r.verdicts)
    if (v.cause == cause) out.push_back(v);
  return out;
}

struct Own {
  ProbeReason reason;
  std::string detail, says;
};

class ScrapersOwn : public testing::TestWithParam<Own> {};

// What this run did not read of itself is no sign of an exporter that is down.
TEST_P(ScrapersOwn, IsNotTheExportersFault) {
  Scene scene(1);
  auto e = with_pages(scene, {});
  fail(e, 0, 10, 50, GetParam().reason, GetParam().detail);
  const auto r = conclude(e);
  EXPECT_TRUE(of_cause(r, Cause::fault_exporter_down).empty());
  const auto told = of_cause(r, Cause::unknown);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, State::healthy);
  EXPECT_EQ(told[0].actor, model::Actor::own);
  EXPECT_LE(told[0].confidence, 0.5);
  EXPECT_THAT(told[0].summary, HasSubstr(GetParam().says));
  EXPECT_THAT(series_of(told[0]), ElementsAre("scrapes of nginx that ended as " +
                                                  std::string(model::to_string(GetParam().reason)),
                                              "probe_success of web"));
}

INSTANTIATE_TEST_SUITE_P(
    All, ScrapersOwn,
    testing::Values(Own{ProbeReason::not_permitted, "192.0.2.1: nothing was sent",
                        "this run may not read the page (192.0.2.1: nothing was sent)"},
                    Own{ProbeReason::denied, "status 401, expected 200",
                        "the page wants other credentials (status 401, expected 200)"},
                    Own{ProbeReason::over_limit, "line 9: more than 100000 series to record",
                        "the page is beyond a limit of this run (line 9: "}),
    [](const auto& test) { return std::string(model::to_string(test.param.reason)); });

TEST(Exporters, WhatNobodySawIsUnknown) {
  Scene scene(2);
  scene.no_probes();
  auto e = with_pages(scene, {});
  fail(e, 0, 0, 60, ProbeReason::denied, "status 403, expected 200");
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::unknown);
  EXPECT_THAT(r.verdicts[0].summary, HasSubstr("wants other credentials"));
}

TEST(Exporters, APageThatIsNotReadCallsNoServiceHealthyThatWasDown) {
  Scene scene(2);
  scene.down(14, 24);
  auto e = with_pages(scene, {"locked"});
  fail(e, 1, 0, 60, ProbeReason::denied, "status 401, expected 200");
  const auto told = of_cause(conclude(e), Cause::unknown);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].state, State::unknown);
  EXPECT_EQ(told[0].evidence.back().series, "probe_success of web outside its own trouble");
}

// The page was wrong before, during and after an outage: users were not served all that time.
TEST(Exporters, AreNotSaidToBeServedWhileTheServiceWasDown) {
  Scene scene(3);
  scene.down(14, 24);
  auto e = with_pages(scene, {"omcut"});
  fail(e, 1, 0, 40, ProbeReason::protocol, "cut");
  const auto r = conclude(e);
  const auto verdicts = of_cause(r, Cause::fault_exporter_down);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_THAT(verdicts[0].summary,
              HasSubstr("omcut: outside its own trouble the service is served, but"));
  EXPECT_EQ(verdicts[0].evidence.back().series, "probe_success of web outside its own trouble");
  EXPECT_EQ(verdicts[0].evidence.back().value, 100) << "outside of the outage";
  EXPECT_EQ(of_cause(r, Cause::fault_process_down).size(), 1U);
}

TEST(Exporters, SayHowManyUsersWereServed) {
  Scene scene(4);
  scene.lose_probe_at(20);
  auto e = with_pages(scene, {});
  fail(e, 0, 10, 50, ProbeReason::connect_refused);
  const auto verdicts = of_cause(conclude(e), Cause::fault_exporter_down);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_THAT(verdicts[0].summary, HasSubstr("nginx: the service is mostly served (97."));
}

// Five pages that fail alike are one thing to say.
TEST(Exporters, PagesThatFailAlikeAreOneVerdict) {
  Scene scene(5);
  auto e = with_pages(scene, {"b", "c", "d", "e", "late"});
  for (std::uint32_t page = 0; page < 5; ++page) fail(e, page, 0, 60, ProbeReason::connect_refused);
  fail(e, 5, 40, 50, ProbeReason::connect_refused);
  const auto verdicts = of_cause(conclude(e), Cause::fault_exporter_down);
  ASSERT_EQ(verdicts.size(), 2U);
  EXPECT_THAT(verdicts[0].summary, HasSubstr("nginx, b, c and 2 other pages: "));
  EXPECT_EQ(verdicts[0].evidence.size(), 6U);
  EXPECT_THAT(verdicts[1].summary, testing::StartsWith("late: "));
}

// The page that speaks for the service is named, and the others do not speak for it.
TEST(Exporters, TheWitnessOfARejectionIsNamed) {
  Scene scene(6);
  scene.down(20, 41);
  auto e = with_pages(scene, {"broken"});
  for (auto& s : e.scrapes)
    for (auto& sample : s.samples) sample = {"nginx_up{instance=\"a\"}", 1};
  fail(e, 1, 0, 60, ProbeReason::protocol);
  const auto r = conclude(e);
  const auto verdicts = of_cause(r, Cause::fault_reject);
  ASSERT_EQ(verdicts.size(), 1U);
  EXPECT_THAT(verdicts[0].summary,
              HasSubstr("although nginx says that the service runs (nginx_up 1)"));
  const auto series = series_of(verdicts[0]);
  EXPECT_THAT(series, testing::IsSupersetOf(
                          {"up of broken", "up of nginx", "scrapes of nginx with nginx_up 1"}));
}

// A failure without a symptom of its own says why.
TEST(Exporters, UnknownTroubleKeepsTheReasonOfItsProbes) {
  Scene scene(7);
  auto e = scene.reason(20, 40, ProbeReason::tls_untrusted).evidence();
  for (auto& p : e.probes)
    if (!p.success) p.detail = "self-signed certificate";
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::unknown);
  EXPECT_THAT(r.verdicts[0].summary,
              HasSubstr("failing (20 of 20 probes: tls_untrusted, self-signed certificate)"));
  EXPECT_THAT(series_of(r.verdicts[0]), testing::Contains("probe web-http tls_untrusted"));
  EXPECT_EQ(r.probes.at(0).why, "self-signed certificate");
}

}  // namespace
}  // namespace rampart::correlator
