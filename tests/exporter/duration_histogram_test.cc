#include "exporter/duration_histogram.h"

#include <gtest/gtest.h>

#include "reports/exposition_text.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

TEST(DurationHistogram, CountsUpToEachBound) {
  DurationHistogram histogram;
  for (const auto took :
       {base::Nanos(1ms), base::Nanos(1ms) + 1ns, base::Nanos(30s), base::Nanos(31s)})
    histogram.add(took);
  model::MetricFamily family{"took", "H", model::MetricFamily::Type::histogram, {}};
  histogram.append_to(family, {{"module", "m"}});
  const auto page = reports::render_exposition({&family, 1});
  EXPECT_TRUE(
      page.starts_with("# HELP took H\n# TYPE took histogram\n"
                       "took_bucket{module=\"m\",le=\"0.001\"} 1\n"
                       "took_bucket{module=\"m\",le=\"0.0025\"} 2\n"))
      << page;
  EXPECT_TRUE(
      page.ends_with("took_bucket{module=\"m\",le=\"10\"} 2\n"
                     "took_bucket{module=\"m\",le=\"30\"} 3\n"
                     "took_bucket{module=\"m\",le=\"+Inf\"} 4\n"
                     "took_sum{module=\"m\"} 61.002000001\n"
                     "took_count{module=\"m\"} 4\n"))
      << page;
}

}  // namespace
}  // namespace rampart::exporter
