#include "model/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rampart::model {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

LoadSpec shop() {
  LoadSpec load;
  load.data = {{"users", "users.csv", DataSet::Order::random, {"name", "key"}, nullptr}};
  load.steps.resize(3);
  load.steps[0].extract = {{"csrf", Extract::From::header, "X-Csrf"}};
  load.steps[1].extract = {{"csrf", Extract::From::json, "/csrf"},
                           {"id", Extract::From::json, "/id"}};
  return load;
}

TEST(Template, KnowsWhatAFlowKnows) {
  EXPECT_THAT(variables_of(shop()),
              ElementsAre("flow.number", "users.name", "users.key", "csrf", "id"));
  EXPECT_EQ(known_before(shop(), 0), 3U);
  EXPECT_EQ(known_before(shop(), 1), 4U);
  EXPECT_EQ(known_before(shop(), 2), 5U);
}

TEST(Template, SplitsTextAndNames) {
  const auto names = variables_of(shop());
  const auto parts = parse_template("a={{users.name}}{{ csrf }}}}{", names);
  ASSERT_TRUE(parts) << parts.error().text;
  ASSERT_EQ(parts->size(), 4U);
  EXPECT_EQ((*parts)[0].text, "a=");
  EXPECT_EQ((*parts)[1].variable, 1U);
  EXPECT_EQ((*parts)[2].variable, 3U);
  EXPECT_EQ((*parts)[3].text, "}}{");
  EXPECT_FALSE((*parts)[3].variable);
  EXPECT_TRUE(parse_template("", names)->empty());
}

TEST(Template, SaysWhatIsWrong) {
  const auto names = variables_of(shop());
  const auto open = parse_template("x{{users.name", names);
  ASSERT_FALSE(open);
  EXPECT_THAT(open.error().text, HasSubstr("is not closed"));
  const auto unknown = parse_template("{{user.name}}", names);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().text, HasSubstr("'user.name'"));
  EXPECT_THAT(unknown.error().text, HasSubstr("users.name"));
  // What a later step extracts is not known yet.
  EXPECT_FALSE(parse_template("{{id}}", std::span(names).first(known_before(shop(), 1))));
}

}  // namespace
}  // namespace rampart::model
