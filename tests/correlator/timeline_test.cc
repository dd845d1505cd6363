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

}  // namespace
}  // namespace rampart::correlator
