#include "correlator/conclude.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::Impact;
using model::ProbeReason;
using model::State;

struct Expected {
  Cause cause;
  double from, to;
  double tolerance = 1.5;
};

struct Case {
  std::string name;
  std::function<void(Scene&)> set;
  std::vector<Expected> verdicts;  // besides those with an own canary
};

std::string show(const model::RunResult& r) {
  std::string text;
  for (const auto& v : r.verdicts) {
    text += "  " + std::string(to_string(v.cause)) + " " + std::string(to_string(v.state)) + " [" +
            std::to_string(base::seconds(v.window.from)) + ", " +
            std::to_string(base::seconds(v.window.to)) + "] " + std::to_string(v.confidence) + " " +
            v.summary + "\n";
    for (const auto& e : v.evidence)
      text += "      " + e.series + " = " + std::to_string(e.value) + " " + e.unit + " (" +
              e.expected + ")\n";
    for (const auto& o : v.ruled_out)
      text += "      not " + std::string(to_string(o.cause)) + ": " + o.because + "\n";
  }
  return text;
}

void expect_properties(const model::RunResult& r) {
  ASSERT_FALSE(r.verdicts.empty());
  for (const auto& v : r.verdicts) {
    EXPECT_GE(v.window.from, base::Nanos(0));
    EXPECT_LE(v.window.to, r.length);
    EXPECT_LE(v.window.from, v.window.to);
    EXPECT_GT(v.confidence, 0);
    EXPECT_LT(v.confidence, 1);
    EXPECT_FALSE(v.summary.empty());
    EXPECT_EQ(v.cause == Cause::none, v.evidence.empty());
    for (const auto& o : v.ruled_out) EXPECT_NE(o.cause, v.cause);
  }
}

class Conclude : public testing::TestWithParam<Case> {};

TEST_P(Conclude, NamesTheCauseForManySeeds) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Scene scene(seed);
    GetParam().set(scene);
    const auto result = conclude(scene.evidence());
    expect_properties(result);
    const auto& expected = GetParam().verdicts;
    ASSERT_EQ(result.verdicts.size(), expected.size()) << "seed " << seed << "\n" << show(result);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const auto& v = result.verdicts[i];
      EXPECT_EQ(v.cause, expected[i].cause) << "seed " << seed << "\n" << show(result);
      EXPECT_NEAR(base::seconds(v.window.from), expected[i].from, expected[i].tolerance)
          << "seed " << seed << "\n"
          << show(result);
      EXPECT_NEAR(base::seconds(v.window.to), expected[i].to, expected[i].tolerance)
          << "seed " << seed << "\n"
          << show(result);
      if (HasFailure()) return;
    }
  }
}

const Expected kHealthy{Cause::none, 0, 60};

const Case kCases[] = {
    // Nothing wrong.
    {"ProbesOnly", [](Scene&) {}, {kHealthy}},
    {"SteadyLoad", [](Scene& s) { s.load(300).scrape().capture(); }, {kHealthy}},
    {"LowLoad", [](Scene& s) { s.load(2, 4); }, {kHealthy}},
    {"LoadNearCapacity", [](Scene& s) { s.load(900); }, {kHealthy}},
    {"RampWithinCapacity", [](Scene& s) { s.stages({{0, 800, 50}, {800, 0, 10}}); }, {kHealthy}},
    {"ClosedLoad", [](Scene& s) { s.users(4); }, {kHealthy}},
    {"OneLostProbe", [](Scene& s) { s.load(200).lose_probe_at(20); }, {kHealthy}},
    {"OneLostProbeAlone", [](Scene& s) { s.lose_probe_at(20); }, {kHealthy}},
    {"OneSlowSecond", [](Scene& s) { s.load(200).slow(20, 20.9, 0.2); }, {kHealthy}},
    {"OneSlowSecondFastProbes",
     [](Scene& s) { s.load(200).probe_every(0.25).slow(20.1, 21, 0.2); },
     {kHealthy}},
    {"SlowProbesFarApart", [](Scene& s) { s.probe_every(10); }, {kHealthy}},
    {"SlowServiceAtATrickle",
     [](Scene& s) { s.slow(0, 60, 0.8).stages({{200, 200, 30}, {1, 1, 30}}, 400); },
     {kHealthy}},
    {"LoadOnly", [](Scene& s) { s.no_probes().load(300); }, {kHealthy}},
    {"OneMissedScrape", [](Scene& s) { s.scrape().exporter_down(20, 24); }, {kHealthy}},

    // Our own load.
    {"OverloadStep",
     [](Scene& s) { s.stages({{200, 200, 20}, {1200, 1200, 20}, {200, 200, 20}}); },
     {{Cause::overload_self, 20, 44, 4}}},
    {"OverloadThatDrainsForLong",
     [](Scene& s) { s.stages({{200, 200, 20}, {2000, 2000, 20}, {200, 200, 20}}); },
     {{Cause::overload_self, 20, 60, 3}}},
    {"OverloadRamp",
     [](Scene& s) { s.stages({{0, 2000, 40}, {2000, 0, 20}}); },
     {{Cause::overload_self, 20.5, 58, 4}}},
    {"OverloadToTheEnd",
     [](Scene& s) { s.stages({{100, 2400, 60}}); },
     {{Cause::overload_self, 23.5, 60, 4}}},
    {"OverloadLoadOnly",
     [](Scene& s) { s.no_probes().stages({{200, 200, 20}, {1200, 1200, 20}, {200, 200, 20}}); },
     {{Cause::overload_self, 20, 44, 4}}},
    {"OverloadManyConnections",
     [](Scene& s) { s.stages({{200, 200, 20}, {1200, 1200, 20}, {100, 100, 20}}, 6000); },
     {{Cause::overload_self, 20, 44, 4}}},

    // Faults.
    {"ProcessDown",
     [](Scene& s) { s.load(200).capture().scrape().down(20, 30); },
     {{Cause::fault_process_down, 20, 30}}},
    {"ProcessDownProbesOnly",
     [](Scene& s) { s.down(20, 30); },
     {{Cause::fault_process_down, 20, 30}}},
    {"ProcessDownToTheEnd",
     [](Scene& s) { s.load(200).down(40, 60); },
     {{Cause::fault_process_down, 40, 60}}},
    {"ProcessDownLoadOnly",
     [](Scene& s) { s.no_probes().load(200).down(20, 30); },
     {{Cause::fault_process_down, 20, 30}}},
    {"ProcessDownSlowProbes",
     [](Scene& s) { s.load(200).probe_every(10).down(20, 45); },
     {{Cause::fault_process_down, 20, 45}}},
    {"ProcessDownFastProbes",
     [](Scene& s) { s.load(200).probe_every(0.25).down(20.4, 30.6); },
     {{Cause::fault_process_down, 20.4, 30.6, 0.3}}},
    {"Hang",
     [](Scene& s) { s.load(200).capture().tcp_probe().hang(20, 30); },
     {{Cause::fault_hang, 20, 30, 2}}},
    {"HangShort", [](Scene& s) { s.load(200).hang(20, 24.5); }, {{Cause::fault_hang, 20, 24.5, 2}}},
    {"HangProbesOnly",
     [](Scene& s) { s.tcp_probe().hang(20, 30); },
     {{Cause::fault_hang, 20, 30, 2}}},
    {"HangLoadOnly",
     [](Scene& s) { s.no_probes().load(200).hang(20, 30); },
     {{Cause::fault_hang, 20, 30, 2}}},
    {"HangAtLowLoad",
     [](Scene& s) { s.load(5, 4).hang(20, 30); },
     {{Cause::fault_hang, 20, 30, 2}}},
    {"HangClosedLoad", [](Scene& s) { s.users(8).hang(20, 30); }, {{Cause::fault_hang, 20, 30, 2}}},
    {"HangFastProbes",
     [](Scene& s) { s.load(200).probe_every(0.25, 1).hang(20.4, 30); },
     {{Cause::fault_hang, 20.4, 30, 1.2}}},
    {"HangInRamp",
     [](Scene& s) { s.stages({{50, 800, 60}}).hang(30, 38); },
     {{Cause::fault_hang, 30, 38, 2}}},
    {"HangInOverload",
     [](Scene& s) { s.stages({{200, 200, 15}, {2000, 2000, 45}}).hang(35, 43); },
     {{Cause::overload_self, 15, 35, 3},
      {Cause::fault_hang, 35, 43, 2},
      {Cause::overload_self, 43, 60, 3}}},
    {"Slow", [](Scene& s) { s.load(100).slow(20, 32, 0.3); }, {{Cause::fault_slow, 20, 32}}},
    {"SlowProbesOnly", [](Scene& s) { s.slow(20, 32, 0.3); }, {{Cause::fault_slow, 20, 32}}},
    {"SlowFillsConnections",
     [](Scene& s) { s.load(300, 32).slow(20, 32, 0.5); },
     {{Cause::fault_slow, 20, 32, 3}}},
    {"SlowInRamp",
     [](Scene& s) { s.stages({{50, 700, 60}}).slow(25, 37, 0.4); },
     {{Cause::fault_slow, 25, 37, 3}}},
    {"SlowLoadOnly",
     [](Scene& s) { s.no_probes().load(100).slow(20, 32, 0.3); },
     {{Cause::fault_slow, 20, 32}}},
    {"Errors", [](Scene& s) { s.load(200).errors(20, 32, 1); }, {{Cause::fault_http_5xx, 20, 32}}},
    {"ErrorsInPart",
     [](Scene& s) { s.load(200).errors(20, 32, 0.4); },
     {{Cause::fault_http_5xx, 20, 32}}},
    {"ErrorsProbesOnly", [](Scene& s) { s.errors(20, 32, 1); }, {{Cause::fault_http_5xx, 20, 32}}},
    {"ErrorsInRamp",
     [](Scene& s) { s.stages({{50, 700, 60}}).errors(25, 37, 0.5); },
     {{Cause::fault_http_5xx, 25, 37}}},
    {"Unreachable",
     [](Scene& s) { s.load(200).tcp_probe().unreachable(20, 32); },
     {{Cause::fault_blackhole, 20, 32, 2}}},
    {"CertificateExpired",
     [](Scene& s) { s.reason(20, 60, ProbeReason::tls_expired); },
     {{Cause::fault_tls_expired, 20, 60}}},
    {"CertificateName",
     [](Scene& s) { s.reason(0, 60, ProbeReason::tls_name_mismatch); },
     {{Cause::fault_tls_mismatch, 0, 60}}},
    {"NameDoesNotResolve",
     [](Scene& s) { s.reason(20, 40, ProbeReason::resolve_failed); },
     {{Cause::fault_dns, 20, 40}}},
    {"NameIsGone",
     [](Scene& s) { s.reason(20, 40, ProbeReason::dns_nxdomain); },
     {{Cause::fault_dns, 20, 40}}},
    {"NameServersAreSilent",
     [](Scene& s) { s.reason(20, 40, ProbeReason::dns_timeout); },
     {{Cause::fault_dns, 20, 40}}},
    {"NameServersFail",
     [](Scene& s) { s.reason(20, 40, ProbeReason::dns_failure); },
     {{Cause::fault_dns, 20, 40}}},
    {"ExporterDown",
     [](Scene& s) { s.load(200).scrape().exporter_down(20, 44); },
     {{Cause::fault_exporter_down, 22, 42, 4}}},
    {"Undecided",
     [](Scene& s) { s.reason(20, 40, ProbeReason::protocol); },
     {{Cause::unknown, 20, 40}}},

    // Attacks.
    {"FloodAbsorbed",
     [](Scene& s) { s.load(200).capture().flood(20, 40, 5000); },
     {kHealthy, {Cause::attack_syn_flood, 20, 40}}},
    {"FloodDegrading",
     [](Scene& s) { s.capture().tcp_probe().flood(20, 40, 5000).unreachable(21, 40); },
     {{Cause::attack_syn_flood, 20, 40, 2}}},
    {"FloodAndCrash",
     [](Scene& s) { s.load(200).capture().flood(15, 50, 5000).down(25, 35); },
     {{Cause::attack_syn_flood, 15, 50}, {Cause::fault_process_down, 25, 35}}},
    {"ForeignDetection",
     [](Scene& s) { s.load(200).capture().detection(30, 7, model::Owner::other); },
     {kHealthy, {Cause::attack_signature, 30, 30}}},
    {"DetectionOnOwnTraffic",
     [](Scene& s) {
       s.load(200)
           .capture()
           .detection(30, 7, model::Owner::load)
           .detection(31, 7, model::Owner::probe);
     },
     {kHealthy}},
    {"Canaries",
     [](Scene& s) { s.load(200).capture().canaries(5); },
     {kHealthy, {Cause::attack_signature, 5, 55}}},
    {"ForeignDetectionsWithUnexplainedTrouble",
     [](Scene& s) {
       s.capture().reason(20, 40, ProbeReason::protocol).detection(19, 7, model::Owner::other);
     },
     {{Cause::attack_signature, 20, 40}}},
    {"ForeignDetectionWithCrash",
     [](Scene& s) { s.load(200).capture().down(20, 30).detection(21, 7, model::Owner::other); },
     {{Cause::fault_process_down, 20, 30}, {Cause::attack_signature, 21, 21}}},

    // Two incidents in one run.
    {"CrashThenHang",
     [](Scene& s) { s.load(200).down(12, 20).hang(38, 47); },
     {{Cause::fault_process_down, 12, 20}, {Cause::fault_hang, 38, 47, 2}}},
    {"SlowThenErrors",
     [](Scene& s) { s.load(200).slow(10, 20, 0.3).errors(40, 50, 1); },
     {{Cause::fault_slow, 10, 20, 2}, {Cause::fault_http_5xx, 40, 50}}},
    {"CrashThenCrash",
     [](Scene& s) { s.load(200).down(12, 18).down(30, 36); },
     {{Cause::fault_process_down, 12, 18}, {Cause::fault_process_down, 30, 36}}},
};

INSTANTIATE_TEST_SUITE_P(Causes, Conclude, testing::ValuesIn(kCases),
                         [](const auto& tested) { return tested.param.name; });

}  // namespace
}  // namespace rampart::correlator
