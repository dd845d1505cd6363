#include "reports/terminal.h"

#include <fmt/format.h>

#include <algorithm>
#include "base/percent.h"

#include "base/units.h"
#include "reports/capacity_tables.h"
#include "reports/escape.h"
#include "reports/figures.h"
#include "reports/flow_tables.h"
#include "reports/headline.h"
#include "reports/load_tables.h"
#include "reports/text_table.h"
#include "reports/wording.h"

namespace rampart::reports {
namespace {

Tone tone_of(model::State state) {
  switch (state) {
    case model::State::healthy: return Tone::good;
    case model::State::degraded: return Tone::warning;
    case model::State::down: return Tone::bad;
    case model::State::unknown: return Tone::warning;
  }
  return Tone::plain;
}

Tone tone_of(model::Outcome outcome) {
  switch (outcome) {
    case model::Outcome::met: return Tone::good;
    case model::Outcome::missed: return Tone::bad;
    case model::Outcome::undecided: return Tone::warning;
  }
  return Tone::plain;
}

class Summary {
 public:
  Summary(const model::RunResult& result, const TerminalOptions& options)
      : r_(result),
        painter_(options.colour),
        width_(static_cast<std::size_t>(std::max(options.width, 40))) {}

  std::string render() {
    top();
    capacity();
    verdicts();
    objectives();
    load();
    probes();
    wire();
    client();
    return std::move(out_);
  }

 private:
  void heading(std::string_view text) { out_ += "\n" + painter_.paint(Tone::strong, text) + "\n"; }
  void section(std::string_view title, const TextTable& table) {
    if (table.empty()) return;
    heading(title);
    out_ += table.render(painter_);
  }
  void line(Tone tone, std::string_view text) {
    out_ += painter_.paint(tone, escape_terminal(text)) + "\n";
  }

  void top() {
    if (const auto cut = end_text(r_); !cut.empty()) line(Tone::bad, cut);
    const auto* worst = worst_verdict(r_);
    line(worst == nullptr ? Tone::warning : tone_of(worst->state), headline(r_));
    line(r_.exit_code == 0 ? Tone::good : Tone::bad,
         fmt::format("exit {}: {}", r_.exit_code, exit_meaning(r_)));
    line(r_.validity == model::Validity::valid ? Tone::plain : Tone::bad,
         "figures " + validity_text(r_));
    line(Tone::faint, fmt::format("run {}  {}  {}  {}", r_.run.id, r_.scenario,
                                  start_text(r_.started), run_time_text(r_.length)));
    for (const auto& note : r_.run.notes) line(Tone::warning, "note: " + note);
  }

  void capacity() {
    if (!r_.capacity) return;
    heading("CAPACITY");
    out_ += wrap(escape_terminal(capacity_text(*r_.capacity)), 0, width_);
    const auto trials = trial_table(*r_.capacity);
    if (!trials.empty()) out_ += trials.render(painter_);
  }

  void verdicts() {
    if (r_.verdicts.empty()) return;
    heading("VERDICTS");
    for (const auto& v : r_.verdicts) {
      TextTable table({false, false, false, false, true, false});
      table.add(
          {{std::string(to_string(v.state)), tone_of(v.state)},
           {escape_terminal(v.target)},
           {span_text(v.window)},
           {v.cause == model::Cause::none ? "" : std::string(to_string(v.cause)), Tone::strong},
           {fmt::format("{:.0f} % sure", v.confidence * 100)},
           {impact_text(v)}});
      out_ += table.render(painter_);
      out_ += wrap(escape_terminal(v.summary), 4, width_);
      evidence(v);
    }
  }

  static std::string impact_text(const model::Verdict& v) {
    std::string text;
    if (v.actor != model::Actor::unknown) text = fmt::format("actor {}", to_string(v.actor));
    if (v.impact != model::Impact::none)
      text += fmt::format("{}impact {}", text.empty() ? "" : ", ", to_string(v.impact));
    return text;
  }

  void evidence(const model::Verdict& v) {
    TextTable table({false, false, true, false});
    for (const auto& item : v.evidence)
      table.add({{"  "},
                 {escape_terminal(item.series)},
                 {escape_terminal(value_text(item))},
                 {item.expected.empty() ? "" : "expected " + escape_terminal(item.expected),
                  Tone::faint}});
    out_ += table.render(painter_);
    std::string excluded;
    for (const auto& r : v.ruled_out)
      excluded += fmt::format("{}{}", excluded.empty() ? "ruled out: " : ", ", to_string(r.cause));
    out_ += painter_.paint(Tone::faint, wrap(excluded, 4, width_));
  }

  void objectives() {
    TextTable table({false, false, false, false, false, false});
    for (const auto& o : r_.objectives) {
      const auto interval = interval_text(o);
      table.add({{std::string(to_string(o.outcome)), tone_of(o.outcome)},
                 {escape_terminal(o.name)},
                 {escape_terminal(o.target)},
                 {escape_terminal(o.wanted)},
                 {escape_terminal(o.actual), Tone::strong},
                 {interval.empty() ? "" : "95 % interval " + interval, Tone::faint}});
    }
    section("OBJECTIVES", table);
  }

  void load() {
    section("LOAD", request_table(r_));
    section("LATENCY  from the intended start; service from the send", latency_table(r_));
    section("STEPS  each due after the one before it; share of the time that all took",
            step_table(r_));
    section("TLS", tls_table(r_));
    section("ERRORS", error_table(r_));
  }

  void probes() {
    TextTable table({false, false, false, true, false, true, true, false});
    if (!r_.probes.empty())
      table.add({{"", Tone::faint},
                 {""},
                 {"ok / sent", Tone::faint},
                 {"available", Tone::faint},
                 {"95 % interval", Tone::faint},
                 {"p50", Tone::faint},
                 {"p99", Tone::faint},
                 {""}});
    for (const auto& p : r_.probes) {
      std::string reasons;
      for (const auto& [reason, count] : p.reasons)
        reasons +=
            fmt::format("{}{} {}", reasons.empty() ? "" : ", ", escape_terminal(reason), count);
      table.add({{escape_terminal(p.name)},
                 {escape_terminal(p.module), Tone::faint},
                 {fmt::format("{} / {}", p.succeeded, p.sent)},
                 {p.sent == 0 ? "no data" : base::format_percent(p.availability),
                  p.succeeded < p.sent ? Tone::bad : Tone::good},
                 {p.sent == 0 ? "" : interval_text(p.ci95), Tone::faint},
                 {measured_text(p.duration, p.duration.p50)},
                 {measured_text(p.duration, p.duration.p99)},
                 {reasons, Tone::bad}});
    }
    section("PROBES", table);
    for (const auto& p : r_.probes) explain(p.name, p.why);
    ups();
  }

  void explain(const std::string& name, const std::string& why) {
    if (!why.empty())
      out_ += wrap(fmt::format("{}: {}", escape_terminal(name), escape_terminal(why)), 4, width_);
  }

  void ups() {
    TextTable table({false, false, false, false});
    for (const auto& u : r_.up) {
      std::string reasons;
      for (const auto& [reason, count] : u.reasons)
        reasons +=
            fmt::format("{}{} {}", reasons.empty() ? "" : ", ", escape_terminal(reason), count);
      std::string series = fmt::format("{} series", u.series);
      if (u.gone > 0) series += fmt::format(", {} left the page", u.gone);
      table.add({{escape_terminal(u.name)},
                 {fmt::format("up in {} of {}", u.succeeded, plural(u.scrapes, "scrape")),
                  u.succeeded < u.scrapes ? Tone::bad : Tone::plain},
                 {series, Tone::faint},
                 {reasons, Tone::bad}});
    }
    section("UP", table);
    for (const auto& u : r_.up) explain(u.name, u.why);
  }

  void wire() {
    TextTable table({false, false});
    if (r_.wire.captured) {
      const auto& t = r_.wire.totals;
      const auto lost = t.dropped_kernel + t.dropped_interface + r_.drops.wire;
      table.add({{"captured"},
                 {fmt::format("{}, {}, {}", plural(t.packets, "packet"),
                              base::format_bytes(static_cast<double>(t.bytes)),
                              plural(t.flows, "flow"))}});
      table.add({{"dropped"},
                 {fmt::format("kernel {}, interface {}, ring {}", t.dropped_kernel,
                              t.dropped_interface, r_.drops.wire),
                  lost > 0 ? Tone::warning : Tone::plain}});
      for (const auto& d : r_.wire.detections)
        table.add({{fmt::format("sid {}:{}", d.gid, d.sid)},
                   {fmt::format("{} x  {}", d.count, escape_terminal(d.msg))}});
    }
    if (r_.detection)
      table.add(
          {{"canaries"},
           {fmt::format("{} of {} seen, {} (95 % interval {}), after {} (p50)", r_.detection->seen,
                        r_.detection->sent, base::format_percent(r_.detection->recall),
                        interval_text(r_.detection->ci95),
                        measured_text(r_.detection->delay, r_.detection->delay.p50)),
            r_.detection->seen < r_.detection->sent ? Tone::warning : Tone::good}});
    section("WIRE", table);
  }

  void client() {
    TextTable table({false, false});
    const auto& c = r_.client;
    if (!r_.load.empty())
      table.add(
          {{"client"},
           {fmt::format(
               "busy {:.0f} %, CPU {:.0f} %, steal {:.1f} %, loop lag p99 {}, schedule lag "
               "p99 {} max {}",
               c.busy_percent, c.cpu_percent, c.steal_percent,
               base::format_duration(c.loop_lag_p99), base::format_duration(c.schedule_lag_p99),
               base::format_duration(c.schedule_lag_max))}});
    if (!c.limited_by.empty())
      table.add({{"limited by"},
                 {escape_terminal(c.limited_by),
                  r_.validity == model::Validity::client_limited ? Tone::bad : Tone::warning}});
    table.add(
        {{"lost records"},
         {fmt::format("load {}, probe {}, wire {}", r_.drops.load, r_.drops.probe, r_.drops.wire),
          r_.drops.total() > 0 ? Tone::warning : Tone::plain}});
    section("DATA QUALITY", table);
  }

  const model::RunResult& r_;
  Painter painter_;
  std::size_t width_;
  std::string out_;
};

}  // namespace

std::string render_terminal(const model::RunResult& result, const TerminalOptions& options) {
  return Summary(result, options).render();
}

}  // namespace rampart::reports
