#include "scenarios/label_matchers.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::scenarios {
namespace {

TEST(LabelMatchers, WhatAServerReads) {
  for (const std::string text :
       {R"(job="web")", R"( job = "web" , instance != "a" , )", R"(job=~"a|b",instance!~'c.*')",
        R"(job="a \"b\" \\ \x41 é")", "path=`C:\\d`", R"(__name__="up")", R"(_a1="")",
        R"("dotted.name"="x")", R"(job="{}, =")"})
    EXPECT_TRUE(check_matchers(text)) << text << ": " << check_matchers(text).error().text;
}

struct Case {
  std::string text, wanted;
};

TEST(LabelMatchers, SayWhatIsUnreadable) {
  for (
      const auto& [text, wanted] : std::vector<Case>{
          {R"({job="x"})",
           R"(at {job="x"}: write the label matchers without braces, such as job="web",instance!="a")"},
          {"up",
           R"(at up: this is no label matcher such as job="web",instance!="a"; metrics are named by keep)"},
          {R"(up{job="x"})",
           R"(at up{job="x"}: this is no label matcher such as job="web",instance!="a"; metrics are named by keep)"},
          {"job=blackbox", R"(at blackbox: a value stands in quotes, as in job="web")"},
          {"job=", R"(at its end: a value stands in quotes, as in job="web")"},
          {R"(job=="x")", R"(at ="x": a value stands in quotes, as in job="web")"},
          {R"(job="x)", R"(at "x: this quote is not closed)"},
          {R"(job="x\")", R"(at "x\": this quote is not closed)"},
          {R"(job="x\)", R"(at "x\: this quote is not closed)"},
          {R"(job="\d+")", R"(at "\d+": \d is no escape: write \\ for a backslash)"},
          {R"(job="x" instance="y")", R"(at instance="y": between two matchers stands a comma)"},
          {R"(job="x"})", R"(at }: between two matchers stands a comma)"},
          {R"(job="x",,a="b")",
           R"(at ,a="b": a label's name is wanted, such as job="web",instance!="a")"},
          {R"(1job="x")",
           R"(at 1job="x": a label's name is wanted, such as job="web",instance!="a")"},
          {" ", R"(at its end: a label's name is wanted, such as job="web",instance!="a")"},
          {"job=" + std::string(100, 'x'),
           "at " + std::string(40, 'x') + R"(...: a value stands in quotes, as in job="web")"}}) {
    const auto checked = check_matchers(text);
    ASSERT_FALSE(checked) << text;
    EXPECT_EQ(checked.error().text, wanted);
  }
}

}  // namespace
}  // namespace rampart::scenarios
