#include "model/value_use.h"

#include <gtest/gtest.h>

#include <memory>

namespace rampart::model {
namespace {

// Variables: flow.number, u.a, u.b, c.
LoadSpec load_of(std::string path, std::string header, std::vector<std::vector<std::string>> rows) {
  LoadSpec load;
  load.data.push_back({.name = "u", .file = {}, .columns = {"a", "b"}, .rows = {}});
  load.data[0].rows =
      std::make_shared<const std::vector<std::vector<std::string>>>(std::move(rows));
  auto& step = load.steps.emplace_back();
  step.request.path = std::move(path);
  step.request.headers = {{"X", std::move(header)}};
  step.request.body = "{{u.a}}";
  step.extract = {{.name = "c", .expression = "X"}};
  return load;
}

TEST(ValueUse, WhereEachVariableStands) {
  const auto uses = value_uses(load_of("{{u.a}}/{{flow.number}}", "x {{u.b}}", {}));
  ASSERT_EQ(uses.size(), 4U);
  EXPECT_TRUE(uses[1].path && uses[1].path_start && !uses[1].header);
  EXPECT_TRUE(uses[0].path && !uses[0].path_start && !uses[0].header);
  EXPECT_TRUE(!uses[2].path && uses[2].header);
  EXPECT_TRUE(!uses[3].path && !uses[3].header);
}

TEST(ValueUse, WhatARequestCanCarry) {
  const ValueUse start{.path = true, .path_start = true};
  const ValueUse header{.header = true};
  EXPECT_TRUE(start.allows("/x\r\n"));
  EXPECT_FALSE(start.allows("x"));
  EXPECT_FALSE(start.allows(""));
  EXPECT_TRUE(header.allows("x\t\x01\xff"));
  EXPECT_TRUE(header.allows(""));
  for (const auto& bad : {std::string("\r"), std::string("a\nb"), std::string("a\0", 2),
                          std::string(ValueUse::kLongest + 1, 'x')}) {
    EXPECT_FALSE(header.allows(bad));
    EXPECT_TRUE(ValueUse().allows(bad));
  }
}

TEST(ValueUse, TheFirstThatNoRequestCanCarry) {
  const std::vector<std::vector<std::string>> rows{{"/1", "x"}, {"/2", "y"}, {"3", "a\nb"}};
  const auto bad = [&](std::string path, std::string header) {
    const auto load = load_of(std::move(path), std::move(header), rows);
    return unusable_value(load, value_uses(load));
  };
  EXPECT_FALSE(bad("/{{u.a}}", "{{u.a}}"));
  const auto path = bad("{{u.a}}", "");
  ASSERT_TRUE(path && path->cell);
  EXPECT_EQ(path->cell->row, 2U);
  EXPECT_EQ(path->cell->column, 0U);
  EXPECT_TRUE(path->why.starts_with("a request cannot carry this 'a'")) << path->why;
  const auto header = bad("/", "{{u.b}}");
  ASSERT_TRUE(header && header->cell);
  EXPECT_EQ(header->cell->column, 1U);
  const auto number = bad("{{flow.number}}", "");
  ASSERT_TRUE(number);
  EXPECT_FALSE(number->cell);
}

}  // namespace
}  // namespace rampart::model
