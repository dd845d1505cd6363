#include "probe/exposition.h"

#include <fmt/core.h>
#include <strings.h>

#include <algorithm>

namespace rampart::probe {
namespace {

// Series that are put in order at once while the page comes.
constexpr std::size_t kRun = 1024;

bool by_series(const model::SeriesSample& a, const model::SeriesSample& b) {
  return a.series < b.series;
}

}  // namespace

bool ExpositionReader::refuse(std::string text, base::Errc code) {
  page_.error = base::Error{code, std::move(text)};
  return false;
}

bool ExpositionReader::feed(std::string_view bytes) {
  while (!page_.error && !bytes.empty()) {
    const auto newline = bytes.find('\n');
    const auto piece = bytes.substr(0, newline);
    bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
    if (begun_.size() + piece.size() > kMaxExpositionLine)
      return refuse(fmt::format("line {}: longer than 64 KiB", number_ + 1), base::Errc::config);
    if (newline == std::string_view::npos || !begun_.empty()) begun_ += piece;
    if (newline == std::string_view::npos) break;
    if (!take_line(begun_.empty() ? piece : std::string_view(begun_))) break;
    begun_.clear();
  }
  return !page_.error;
}

bool ExpositionReader::take_line(std::string_view line) {
  ++number_;
  if (ended_) return refuse(fmt::format("line {}: something follows # EOF", number_));
  ExpositionLine reader(line, format_);
  const auto kind = reader.read(options_.keep, options_.limits, name_);
  if (kind == ExpositionLine::Kind::malformed)
    return refuse(fmt::format("line {}, column {}: {}", number_, reader.at() + 1, reader.problem()),
                  reader.over_limit() ? base::Errc::config : base::Errc::parse);
  ended_ = kind == ExpositionLine::Kind::end_of_page;
  if (kind != ExpositionLine::Kind::sample || !reader.kept()) return true;
  name_.attach(options_.labels, options_.honor_labels);
  if (const auto problem = name_.settle(options_.limits); !problem.empty())
    return name_.passed_limit().empty()
               ? refuse(fmt::format("line {}: {}", number_, problem))
               : refuse(fmt::format("line {}: {} ({})", number_, problem, name_.passed_limit()),
                        base::Errc::config);
  if (page_.samples.size() == options_.limits.series)
    return refuse(fmt::format("line {}: more than {} series to record; keep fewer names", number_,
                              options_.limits.series),
                  base::Errc::config);
  page_.samples.push_back({name_.text(), reader.value()});
  if (page_.samples.size() - runs_.back() == kRun) end_run(false);
  return true;
}

// What came since the last run becomes one itself. Of two neighbours the earlier one stays the
// longer: shorter ones are merged, at the page's end all.
void ExpositionReader::end_run(bool at_end) {
  auto& samples = page_.samples;
  const auto at = [&](std::size_t i) { return samples.begin() + static_cast<std::ptrdiff_t>(i); };
  std::stable_sort(at(runs_.back()), samples.end(), by_series);
  while (runs_.size() > 1) {
    const auto middle = runs_.back();
    const auto first = runs_[runs_.size() - 2];
    if (!at_end && middle - first > samples.size() - middle) break;
    runs_.pop_back();
    std::inplace_merge(at(first), at(middle), samples.end(), by_series);
  }
  if (!at_end) runs_.push_back(samples.size());
}

ExpositionPage ExpositionReader::finish() {
  if (!page_.error && !begun_.empty()) take_line(begun_);
  if (!page_.error && !ended_ && format_ == ExpositionFormat::openmetrics)
    refuse(fmt::format("the page ends at line {} without # EOF: it was cut", number_));
  end_run(true);
  auto& samples = page_.samples;
  const auto last = std::unique(samples.begin(), samples.end(),
                                [](const auto& a, const auto& b) { return a.series == b.series; });
  page_.repeated = static_cast<std::size_t>(samples.end() - last);
  samples.erase(last, samples.end());
  return std::move(page_);
}

ExpositionFormat exposition_format(std::string_view content_type) {
  constexpr std::string_view kOpenMetrics = "application/openmetrics-text";
  const auto type = content_type.substr(0, content_type.find(';'));
  const auto length = type.find_last_not_of(" \t") + 1;
  return length == kOpenMetrics.size() && strncasecmp(type.data(), kOpenMetrics.data(), length) == 0
             ? ExpositionFormat::openmetrics
             : ExpositionFormat::text;
}

}  // namespace rampart::probe
