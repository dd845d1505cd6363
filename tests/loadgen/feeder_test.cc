#include "loadgen/feeder.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rampart::loadgen {
namespace {

using model::DataSet;
using Rows = std::vector<std::vector<std::string>>;

DataSet set_of(const std::string& name, DataSet::Order order, Rows rows) {
  DataSet out{.name = name, .file = {}, .order = order, .columns = {"x", "y"}, .rows = {}};
  out.rows = std::make_shared<const Rows>(std::move(rows));
  return out;
}

Rows numbered(std::size_t count) {
  Rows rows;
  for (std::size_t i = 0; i < count; ++i)
    rows.push_back({fmt::format("x{}", i), fmt::format("y{}", i)});
  return rows;
}

std::string drawn(const Feeder& feeder, std::uint64_t flow, std::size_t variable) {
  FlowValues values(5);
  values.begin(flow);
  feeder.draw(flow, values);
  EXPECT_EQ(values.all()[0], fmt::format("{}", flow));
  return std::string(values.all()[variable]);
}

TEST(Feeder, EachSetHasItsOwnOrder) {
  model::LoadSpec load;
  load.data = {set_of("a", DataSet::Order::sequential, numbered(3)),
               set_of("b", DataSet::Order::unique, numbered(9))};
  const std::vector<ValueUse> uses(5);
  const auto feeder = Feeder::make(load, 1, uses);
  ASSERT_TRUE(feeder) << feeder.error().text;
  EXPECT_EQ(drawn(*feeder, 0, 1), "x0");
  EXPECT_EQ(drawn(*feeder, 4, 2), "y1");
  EXPECT_EQ(drawn(*feeder, 4, 3), "x4");
  EXPECT_EQ(drawn(*feeder, 8, 4), "y8");
}

TEST(Feeder, RandomRowsComeFromTheSeedAndAreEven) {
  model::LoadSpec load;
  load.data = {set_of("a", DataSet::Order::random, numbered(10)),
               set_of("b", DataSet::Order::random, numbered(10))};
  const std::vector<ValueUse> uses(5);
  const auto feeder = *Feeder::make(load, 7, uses);
  const auto again = *Feeder::make(load, 7, uses);
  const auto other = *Feeder::make(load, 8, uses);
  std::map<std::string, int> rows;
  int same = 0;
  int alike = 0;
  for (std::uint64_t flow = 0; flow < 10'000; ++flow) {
    const auto row = drawn(feeder, flow, 1);
    ++rows[row];
    EXPECT_EQ(row, drawn(again, flow, 1));
    same += row == drawn(other, flow, 1) ? 1 : 0;
    alike += row == drawn(feeder, flow, 3) ? 1 : 0;
  }
  EXPECT_EQ(rows.size(), 10U);
  for (const auto& [row, times] : rows) EXPECT_NEAR(times, 1000, 120) << row;  // 4 sigma
  EXPECT_NEAR(same, 1000, 120);
  EXPECT_NEAR(alike, 1000, 120);
}

TEST(Feeder, RefusesRowsThatNoRequestCanCarry) {
  struct Case {
    const char* what;
    DataSet data;
    const char* text;
  };
  const auto order = DataSet::Order::sequential;
  auto none = set_of("a", order, {});
  none.rows = nullptr;
  for (const auto& [what, data, text] :
       {Case{"no file", none, "data set 'a' has no rows"},
        Case{"empty", set_of("a", order, {}), "data set 'a' has no rows"},
        Case{"short", set_of("a", order, {{"/1", "2"}, {"/1"}}),
             "data set 'a', row 2: 1 values for 2 columns"},
        Case{"header", set_of("a", order, {{"/1", "2\r\nX: 3"}}), "data set 'a', row 1: a request"},
        Case{"path", set_of("a", order, {{"1", "2"}}), "data set 'a', row 1: a request"}}) {
    model::LoadSpec load;
    load.data = {data};
    std::vector<ValueUse> uses(3);
    uses[1].path = uses[1].path_start = true;
    uses[2].header = true;
    const auto feeder = Feeder::make(load, 1, uses);
    ASSERT_FALSE(feeder) << what;
    EXPECT_EQ(feeder.error().code, base::Errc::config);
    EXPECT_TRUE(feeder.error().text.starts_with(text)) << feeder.error().text;
  }
}

TEST(Feeder, UniqueRowsBoundTheFlows) {
  model::LoadSpec load;
  EXPECT_EQ(most_flows(load), 0U);
  load.data = {set_of("a", DataSet::Order::sequential, numbered(2)),
               set_of("b", DataSet::Order::unique, numbered(9)),
               set_of("c", DataSet::Order::unique, numbered(5))};
  EXPECT_EQ(most_flows(load), 5U);
}

}  // namespace
}  // namespace rampart::loadgen
