#include "reports/figures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/percent.h"
#include "base/units.h"

namespace rampart::reports {
namespace {

std::string number_text(double value) {
  if (!std::isfinite(value)) return "-";
  if (value == std::floor(value) && std::abs(value) < 1e9) return fmt::format("{:.0f}", value);
  return std::abs(value) >= 100 ? fmt::format("{:.0f}", value) : fmt::format("{:.3g}", value);
}

constexpr auto kLong = std::chrono::minutes(2);

std::string hours_text(model::RunTime time) {
  const auto total = std::chrono::duration_cast<std::chrono::seconds>(time).count();
  return fmt::format("{}:{:02}:{:02}", total / 3600, total / 60 % 60, total % 60);
}

// "287/s", "20 flows/s".
std::string arrivals_text(const model::LoadSummary& load, double per_second) {
  if (load.steps.empty() || per_second <= 0) return rate_text(per_second);
  return base::format_count(per_second) + " flows/s";
}

}  // namespace

std::string interval_text(const model::Interval& ratio) {
  return base::format_percents(ratio.low, ratio.high);
}

std::string interval_text(const model::ObjectiveResult& objective) {
  if (!objective.ci95) return "";
  if (!objective.name.starts_with("latency")) return interval_text(*objective.ci95);
  return fmt::format("{} to {}",
                     base::format_duration(base::from_seconds(objective.ci95->low / 1e3)),
                     base::format_duration(base::from_seconds(objective.ci95->high / 1e3)));
}

std::string measured_text(const model::Percentiles& of, base::Nanos value) {
  return of.count == 0 ? "-" : base::format_duration(value);
}

std::string rate_text(double per_second) {
  return per_second > 0 ? base::format_count(per_second) + "/s" : "-";
}

std::string asked_text(const model::LoadSummary& load) {
  return arrivals_text(load, load.asked_rate);
}

std::string completed_text(const model::LoadSummary& load) {
  return arrivals_text(load, load.steps.empty() ? load.rate : load.flow_rate);
}

std::string run_time_text(model::RunTime time) {
  return time < kLong ? fmt::format("{:.1f} s", base::seconds(time)) : hours_text(time);
}

std::string span_text(const model::TimeSpan& span) {
  if (span.to >= kLong) return hours_text(span.from) + " to " + hours_text(span.to);
  return fmt::format("{:.1f} to {:.1f} s", base::seconds(span.from), base::seconds(span.to));
}

std::string start_text(base::WallTime time) {
  auto text = base::format_time(time);
  text = text.substr(0, text.find('.'));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text + " UTC";
}

std::string grouped(std::uint64_t value) {
  const auto digits = std::to_string(value);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) out += "\u202f";
    out += digits[i];
  }
  return out;
}

std::string errors_text(const model::LoadCounters& counters) {
  std::string out;
  for (std::size_t i = 0; i < model::kLoadErrors; ++i) {
    const auto kind = static_cast<model::LoadError>(i);
    if (counters.error(kind) == 0) continue;
    out += fmt::format("{}{} {}", out.empty() ? "" : ", ", model::to_string(kind),
                       counters.error(kind));
  }
  return out;
}

std::string value_text(const model::EvidenceItem& item) {
  const bool joined = item.unit.empty() || item.unit.starts_with("/");
  return number_text(item.value) + (joined ? "" : " ") + item.unit;
}

std::string plural(std::uint64_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace rampart::reports
