#include "reports/progress.h"

#include <fmt/format.h>

#include "base/units.h"
#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/text_table.h"

namespace rampart::reports {
namespace {

// The client is near its own limit: what it measures from here on is doubtful.
constexpr double kBusy = 80;

std::string latency_text(const std::optional<base::Nanos>& value) {
  return value ? base::format_duration(*value) : "-";
}

Cell probes_cell(const Progress& progress) {
  Cell cell{"probes ", Tone::good};
  for (const auto& probe : progress.probes) {
    switch (probe.last) {
      case Progress::Mark::none: cell.text += '.'; break;
      case Progress::Mark::ok: cell.text += '+'; break;
      case Progress::Mark::failed: cell.text += 'x'; cell.tone = Tone::bad;
    }
  }
  return cell;
}

std::string rate_of(double per_second) { return base::format_count(per_second) + "/s"; }

Cell search_cell(const Progress::Search& s) {
  auto text = fmt::format("trial {}: {}", s.trial, rate_of(s.rate));
  if (s.kept) text += fmt::format(", {} kept", rate_of(*s.kept));
  if (s.missed) text += fmt::format(", {} missed", rate_of(*s.missed));
  return {std::move(text), Tone::strong};
}

// "500/s of 710/s": what was completed of what was asked.
Cell rate_cell(const Progress& p) {
  const double asked = p.search ? p.search->rate : p.offered_rate;
  if (p.search && !p.search->measured) return {"- of " + rate_of(asked)};
  return {fmt::format("{} of {}", rate_of(p.achieved_rate), rate_of(asked)),
          p.achieved_rate < 0.9 * asked ? Tone::warning : Tone::plain};
}

// Most important first.
std::vector<Cell> segments(const Progress& p) {
  auto time = run_time_text(p.elapsed);
  if (p.total.count() > 0)
    time += fmt::format(" of {}{}", p.search ? "at most " : "", run_time_text(p.total));
  std::vector<Cell> out{{time, Tone::strong}};
  if (p.search) out.push_back(search_cell(*p.search));
  const std::vector<Cell> figures{
      rate_cell(p),
      {fmt::format("p50 {} p99 {}", latency_text(p.p50), latency_text(p.p99))},
      {fmt::format("errors {}", p.errors), p.errors > 0 ? Tone::bad : Tone::plain}};
  out.insert(out.end(), figures.begin(), figures.end());
  if (!p.probes.empty()) out.push_back(probes_cell(p));
  out.push_back({fmt::format("in flight {}", p.in_flight)});
  if (p.sniffing)
    out.push_back({fmt::format("alerts {}", p.alerts), p.alerts > 0 ? Tone::warning : Tone::plain});
  out.push_back({fmt::format("client {:.0f} %", p.client_busy_percent),
                 p.client_busy_percent > kBusy ? Tone::bad : Tone::faint});
  return out;
}

}  // namespace

std::string render_progress(const Progress& progress, int width, bool colour) {
  const Painter painter(colour);
  const auto room = static_cast<std::size_t>(width > 0 ? width : 0);
  std::string line;
  std::size_t used = 0;
  for (const auto& cell : segments(progress)) {
    const std::string gap = line.empty() ? "" : "  ";
    const auto wanted = gap.size() + display_width(cell.text);
    if (used + wanted > room) break;
    line += gap + painter.paint(cell.tone, cell.text);
    used += wanted;
  }
  return line;
}

}  // namespace rampart::reports
