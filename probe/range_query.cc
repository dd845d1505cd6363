#include "probe/range_query.h"

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "probe/keep_list.h"

namespace rampart::probe {
namespace {

// Form encoding (URL Standard, section 5.2).
std::string encoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '*')
      out += c;
    else
      out += fmt::format("%{:02X}", byte);
  }
  return out;
}

std::string seconds_text(std::int64_t ms) { return fmt::format("{}.{:03}", ms / 1000, ms % 1000); }

// The server's own limit is to be met first: its answer says why.
std::string form_of(const std::string& query, const RangePoints& points, base::Nanos timeout) {
  const auto last = points.first_ms + static_cast<std::int64_t>(points.count - 1) * points.step_ms;
  return fmt::format(
      "query={}&start={}&end={}&step={}&timeout={}ms", encoded(query),
      seconds_text(points.first_ms), seconds_text(last), seconds_text(points.step_ms),
      std::chrono::duration_cast<std::chrono::milliseconds>(timeout * 9 / 10).count());
}

void append_name(std::string& pattern, std::string_view name) {
  if (!pattern.empty()) pattern += '|';
  // Prometheus refuses a selector that also fits a series without a name.
  if (name == "*")
    pattern += ".+";
  else if (name.ends_with('*'))
    pattern.append(name.substr(0, name.size() - 1)).append(".*");
  else
    pattern += name;
}

}  // namespace

std::string range_selector(const model::ScrapeSpec& spec) {
  std::string pattern;
  for (const auto& name : spec.keep) append_name(pattern, name);
  if (spec.keep.empty())
    for (const auto name : default_metrics()) append_name(pattern, name);
  for (const auto& name : spec.also) append_name(pattern, name);
  // Tells which of the pages are an exporter of probes'.
  if (!spec.keep.empty()) append_name(pattern, "probe_success");
  return fmt::format("{{__name__=~\"{}\"{}{}}}", pattern, spec.select.empty() ? "" : ",",
                     spec.select);
}

std::string range_form(const model::ScrapeSpec& spec, const RangePoints& points, RangeEnds ends) {
  // A plain selector repeats the last sample at each point until the next one. A server whose
  // ranges hold both ends counts a millisecond twice if they are not one shorter than the step.
  const auto range =
      ends == RangeEnds::newer ? points.step_ms : std::max<std::int64_t>(points.step_ms - 1, 1);
  return form_of(fmt::format("last_over_time({}[{}ms])", range_selector(spec), range), points,
                 spec.timeout);
}

std::string ends_form(std::int64_t at_ms, base::Nanos timeout) {
  // Of 3 whole milliseconds the first is the older end. Subqueries have the ends of ranges. The
  // name is what the answers to all other questions have as well.
  return form_of(
      R"(label_replace(count_over_time(vector(1)[2ms:1ms]),"__name__","range_ends","",""))",
      {.first_ms = at_ms, .step_ms = 1000, .count = 1}, timeout);
}

std::optional<RangeEnds> ends_of(const RangeAnswer& answer) {
  if (answer.error || answer.series.size() != 1 || answer.series[0].points.size() != 1)
    return std::nullopt;
  return answer.series[0].points[0].second == 2 ? RangeEnds::newer : RangeEnds::both;
}

std::string range_path(const std::string& of_server) {
  auto path = of_server.substr(0, of_server.find('?'));
  while (path.ends_with('/')) path.pop_back();
  return path + "/api/v1/query_range";
}

std::vector<std::vector<model::SeriesSample>> samples_by_point(const RangeAnswer& answer,
                                                               const RangePoints& points) {
  std::vector<std::vector<model::SeriesSample>> out(points.count);
  for (const auto& series : answer.series) {
    for (const auto& [ms, value] : series.points) {
      // The server counts in milliseconds, too; nearest, should one round otherwise.
      const auto behind = ms - points.first_ms + points.step_ms / 2;
      if (behind < 0) continue;
      const auto index = static_cast<std::uint64_t>(behind / points.step_ms);
      if (index < out.size()) out[index].push_back({series.series, value});
    }
  }
  const auto by_series = [](const auto& a, const auto& b) { return a.series < b.series; };
  for (auto& samples : out) {
    std::stable_sort(samples.begin(), samples.end(), by_series);
    const auto last = std::unique(samples.begin(), samples.end(), [](const auto& a, const auto& b) {
      return a.series == b.series;
    });
    samples.erase(last, samples.end());
  }
  return out;
}

}  // namespace rampart::probe
