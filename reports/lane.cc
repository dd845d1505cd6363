#include "reports/lane.h"

#include <algorithm>
#include <cmath>

namespace rampart::reports {
namespace {

std::vector<Span> covered(const std::vector<Series>& series) {
  std::vector<Span> spans;
  for (const auto& s : series)
    for (const auto& sample : s.samples)
      if (std::isfinite(sample.value)) spans.push_back({sample.from, sample.to});
  std::sort(spans.begin(), spans.end(), [](Span a, Span b) { return a.from < b.from; });
  return spans;
}

// Of one bucket, the least and the greatest, each for half of its time.
void keep_extremes(std::vector<Sample>& out, const Sample* first, const Sample* last) {
  const auto [low, high] = std::minmax_element(
      first, last, [](const Sample& a, const Sample& b) { return a.value < b.value; });
  const double from = first->from;
  const double to = (last - 1)->to;
  const double middle = (from + to) / 2;
  const bool low_first = low <= high;
  out.push_back({from, middle, low_first ? low->value : high->value});
  out.push_back({middle, to, low_first ? high->value : low->value});
}

// Joins equal neighbours, and whatever adjoins a stretch shorter than `bucket`.
std::vector<Stretch> merge(const std::vector<Stretch>& stretches, double bucket) {
  std::vector<Stretch> out;
  for (const auto& s : stretches) {
    if (out.empty()) {
      out.push_back(s);
      continue;
    }
    auto& last = out.back();
    const double length = s.to - s.from;
    const bool adjoining = s.from - last.to <= length / 2;
    const bool same = last.ok == s.ok && last.label == s.label;
    const bool thin = last.to - last.from < bucket;
    if (adjoining && (same || thin)) {
      if (last.ok && !s.ok) last.label = s.label;
      last.ok = last.ok && s.ok;
      last.to = std::max(last.to, s.to);
    } else {
      // One answer may come late and reach into the next stretch.
      const double from = std::max(s.from, last.to);
      out.push_back({from, std::max(s.to, from), s.ok, s.label});
    }
  }
  return out;
}

}  // namespace

std::vector<Span> gaps_of(const std::vector<Series>& series, double seconds) {
  const auto spans = covered(series);
  const double typical =
      spans.empty() ? 0 : spans[spans.size() / 2].to - spans[spans.size() / 2].from;
  const double noise = typical / 2;
  std::vector<Span> gaps;
  double end = 0;
  for (const auto& span : spans) {
    if (span.from - end > noise) gaps.push_back({end, span.from});
    end = std::max(end, span.to);
  }
  if (seconds - end > noise) gaps.push_back({end, seconds});
  return gaps;
}

std::vector<Sample> decimate(std::vector<Sample> samples, double seconds) {
  if (samples.size() <= kMostSamples || seconds <= 0) return samples;
  const double width = seconds / (static_cast<double>(kMostSamples) / 2);
  const auto bucket_of = [width](const Sample& s) { return std::floor(s.from / width); };
  std::vector<Sample> out;
  for (std::size_t i = 0; i < samples.size();) {
    if (!std::isfinite(samples[i].value)) {
      if (out.empty() || std::isfinite(out.back().value)) out.push_back(samples[i]);
      out.back().to = samples[i].to;
      ++i;
      continue;
    }
    std::size_t end = i + 1;
    while (end < samples.size() && std::isfinite(samples[end].value) &&
           bucket_of(samples[end]) == bucket_of(samples[i]) &&
           samples[end].from - samples[end - 1].to < width / 2)
      ++end;
    keep_extremes(out, &samples[i], &samples[i] + (end - i));
    i = end;
  }
  return out;
}

std::vector<Stretch> merge_stretches(const std::vector<Stretch>& stretches, double seconds) {
  auto merged = merge(stretches, 0);
  if (merged.size() <= kMostStretches) return merged;
  return merge(merged, seconds / static_cast<double>(kMostStretches));
}

}  // namespace rampart::reports
