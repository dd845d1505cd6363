#include "reports/junit.h"

#include <gtest/gtest.h>

#include "tests/reports/golden.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

TEST(Junit, TheSample) { expect_golden("junit.xml", render_junit(sample_run().result)); }

TEST(Junit, AttacksFailOnlyWhereTheyDegrade) {
  auto run = sample_run();
  auto& verdict = run.result.verdicts[0];
  verdict.cause = model::Cause::attack_syn_flood;
  verdict.impact = model::Impact::absorbed;
  verdict.actor = model::Actor::attacker;
  EXPECT_NE(render_junit(run.result).find(R"(<testsuite name="attacks" tests="1" failures="0")"),
            std::string::npos);
  verdict.impact = model::Impact::degrading;
  EXPECT_NE(render_junit(run.result).find(R"(<testsuite name="attacks" tests="1" failures="1")"),
            std::string::npos);
  // A canary is this run's own.
  verdict.actor = model::Actor::own;
  EXPECT_NE(render_junit(run.result).find("no attack was found"), std::string::npos);
}

TEST(Junit, InvalidAndUnfinishedRunsDoNotPass) {
  auto run = sample_run();
  run.result.validity = model::Validity::client_limited;
  run.result.run.end = model::RunEnd::unfinished;
  EXPECT_NE(render_junit(run.result)
                .find(R"(<testsuite name="measurement" tests="2" failures="1" errors="1")"),
            std::string::npos);
}

TEST(Junit, HostileStringsStayText) {
  for (const std::string text :
       {"\"/><x a=\"", "]]></system-out>", "\x01\x0b\x1b", "\xff", "\xEF\xBF\xBF"}) {
    const auto xml = render_junit(hostile_run(text).result);
    EXPECT_EQ(xml.find("<x"), std::string::npos);
    EXPECT_EQ(xml.find("]]>"), std::string::npos);
    EXPECT_EQ(xml.find_first_of("\x01\x0b\x1b"), std::string::npos);
    EXPECT_EQ(xml.find("\xEF\xBF\xBF"), std::string::npos);
    EXPECT_TRUE(is_utf8(xml));
  }
}

TEST(Junit, EmptyRun) {
  const auto xml = render_junit({});
  EXPECT_NE(xml.find("no attack was found"), std::string::npos);
  EXPECT_NE(xml.find(R"(errors="2")"), std::string::npos) << xml;
}

}  // namespace
}  // namespace rampart::reports
