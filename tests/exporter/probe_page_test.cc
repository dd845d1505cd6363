#include "exporter/probe_page.h"

#include <gtest/gtest.h>

#include "reports/exposition_text.h"

namespace rampart::exporter {
namespace {

using namespace std::chrono_literals;

probe::ModuleOutcome outcome(bool success) {
  probe::ModuleOutcome out;
  out.duration = 250ms;
  out.success = success;
  out.reason = success ? model::ProbeReason::none : model::ProbeReason::connect_refused;
  out.detail = success ? "" : "refused\r\nfaked line";
  out.families = {{"probe_x",
                   "x",
                   model::MetricFamily::Type::gauge,
                   {{{{"b", "2"}, {"a", "1"}}, 1}, {{{"a", "0"}, {"b", "3"}}, 2}}},
                  {"probe_a", "a", model::MetricFamily::Type::gauge, {{{}, 7}}}};
  out.log = {"first\nstep", "second"};
  return out;
}

TEST(ProbePage, HasWhatEveryProbeHas) {
  EXPECT_EQ(reports::render_exposition(probe_families(outcome(true).families, outcome(true), 5s)),
            "# HELP probe_a a\n# TYPE probe_a gauge\nprobe_a 7\n"
            "# HELP probe_duration_seconds Returns how long the probe took to complete in seconds\n"
            "# TYPE probe_duration_seconds gauge\nprobe_duration_seconds 0.25\n"
            "# HELP probe_success Displays whether or not the probe was a success\n"
            "# TYPE probe_success gauge\nprobe_success 1\n"
            "# HELP probe_timeout_seconds How long the probe was allowed to take\n"
            "# TYPE probe_timeout_seconds gauge\nprobe_timeout_seconds 5\n"
            "# HELP probe_x x\n# TYPE probe_x gauge\n"
            "probe_x{a=\"0\",b=\"3\"} 2\nprobe_x{a=\"1\",b=\"2\"} 1\n");
  const auto failed =
      reports::render_exposition(probe_families(outcome(false).families, outcome(false), 5s));
  EXPECT_NE(failed.find("\nprobe_success 0\n"), std::string::npos) << failed;
  EXPECT_NE(failed.find("\nprobe_failure_info{reason=\"connect_refused\"} 1\n"), std::string::npos)
      << failed;
}

TEST(ProbePage, AccountsForAProbe) {
  const ProbeAccount about{.module = "m",
                           .target = "t\n",
                           .timeout = 5s,
                           .page = "page\n",
                           .configuration = "prober: dns\n"};
  EXPECT_EQ(account_of(about, outcome(true)),
            "Logs for the probe:\nprobe of \"t\\n\" by module \"m\", 5.00 s at most\nfirst step\n"
            "second\nsucceeded after 250 ms\n\n\n\nMetrics that would have been returned:\npage\n"
            "\n\n\nModule configuration:\nprober: dns\n");
  const auto failed = account_of(about, outcome(false));
  EXPECT_NE(failed.find("\nfailed after 250 ms: connect_refused: refused  faked line\n"),
            std::string::npos)
      << failed;
}

}  // namespace
}  // namespace rampart::exporter
