#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace rampart::base {
namespace {

Result<std::unique_ptr<int>> half(int v) {
  if (v % 2 != 0) return fail(Errc::config, "odd");
  return std::make_unique<int>(v / 2);
}

Result<int> quarter(int v) {
  RAMPART_TRY(auto first, half(v));
  RAMPART_TRY(const auto second, half(*first));
  return *second;
}

TEST(Result, TryPassesValuesAndErrors) {
  EXPECT_EQ(quarter(8).value(), 2);
  const auto bad = quarter(6);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::config);
}

TEST(Error, ContextGoesInFront) {
  EXPECT_EQ((Error{Errc::io, "disk full"}.in("open run.db").text), "open run.db: disk full");
}

}  // namespace
}  // namespace rampart::base
