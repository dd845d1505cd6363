#include "reports/svg/line.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rampart::reports::svg {
namespace {

// A single error among thousands must still be seen.
constexpr double kLeastHeight = 2.5;

bool follows(const Sample& previous, const Sample& next) {
  return next.from - previous.to <= (next.to - next.from) / 2;
}

// Calls begin(first), step(sample), end(last) for each unbroken stretch.
template <class Begin, class Step, class End>
void walk(const Series& series, Begin begin, Step step, End end) {
  const Sample* previous = nullptr;
  for (const auto& sample : series.samples) {
    if (!std::isfinite(sample.value)) {
      if (previous != nullptr) end(*previous);
      previous = nullptr;
      continue;
    }
    if (previous != nullptr && !follows(*previous, sample)) {
      end(*previous);
      previous = nullptr;
    }
    if (previous == nullptr) begin(sample);
    step(sample);
    previous = &sample;
  }
  if (previous != nullptr) end(*previous);
}

}  // namespace

std::string step_path(const Series& series, const Scale& time, const Scale& value) {
  std::string path;
  walk(
      series,
      [&](const Sample& s) {
        path += fmt::format("M{} {}", number(time.at(s.from)), number(value.at(s.value)));
      },
      [&](const Sample& s) {
        path += fmt::format("V{}H{}", number(value.at(s.value)), number(time.at(s.to)));
      },
      [](const Sample&) {});
  return path;
}

std::string area_path(const Series& series, const Scale& time, const Scale& value) {
  std::string path;
  const auto base = number(value.at(value.low()));
  walk(
      series,
      [&](const Sample& s) { path += fmt::format("M{} {}", number(time.at(s.from)), base); },
      [&](const Sample& s) {
        path += fmt::format("V{}H{}", number(value.at(s.value)), number(time.at(s.to)));
      },
      [&](const Sample&) { path += fmt::format("V{}Z", base); });
  return path;
}

void stacked_areas(Canvas& canvas, const std::vector<Series>& series, const Scale& time,
                   const Scale& value) {
  if (series.empty()) return;
  std::vector<double> floor(series.front().samples.size(), 0);
  for (const auto& s : series) {
    std::string path;
    for (std::size_t i = 0; i < s.samples.size() && i < floor.size(); ++i) {
      const auto& sample = s.samples[i];
      if (!(sample.value > 0)) continue;
      const double bottom = value.at(floor[i]);
      const double top = std::min(value.at(floor[i] + sample.value), bottom - kLeastHeight);
      path += fmt::format("M{} {}V{}H{}V{}Z", number(time.at(sample.from)), number(bottom),
                          number(top), number(time.at(sample.to)), number(bottom));
      floor[i] += sample.value;
    }
    canvas.path(path, "stack " + s.style, s.name);
  }
}

}  // namespace rampart::reports::svg
