#include "model/secrets.h"

#include <gtest/gtest.h>

#include "model/plan_json.h"

namespace rampart::model {
namespace {

TEST(Secrets, AreNotWrittenWithAPlan) {
  Plan plan;
  plan.loads.emplace_back().steps.emplace_back().request.headers = {
      {"authorization", "Basic c2VjcmV0"}, {"Accept", "text/html"}};
  plan.loads.back().steps.emplace_back().request.headers = {{"Cookie", "session=c2VjcmV0"}};
  plan.probes.emplace_back().module.request.headers = {{"Authorization", "Bearer c2VjcmV0"}};
  plan.scrapes.emplace_back().headers = {{"PROXY-Authorization", "Basic c2VjcmV0"}};
  const auto kept = without_secrets(plan);
  EXPECT_EQ(to_json(kept).find("c2VjcmV0"), std::string::npos);
  const auto& headers = kept.loads[0].steps[0].request.headers;
  EXPECT_EQ(headers[0], (std::pair<std::string, std::string>("authorization", "(not kept)")));
  EXPECT_EQ(headers[1].second, "text/html");
}

}  // namespace
}  // namespace rampart::model
