#include "probe/range_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(RangeQuery, TheSelector) {
  model::ScrapeSpec spec;
  EXPECT_THAT(range_selector(spec), StartsWith("{__name__=~\"up|scrape_duration_seconds|"));
  EXPECT_THAT(range_selector(spec), HasSubstr("|rampart_target_.*|"));
  spec.keep = {"up", "node_*"};
  spec.also = {"*"};
  spec.select = "job=\"web\",zone!~\"a|b\"";
  EXPECT_EQ(range_selector(spec),
            R"({__name__=~"up|node_.*|.+|probe_success",job="web",zone!~"a|b"})");
}

TEST(RangeQuery, TheFormAndThePath) {
  model::ScrapeSpec spec;
  spec.keep = {"up"};
  spec.timeout = std::chrono::seconds(3);
  const RangePoints points{1700000000005, 1500, 3};
  const auto form = [](const std::string& range) {
    return "query=last_over_time%28%7B__name__%3D%7E%22up%7Cprobe_success%22%7D%5B" + range +
           "%5D%29&start=1700000000.005&end=1700000003.005&step=1.500&timeout=2700ms";
  };
  EXPECT_EQ(range_form(spec, points, RangeEnds::both), form("1499ms"));
  EXPECT_EQ(range_form(spec, points, RangeEnds::newer), form("1500ms"));
  for (const auto* path : {"", "/", "//", "/?x=y"})
    EXPECT_EQ(range_path(path), "/api/v1/query_range") << path;
  for (const auto* path : {"/prom", "/prom/"})
    EXPECT_EQ(range_path(path), "/prom/api/v1/query_range") << path;
}

TEST(RangeQuery, WhichEndsRangesHold) {
  EXPECT_EQ(
      ends_form(1700000000005, std::chrono::seconds(1)),
      "query=label_replace%28count_over_time%28vector%281%29%5B2ms%3A1ms%5D%29%2C%22__name__%22"
      "%2C%22range_ends%22%2C%22%22%2C%22%22%29&start=1700000000.005&end=1700000000.005"
      "&step=1.000&timeout=900ms");
  const auto says = [](const std::string& result) {
    return ends_of(parse_range_answer(
        R"({"status":"success","data":{"resultType":"matrix","result":[)" + result + "]}}", {}));
  };
  const auto held = [](const std::string& values) {
    return R"({"metric":{"__name__":"range_ends"},"values":[)" + values + "]}";
  };
  EXPECT_EQ(says(held(R"([1700000000.005,"2"])")), RangeEnds::newer);
  EXPECT_EQ(says(held(R"([1700000000.005,"3"])")), RangeEnds::both);
  EXPECT_EQ(says(held(R"([1700000000.005,"1"])")), RangeEnds::both) << "what is sure";
  EXPECT_EQ(says(""), std::nullopt);
  EXPECT_EQ(says(held("")), std::nullopt);
  EXPECT_EQ(says(held(R"([1,"2"],[2,"2"])")), std::nullopt);
  EXPECT_EQ(ends_of(parse_range_answer("<html>", {})), std::nullopt);
  EXPECT_EQ(ends_of(parse_range_answer(R"({"status":"error","errorType":"x","error":"y"})", {})),
            std::nullopt);
}

TEST(RangeQuery, SamplesByPoint) {
  RangeAnswer answer;
  answer.series = {{"b", {{1000, 1}, {2001, 2}, {2999, 3}}},
                   {"a", {{3000, 4}, {4000, 5}, {0, 6}, {-9000, 7}, {1'000'000'000'000'000, 8}}},
                   {"a", {{3000, 9}}}};
  const auto samples = samples_by_point(answer, {1000, 1000, 3});
  ASSERT_EQ(samples.size(), 3U);
  const auto shown = [](const std::vector<model::SeriesSample>& of) {
    std::string out;
    for (const auto& s : of)
      out += s.series + " " + std::to_string(static_cast<int>(s.value)) + ";";
    return out;
  };
  EXPECT_EQ(shown(samples[0]), "b 1;");
  EXPECT_EQ(shown(samples[1]), "b 2;");
  EXPECT_EQ(shown(samples[2]), "a 4;b 3;");
}

}  // namespace
}  // namespace rampart::probe
