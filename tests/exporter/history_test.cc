#include "exporter/history.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::exporter {
namespace {

// 'f' fails, what else succeeds.
History filled(std::size_t limit, std::string_view probes) {
  History out(limit);
  for (const char c : probes) out.add({.success = c != 'f', .account = std::string(1, c)});
  return out;
}

std::vector<std::uint64_t> ids(const History& history) {
  std::vector<std::uint64_t> out;
  for (const auto* probe : history.newest_first()) out.push_back(probe->id);
  return out;
}

using Ids = std::vector<std::uint64_t>;

TEST(History, KeepsTheLastOnesAndTheLastFailures) {
  EXPECT_EQ(ids(filled(3, "")), Ids{});
  EXPECT_EQ(ids(filled(3, "sfs")), (Ids{2, 1, 0}));
  EXPECT_EQ(ids(filled(3, "fsssss")), (Ids{5, 4, 3, 0}));
  EXPECT_EQ(ids(filled(2, "ffffffss")), (Ids{7, 6, 5, 4}));
  EXPECT_EQ(ids(filled(1, "fs")), (Ids{1, 0}));
  EXPECT_EQ(ids(filled(0, "fsf")), Ids{});
}

TEST(History, FindsByNumber) {
  const auto history = filled(2, "fssss");
  ASSERT_NE(history.find(0), nullptr);
  EXPECT_EQ(history.find(0)->account, "f");
  EXPECT_EQ(history.find(1), nullptr);
  ASSERT_NE(history.find(4), nullptr);
  EXPECT_EQ(history.find(5), nullptr);
}

TEST(History, CutsLongAccounts) {
  History history(1);
  history.add({.account = std::string(History::kLongestAccount + 1, 'a')});
  EXPECT_LT(history.find(0)->account.size(), History::kLongestAccount + 50);
  EXPECT_TRUE(history.find(0)->account.ends_with("a\n(cut here)\n"));
}

}  // namespace
}  // namespace rampart::exporter
