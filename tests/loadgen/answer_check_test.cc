#include "loadgen/answer_check.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace rampart::loadgen {
namespace {

using model::Extract;
using model::LoadError;
using From = Extract::From;

const std::vector<std::string> kNames = {"flow.number", "a", "b"};

model::Step step(std::vector<Extract> extract, const std::string& expect = {}) {
  model::Step out;
  out.extract = std::move(extract);
  out.expect_body = expect;
  return out;
}

// One answer after the other, with the same memory.
struct Answers {
  explicit Answers(const model::Step& step) : check(*AnswerCheck::make(step, kNames)) {
    values.begin(0);
  }
  std::optional<LoadError> judge(
      const std::vector<std::pair<std::string_view, std::string_view>>& headers,
      const std::vector<std::string_view>& body) {
    check.start(answer);
    for (const auto& [name, value] : headers) check.on_header(answer, name, value);
    for (const auto part : body) check.on_body(answer, part);
    return check.judge(answer, uses, values);
  }
  AnswerCheck check;
  Observed answer;
  std::vector<ValueUse> uses = std::vector<ValueUse>(3);
  FlowValues values{3};
};

TEST(AnswerCheck, TakesValuesFromEverySource) {
  Answers answers(step({{"a", From::header, "X-A"}, {"b", From::json, "/x/1"}}));
  EXPECT_TRUE(answers.check.observes());
  EXPECT_EQ(answers.judge({{"x-a", "1"}, {"X-A", "2"}}, {R"({"x":[0)", R"(,"y"]})"}), std::nullopt);
  EXPECT_EQ(answers.values.all()[1], "1");
  EXPECT_EQ(answers.values.all()[2], "y");
  // Nothing is left of the answer before.
  EXPECT_EQ(answers.judge({}, {R"({"x":[0,"y"]})"}), LoadError::not_extracted);
  EXPECT_EQ(answers.judge({{"x-a", "1"}}, {}), LoadError::not_extracted);

  Answers regex(step({{"b", From::regex, "id=(\\d+)"}}, "hello"));
  EXPECT_EQ(regex.judge({}, {"hel", "lo id=", "1", "2"}), std::nullopt);
  EXPECT_EQ(regex.values.all()[2], "12");
  EXPECT_EQ(regex.judge({}, {"id=12"}), LoadError::unexpected_body);
  EXPECT_EQ(regex.judge({}, {"hello"}), LoadError::not_extracted);
}

TEST(AnswerCheck, LooksOnlyAtWhatItNeeds) {
  const auto nothing = AnswerCheck::make(step({}), kNames);
  EXPECT_FALSE(nothing->observes());
  Answers header(step({{"a", From::header, "X-A"}}));
  const std::string large(Observed::kMostBody + 1, 'x');
  EXPECT_EQ(header.judge({{"x-a", ""}}, {large}), std::nullopt);
  EXPECT_EQ(header.values.all()[1], "");
  EXPECT_TRUE(header.answer.body.empty());
}

TEST(AnswerCheck, BoundsTheBody) {
  Answers answers(step({{"a", From::regex, "^(x)"}}));
  const std::string most(Observed::kMostBody, 'x');
  EXPECT_EQ(answers.judge({}, {most}), std::nullopt);
  EXPECT_EQ(answers.judge({}, {most, "x", "x"}), LoadError::not_extracted);
  EXPECT_LT(answers.answer.body.capacity(), 1024U);
  EXPECT_EQ(answers.judge({}, {"x"}), std::nullopt);
  Answers expects(step({}, "x"));
  EXPECT_EQ(expects.judge({}, {most, "x"}), LoadError::unexpected_body);
}

TEST(AnswerCheck, AValueThatNoRequestCanCarryIsMissing) {
  Answers answers(step({{"a", From::json, "/a"}}));
  EXPECT_EQ(answers.judge({}, {R"({"a":"x\r\ny"})"}), std::nullopt);
  answers.uses[1].header = true;
  EXPECT_EQ(answers.judge({}, {R"({"a":"z\r\ny"})"}), LoadError::not_extracted);
  EXPECT_EQ(answers.values.all()[1], "x\r\ny");
  EXPECT_EQ(answers.judge({}, {R"({"a":[1, 2]})"}), std::nullopt);
  EXPECT_EQ(answers.values.all()[1], "[1,2]");
}

// An empty text is a value; null and a group that takes no part in the match are none.
TEST(AnswerCheck, WhatCountsAsAValue) {
  struct Case {
    From from;
    const char* expression;
    std::string_view body;
    std::optional<std::string_view> value;
  };
  for (const auto& [from, expression, body, value] :
       {Case{From::json, "/a", R"({"a":""})", ""}, Case{From::json, "/a", R"({"a":null})", {}},
        Case{From::json, "/a", R"({"a":false})", "false"}, Case{From::json, "/a", "{}", {}},
        Case{From::regex, "id=(\\d*)", "id=", ""}, Case{From::regex, "id=(\\d+)?", "id=", {}},
        Case{From::regex, "x*", "", ""}, Case{From::regex, "x", "", {}}}) {
    Answers answers(step({{"a", from, expression}}));
    const auto error = answers.judge({}, {body});
    EXPECT_EQ(error.has_value(), !value) << expression << " " << body;
    EXPECT_EQ(answers.values.all()[1], value.value_or("")) << expression << " " << body;
  }
}

TEST(AnswerCheck, SaysWhatIsWrong) {
  EXPECT_FALSE(AnswerCheck::make(step({}, "("), kNames));
  EXPECT_FALSE(AnswerCheck::make(step({{"a", From::regex, "["}}), kNames));
  EXPECT_FALSE(AnswerCheck::make(step({{"a", From::json, "no pointer"}}), kNames));
}

TEST(AnswerCheck, BoundsTheValues) {
  using V = std::pair<const char*, From>;
  for (const auto& [what, from] :
       {V{"header", From::header}, V{"regex", From::regex}, V{"json", From::json}}) {
    SCOPED_TRACE(what);
    const bool header = from == From::header;
    Answers answers(step({{"a", from, header ? "x-a" : from == From::regex ? "\"(.*)\"" : "/0"}}));
    for (const std::size_t more : {std::size_t{0}, std::size_t{1}}) {
      const std::string value(ValueUse::kLongest + more, 'x');
      const auto outcome =
          header ? answers.judge({{"X-A", value}}, {}) : answers.judge({}, {"[\"" + value + "\"]"});
      EXPECT_EQ(outcome, more == 0 ? std::nullopt : std::optional(LoadError::not_extracted));
      EXPECT_EQ(answers.values.all()[1].size(), ValueUse::kLongest);
    }
  }
}

TEST(AnswerCheck, GivesTheMemoryOfAFieldBack) {
  Answers answers(step({{"a", From::header, "x-a"}}));
  const std::string large(80'000, 'x');
  EXPECT_EQ(answers.judge({{"x-a", large}}, {}), LoadError::not_extracted);
  EXPECT_EQ(answers.judge({{"x-a", "y"}}, {}), std::nullopt);
  EXPECT_LT(answers.answer.fields[0].value.capacity(), 1024U);
}

TEST(FlowValues, BeginsAnew) {
  FlowValues values(2);
  values.begin(18446744073709551615ULL);
  values.keep(1, "x");
  EXPECT_EQ(values.all()[0], "18446744073709551615");
  EXPECT_EQ(values.all()[1], "x");
  values.begin(3);
  EXPECT_EQ(values.all()[0], "3");
  EXPECT_EQ(values.all()[1], "");
}

}  // namespace
}  // namespace rampart::loadgen
