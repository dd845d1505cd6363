#include <gtest/gtest.h>

#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

std::string shown(std::string_view text, bool end_of_day = false) {
  const auto instant = parse_instant(text, end_of_day);
  return instant ? base::format_time(*instant) : instant.error().text;
}

TEST(Instant, TimesAndDates) {
  struct Case {
    std::string_view text;
    std::string_view utc;
  };
  for (const auto& [text, utc] :
       std::vector<Case>{{"1970-01-01", "1970-01-01T00:00:00.000Z"},
                         {"2026-11-21", "2026-11-21T00:00:00.000Z"},
                         {"2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"},
                         {"2026-11-21T08:00:00z", "2026-11-21T08:00:00.000Z"},
                         {"2026-11-21 08:00:00Z", "2026-11-21T08:00:00.000Z"},
                         {"2026-11-21T08:00:00.1239Z", "2026-11-21T08:00:00.123Z"},
                         {"2026-11-21T00:30:00+01:00", "2026-11-20T23:30:00.000Z"},
                         {"2026-12-31T20:00:00-05:30", "2027-01-01T01:30:00.000Z"}})
    EXPECT_EQ(shown(text), utc);
  EXPECT_EQ(shown("2026-11-21", true), "2026-11-21T23:59:59.999Z");
  EXPECT_EQ(shown("2026-11-21T08:00:00Z", true), "2026-11-21T08:00:00.000Z");
}

TEST(Instant, Refused) {
  for (const auto* text :
       {"", "tomorrow", "2026-11", "21.11.2026", "2026-11-21T08:00Z", "2026-11-21T08:00:00ZZ",
        "2026-11-21T08:00:00.Z", "2026-11-21T08:00:00+1", "+026-11-21", "2026-11-21T",
        "2026-11-21T08:00:00+01:60"})
    EXPECT_NE(shown(text).find("is neither a date"), std::string::npos) << text;
  EXPECT_EQ(shown("2026-02-29"), "'2026-02-29' is no day of the calendar");
  EXPECT_EQ(shown("2026-13-01"), "'2026-13-01' is no day of the calendar");
  EXPECT_EQ(shown("1969-12-31"), "'1969-12-31' is not within the years 1970 to 2200");
  EXPECT_EQ(shown("9999-12-31"), "'9999-12-31' is not within the years 1970 to 2200");
  EXPECT_EQ(shown("2026-11-21T24:00:00Z"), "'2026-11-21T24:00:00Z' is no time of the day");
  EXPECT_EQ(shown("2026-11-21T08:00:00"),
            "'2026-11-21T08:00:00' has no time zone: add Z for UTC, or +01:00");
}

}  // namespace
}  // namespace rampart::scenarios
