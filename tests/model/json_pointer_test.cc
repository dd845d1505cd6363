#include "model/json_pointer.h"

#include <gtest/gtest.h>

namespace rampart::model {
namespace {

TEST(JsonPointer, FindsValues) {
  struct Case {
    std::string_view text, pointer;
    std::optional<std::string> value;
  };
  const Case cases[] = {
      {R"({"token":"a\"b"})", "/token", "a\"b"},
      {R"({"user":[{"id":7}]})", "/user/0/id", "7"},
      {R"({"user":[{"id":7}]})", "/user/0", R"({"id":7})"},
      {R"({"a/b":{"~":true}})", "/a~1b/~0", "true"},
      {R"("all")", "", "all"},
      {R"({"n":null})", "/n", std::nullopt},
      {R"({"n":"null"})", "/n", "null"},
      {R"({"n":[null]})", "/n", "[null]"},
      {R"({"n":""})", "/n", ""},
      {"null", "", std::nullopt},
      {R"({"token":1})", "/toke", std::nullopt},
      {R"({"list":[1]})", "/list/1", std::nullopt},
      {R"({"list":[1]})", "/list/-", std::nullopt},
      {R"({"list":[1]})", "/list/x", std::nullopt},
      {"<html>", "/token", std::nullopt},
      {"", "/token", std::nullopt},
      {"{\"a\":\"\xFF\"}", "/a", std::nullopt},
      {R"({"a":1})", "a", std::nullopt},
  };
  for (const auto& c : cases) EXPECT_EQ(json_at(c.text, c.pointer), c.value) << c.text << c.pointer;
}

TEST(JsonPointer, SurvivesDepth) {
  const std::string open(100'000, '['), close(100'000, ']');
  EXPECT_FALSE(json_at(open + close, "/0"));
  EXPECT_FALSE(json_at(open, ""));
}

TEST(JsonPointer, SaysWhatIsNone) {
  EXPECT_TRUE(check_json_pointer("/a/0"));
  EXPECT_TRUE(check_json_pointer(""));
  EXPECT_FALSE(check_json_pointer("a"));
  EXPECT_FALSE(check_json_pointer("/~2"));
}

}  // namespace
}  // namespace rampart::model
