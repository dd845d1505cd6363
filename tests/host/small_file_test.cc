#include "host/small_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/host/tree.h"

namespace rampart::host {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(SmallFile, ReadsWithoutTheEndOfTheLine) {
  Tree tree;
  tree.put("/a", " 12 3 \n\n").put("/empty", "").put("/big", std::string(1 << 20, 'x'));
  EXPECT_EQ(read_small_file(tree.root() + "/a"), " 12 3");
  EXPECT_EQ(read_small_file(tree.root() + "/empty"), "");
  EXPECT_EQ(read_small_file(tree.root() + "/big")->size(), 65536U);
}

// A pipe without a writer would wait for ever.
TEST(SmallFile, OnlyRegularFilesAreRead) {
  Tree tree;
  ASSERT_EQ(mkfifo((tree.root() + "/pipe").c_str(), 0600), 0);
  for (const std::string path : {"/pipe", "", "/missing"})
    EXPECT_FALSE(read_small_file(tree.root() + path)) << path;
}

TEST(SmallFile, Numbers) {
  struct Case {
    const char* text;
    std::optional<std::uint64_t> number;
  };
  const Case cases[] = {{"0", 0},
                        {"18446744073709551615", UINT64_MAX},
                        {"18446744073709551616", std::nullopt},
                        {"", std::nullopt},
                        {"-1", std::nullopt},
                        {"1 2", std::nullopt},
                        {"0x10", std::nullopt}};
  for (const auto& c : cases) EXPECT_EQ(parse_number(c.text), c.number) << c.text;
  EXPECT_EQ(parse_real("0.25"), 0.25);
  for (const auto* text : {"", "nan", "inf", "-1", "1e999", "1x"})
    EXPECT_FALSE(parse_real(text)) << text;
}

TEST(SmallFile, WordsAndLines) {
  EXPECT_THAT(words(" a\tbc  d "), ElementsAre("a", "bc", "d"));
  EXPECT_THAT(words("  "), IsEmpty());
  EXPECT_THAT(lines("a b\n\nc"), ElementsAre("a b", "c"));
}

}  // namespace
}  // namespace rampart::host
