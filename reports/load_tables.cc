#include "reports/load_tables.h"

#include <fmt/format.h>

#include "base/units.h"
#include "reports/capacity_tables.h"
#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/flow_tables.h"
#include "reports/terminal.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

std::vector<Cell> heads(std::initializer_list<std::string_view> texts) {
  std::vector<Cell> row;
  for (const auto text : texts) row.push_back({std::string(text), Tone::faint});
  return row;
}

Cell count(std::uint64_t value, Tone where_not_zero = Tone::plain) {
  return {std::to_string(value), value > 0 ? where_not_zero : Tone::plain};
}

std::vector<Cell> percentile_row(std::string name, std::string kind, const model::Percentiles& p) {
  std::vector<Cell> row{{std::move(name)}, {std::move(kind), Tone::faint}};
  for (const auto value : {p.p50, p.p90, p.p95, p.p99, p.p99_9, p.max, p.mean})
    row.push_back({measured_text(p, value)});
  return row;
}

std::string byte_rate(std::uint64_t bytes, base::Nanos length) {
  const double s = base::seconds(length);
  return s > 0 ? base::format_bytes(static_cast<double>(bytes) / s) + "/s" : "-";
}

}  // namespace

TextTable request_table(const model::RunResult& result) {
  TextTable table({false, false, true, true, true, true, true, true, true, true});
  if (!result.load.empty())
    table.add(heads({"", "", "offered", "started", "completed", "failed", "missed", "in flight",
                     "asked", "rate"}));
  for (const auto& load : result.load) {
    const auto& c = load.counters;
    table.add({{escape_terminal(load.name)},
               {escape_terminal(load.protocol + " " + load.target), Tone::faint},
               count(c.offered),
               count(c.started),
               count(c.completed),
               count(c.failed, Tone::bad),
               count(c.missed, Tone::warning),
               count(load.in_flight),
               {asked_text(load)},
               {completed_text(load), Tone::strong}});
  }
  return table;
}

TextTable latency_table(const model::RunResult& result) {
  TextTable table({false, false, true, true, true, true, true, true, true});
  if (!result.load.empty())
    table.add(heads({"", "", "p50", "p90", "p95", "p99", "p99.9", "max", "mean"}));
  for (const auto& load : result.load) {
    table.add(percentile_row(escape_terminal(load.name), "latency", load.latency));
    table.add(percentile_row("", "service", load.service));
  }
  return table;
}

TextTable error_table(const model::RunResult& result) {
  TextTable table({false, false});
  for (const auto& load : result.load) {
    const auto errors = errors_text(load.counters);
    if (!errors.empty()) table.add({{escape_terminal(load.name)}, {errors, Tone::bad}});
    if (load.in_flight > 0)
      table.add({{escape_terminal(load.name)},
                 {fmt::format("{} without an answer at the stop, the oldest for {}", load.in_flight,
                              base::format_duration(load.oldest_in_flight))}});
  }
  return table;
}

std::string render_load_summary(const model::RunResult& result, const TerminalOptions& options) {
  const Painter painter(options.colour);
  std::string out;
  if (const auto cut = end_text(result); !cut.empty())
    out += painter.paint(Tone::bad, escape_terminal(cut)) + "\n";
  for (const auto& load : result.load)
    out +=
        fmt::format("{}: {} completed in {}, {} in, {} out\n",
                    painter.paint(Tone::strong, escape_terminal(load.target)),
                    painter.paint(Tone::strong, rate_text(load.rate)), run_time_text(result.length),
                    byte_rate(load.counters.bytes_in, result.length),
                    byte_rate(load.counters.bytes_out, result.length));
  for (const auto& load : result.load)
    if (load.tls) out += escape_terminal(tls_text(load)) + "\n";
  const auto section = [&out, &painter](const TextTable& table) {
    if (!table.empty()) out += "\n" + table.render(painter);
  };
  if (result.capacity) {
    out += painter.paint(Tone::strong, escape_terminal(capacity_text(*result.capacity))) + "\n";
    section(trial_table(*result.capacity));
  }
  section(request_table(result));
  section(latency_table(result));
  section(step_table(result));
  section(error_table(result));
  const bool valid = result.validity == model::Validity::valid;
  out += "\n" + painter.paint(valid ? Tone::plain : Tone::bad,
                              "figures " + escape_terminal(validity_text(result)));
  const auto& c = result.client;
  out += fmt::format("\nclient busy {:.0f} %, steal {:.1f} %, schedule lag p99 {}\n",
                     c.busy_percent, c.steal_percent, base::format_duration(c.schedule_lag_p99));
  if (!c.limited_by.empty())
    out += "limited by " +
           painter.paint(valid ? Tone::warning : Tone::bad, escape_terminal(c.limited_by)) + "\n";
  for (const auto& note : result.run.notes) out += "note: " + escape_terminal(note) + "\n";
  return out;
}

}  // namespace rampart::reports
