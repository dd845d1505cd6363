#include "correlator/attacks.h"

#include <gtest/gtest.h>

#include <memory>

#include "correlator/conclude.h"
#include "evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::Impact;
using model::State;

// A run whose sniffer looked for attacks by behaviour and reported this one: begun, then ended.
void attack(Scene& scene, Cause cause, double from, double to, Impact impact = Impact::absorbed,
            base::Endpoint target = {base::IpAddress::v4(127, 0, 0, 1), 8080},
            std::uint64_t number = 1) {
  scene.capture();
  if (!scene.raw().plan.sniff) scene.raw().plan.sniff.emplace();
  for (const auto phase : {model::BehaviourPhase::begin, model::BehaviourPhase::end}) {
    const bool over = phase == model::BehaviourPhase::end;
    model::Behaviour b;
    b.cause = cause;
    b.phase = phase;
    b.number = number;
    b.target = target;
    b.from = Scene::wall(from);
    b.to = Scene::wall(over ? to : from + 2);
    b.rate = 512;
    b.unit = "things/s";
    b.threshold = 100;
    b.sources = 3;
    b.top = {{base::IpAddress::v4(192, 0, 2, 9), 77}};
    b.impact = over ? impact : Impact::absorbed;
    b.evidence = {{"requests answered", 99, "%", "100 %"}};
    model::Detection d;
    d.at = Scene::wall(over ? to + 3 : from + 2);
    d.gid = model::kBehaviourGid;
    d.sid = model::behaviour_sid(cause);
    d.msg = "attack";
    d.destination = target;
    d.behaviour = std::make_shared<const model::Behaviour>(b);
    scene.raw().detections.push_back(d);
  }
}

std::vector<model::Verdict> attacks_in(const model::RunResult& result) {
  std::vector<model::Verdict> out;
  for (const auto& v : result.verdicts)
    if (is_attack(v.cause)) out.push_back(v);
  return out;
}

constexpr std::array kCauses = {Cause::attack_syn_flood,  Cause::attack_icmp_flood,
                                Cause::attack_udp_flood,  Cause::attack_http_flood,
                                Cause::attack_slow_http,  Cause::attack_port_scan,
                                Cause::attack_brute_force};

TEST(Attacks, AreVerdictsOfTheirOwnAndNoSignatures) {
  for (const auto cause : kCauses) {
    Scene scene(1);
    scene.load(200);
    attack(scene, cause, 20, 40);
    const auto result = conclude(scene.evidence());
    const auto found = attacks_in(result);
    ASSERT_EQ(found.size(), 1U) << to_string(cause);
    EXPECT_EQ(found[0].cause, cause);
    EXPECT_EQ(found[0].impact, Impact::absorbed);
    EXPECT_EQ(found[0].actor, model::Actor::attacker);
    EXPECT_EQ(found[0].state, State::healthy);
    EXPECT_EQ(found[0].target, "web");
    EXPECT_NEAR(base::seconds(found[0].window.from), 20, 0.01);
    EXPECT_NEAR(base::seconds(found[0].window.to), 40, 0.01) << "the last report counts";
    EXPECT_EQ(result.exit_code, 0);
    ASSERT_EQ(result.wire.detections.size(), 1U);
    EXPECT_EQ(result.wire.detections[0].count, 1U) << "one attack, however often it is reported";
    bool named = false;
    for (const auto& item : found[0].evidence)
      named = named || item.series.find("192.0.2.9 (77)") != std::string::npos;
    EXPECT_TRUE(named);
  }
}

TEST(Attacks, ThatCauseAnEpisodeTakeItOver) {
  for (const auto cause :
       {Cause::attack_syn_flood, Cause::attack_http_flood, Cause::attack_udp_flood}) {
    Scene scene(2);
    scene.capture().tcp_probe().unreachable(21, 40);
    attack(scene, cause, 20, 40, Impact::degrading);
    const auto result = conclude(scene.evidence());
    const auto found = attacks_in(result);
    ASSERT_EQ(found.size(), 1U) << to_string(cause);
    EXPECT_EQ(found[0].cause, cause);
    EXPECT_EQ(found[0].impact, Impact::degrading);
    EXPECT_NE(found[0].state, State::healthy);
    EXPECT_EQ(result.exit_code, 4);
  }
}

TEST(Attacks, BesideATroubleOfAnotherKindAreAbsorbed) {
  Scene scene(3);
  scene.load(200).down(25, 35);
  attack(scene, Cause::attack_port_scan, 20, 40);
  const auto result = conclude(scene.evidence());
  const auto found = attacks_in(result);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].impact, Impact::absorbed);
  bool down = false;
  for (const auto& v : result.verdicts) down = down || v.cause == Cause::fault_process_down;
  EXPECT_TRUE(down);
}

// What strangers suffered is told by the wire; who was served all the while knows better.
TEST(Attacks, AreDegradingByTheWireUnlessThisRunWasServed) {
  Scene blind(4);
  blind.no_probes();
  attack(blind, Cause::attack_syn_flood, 20, 40, Impact::degrading);
  const auto seen = conclude(blind.evidence());
  ASSERT_EQ(attacks_in(seen).size(), 1U);
  EXPECT_EQ(attacks_in(seen)[0].impact, Impact::degrading);
  EXPECT_EQ(seen.exit_code, 4);
  Scene served(4);
  served.load(200);
  attack(served, Cause::attack_syn_flood, 20, 40, Impact::degrading);
  EXPECT_EQ(attacks_in(conclude(served.evidence()))[0].impact, Impact::absorbed);
}

// Two services of one host, each with a probe; both are out of reach for a while.
Scene two_services() {
  Scene scene(7);
  scene.tcp_probe().unreachable(21, 40).probe("api-tcp", model::ProbeModule::Kind::tcp, 1, 2);
  auto& plan = scene.raw().plan;
  plan.targets.push_back(plan.targets[0]);
  plan.targets[1].name = "api";
  plan.targets[1].endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 9090}};
  plan.probes.back().target = 1;
  return scene;
}

TEST(Attacks, OnAHostConcernEachTargetOnIt) {
  struct Case {
    std::uint16_t port;
    bool web, api;
  };
  for (const auto& c : {Case{0, true, true}, Case{22, true, true}, Case{8080, true, false},
                        Case{9090, false, true}}) {
    auto scene = two_services();
    attack(scene, Cause::attack_syn_flood, 20, 40, Impact::degrading,
           {base::IpAddress::v4(127, 0, 0, 1), c.port});
    const auto result = conclude(scene.evidence());
    bool web = false;
    bool api = false;
    for (const auto& v : result.verdicts) {
      const bool explained = v.cause == Cause::attack_syn_flood && v.impact == Impact::degrading;
      web = web || (explained && v.target == "web");
      api = api || (explained && v.target == "api");
      if (!explained) continue;
      bool named = false;
      for (const auto& item : v.evidence)
        named = named || item.series.find("192.0.2.9 (77)") != std::string::npos;
      EXPECT_TRUE(named) << v.target << ": the sources are evidence for each";
    }
    EXPECT_EQ(web, c.web) << c.port;
    EXPECT_EQ(api, c.api) << c.port;
  }
}

// By the wire it hurt others; this run was served by the first target, and did not ask the second.
TEST(Attacks, OnAHostAreDegradingWhereOneTargetWasNotServed) {
  Scene scene(8);
  scene.load(200);
  auto& plan = scene.raw().plan;
  plan.targets.push_back(plan.targets[0]);
  plan.targets[1].name = "api";
  plan.targets[1].endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 9090}};
  attack(scene, Cause::attack_syn_flood, 20, 40, Impact::degrading,
         {base::IpAddress::v4(127, 0, 0, 1), 0});
  const auto found = attacks_in(conclude(scene.evidence()));
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].target, "api");
  EXPECT_EQ(found[0].impact, Impact::degrading);
}

TEST(Attacks, OnOtherHostsDoNotConcernTheTargets) {
  Scene scene(5);
  scene.tcp_probe().unreachable(21, 40);
  attack(scene, Cause::attack_syn_flood, 20, 40, Impact::degrading,
         {base::IpAddress::v4(192, 0, 2, 1), 80});
  const auto result = conclude(scene.evidence());
  const auto found = attacks_in(result);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].target, "192.0.2.1:80");
  EXPECT_EQ(found[0].impact, Impact::none);
  EXPECT_NE(result.exit_code, 4);
}

TEST(Attacks, ComeFromOneSource) {
  Scene scene(6);
  scene.load(200).capture().flood(20, 40, 5000);
  ASSERT_EQ(find_attacks(lay_out(scene.evidence())).size(), 1U) << "by the wire's seconds";
  scene.raw().plan.sniff.emplace();
  EXPECT_TRUE(find_attacks(lay_out(scene.evidence())).empty())
      << "the sniffer looked, and none was";
  scene.raw().plan.sniff->behaviour.enabled = false;
  EXPECT_EQ(find_attacks(lay_out(scene.evidence())).size(), 1U);
}

}  // namespace
}  // namespace rampart::correlator
