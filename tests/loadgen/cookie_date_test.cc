#include "loadgen/cookie_date.h"

#include <gtest/gtest.h>

namespace rampart::loadgen {
namespace {

TEST(CookieDate, ReadsEveryFormInUse) {
  constexpr std::int64_t kWednesday = 1445412480;  // 2015-10-21 07:28:00 UTC
  for (const auto* text :
       {"Wed, 21 Oct 2015 07:28:00 GMT", "Wednesday, 21-Oct-15 07:28:00 GMT",
        "Wed Oct 21 07:28:00 2015", "2015 oct 21 7:28:0", "07:28:00 21 October 2015 +0900",
        "21-Oct-2015 07:28:00", "\"21/OCT/2015;07:28:00\"", "x 21 y Oct 2015 07:28:00 22 Nov 2016"})
    EXPECT_EQ(parse_cookie_date(text), kWednesday) << text;
  EXPECT_EQ(parse_cookie_date("Thu, 01 Jan 1970 00:00:00 GMT"), 0);
  EXPECT_EQ(parse_cookie_date("Mon, 01-Jan-69 00:00:00 GMT"), 3124224000);  // 2069
  EXPECT_EQ(parse_cookie_date("Fri, 31 Dec 9999 23:59:59 GMT"), 253402300799);
  EXPECT_EQ(parse_cookie_date("01 Jan 1601 00:00:00"), -11644473600);
}

TEST(CookieDate, RefusesWhatIsNone) {
  for (const auto* text :
       {"", "tomorrow", "21 Oct 2015", "07:28:00 Oct 2015", "07:28:00 21 2015", "07:28:00 21 Oct",
        "31 Feb 2015 07:28:00", "00 Oct 2015 07:28:00", "21 Oct 2015 24:00:00",
        "21 Oct 2015 07:60:00", "21 Oct 2015 07:28:60", "21 Oct 1600 07:28:00",
        "21 Oct 20155 07:28:00", "21 Oct 2015 007:28:00", ";;;;", "\xff\xfe 1:2"})
    EXPECT_FALSE(parse_cookie_date(text)) << text;
}

}  // namespace
}  // namespace rampart::loadgen
