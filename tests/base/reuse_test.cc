#include "base/reuse.h"

#include <gtest/gtest.h>

namespace rampart::base {
namespace {

TEST(Reuse, GivesLargeMemoryBackAndKeepsTheRest) {
  std::string text(kMostKept + 1, 'x');
  empty_out(text);
  EXPECT_TRUE(text.empty());
  EXPECT_LT(text.capacity(), 1024U);
  text.assign(kMostKept, 'x');
  empty_out(text);
  EXPECT_TRUE(text.empty());
  EXPECT_EQ(text.capacity(), kMostKept);
}

}  // namespace
}  // namespace rampart::base
