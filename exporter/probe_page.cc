#include "exporter/probe_page.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "exporter/request_target.h"
#include "reports/escape.h"

namespace rampart::exporter {
namespace {

using model::MetricFamily;

MetricFamily one_gauge(std::string name, std::string help, double value) {
  return {std::move(name), std::move(help), MetricFamily::Type::gauge, {{{}, value}}};
}

bool by_label_values(const MetricFamily::Series& a, const MetricFamily::Series& b) {
  return std::lexicographical_compare(
      a.labels.begin(), a.labels.end(), b.labels.begin(), b.labels.end(),
      [](const auto& x, const auto& y) { return x.second < y.second; });
}

// Steps may repeat a peer's words: one line each, which reads as it is written.
std::string one_line(std::string_view text) {
  constexpr auto plain = [](char c) { return c >= ' ' && c <= '~'; };
  std::string out;
  while (!text.empty()) {
    const auto end = std::find_if_not(text.begin(), text.end(), plain);
    out.append(text.begin(), end);
    text.remove_prefix(static_cast<std::size_t>(end - text.begin()));
    if (text.empty()) break;
    const char32_t code = reports::take_code_point(text);
    reports::append_utf8(out, shows(code) ? code : U' ');
  }
  return out;
}

}  // namespace

void sort_families(std::vector<MetricFamily>& families) {
  for (auto& family : families) {
    if (family.type == MetricFamily::Type::histogram) continue;
    for (auto& series : family.series) std::sort(series.labels.begin(), series.labels.end());
    std::sort(family.series.begin(), family.series.end(), by_label_values);
  }
  std::sort(families.begin(), families.end(),
            [](const MetricFamily& a, const MetricFamily& b) { return a.name < b.name; });
}

std::vector<MetricFamily> probe_families(std::vector<MetricFamily> families,
                                         const probe::ModuleOutcome& outcome, base::Nanos timeout) {
  families.push_back(one_gauge("probe_success", "Displays whether or not the probe was a success",
                               outcome.success ? 1 : 0));
  families.push_back(one_gauge("probe_duration_seconds",
                               "Returns how long the probe took to complete in seconds",
                               base::seconds(outcome.duration)));
  families.push_back(one_gauge("probe_timeout_seconds", "How long the probe was allowed to take",
                               base::seconds(timeout)));
  if (!outcome.success)
    families.push_back({"probe_failure_info",
                        "Why the probe failed, in a word of a fixed list",
                        MetricFamily::Type::gauge,
                        {{{{"reason", std::string(model::to_string(outcome.reason))}}, 1}}});
  sort_families(families);
  return families;
}

std::string account_of(const ProbeAccount& about, const probe::ModuleOutcome& outcome) {
  std::string out = "Logs for the probe:\n";
  out += fmt::format("probe of {} by module {}, {} at most\n", quoted(about.target),
                     quoted(about.module), base::format_duration(about.timeout));
  for (const auto& line : outcome.log) out += one_line(line) + "\n";
  if (outcome.success)
    out += fmt::format("succeeded after {}\n", base::format_duration(outcome.duration));
  else
    out += fmt::format("failed after {}: {}{}{}\n", base::format_duration(outcome.duration),
                       model::to_string(outcome.reason), outcome.detail.empty() ? "" : ": ",
                       one_line(outcome.detail));
  out += "\n\n\nMetrics that would have been returned:\n";
  out += about.page;
  out += "\n\n\nModule configuration:\n";
  out += about.configuration;
  return out;
}

}  // namespace rampart::exporter
