#include "probe/status_list.h"

#include <gtest/gtest.h>

#include <numeric>

namespace rampart::probe {
namespace {

TEST(StatusList, IsAsShortAsItCanBe) {
  std::vector<int> good(200);
  std::iota(good.begin(), good.end(), 200);
  EXPECT_EQ(status_list(good), "2xx, 3xx");
  good.pop_back();
  EXPECT_EQ(status_list(good), "2xx, 300 to 398");
  EXPECT_EQ(status_list({404, 200, 200}), "200, 404");
  EXPECT_EQ(status_list({201, 200}), "200, 201");
  EXPECT_EQ(status_list({200, 201, 202, 204}), "200 to 202, 204");
  EXPECT_EQ(status_list({}), "");
  std::vector<int> odd;
  for (int code = 201; code < 299; code += 2) odd.push_back(code);
  EXPECT_EQ(status_list(odd), "201, 203, 205, 207, 209, 211, 213, 215, ...");
}

}  // namespace
}  // namespace rampart::probe
