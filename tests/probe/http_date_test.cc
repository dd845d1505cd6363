#include "probe/module/http_date.h"

#include <gtest/gtest.h>

namespace rampart::probe {
namespace {

TEST(HttpDate, ReadsItsThreeForms) {
  constexpr std::chrono::sys_seconds kThen(std::chrono::seconds(784887151));
  for (const auto* text : {"Tue, 15 Nov 1994 08:12:31 GMT", "Tuesday, 15-Nov-94 08:12:31 GMT",
                           "Tue Nov 15 08:12:31 1994"})
    EXPECT_EQ(read_http_date(text), kThen) << text;
  EXPECT_EQ(read_http_date("Sun Nov  6 08:49:37 1994"),
            std::chrono::sys_seconds(std::chrono::seconds(784111777)));
  EXPECT_EQ(read_http_date("Thu, 29 Feb 2024 00:00:00 GMT"),
            std::chrono::sys_seconds(std::chrono::seconds(1709164800)));
}

TEST(HttpDate, RefusesTheRest) {
  for (const auto* text : {"", "yesterday", "Tue, 15 Nov 1994 08:12:31", "1994-11-15T08:12:31Z",
                           "Tue, 15 Nov 1994 08:12:31 GMT+1", "Wed, 31 Apr 2024 00:00:00 GMT",
                           "Tue, 15 Nov 1994 25:12:31 GMT", "784887151"})
    EXPECT_EQ(read_http_date(text), std::nullopt) << text;
}

}  // namespace
}  // namespace rampart::probe
