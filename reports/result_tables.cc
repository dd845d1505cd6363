#include <fmt/format.h>

#include "base/percent.h"
#include "base/units.h"
#include "reports/figures.h"
#include "reports/page_table.h"

namespace rampart::reports {
namespace {

PageCell figure(std::string text, std::string_view style = "") {
  return {std::move(text), style.empty() ? "num" : fmt::format("num {}", style)};
}

PageCell count(std::uint64_t value, std::string_view style = "") {
  return figure(grouped(value), value > 0 ? style : "");
}

std::vector<PageCell> numbers(std::initializer_list<const char*> names) {
  std::vector<PageCell> cells;
  for (const auto* name : names) cells.push_back(figure(name));
  return cells;
}

void append(std::vector<PageCell>& row, std::vector<PageCell> more) {
  row.insert(row.end(), more.begin(), more.end());
}

PageCell outcome_cell(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::met: return {"✓ met", "good nowrap"};
    case model::Outcome::missed: return {"✕ missed", "bad nowrap"};
    case model::Outcome::undecided: return {"? undecided", "warn nowrap"};
  }
  return {};
}

std::vector<PageCell> percentile_cells(const model::Percentiles& p) {
  std::vector<PageCell> cells;
  for (const auto value : {p.p50, p.p90, p.p95, p.p99, p.p99_9, p.max, p.mean})
    cells.push_back(figure(measured_text(p, value)));
  return cells;
}

}  // namespace

PageTable objectives_page_table(const model::RunResult& result) {
  PageTable table{"Objectives",
                  {{"outcome"},
                   {"objective"},
                   {"of"},
                   figure("wanted"),
                   figure("actual"),
                   figure("95 % interval")},
                  {},
                  true};
  for (const auto& o : result.objectives)
    table.rows.push_back({outcome_cell(o.outcome),
                          {o.name},
                          {o.target, "faint"},
                          figure(o.wanted),
                          figure(o.actual, "strong"),
                          figure(interval_text(o), "faint")});
  return table;
}

PageTable evidence_page_table(const model::Verdict& verdict) {
  PageTable table{"Evidence", {{"series"}, {"when"}, figure("seen"), {"expected"}}, {}, true};
  for (const auto& e : verdict.evidence)
    table.rows.push_back({{e.series},
                          {span_text(e.window), "faint nowrap"},
                          figure(value_text(e), "strong"),
                          {e.expected}});
  return table;
}

PageTable request_page_table(const model::RunResult& result) {
  PageTable table{"Requests", {{"load"}, {"protocol"}, {"target"}}, {}, true};
  append(table.heads, numbers({"offered", "started", "completed", "failed", "missed", "in flight",
                               "asked", "rate", "in", "out"}));
  table.heads.push_back({"errors"});
  for (const auto& load : result.load) {
    const auto& c = load.counters;
    std::vector<PageCell> row{{load.name, "strong"}, {load.protocol}, {load.target}};
    append(row, {count(c.offered), count(c.started), count(c.completed), count(c.failed, "bad"),
                 count(c.missed, "warn"), count(load.in_flight), figure(asked_text(load)),
                 figure(completed_text(load), "strong"),
                 figure(base::format_bytes(static_cast<double>(c.bytes_in))),
                 figure(base::format_bytes(static_cast<double>(c.bytes_out)))});
    row.push_back({errors_text(c).empty() ? "none" : errors_text(c)});
    table.rows.push_back(std::move(row));
  }
  return table;
}

PageTable latency_page_table(const model::RunResult& result) {
  PageTable table{"Latency counts from the intended start, service from the send",
                  {{"load"}, {"counted from"}},
                  {}};
  append(table.heads, numbers({"p50", "p90", "p95", "p99", "p99.9", "max", "mean"}));
  for (const auto& load : result.load) {
    std::vector<PageCell> latency{{load.name, "strong"}, {"latency: intended start"}};
    append(latency, percentile_cells(load.latency));
    table.rows.push_back(std::move(latency));
    std::vector<PageCell> service{{load.name, "faint"}, {"service: send", "faint"}};
    append(service, percentile_cells(load.service));
    table.rows.push_back(std::move(service));
  }
  return table;
}

PageTable probe_page_table(const model::RunResult& result) {
  PageTable table{"Probes", {{"probe"}, {"module"}, {"target"}}, {}, true};
  append(table.heads, numbers({"ok", "sent", "available", "95 % interval", "p50", "p99", "max"}));
  table.heads.push_back({"failures"});
  for (const auto& p : result.probes) {
    std::string reasons;
    for (const auto& [reason, times] : p.reasons)
      reasons += fmt::format("{}{} × {}", reasons.empty() ? "" : ", ", times, reason);
    if (!p.why.empty()) reasons += fmt::format(": {}", p.why);
    table.rows.push_back({{p.name, "strong"},
                          {p.module},
                          {p.target},
                          count(p.succeeded),
                          count(p.sent),
                          p.sent == 0 ? figure("no data", "faint")
                                      : figure(base::format_percent(p.availability),
                                               p.succeeded < p.sent ? "bad" : "good"),
                          figure(p.sent == 0 ? "" : interval_text(p.ci95), "faint"),
                          figure(measured_text(p.duration, p.duration.p50)),
                          figure(measured_text(p.duration, p.duration.p99)),
                          figure(measured_text(p.duration, p.duration.max)),
                          {reasons.empty() ? "none" : reasons, reasons.empty() ? "faint" : ""}});
  }
  return table;
}

PageTable up_page_table(const model::RunResult& result) {
  PageTable table{
      "up: could the metrics page be read? A property of the scrape, not of the service",
      {{"page"}, figure("scrapes"), figure("up"), figure("series"), figure("gone"), {"failures"}},
      {}};
  for (const auto& u : result.up) {
    std::string failures;
    for (const auto& [reason, times] : u.reasons)
      failures += fmt::format("{}{} × {}", failures.empty() ? "" : ", ", times, reason);
    if (!u.why.empty()) failures += fmt::format(": {}", u.why);
    table.rows.push_back({{u.name, "strong"},
                          count(u.scrapes),
                          figure(grouped(u.succeeded), u.succeeded < u.scrapes ? "bad" : "good"),
                          count(u.series),
                          count(u.gone),
                          {failures.empty() ? "none" : failures, failures.empty() ? "faint" : ""}});
  }
  return table;
}

PageTable rule_page_table(const model::RunResult& result) {
  PageTable table{
      "Detections by rule, all senders", {figure("gid:sid"), {"rule"}, figure("alerts")}, {}};
  for (const auto& d : result.wire.detections)
    table.rows.push_back({figure(fmt::format("{}:{}", d.gid, d.sid)), {d.msg}, count(d.count)});
  return table;
}

}  // namespace rampart::reports
