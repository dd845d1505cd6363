#include "reports/progress.h"

#include <gtest/gtest.h>

#include "reports/escape.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

Progress busy() {
  Progress p;
  p.elapsed = 12s;
  p.total = 40s;
  p.offered_rate = 710;
  p.achieved_rate = 500;
  p.p50 = 612ms;
  p.p99 = 1810ms;
  p.errors = 12;
  p.in_flight = 64;
  p.probes = {
      {"a", Progress::Mark::ok}, {"b", Progress::Mark::failed}, {"c", Progress::Mark::none}};
  p.alerts = 3;
  p.sniffing = true;
  p.client_busy_percent = 16.4;
  return p;
}

TEST(Progress, WholeLine) {
  EXPECT_EQ(render_progress(busy(), 200, false),
            "12.0 s of 40.0 s  500/s of 710/s  p50 612 ms p99 1.81 s  errors 12  probes +x.  "
            "in flight 64  alerts 3  client 16 %");
}

TEST(Progress, LeavesOutWhatWasNotMeasured) {
  Progress p;
  p.elapsed = 3s;
  EXPECT_EQ(render_progress(p, 200, false),
            "3.0 s  0/s of 0/s  p50 - p99 -  errors 0  in flight 0  client 0 %");
}

TEST(Progress, ASearchShowsItsTrialAndItsBracket) {
  Progress p;
  p.elapsed = 12s;
  p.total = 208s;
  p.search = Progress::Search{7, 2400, 1600, 3200};
  EXPECT_EQ(render_progress(p, 200, false).substr(0, 75),
            "12.0 s of at most 0:03:28  trial 7: 2.40k/s, 1.60k/s kept, 3.20k/s missed  ");
  p.search = Progress::Search{1, 100, {}, {}};
  EXPECT_NE(render_progress(p, 200, false).find("trial 1: 100/s  "), std::string::npos);
  // Asked is the trial's own rate, and nothing of the trial before is shown as this one's.
  p.offered_rate = 37;
  p.achieved_rate = 98;
  EXPECT_NE(render_progress(p, 200, false).find("  98/s of 100/s  "), std::string::npos);
  p.search->measured = false;
  EXPECT_NE(render_progress(p, 200, false).find("  - of 100/s  "), std::string::npos);
}

TEST(Progress, NeverWiderThanTheTerminal) {
  for (int width = -1; width < 130; ++width)
    EXPECT_LE(display_width(render_progress(busy(), width, false)),
              static_cast<std::size_t>(std::max(width, 0)));
}

TEST(Progress, FailedProbeIsRed) {
  EXPECT_NE(render_progress(busy(), 200, true).find("\x1b[1;31mprobes +x.\x1b[0m"),
            std::string::npos);
}

}  // namespace
}  // namespace rampart::reports
