#include "sniffer/detect/prefix_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <tuple>

namespace rampart::sniffer {
namespace {

std::vector<std::uint32_t> find(const PrefixTable& table, const std::string& text,
                                std::size_t known = 0) {
  std::vector<std::uint32_t> out;
  table.find({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, known, out);
  std::sort(out.begin(), out.end());
  return out;
}

using Ids = std::vector<std::uint32_t>;

TEST(PrefixTable, finds_what_the_data_begins_with) {
  PrefixTable table;
  EXPECT_TRUE(table.empty());
  table.add("GET ", false, 1);
  table.add("get /a", true, 2);
  table.add("g", true, 3);
  table.add("G", false, 4);
  table.add("GE", false, 5);
  table.add("GET /longer", false, 6);
  table.add("GE", false, 7);
  table.seal();
  EXPECT_FALSE(table.empty());
  EXPECT_EQ(find(table, "GET /A"), (Ids{1, 2, 3, 4, 5, 7}));
  EXPECT_EQ(find(table, "gEt /a"), (Ids{2, 3}));
  EXPECT_EQ(find(table, "g"), (Ids{3}));
  EXPECT_EQ(find(table, "G"), (Ids{3, 4}));
  EXPECT_EQ(find(table, ""), Ids{});
  EXPECT_EQ(find(table, "xGET /a"), Ids{});
}

TEST(PrefixTable, leaves_out_what_ended_before) {
  PrefixTable table;
  for (std::uint32_t size = 1; size <= 5; ++size)
    table.add(std::string("abcde").substr(0, size), false, size);
  table.seal();
  EXPECT_EQ(find(table, "abc", 0), (Ids{1, 2, 3}));
  EXPECT_EQ(find(table, "abcde", 3), (Ids{4, 5}));
  EXPECT_EQ(find(table, "abcdef", 5), Ids{});
}

TEST(PrefixTable, agrees_with_a_plain_comparison) {
  std::mt19937 random(3);
  const auto text = [&](std::size_t size) {
    std::string out;
    while (out.size() < size) out += "aAbB"[random() % 4];
    return out;
  };
  const auto lower = [](std::string s) {
    for (auto& c : s) c = static_cast<char>(c | 32);
    return s;
  };
  for (int round = 0; round < 100; ++round) {
    PrefixTable table;
    std::vector<std::tuple<std::string, bool>> literals;
    for (std::uint32_t id = 0; id < 20; ++id) {
      const bool nocase = random() % 2 == 0;
      const auto literal = text(1 + random() % 4);
      literals.emplace_back(nocase ? lower(literal) : literal, nocase);
      table.add(std::get<0>(literals.back()), nocase, id);
    }
    table.seal();
    for (int n = 0; n < 20; ++n) {
      const auto data = text(random() % 6);
      Ids expected;
      for (std::uint32_t id = 0; id < literals.size(); ++id) {
        const auto& [literal, nocase] = literals[id];
        if ((nocase ? lower(data) : data).starts_with(literal)) expected.push_back(id);
      }
      EXPECT_EQ(find(table, data), expected) << data;
    }
  }
}

}  // namespace
}  // namespace rampart::sniffer
