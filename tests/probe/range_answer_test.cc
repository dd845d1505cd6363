#include "probe/range_answer.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <string>

namespace rampart::probe {
namespace {

using testing::HasSubstr;

RangeAnswer parse(std::string_view text, const model::PageLimits& limits = {}) {
  return parse_range_answer(text, limits);
}

std::string matrix(const std::string& result) {
  return R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}}";
}

TEST(RangeAnswer, ASeriesAndItsPoints) {
  const auto answer = parse(matrix(
      R"({"metric":{"__name__":"up","job":"web","instance":"a\"b"},"values":[[1435781430.781,"1"],[1435781445,"0"]]},)"
      R"({"values":[[1,"+Inf"],[2,"-Inf"],[3,"NaN"],[4.5,"1.5e-3"]],"metric":{"__name__":"x"}},)"
      R"({"metric":{"__name__":"empty"},"values":[]})"));
  ASSERT_FALSE(answer.error) << answer.error->text;
  ASSERT_EQ(answer.series.size(), 3U);
  EXPECT_EQ(answer.series[0].series, R"(up{instance="a\"b",job="web"})");
  using Points = std::vector<std::pair<std::int64_t, double>>;
  EXPECT_EQ(answer.series[0].points, (Points{{1435781430781, 1}, {1435781445000, 0}}));
  EXPECT_EQ(answer.series[1].series, "x");
  EXPECT_EQ(answer.series[1].points[0].second, INFINITY);
  EXPECT_EQ(answer.series[1].points[1].second, -INFINITY);
  EXPECT_TRUE(std::isnan(answer.series[1].points[2].second));
  EXPECT_EQ(answer.series[1].points[3], (std::pair<std::int64_t, double>{4500, 1.5e-3}));
  EXPECT_TRUE(answer.series[2].points.empty());
  EXPECT_FALSE(parse(matrix("")).error);
}

TEST(RangeAnswer, WhatItDoesNotKnowIsSkipped) {
  const auto answer = parse(
      R"({"warnings":["w"],"x":{"data":{"result":[1]},"status":"error"},"data":{"stats":[[{}]],)"
      R"("result":[{"metric":{"__name__":"up","a":{"b":"c"}},"histograms":[[1,{"count":"2"}]],)"
      R"("values":[[1,"2"]]}],"resultType":"matrix"},"status":"success"})");
  ASSERT_FALSE(answer.error) << answer.error->text;
  ASSERT_EQ(answer.series.size(), 1U);
  EXPECT_EQ(answer.series[0].series, "up");
  EXPECT_EQ(answer.series[0].points.size(), 1U);
}

TEST(RangeAnswer, ErrorsOfTheServer) {
  const auto answer =
      parse(R"({"status":"error","errorType":"bad_data","error":"1:3: parse error\u0007"})");
  ASSERT_TRUE(answer.error);
  EXPECT_EQ(answer.error->text, "bad_data: 1:3: parse error?");
  EXPECT_TRUE(answer.of_server);
  EXPECT_FALSE(answer.too_much);
  EXPECT_EQ(parse(R"({"status":"error"})").error->text, "error: the server gives no reason");
}

TEST(RangeAnswer, WhatIsNoAnswer) {
  const auto one = [](const std::string& points, const std::string& metric = R"("__name__":"a")") {
    return matrix("{\"metric\":{" + metric + "},\"values\":[" + points + "]}");
  };
  const std::pair<std::string, const char*> cases[] = {
      {"", "this is no JSON"},
      {"<html>", "byte 1: this is no JSON"},
      {matrix("") + "x", "this is no JSON"},
      {matrix("").substr(0, 40), "this is no JSON"},
      {"{\"status\":\"\xFF\"}", "this is no JSON"},
      {"[]", "no answer of Prometheus"},
      {"{}", "no answer of Prometheus"},
      {R"({"status":"success"})", "no answer of Prometheus"},
      {R"({"status":"success","data":{"resultType":"vector","result":[]}})", "no answer"},
      {R"({"status":"success","data":{"resultType":"matrix","result":{}}})", "no answer"},
      {one("[1,\"x\"]"), "a point is not a time and a value"},
      {one("[1,2]"), "a point is not"},
      {one("[1]"), "a point is not"},
      {one("[\"1\",\"2\"]"), "a point is not"},
      {one("[1,\"2\",\"3\"]"), "a point is not"},
      {one("[1,[\"2\"]]"), "a point is not"},
      {one("[1,null]"), "a point is not"},
      {one("[1e300,\"1\"]"), "a point is not"},
      {one("[1,\"\"]"), "a point is not"},
      {one("[1,\"nan(0)\"]"), "a point is not"},
      {one("[1,\"1\"],[1,\"1\"]"), "not in the order of their times"},
      {one("[2,\"1\"],[1,\"1\"]"), "not in the order of their times"},
      {one("", ""), "a series has no name"},
      {one("", R"("__name__":"a b")"), "a series has no name"},
      {one("", R"("__name__":"a","b-c":"d")"), "a label's name is no name"},
      {one("", R"("__name__":"a","b":"c","b":"d")"), "label b stands there twice"},
  };
  for (const auto& [text, wanted] : cases) {
    const auto answer = parse(text);
    ASSERT_TRUE(answer.error) << text;
    EXPECT_THAT(answer.error->text, HasSubstr(wanted)) << text;
    EXPECT_TRUE(answer.series.empty()) << text;
    EXPECT_FALSE(answer.too_much);
    EXPECT_FALSE(answer.of_server);
  }
}

TEST(RangeAnswer, Bounds) {
  const model::PageLimits limits{.series = 1, .labels = 1, .label_value = 3};
  const std::string a = R"({"metric":{"__name__":"a","b":"ccc"},"values":[]})";
  EXPECT_FALSE(parse(matrix(a), limits).error);
  const auto two = parse(matrix(a + "," + a), limits);
  EXPECT_TRUE(two.too_much);
  EXPECT_THAT(two.error->text, HasSubstr("more than 1 series"));
  EXPECT_TRUE(parse(matrix(R"({"metric":{"__name__":"a","b":"cccc"},"values":[]})"), limits).error);
  std::string points = "[0,\"1\"]";
  for (std::size_t i = 1; i < kMaxRangePoints; ++i) points += fmt::format(",[{},\"1\"]", i);
  const auto series = [](const std::string& values) {
    return matrix(R"({"metric":{"__name__":"a"},"values":[)" + values + "]}");
  };
  EXPECT_FALSE(parse(series(points)).error);
  EXPECT_TRUE(parse(series(points + ",[1000000,\"1\"]")).too_much);
  // Each sample will have the name of its series.
  std::string labels = R"("__name__":"a")";
  for (int i = 0; i < 64; ++i) labels += fmt::format(R"(,"l{}":"{}")", i, std::string(4000, 'x'));
  points = "[0,\"1\"]";
  for (std::size_t i = 1; i < 300; ++i) points += fmt::format(",[{},\"1\"]", i);
  const auto named = parse(matrix("{\"metric\":{" + labels + "},\"values\":[" + points + "]}"));
  EXPECT_TRUE(named.too_much);
  EXPECT_THAT(named.error->text, HasSubstr("more than 64 MiB of samples"));
  EXPECT_THAT(parse(matrix("{\"metric\":{" + labels + R"(,"m":"n"},"values":[]})")).error->text,
              HasSubstr("more than 64 labels"));
  // As deep as it likes.
  EXPECT_TRUE(parse(std::string(1'000'000, '[')).error);
  EXPECT_TRUE(parse("{\"a\":" + std::string(1'000'000, '[')).error);
}

}  // namespace
}  // namespace rampart::probe
