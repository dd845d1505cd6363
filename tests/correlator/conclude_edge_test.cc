// Runs that are incomplete, odd or damaged, and what holds for every run.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::Impact;
using model::State;
using std::chrono::milliseconds;
using std::chrono::seconds;

void expect_sound(const model::RunResult& r) {
  ASSERT_FALSE(r.verdicts.empty());
  for (const auto& v : r.verdicts) {
    EXPECT_GE(v.window.from, base::Nanos(0));
    EXPECT_LE(v.window.from, v.window.to);
    EXPECT_LE(v.window.to, r.length);
    EXPECT_GE(v.confidence, 0);
    EXPECT_LE(v.confidence, 1);
    EXPECT_EQ(v.cause == Cause::none, v.evidence.empty());
    EXPECT_FALSE(v.summary.empty());
  }
}

std::string text_of(const model::RunResult& r) {
  std::string text;
  for (const auto& v : r.verdicts) {
    text += v.summary + std::to_string(v.confidence) + std::to_string(v.window.from.count()) +
            std::to_string(v.window.to.count());
    for (const auto& e : v.evidence) text += e.series + std::to_string(e.value) + e.expected;
    for (const auto& o : v.ruled_out) text += o.because;
  }
  return text + r.validity_reason + std::to_string(r.exit_code);
}

TEST(ConcludeEdge, NoDataIsUnknownNeverDown) {
  Scene scene(1);
  const auto r = conclude(scene.raw());
  expect_sound(r);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::unknown);
  EXPECT_EQ(r.verdicts[0].cause, Cause::unknown);
  EXPECT_EQ(r.verdicts[0].impact, Impact::none);
}

TEST(ConcludeEdge, TheProbersOwnTroubleIsNoData) {
  Scene scene(2);
  const auto r = conclude(scene.reason(0, 60, model::ProbeReason::local).evidence());
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::unknown);
  EXPECT_THAT(r.verdicts[0].summary, testing::HasSubstr("this host's own trouble"));
  EXPECT_EQ(r.probes[0].sent, 0U);
}

// Failures that come one by one make no episode. They are not "served well the whole time" either.
TEST(ConcludeEdge, ScatteredFailuresAreNotHidden) {
  struct Case {
    int every;
    State state;
    const char* summary;
  };
  const Case cases[] = {{10, State::degraded, "6 of 60 probes failed, spread over the run"},
                        {30, State::healthy, "served, but 2 of 60 probes failed here and there"},
                        {100, State::healthy, "served well the whole time"}};
  for (const auto& c : cases) {
    Scene scene(8);
    for (int t = c.every / 2; t < 60 && c.every < 60; t += c.every) scene.lose_probe_at(t);
    const auto r = conclude(scene.evidence());
    expect_sound(r);
    ASSERT_EQ(r.verdicts.size(), 1U);
    EXPECT_EQ(r.verdicts[0].state, c.state);
    EXPECT_THAT(r.verdicts[0].summary, testing::HasSubstr(c.summary));
  }
}

// A request now and then, none of them answered: too few to say that it hangs, none to say that it
// serves.
TEST(ConcludeEdge, WithoutAnyAnswerNothingIsHealthy) {
  Scene scene(14, 10);
  const auto r = conclude(scene.no_probes().load(1).hang(0, 10).evidence());
  expect_sound(r);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].state, State::unknown) << r.verdicts[0].summary;
}

// An attack in the middle of an outage of another cause: "did no harm" would be a guess.
TEST(ConcludeEdge, AnAttackBesideAnOutageIsNotCalledHarmless) {
  for (const bool outage : {false, true}) {
    Scene scene(9);
    scene.load(200);
    if (outage) scene.down(20, 30);
    scene.detection(25, 7, model::Owner::other);
    const auto r = conclude(scene.evidence());
    expect_sound(r);
    const auto attack = std::find_if(r.verdicts.begin(), r.verdicts.end(), [](const auto& v) {
      return v.cause == Cause::attack_signature;
    });
    ASSERT_NE(attack, r.verdicts.end());
    EXPECT_THAT(attack->summary,
                testing::HasSubstr(outage ? "does not explain the trouble of web at that time "
                                            "(fault.process_down)"
                                          : "did no harm"));
  }
}

// The page was read and says that the service is down, while users are served: that is no failed
// scrape, and `up` was 1.
TEST(ConcludeEdge, AStatusPageThatIsWrongIsNotAFailedScrape) {
  Scene scene(10);
  auto e = scene.scrape().evidence();
  for (auto& s : e.scrapes)
    if (s.start > Scene::mono(20) && s.start < Scene::mono(44)) s.samples = {{"nginx_up", 0}};
  const auto r = conclude(e);
  expect_sound(r);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::fault_exporter_down);
  std::vector<std::string> series;
  for (const auto& item : r.verdicts[0].evidence) series.push_back(item.series);
  EXPECT_THAT(series, testing::ElementsAre("scrapes of nginx that say the service is down",
                                           "probe_success of web"));
  EXPECT_EQ(r.verdicts[0].evidence[1].value, 100);
}

// Samples of a Prometheus server: `up` of each of its pages, every 15 s.
model::Evidence stored(Scene& scene, const std::vector<std::pair<std::string, int>>& failed_at) {
  auto e = scene.scrape().evidence();
  auto& spec = e.plan.scrapes[0];
  spec.name = "prometheus";
  spec.source = model::ScrapeSpec::Source::prometheus;
  spec.interval = seconds(1);
  spec.select = "job=\"node\"";
  e.scrapes.clear();
  for (int at = 1; at < 60; at += 15)
    for (const auto* instance : {"a", "b"}) {
      const std::string labels = std::string("{instance=\"") + instance + "\",job=\"node\"}";
      const bool failed = std::find(failed_at.begin(), failed_at.end(),
                                    std::pair(std::string(instance), at)) != failed_at.end();
      model::ScrapeResult result{.start = Scene::mono(at), .up = true, .detail = {}, .samples = {}};
      result.samples = {{"up" + labels, failed ? 0.0 : 1.0}};
      if (!failed) result.samples.push_back({"nginx_up" + labels, 1});
      e.scrapes.push_back(std::move(result));
    }
  return e;
}

// A page that says the contrary takes the word back.
TEST(ConcludeEdge, ServicesThatContradictEachOtherSayNothing) {
  Scene scene(22);
  scene.down(20, 40);
  auto e = scene.scrape(1).evidence();
  e.plan.scrapes.push_back(e.plan.scrapes[0]);
  e.scrapes.clear();
  for (int at = 1; at < 60; ++at)
    for (const std::uint32_t page : {0U, 1U})
      e.scrapes.push_back({.scrape = page,
                           .start = Scene::mono(at),
                           .up = true,
                           .detail = {},
                           .samples = {{page == 0 ? "nginx_up" : "varnish_up",
                                        page == 0 && at >= 20 && at < 40 ? 0.0 : 1.0}}});
  EXPECT_EQ(conclude(e).verdicts.at(0).cause, Cause::fault_process_down);
}

TEST(ConcludeEdge, OneScrapeThatPrometheusLostIsNoVerdict) {
  Scene one(20);
  EXPECT_EQ(conclude(stored(one, {{"a", 16}})).verdicts.at(0).cause, Cause::none);
  Scene of_two_pages(20);
  EXPECT_EQ(conclude(stored(of_two_pages, {{"a", 16}, {"b", 31}})).verdicts.at(0).cause,
            Cause::none);
  Scene two(20);
  const auto r = conclude(stored(two, {{"a", 16}, {"a", 31}}));
  EXPECT_EQ(r.verdicts.at(0).cause, Cause::fault_exporter_down);
  EXPECT_THAT(r.verdicts[0].summary, testing::HasSubstr("prometheus node a: "));
}

// What was sampled before a crash does not speak for the time after it.
TEST(ConcludeEdge, PrometheusDoesNotSpeakForACrashedProcess) {
  Scene scene(21);
  scene.down(18, 35);
  auto e = stored(scene, {});
  // Read at points 10 s apart: what was sampled at 12 and 17 s stands at 20 s, in the trouble.
  e.plan.scrapes[0].interval = seconds(10);
  std::erase_if(e.scrapes, [](const auto& s) { return s.start > Scene::mono(10); });
  for (const auto* instance : {"a", "b"})
    e.scrapes.push_back(
        {.start = Scene::mono(20),
         .up = true,
         .detail = {},
         .samples = {{std::string("up{instance=\"") + instance + "\",job=\"node\"}", 1},
                     {std::string("nginx_up{instance=\"") + instance + "\",job=\"node\"}", 1}}});
  const auto r = conclude(e);
  EXPECT_EQ(r.verdicts.at(0).cause, Cause::fault_process_down) << r.verdicts[0].summary;
}

// Checks that were never sent, or left out behind a slow one, are missing where it was bad.
TEST(ConcludeEdge, ProbesThatWereNotSentAreTold) {
  Scene late(11);
  auto e = late.probe_every(0.25).evidence();
  const auto due = e.probes.size();
  int n = 0;
  std::erase_if(e.probes, [&](const model::ProbeResult& r) {
    return r.start > Scene::mono(20) && r.start < Scene::mono(25) && n++ % 4 != 0;
  });
  const auto missing = due - e.probes.size();
  ASSERT_GE(missing, 14U);
  for (auto& r : e.probes)
    if (r.start > Scene::mono(20) && r.start < Scene::mono(25)) r.duration = seconds(1);
  EXPECT_THAT(conclude(e).validity_reason,
              testing::HasSubstr("probe web-http left out " + std::to_string(missing) + " of " +
                                 std::to_string(due) + " checks"));

  Scene blind(12);
  e = blind.reason(20, 30, model::ProbeReason::local).evidence();
  EXPECT_THAT(conclude(e).validity_reason,
              testing::HasSubstr("10 probes were not sent by this host's own trouble"));
  Scene good(13);
  EXPECT_EQ(conclude(good.evidence()).validity_reason, "no load was asked for");
}

TEST(ConcludeEdge, ScrapesAloneNeverSayDown) {
  Scene scene(3);
  const auto r = conclude(scene.no_probes().scrape().exporter_down(20, 60).evidence());
  expect_sound(r);
  for (const auto& v : r.verdicts) EXPECT_EQ(v.state, State::unknown) << v.summary;
}

TEST(ConcludeEdge, APlanWithoutTargets) {
  Scene scene(4);
  scene.no_probes().raw().plan.targets.clear();
  expect_sound(conclude(scene.raw()));
  scene.raw().wire_captured = true;
  model::Detection d;
  d.at = Scene::wall(5);
  scene.raw().detections = {d};
  const auto r = conclude(scene.raw());
  expect_sound(r);
  EXPECT_EQ(r.verdicts.at(0).cause, Cause::attack_signature);
}

TEST(ConcludeEdge, EachTargetIsJudgedAlone) {
  Scene scene(5);
  auto e = scene.load(200).hang(20, 30).evidence();
  e.plan.targets.push_back(e.plan.targets[0]);
  e.plan.targets[1].name = "api";
  auto probe = e.plan.probes[0];
  probe.target = 1;
  e.plan.probes.push_back(probe);
  for (int t = 0; t < 60; ++t) {
    model::ProbeResult p;
    p.probe = 1;
    p.start = Scene::mono(t);
    p.duration = milliseconds(2);
    p.success = t < 40 || t >= 50;
    if (!p.success) p.reason = model::ProbeReason::connect_refused;
    e.probes.push_back(p);
  }
  const auto r = conclude(e);
  expect_sound(r);
  ASSERT_EQ(r.verdicts.size(), 2U);
  EXPECT_EQ(r.verdicts[0].target, "web");
  EXPECT_EQ(r.verdicts[0].cause, Cause::fault_hang);
  EXPECT_EQ(r.verdicts[1].target, "api");
  EXPECT_EQ(r.verdicts[1].cause, Cause::fault_process_down);
}

TEST(ConcludeEdge, ExporterTroubleDuringACrashIsNotItsOwn) {
  Scene scene(6);
  const auto r = conclude(scene.load(200).scrape().down(20, 41).exporter_down(20, 41).evidence());
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::fault_process_down);
}

TEST(ConcludeEdge, RefusedWhileTheServiceSaysItRunsIsAFirewall) {
  Scene scene(7);
  auto e = scene.load(200).scrape().down(20, 41).evidence();
  for (auto& s : e.scrapes)
    for (auto& sample : s.samples) sample.value = 1;
  const auto r = conclude(e);
  ASSERT_EQ(r.verdicts.size(), 1U);
  EXPECT_EQ(r.verdicts[0].cause, Cause::fault_reject);
}

TEST(ConcludeEdge, AttackVerdictsCarryActorAndImpact) {
  Scene scene(8);
  scene.load(200).capture().canaries(5).flood(20, 40, 5000);
  const auto r = conclude(scene.detection(30, 7, model::Owner::other).evidence());
  expect_sound(r);
  int own = 0;
  for (const auto& v : r.verdicts) {
    if (!model::is_attack(v.cause)) continue;
    EXPECT_NE(v.impact, Impact::degrading);
    if (v.actor == model::Actor::own) ++own;
    EXPECT_TRUE(v.actor == model::Actor::own || v.actor == model::Actor::attacker);
  }
  EXPECT_EQ(own, 1);
  EXPECT_EQ(r.exit_code, 0);
  Scene bad(8);
  const auto hit = conclude(bad.capture().flood(20, 40, 5000).unreachable(21, 40).evidence());
  EXPECT_EQ(hit.exit_code, 4);
}

TEST(ConcludeEdge, SameEvidenceSameResult) {
  Scene scene(9);
  const auto e = scene.load(300).capture().scrape().hang(10, 20).errors(40, 50, 0.5).evidence();
  EXPECT_EQ(text_of(conclude(e)), text_of(conclude(e)));
}

// Incidents of every kind thrown together: whatever comes out is sound.
TEST(ConcludeEdge, RandomRunsGiveSoundResults) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const auto upto = [&](double most) {
      return std::uniform_real_distribution<>(0, most)(random);
    };
    Scene scene(seed);
    scene.probe_every(seed % 3 == 0 ? 0.25 : 1 + upto(4));
    if (seed % 2 == 0) scene.stages({{upto(500), upto(3000), 30}, {upto(3000), upto(100), 30}});
    if (seed % 5 == 0) scene.capture().flood(upto(50), 60, upto(3000));
    if (seed % 4 == 0) scene.scrape(1).exporter_down(upto(30), 30 + upto(30));
    if (seed % 7 == 0) scene.no_probes();
    scene.down(upto(60), upto(60)).hang(upto(60), upto(60)).slow(upto(60), upto(60), upto(3));
    scene.errors(upto(60), upto(60), upto(1)).unreachable(upto(60), upto(60));
    for (int i = 0; i < 20; ++i)
      scene.detection(upto(60), static_cast<std::uint32_t>(upto(5)),
                      static_cast<model::Owner>(static_cast<int>(upto(4))));
    const auto r = conclude(scene.evidence());
    expect_sound(r);
    // Every stretch of trouble has one cause: windows of one target's trouble do not overlap.
    for (std::size_t i = 0; i < r.verdicts.size(); ++i)
      for (std::size_t k = i + 1; k < r.verdicts.size(); ++k) {
        const auto& a = r.verdicts[i];
        const auto& b = r.verdicts[k];
        const auto own_window = [](const model::Verdict& v) {
          return v.impact == Impact::degrading && v.cause != Cause::attack_syn_flood;
        };
        if (!own_window(a) || !own_window(b)) continue;
        EXPECT_LE(std::min(a.window.to, b.window.to) - std::max(a.window.from, b.window.from),
                  base::Nanos(0))
            << "seed " << seed << " " << a.summary << " / " << b.summary;
      }
  }
}

// As a damaged store might give them: times out of order, no lengths, absurd counters.
TEST(ConcludeEdge, DamagedEvidenceGivesSoundResults) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    std::mt19937_64 random(seed);
    Scene scene(seed, 30);
    auto e = scene.load(100).capture().scrape().hang(10, 15).canaries(5).evidence();
    const auto any = [&]() -> std::uint64_t { return random() % 3 == 0 ? random() : random() % 9; };
    const auto length = [&] {
      return base::Nanos(static_cast<std::int64_t>(random() % 3) * 50'000'000'000);
    };
    for (auto& s : e.load) {
      if (random() % 8 != 0) continue;
      s.length = length();
      s.start = Scene::mono(static_cast<double>(random() % 100'000) - 50'000);
      s.in_flight = any();
      for (auto* c : {&s.counters.offered, &s.counters.started, &s.counters.completed,
                      &s.counters.failed, &s.counters.errors[random() % 7]})
        *c = any();
    }
    for (auto& p : e.probes)
      if (random() % 8 == 0) {
        p.duration = length();
        p.success = random() % 2 == 0;
        p.reason = static_cast<model::ProbeReason>(random() % 17);
      }
    for (auto& w : e.wire)
      if (random() % 8 == 0) {
        w.length = length();
        w.syn = any();
        w.own_syn = any();
        w.other_handshakes = any();
      }
    for (auto& d : e.detections) d.at += length();
    for (auto& a : e.anchors)
      if (random() % 4 == 0) a.wall += length() - seconds(50);
    if (seed % 5 == 0) e.end = Scene::mono(-10);
    if (seed % 7 == 0) e.plan.probes[0].interval = base::Nanos(0);
    expect_sound(conclude(e));
  }
}

}  // namespace
}  // namespace rampart::correlator
