#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>
#include <tuple>

#include "base/percent.h"
#include "base/units.h"
#include "reports/figures.h"
#include "reports/page_table.h"
#include "reports/run_axis.h"
#include "reports/svg/scale.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

constexpr std::size_t kMostStrangers = 50;
constexpr double kMostRows = 120;
constexpr std::size_t kMostColumns = 8;

struct Stranger {
  std::string msg;
  std::uint64_t count = 0;
  double first = 0;
  double last = 0;
};

std::string at_text(double seconds) { return run_time_text(base::from_seconds(seconds)); }

void add(PageTable& table, std::string name, std::string value, std::string style = "") {
  if (!value.empty()) table.rows.push_back({{std::move(name), "faint"}, {std::move(value), style}});
}

// The greatest value between two times, or no data.
PageCell greatest(const Series& series, Span row) {
  std::optional<double> most;
  for (const auto& s : series.samples)
    if (s.from < row.to - 1e-9 && s.to > row.from + 1e-9 && std::isfinite(s.value))
      most = most ? std::max(*most, s.value) : s.value;
  if (!most) return {"–", "num faint"};
  return {(*most < 0 ? "-" : "") + base::format_count(std::abs(*most)), "num"};
}

PageCell worst(const std::vector<Stretch>& strip, Span row) {
  PageCell cell{"–", "faint"};
  for (const auto& s : strip) {
    if (s.from >= row.to - 1e-9 || s.to <= row.from + 1e-9) continue;
    if (!s.ok) return {s.label, "bad"};
    cell = {"ok", ""};
  }
  return cell;
}

PageCell marks_in(const std::vector<Mark>& marks, Span row) {
  std::uint64_t n = 0;
  for (const auto& m : marks)
    if (m.shape != Mark::Shape::tick && m.at >= row.from && m.at < row.to) n += m.count;
  return {std::to_string(n), "num"};
}

// What one column shows; borrows the timeline.
struct Column {
  std::string head;
  const Series* series = nullptr;
  const std::vector<Stretch>* strip = nullptr;
  const std::vector<Mark>* marks = nullptr;

  [[nodiscard]] PageCell cell(Span row) const {
    if (series != nullptr) return greatest(*series, row);
    return strip != nullptr ? worst(*strip, row) : marks_in(*marks, row);
  }
};

std::vector<Column> columns_of(const Timeline& timeline) {
  std::vector<Column> columns;
  for (const auto& lane : timeline.lanes) {
    const auto unit = lane.unit.empty() ? "" : " (" + lane.unit + ")";
    for (const auto& series : lane.series) {
      const auto name = lane.series.size() > 1 ? lane.title + ", " + series.name : lane.title;
      columns.push_back({name + unit, &series});
    }
    if (lane.kind == Lane::Kind::strip) columns.push_back({lane.title, nullptr, &lane.strip});
    if (lane.kind == Lane::Kind::marks)
      columns.push_back({"Alerts", nullptr, nullptr, &lane.marks});
  }
  return columns;
}

std::vector<Span> rows_of(double seconds) {
  const auto most = std::min(kMostRows, std::max(1.0, seconds));  // records are of one second
  const auto starts = svg::time_ticks(seconds, static_cast<int>(most));
  std::vector<Span> rows;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const double to = i + 1 < starts.size() ? starts[i + 1] : seconds;
    if (to - starts[i] > 1e-9) rows.push_back({starts[i], to});
  }
  return rows;
}

std::string anchors_text(const model::Evidence& evidence) {
  const auto& anchors = evidence.anchors;
  if (anchors.size() < 2) return fmt::format("{}", plural(anchors.size(), "anchor"));
  base::Nanos most{0};
  for (const auto& a : anchors) {
    const auto drift = (a.wall - anchors.front().wall) - (a.mono - anchors.front().mono);
    if (std::abs(drift.count()) > std::abs(most.count())) most = drift;
  }
  return fmt::format("{}; the wall clock moved at most {} against the monotonic clock",
                     plural(anchors.size(), "anchor"), base::format_duration(most));
}

std::string drop_text(std::uint64_t dropped, std::uint64_t of) {
  if (dropped == 0) return "0";
  const auto all = static_cast<double>(dropped + of);
  return fmt::format("{} ({})", dropped, base::format_percent(static_cast<double>(dropped) / all));
}

}  // namespace

PageTable stranger_page_table(const model::Evidence& evidence) {
  PageTable table{"Alerts on traffic that this run did not send",
                  {{"gid:sid", "num"},
                   {"rule"},
                   {"source"},
                   {"destination"},
                   {"alerts", "num"},
                   {"first", "num"},
                   {"last", "num"}},
                  {}};
  const RunAxis axis(evidence);
  std::map<std::tuple<std::uint32_t, std::uint32_t, base::IpAddress, base::Endpoint>, Stranger>
      groups;
  for (const auto& d : evidence.detections) {
    if (d.owner != model::Owner::other || !is_alert(d)) continue;
    auto [it, fresh] = groups.try_emplace({d.gid, d.sid, d.source.address, d.destination});
    auto& group = it->second;
    const double at = axis.at(d.at);
    if (fresh) group = {d.msg, 0, at, at};
    ++group.count;
    group.last = at;
  }
  std::vector<decltype(groups)::const_pointer> order;
  for (const auto& group : groups) order.push_back(&group);
  std::stable_sort(order.begin(), order.end(),
                   [](const auto* a, const auto* b) { return a->second.count > b->second.count; });
  for (std::size_t i = 0; i < order.size() && i < kMostStrangers; ++i) {
    const auto& [key, group] = *order[i];
    table.rows.push_back({{fmt::format("{}:{}", std::get<0>(key), std::get<1>(key)), "num"},
                          {group.msg},
                          {base::to_string(std::get<2>(key)), "code"},
                          {base::to_string(std::get<3>(key)), "code"},
                          {grouped(group.count), "num"},
                          {at_text(group.first), "num"},
                          {at_text(group.last), "num"}});
  }
  if (order.size() > kMostStrangers)
    table.caption += fmt::format(" (the {} most frequent of {})", kMostStrangers, order.size());
  return table;
}

PageTable quality_page_table(const model::RunResult& result, const model::Evidence& evidence) {
  PageTable table{"Client health and data quality", {{"measure"}, {"value"}}, {}};
  const auto& c = result.client;
  add(table, "validity", validity_text(result),
      result.validity == model::Validity::valid ? "good" : "bad");
  add(table, "limited by", c.limited_by,
      result.validity == model::Validity::client_limited ? "bad" : "warn");
  if (!result.load.empty()) {
    add(table, "busiest load thread", fmt::format("{:.0f} % busy", c.busy_percent));
    add(table, "CPU of the load threads", fmt::format("{:.0f} % of one core", c.cpu_percent));
    add(table, "steal",
        fmt::format("{:.1f} % of the CPU time: given to others by the hypervisor", c.steal_percent),
        c.steal_percent >= 5 ? "warn" : "");
    add(table, "event loop lag", base::format_duration(c.loop_lag_p99) + " (p99)");
    add(table, "schedule lag",
        fmt::format("{} (p99), {} (max): how late requests left although a connection was idle",
                    base::format_duration(c.schedule_lag_p99),
                    base::format_duration(c.schedule_lag_max)));
  }
  const auto& d = result.drops;
  add(table, "records lost in rampart",
      fmt::format("load {}, probe {}, wire {}", d.load, d.probe, d.wire),
      d.total() > 0 ? "warn" : "");
  if (result.wire.captured) {
    const auto& t = result.wire.totals;
    const auto lost = t.dropped_kernel + t.dropped_interface;
    add(table, "packets lost before capture",
        fmt::format("kernel {}, interface {}", drop_text(t.dropped_kernel, t.packets),
                    drop_text(t.dropped_interface, t.packets)),
        lost > 0 ? "warn" : "");
    add(table, "packets not understood", std::to_string(t.invalid));
    add(table, "TCP stream gaps, flows evicted",
        fmt::format("{}, {}", t.stream_gaps, t.flows_evicted));
    add(table, "rules",
        fmt::format("{} loaded, {} refused, {} alerts held back by thresholds", t.rules_loaded,
                    t.rules_failed, t.alerts_suppressed),
        t.rules_failed > 0 ? "warn" : "");
  } else {
    add(table, "capture", "off: nothing is known of the wire", "warn");
  }
  add(table, "clocks", anchors_text(evidence));
  return table;
}

PageTable identity_page_table(const model::RunResult& result, const model::Evidence& evidence) {
  PageTable table{"This run", {{"what"}, {"value"}}, {}};
  const auto& plan = evidence.plan;
  add(table, "Run", result.run.id, "code");
  add(table, "Scenario", result.scenario + (plan.path.empty() ? "" : " (" + plan.path + ")"));
  add(table, "Started", start_text(result.started));
  add(table, "Length", run_time_text(result.length));
  for (const auto& target : plan.targets)
    add(table, "Target " + target.name,
        target.url.text() + (target.tls.insecure ? " (certificate not checked)" : ""), "code");
  add(table, "Authorised by",
      plan.permitted.owner.empty()
          ? "loopback only, no authorisation needed"
          : plan.permitted.owner +
                (plan.permitted.contact.empty() ? "" : ", " + plan.permitted.contact));
  add(table, "Host", result.run.host);
  add(table, "Command", result.run.command, "code wide");
  add(table, "Seed", std::to_string(plan.seed));
  add(table, "Version", "rampart " + result.run.version);
  return table;
}

std::vector<PageTable> timeline_page_tables(const Timeline& timeline) {
  const auto rows = rows_of(timeline.seconds);
  std::vector<PageTable> tables;
  for (const auto& column : columns_of(timeline)) {
    if (tables.empty() || tables.back().heads.size() > kMostColumns) {
      auto& table = tables.emplace_back();
      table.caption = "Values of the timeline, the greatest of each span";
      table.heads = {{"from", "num"}};
      for (const auto& row : rows) table.rows.push_back({{at_text(row.from), "num"}});
    }
    auto& table = tables.back();
    table.heads.push_back({column.head, column.strip ? "" : "num"});
    for (std::size_t i = 0; i < rows.size(); ++i) table.rows[i].push_back(column.cell(rows[i]));
  }
  return tables;
}

}  // namespace rampart::reports
