// What the failed requests of a load say about the cause where no probe looked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "correlator/conclude.h"
#include "tests/correlator/evidence_builder.h"

namespace rampart::correlator {
namespace {

using model::Cause;
using model::LoadError;
using model::State;

struct Case {
  LoadError error;
  double share;
  Cause cause;
  State state;
  std::string evidence;
};

class LoadErrors : public testing::TestWithParam<Case> {};

// However high the rate, a load that never got one answer has not shown what was too much of it.
TEST_P(LoadErrors, FromTheFirstRequestOn) {
  const auto& c = GetParam();
  Scene scene(3, 20);
  const auto r =
      conclude(scene.no_probes().load(200).error_is(c.error).errors(0, 20, c.share).evidence());
  ASSERT_EQ(r.verdicts.size(), 1U);
  const auto& v = r.verdicts[0];
  EXPECT_EQ(v.cause, c.cause) << v.summary;
  EXPECT_EQ(v.state, c.state) << v.summary;
  const auto found = std::find_if(v.evidence.begin(), v.evidence.end(),
                                  [&](const auto& e) { return e.series == c.evidence; });
  ASSERT_NE(found, v.evidence.end()) << v.summary;
  EXPECT_NEAR(found->value, 100 * c.share, 3);
}

INSTANTIATE_TEST_SUITE_P(
    All, LoadErrors,
    testing::Values(
        Case{LoadError::tls_expired, 1, Cause::fault_tls_expired, State::down,
             "load browse tls_expired"},
        Case{LoadError::tls_name_mismatch, 1, Cause::fault_tls_mismatch, State::down,
             "load browse tls_name_mismatch"},
        // One of several servers behind an address.
        Case{LoadError::tls_expired, 0.5, Cause::fault_tls_expired, State::degraded,
             "load browse tls_expired"},
        Case{LoadError::tls_untrusted, 1, Cause::unknown, State::down, "load browse tls_untrusted"},
        Case{LoadError::tls_handshake, 1, Cause::unknown, State::down, "load browse tls_handshake"},
        Case{LoadError::tls_untrusted, 0.5, Cause::unknown, State::degraded,
             "load browse tls_untrusted"},
        Case{LoadError::http_4xx, 1, Cause::unknown, State::down, "load browse http_4xx"},
        Case{LoadError::http_4xx, 0.3, Cause::unknown, State::degraded, "load browse http_4xx"},
        Case{LoadError::protocol, 1, Cause::unknown, State::down, "load browse protocol"},
        Case{LoadError::closed, 1, Cause::unknown, State::down, "load browse closed"},
        Case{LoadError::unexpected_body, 1, Cause::unknown, State::down,
             "load browse unexpected_body"}),
    [](const auto& test) {
      return std::string(to_string(test.param.error)) + (test.param.share < 1 ? "_some" : "_all");
    });

// A server that turns away what is above its capacity, by 429 or by closing: completions stay flat.
TEST(LoadErrors, SheddingIsStillOverload) {
  for (const auto error : {LoadError::http_4xx, LoadError::reset}) {
    Scene scene(4);
    scene.no_probes().error_is(error);
    scene.stages({{200, 200, 20}, {600, 600, 40}}).errors(20, 60, 2.0 / 3);
    const auto r = conclude(scene.evidence());
    ASSERT_EQ(r.verdicts.size(), 1U);
    EXPECT_EQ(r.verdicts[0].cause, Cause::overload_self)
        << to_string(error) << ": " << r.verdicts[0].summary;
  }
}

TEST(LoadErrors, TheVerdictSaysWhatFailed) {
  Scene scene(5, 20);
  const auto r = conclude(
      scene.no_probes().load(200).error_is(LoadError::tls_untrusted).errors(0, 20, 1).evidence());
  EXPECT_THAT(r.verdicts.at(0).summary, testing::HasSubstr("tls_untrusted"));
}

}  // namespace
}  // namespace rampart::correlator
