#include "reports/figures.h"

#include <gtest/gtest.h>

#include "reports/wording.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

TEST(Figures, Times) {
  EXPECT_EQ(run_time_text(40s), "40.0 s");
  EXPECT_EQ(run_time_text(3723s), "1:02:03");
  EXPECT_EQ(span_text({27s, 31s}), "27.0 to 31.0 s");
  EXPECT_EQ(span_text({90s, 180s}), "0:01:30 to 0:03:00");
  EXPECT_EQ(start_text(base::WallTime(1795224256s)), "2026-11-21 01:24:16 UTC");
}

TEST(Figures, IntervalsOfObjectives) {
  model::ObjectiveResult o;
  o.name = "availability";
  EXPECT_EQ(interval_text(o), "");
  o.ci95 = model::Interval{0.739, 0.945};
  EXPECT_EQ(interval_text(o), "73.9 to 94.5 %");
  o.name = "latency p99";
  o.ci95 = model::Interval{220, 1850};
  EXPECT_EQ(interval_text(o), "220 ms to 1.85 s");
}

TEST(Figures, UnmeasuredIsADash) {
  model::Percentiles none;
  EXPECT_EQ(measured_text(none, none.p99), "-");
  EXPECT_EQ(rate_text(0), "-");
}

TEST(Figures, Grouping) {
  EXPECT_EQ(grouped(0), "0");
  EXPECT_EQ(grouped(999), "999");
  EXPECT_EQ(grouped(1234567), "1\u202f234\u202f567");
}

TEST(Figures, Values) {
  EXPECT_EQ(value_text({"", {}, 1890, "ms", ""}), "1890 ms");
  EXPECT_EQ(value_text({"", {}, 641.25, "/s", ""}), "641/s");
  EXPECT_EQ(value_text({"", {}, 0.125, "%", ""}), "0.125 %");
  EXPECT_EQ(value_text({"", {}, 4, "", ""}), "4");
}

TEST(Wording, EveryCauseHasAMeaning) {
  for (int i = 1; i <= static_cast<int>(model::Cause::unknown); ++i)
    EXPECT_FALSE(cause_meaning(static_cast<model::Cause>(i)).empty()) << i;
}

// A flow's arrivals are flows, so what is shown beside them is flows, too.
TEST(Figures, LikeBesideLike) {
  model::LoadSummary load;
  load.asked_rate = 20;
  load.rate = 58;
  load.flow_rate = 19;
  EXPECT_EQ(asked_text(load), "20/s");
  EXPECT_EQ(completed_text(load), "58/s");
  load.steps.resize(3);
  EXPECT_EQ(asked_text(load), "20 flows/s");
  EXPECT_EQ(completed_text(load), "19 flows/s");
  load.flow_rate = 0;
  EXPECT_EQ(completed_text(load), "-");
}

TEST(Wording, HowARunEndedIsOneSentence) {
  struct Case {
    model::RunEnd end;
    int signal;
    const char* reason;
    const char* text;
  };
  for (const auto& [end, signal, reason, text] :
       {Case{model::RunEnd::completed, 0, "", ""},
        Case{model::RunEnd::stopped, 0, "errors above 50 % for 2.00 s",
             "stopped at 3.0 s by stop_when: errors above 50 % for 2.00 s"},
        Case{model::RunEnd::interrupted, 2, "",
             "interrupted by Ctrl-C (SIGINT) at 3.0 s; what follows is what was seen until then"},
        Case{model::RunEnd::interrupted, 15, "interrupted by a signal",
             "interrupted by SIGTERM at 3.0 s; what follows is what was seen until then"},
        Case{model::RunEnd::failed, 0, "disk full", "failed at 3.0 s: disk full"}}) {
    model::RunResult r;
    r.length = 3s;
    r.run.end = end;
    r.run.end_signal = signal;
    r.run.end_reason = reason;
    EXPECT_EQ(end_text(r), text);
  }
}

}  // namespace
}  // namespace rampart::reports
