#include "sniffer/detect/interval_index.h"

#include <gtest/gtest.h>

#include <random>
#include <tuple>

namespace rampart::sniffer {
namespace {

std::vector<int> sorted(std::span<const int> ids) {
  std::vector<int> out(ids.begin(), ids.end());
  std::sort(out.begin(), out.end());
  return out;
}

TEST(IntervalIndex, knows_both_ends_of_each_range) {
  IntervalIndex<std::uint16_t, int> index;
  index.add(10, 20, 1);
  index.add(20, 30, 2);
  index.add(15, 15, 3);
  index.add(0, 65535, 4);
  index.seal();
  const std::pair<std::uint16_t, std::vector<int>> cases[] = {
      {0, {4}},        {9, {4}},     {10, {1, 4}}, {14, {1, 4}}, {15, {1, 3, 4}}, {16, {1, 4}},
      {20, {1, 2, 4}}, {21, {2, 4}}, {30, {2, 4}}, {31, {4}},    {65535, {4}}};
  for (const auto& [value, expected] : cases) EXPECT_EQ(sorted(index.at(value)), expected) << value;
}

TEST(IntervalIndex, empty_one_has_nothing) {
  IntervalIndex<std::uint16_t, int> index;
  index.seal();
  EXPECT_TRUE(index.at(5).empty());
}

TEST(IntervalIndex, agrees_with_looking_at_each_range) {
  std::mt19937 random(1);
  for (int round = 0; round < 50; ++round) {
    IntervalIndex<std::uint16_t, int> index;
    std::vector<std::tuple<std::uint16_t, std::uint16_t, int>> ranges;
    for (int id = 0; id < 30; ++id) {
      auto low = static_cast<std::uint16_t>(random() % 64);
      auto high = static_cast<std::uint16_t>(random() % 64);
      if (high < low) std::swap(low, high);
      ranges.emplace_back(low, high, id);
      index.add(low, high, id);
    }
    index.seal();
    for (std::uint16_t value = 0; value < 70; ++value) {
      std::vector<int> expected;
      for (const auto& [low, high, id] : ranges)
        if (low <= value && value <= high) expected.push_back(id);
      EXPECT_EQ(sorted(index.at(value)), expected) << value;
    }
  }
}

}  // namespace
}  // namespace rampart::sniffer
