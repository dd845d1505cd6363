#include "reports/chart.h"

#include <gtest/gtest.h>

#include "reports/svg/axis.h"
#include "reports/svg/canvas.h"
#include "reports/svg/scale.h"
#include "tests/reports/golden.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

Timeline small_timeline() {
  Timeline t;
  t.seconds = 4;
  Lane rate{.title = "Rate & <rate>", .unit = "/s", .height = 60};
  rate.series = {{"asked", "offered", {{0, 1, 10}, {1, 2, 20}, {2, 3, 20}, {3, 4, 10}}},
                 {"completed", "main", {{0, 1, 10}, {1, 2, 12}, {3, 4, 10}}}};
  rate.gaps = {{2, 3}};
  Lane errors{.kind = Lane::Kind::bars, .title = "Errors", .unit = "/s", .height = 30};
  errors.series = {{"timeout", "e1", {{0, 1, 0}, {1, 2, 5}}},
                   {"reset", "e2", {{0, 1, 0}, {1, 2, 3}}}};
  Lane strip{.kind = Lane::Kind::strip, .title = "Probe", .height = 15};
  strip.strip = {{0, 1, true, ""}, {1, 2, false, "reset"}, {2, 4, true, ""}};
  Lane marks{.kind = Lane::Kind::marks, .title = "Alerts", .height = 30};
  marks.marks = {{0.5, Mark::Shape::tick, "sent"},
                 {0.6, Mark::Shape::circle, "seen"},
                 {3, Mark::Shape::triangle, "\"><x"}};
  t.lanes = {rate, errors, strip, marks};
  t.bands = {{{1, 2}, 1, "overload.self", model::State::degraded}};
  return t;
}

TEST(Chart, SmallTimeline) {
  expect_golden("timeline.svg",
                draw_timeline(small_timeline(), {.width = 400, .ticks = 4, .id = "t"}));
}

TEST(Chart, EmptyTimelineIsStillAnImage) {
  const auto svg = draw_timeline({}, {.id = "t"});
  EXPECT_TRUE(svg.starts_with("<svg"));
  EXPECT_TRUE(svg.ends_with("</svg>"));
}

TEST(Chart, PercentilesEndAtTheLastRequest) {
  base::Histogram h;
  for (int i = 1; i <= 1000; ++i) h.record(i * 1ms);
  const auto svg = draw_percentiles({{"latency", "main", &h}}, {.id = "p"});
  EXPECT_NE(svg.find(">p99.9<"), std::string::npos);
  EXPECT_EQ(svg.find(">p99.99<"), std::string::npos);
  const base::Histogram none;
  EXPECT_EQ(draw_percentiles({{"latency", "main", &none}}, {.id = "p"}), "");
}

TEST(Scale, MapsAndClamps) {
  const auto linear = svg::Scale::linear(0, 10, 100, 0);
  EXPECT_DOUBLE_EQ(linear.at(5), 50);
  EXPECT_DOUBLE_EQ(linear.at(20), 0);
  const auto log = svg::Scale::logarithmic(1, 100, 0, 100);
  EXPECT_DOUBLE_EQ(log.at(10), 50);
  EXPECT_DOUBLE_EQ(log.at(0), 0);
}

TEST(Scale, TicksAreRound) {
  EXPECT_EQ(svg::linear_ticks(740, 4), (std::vector<double>{0, 200, 400, 600}));
  EXPECT_EQ(svg::linear_ticks(68, 1), (std::vector<double>{0, 50}));
  EXPECT_EQ(svg::log_ticks(2, 3000), (std::vector<double>{10, 100, 1000}));
  EXPECT_EQ(svg::time_ticks(40, 12), (std::vector<double>{0, 5, 10, 15, 20, 25, 30, 35, 40}));
  EXPECT_LE(svg::time_ticks(1e7, 12).size(), 13U);
  EXPECT_EQ(svg::time_label(3720, 7200), "1:02:00");
  EXPECT_EQ(svg::time_label(90, 600), "1:30");
  EXPECT_EQ(svg::tick_label(1500), "1.5k");
}

TEST(Axis, LatencyBeyondASecondIsInSeconds) {
  EXPECT_EQ(svg::duration_label(0), "0");
  EXPECT_EQ(svg::duration_label(0.5), "500 us");
  EXPECT_EQ(svg::duration_label(200), "200 ms");
  EXPECT_EQ(svg::duration_label(1500), "1.5 s");
  const auto labels = [](double high, const char* unit) {
    svg::Canvas canvas;
    svg::value_axis(canvas, {60, 0, 100, 200}, svg::Scale::logarithmic(5, high, 200, 0), true,
                    unit);
    return canvas.take();
  };
  const auto beyond = labels(2000, "ms");
  for (const auto* label : {">10 ms<", ">100 ms<", ">1 s<"})
    EXPECT_NE(beyond.find(label), std::string::npos) << label << beyond;
  const auto below = labels(200, "ms");
  for (const auto* label : {">10<", ">100 ms<"})
    EXPECT_NE(below.find(label), std::string::npos) << label << below;
  EXPECT_NE(labels(2000, "/s").find(">1k/s<"), std::string::npos);
  // Between two ticks there is none.
  svg::Canvas canvas;
  svg::value_axis(canvas, {60, 0, 100, 200}, svg::Scale::logarithmic(2.1, 4.9, 200, 0), true, "ms");
  EXPECT_EQ(canvas.take(), "");
}

}  // namespace
}  // namespace rampart::reports
