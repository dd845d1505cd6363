#include "reports/html.h"

#include <fmt/format.h>

#include <kainjow/mustache.hpp>

#include "base/percent.h"
#include "base/units.h"
#include "reports/capacity_tables.h"
#include "reports/chart.h"
#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/flow_tables.h"
#include "reports/headline.h"
#include "reports/lanes.h"
#include "reports/page_table.h"
#include "reports/templates.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

namespace mustache = kainjow::mustache;
using mustache::data;

// Tables of so few columns are not stretched over the page.
constexpr std::size_t kCompact = 4;

data list_of(const std::vector<PageCell>& cells) {
  data list{data::type::list};
  for (const auto& cell : cells) {
    data item;
    item.set("text", cell.text);
    item.set("style", cell.style);
    list.push_back(item);
  }
  return list;
}

// False where the table has no rows, so that a template's section leaves it out.
data table_of(const PageTable& table) {
  if (table.rows.empty()) return data{data::type::bool_false};
  data item;
  item.set("caption", table.caption);
  item.set("shape", std::string(table.heads.size() <= kCompact ? "compact" : "") +
                        (table.caption_hidden ? " hidden" : ""));
  item.set("heads", list_of(table.heads));
  data rows{data::type::list};
  for (const auto& row : table.rows) {
    data r;
    r.set("cells", list_of(row));
    rows.push_back(r);
  }
  item.set("rows", rows);
  return item;
}

// For tables of names and values.
data pairs_of(const PageTable& table) {
  data list{data::type::list};
  for (const auto& row : table.rows) {
    data item;
    item.set("name", row.at(0).text);
    item.set("text", row.at(1).text);
    item.set("style", row.at(1).style);
    list.push_back(item);
  }
  return list;
}

std::string confidence_text(double confidence) { return fmt::format("{:.0f} %", confidence * 100); }

data banner_of(const model::RunResult& result) {
  data banner;
  const auto* worst = worst_verdict(result);
  banner.set("headline", headline(result));
  banner.set("kind", result.load.empty() ? "report of a run without load" : "load test report");
  banner.set("state",
             std::string(to_string(worst == nullptr ? model::State::unknown : worst->state)));
  if (worst != nullptr && troubled_targets(result) < 2) {
    banner.set("summary", worst->summary);
    banner.set("confidence", confidence_text(worst->confidence));
    if (worst->cause != model::Cause::none) {
      banner.set("cause", std::string(to_string(worst->cause)));
      banner.set("meaning", std::string(cause_meaning(worst->cause)));
    }
  }
  banner.set("exit", std::to_string(result.exit_code));
  banner.set("exit_meaning", exit_meaning(result));
  banner.set("exit_style", result.exit_code == 0 ? "good" : "bad");
  banner.set("validity", std::string(to_string(result.validity)));
  banner.set("validity_text", validity_text(result));
  banner.set("validity_style", result.validity == model::Validity::valid ? "good" : "bad");
  return banner;
}

data verdict_of(const model::Verdict& verdict, int number) {
  data item;
  item.set("number", std::to_string(number));
  item.set("state", std::string(to_string(verdict.state)));
  item.set("target", verdict.target);
  item.set("cause", std::string(to_string(verdict.cause)));
  item.set("has_cause", data(verdict.cause != model::Cause::none));
  item.set("meaning", std::string(cause_meaning(verdict.cause)));
  item.set("confidence", confidence_text(verdict.confidence));
  item.set("window", span_text(verdict.window));
  item.set("actor", std::string(to_string(verdict.actor)));
  item.set("impact", std::string(to_string(verdict.impact)));
  item.set("summary", verdict.summary);
  item.set("evidence", table_of(evidence_page_table(verdict)));
  data excluded{data::type::list};
  for (const auto& r : verdict.ruled_out) {
    data line;
    line.set("cause", std::string(to_string(r.cause)));
    line.set("because", r.because);
    excluded.push_back(line);
  }
  item.set("ruled_out", excluded);
  item.set("has_ruled_out", data(!verdict.ruled_out.empty()));
  return item;
}

data verdicts_of(const model::RunResult& result) {
  data list{data::type::list};
  int number = 0;
  for (const auto& verdict : result.verdicts) list.push_back(verdict_of(verdict, ++number));
  return list;
}

data strings_of(const std::vector<std::string>& texts) {
  data list{data::type::list};
  for (const auto& text : texts) {
    data item;
    item.set("text", text);
    list.push_back(item);
  }
  return list;
}

const ChartSize kWide{.id = "wide"};
const ChartSize kNarrow{.width = 440, .left = 52, .right = 6, .ticks = 5, .id = "narrow"};

void set_timeline(data& page, const model::RunResult& result, const model::Evidence& evidence) {
  const auto timeline = timeline_of(result, evidence);
  page.set("has_timeline", data(!timeline.lanes.empty()));
  page.set("has_timeline_remark", data(!timeline.remark.empty()));
  page.set("timeline_remark", timeline.remark);
  if (timeline.lanes.empty()) return;
  page.set("timeline_wide", draw_timeline(timeline, kWide));
  page.set("timeline_narrow", draw_timeline(timeline, kNarrow));
  data tables{data::type::list};
  for (const auto& table : timeline_page_tables(timeline)) tables.push_back(table_of(table));
  page.set("timeline_tables", tables);
}

void set_percentiles(data& page, const model::Evidence& evidence) {
  data plots{data::type::list};
  for (std::size_t i = 0; i < evidence.load_totals.size() && i < evidence.plan.loads.size(); ++i) {
    const auto& total = evidence.load_totals[i];
    const std::vector<Distribution> curves{{"latency", "main", &total.latency},
                                           {"service", "service", &total.service}};
    auto wide = kWide;
    auto narrow = kNarrow;
    wide.id = fmt::format("percentiles-wide-{}", i);
    narrow.id = fmt::format("percentiles-narrow-{}", i);
    data plot;
    plot.set("name", evidence.plan.loads[i].name);
    plot.set("wide", draw_percentiles(curves, wide));
    plot.set("narrow", draw_percentiles(curves, narrow));
    if (!total.latency.empty()) plots.push_back(plot);
  }
  page.set("percentiles", plots);
}

void set_capacity(data& page, const model::RunResult& result) {
  page.set("has_capacity", data(result.capacity.has_value()));
  if (!result.capacity) return;
  auto wide = kWide;
  auto narrow = kNarrow;
  wide.id = "capacity-wide";
  narrow.id = "capacity-narrow";
  page.set("capacity_text", capacity_text(*result.capacity));
  page.set("capacity_reason", result.capacity->reason);
  page.set("capacity_found", data(result.capacity->ended == model::SearchEnd::found));
  auto chart = draw_capacity(*result.capacity, wide);
  page.set("has_capacity_chart", data(!chart.empty()));
  page.set("capacity_wide", std::move(chart));
  page.set("capacity_narrow", draw_capacity(*result.capacity, narrow));
  page.set("trials", table_of(trial_page_table(*result.capacity)));
}

void set_wire(data& page, const model::RunResult& result, const model::Evidence& evidence) {
  page.set("captured", data(result.wire.captured));
  const auto& totals = result.wire.totals;
  page.set("wire_line", fmt::format("{} packets, {}, {} flows.", grouped(totals.packets),
                                    base::format_bytes(static_cast<double>(totals.bytes)),
                                    grouped(totals.flows)));
  page.set("rules", table_of(rule_page_table(result)));
  page.set("strangers", table_of(stranger_page_table(evidence)));
  if (!result.detection) return;
  const auto& c = *result.detection;
  page.set(
      "canaries",
      fmt::format("{} of {} canaries were seen: {} (95 % interval {}), half of them within {}.",
                  c.seen, c.sent, base::format_percent(c.recall), interval_text(c.ci95),
                  measured_text(c.delay, c.delay.p50)));
}

data page_of(const model::RunResult& result, const model::Evidence& evidence) {
  data page;
  page.set("style", std::string(templates::kStyle));
  page.set("title",
           fmt::format("{} {}: {}", result.scenario, start_text(result.started), headline(result)));
  page.set("started", start_text(result.started));
  page.set("cut", end_text(result));
  page.set("was_cut", data(result.run.end != model::RunEnd::completed));
  page.set("banner", banner_of(result));
  page.set("notes", strings_of(result.run.notes));
  page.set("identity", pairs_of(identity_page_table(result, evidence)));
  page.set("objectives", table_of(objectives_page_table(result)));
  page.set("verdicts", verdicts_of(result));
  set_capacity(page, result);
  set_timeline(page, result, evidence);
  page.set("requests", table_of(request_page_table(result)));
  page.set("latencies", table_of(latency_page_table(result)));
  page.set("steps", table_of(step_page_table(result)));
  page.set("tls", table_of(tls_page_table(result)));
  page.set("has_load", data(!result.load.empty()));
  set_percentiles(page, evidence);
  page.set("probes", table_of(probe_page_table(result)));
  page.set("up", table_of(up_page_table(result)));
  page.set("has_watch", data(!result.probes.empty() || !result.up.empty()));
  set_wire(page, result, evidence);
  page.set("quality", table_of(quality_page_table(result, evidence)));
  page.set("json", model::to_json(result));
  page.set("run", result.run.id);
  page.set("version", result.run.version);
  page.set("table", data(mustache::partial([] { return std::string(templates::kTable); })));
  return page;
}

}  // namespace

std::string render_html(const model::RunResult& result, const model::Evidence& evidence) {
  mustache::mustache report{std::string(templates::kReport)};
  report.set_custom_escape([](const std::string& text) { return escape_markup(text); });
  return report.render(page_of(result, evidence));
}

}  // namespace rampart::reports
