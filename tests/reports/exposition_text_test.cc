#include "reports/exposition_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace rampart::reports {
namespace {

using model::MetricFamily;

// What strconv.FormatFloat(value, 'g', -1, 64) of Go 1.19 gives, and expfmt for those that are no
// numbers.
TEST(ExpositionText, WritesNumbersAsGo) {
  struct Case {
    double value;
    const char* text;
  };
  const double infinity = std::numeric_limits<double>::infinity();
  for (const auto& [value, text] : {Case{0, "0"},
                                    Case{1, "1"},
                                    Case{-1, "-1"},
                                    Case{0.5, "0.5"},
                                    Case{200, "200"},
                                    Case{100000, "100000"},
                                    Case{999999, "999999"},
                                    Case{1e6, "1e+06"},
                                    Case{1234567, "1.234567e+06"},
                                    Case{123456.5, "123456.5"},
                                    Case{0.0001, "0.0001"},
                                    Case{0.00012, "0.00012"},
                                    Case{0.00001, "1e-05"},
                                    Case{0.000012345, "1.2345e-05"},
                                    Case{0.1 + 0.2, "0.30000000000000004"},
                                    Case{1.7e9, "1.7e+09"},
                                    Case{3021163285, "3.021163285e+09"},
                                    Case{1e21, "1e+21"},
                                    Case{1e300, "1e+300"},
                                    Case{5e-324, "5e-324"},
                                    Case{-62135596800, "-6.21355968e+10"},
                                    Case{infinity, "+Inf"},
                                    Case{-infinity, "-Inf"},
                                    Case{std::numeric_limits<double>::quiet_NaN(), "NaN"}})
    EXPECT_EQ(exposition_number(value), text);
}

TEST(ExpositionText, WritesFamilies) {
  const std::vector<MetricFamily> families{
      {"a_total", "counts\nin \\ \"two\" lines", MetricFamily::Type::counter, {{{}, 3}}},
      {"b",
       "",
       MetricFamily::Type::gauge,
       {{{{"x", "1"}, {"y", "a\"b\\c\nd"}}, 0.25}, {{{"x", "2"}, {"y", ""}}, 1}}},
      {"empty", "has none", MetricFamily::Type::gauge, {}}};
  EXPECT_EQ(
      render_exposition(families),
      "# HELP a_total counts\\nin \\\\ \"two\" lines\n# TYPE a_total counter\na_total 3\n"
      "# HELP b \n# TYPE b gauge\nb{x=\"1\",y=\"a\\\"b\\\\c\\nd\"} 0.25\nb{x=\"2\",y=\"\"} 1\n"
      "# HELP empty has none\n# TYPE empty gauge\n");
}

TEST(ExpositionText, WritesUtf8Whatever) {
  const std::vector<MetricFamily> families{
      {"a", "\xff", MetricFamily::Type::gauge, {{{{"x", "gr\xc3\xbc\xc3n\xed\xa0\x80"}}, 1}}}};
  EXPECT_EQ(render_exposition(families),
            "# HELP a \xef\xbf\xbd\n# TYPE a gauge\n"
            "a{x=\"gr\xc3\xbc\xef\xbf\xbdn\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"} 1\n");
}

}  // namespace
}  // namespace rampart::reports
