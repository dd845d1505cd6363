#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/verdict.h"

// What the time-aligned chart shows, as plain data. Times are seconds since the run's start.

namespace rampart::reports {

struct Span {
  double from = 0;
  double to = 0;
};

// A value for a stretch of time. NaN: something was watched there, but there was nothing to
// measure.
struct Sample {
  double from = 0;
  double to = 0;
  double value = 0;
};

struct Series {
  std::string name;
  std::string style;  // CSS class: colour and dash pattern
  std::vector<Sample> samples;
};

// A stretch of a strip; neighbours with the same outcome and label are one.
struct Stretch {
  double from = 0;
  double to = 0;
  bool ok = true;
  std::string label;  // why it failed
};

struct Mark {
  enum class Shape : std::uint8_t { circle, triangle, tick };
  double at = 0;
  Shape shape = Shape::circle;
  std::string text;
  std::uint64_t count = 1;  // what it stands for: those too close to be drawn apart are one
};

struct Lane {
  enum class Kind : std::uint8_t { lines, bars, strip, marks };
  Kind kind = Kind::lines;
  std::string title = {};
  std::string unit = {};            // of the axis: "/s", "ms", "%", "" for a count
  bool log = false;                 // lines: logarithmic axis
  double height = 60;               // of the plot, in CSS pixels
  std::vector<Series> series = {};  // lines, bars (stacked)
  std::vector<Stretch> strip = {};  // strip
  std::vector<Mark> marks = {};     // marks
  std::vector<Span> gaps = {};      // nothing was watched, or nothing could be measured
};

// A verdict over all lanes. Numbers count from 1, as in the list of verdicts.
struct Band {
  Span span;
  int number = 0;
  std::string label;
  model::State state = model::State::unknown;
};

struct Timeline {
  double seconds = 0;
  std::vector<Lane> lanes;
  std::vector<Band> bands;
  std::string remark = {};  // what was recorded and is not drawn
};

// Points per series after which a run is decimated.
inline constexpr std::size_t kMostSamples = 600;
inline constexpr std::size_t kMostStretches = 600;

// Where `series` have no value between 0 and `seconds`. Holes shorter than half a sample are
// scheduling noise and do not count.
std::vector<Span> gaps_of(const std::vector<Series>& series, double seconds);

// At most about kMostSamples samples: each bucket keeps its least and its greatest value in their
// order, so no spike is averaged away. Holes stay holes.
std::vector<Sample> decimate(std::vector<Sample> samples, double seconds);

// Joins equal neighbours. Where more than kMostStretches are left, those within one bucket become
// one, a failure where any of them is.
std::vector<Stretch> merge_stretches(const std::vector<Stretch>& stretches, double seconds);

}  // namespace rampart::reports
