#include "cli/execute.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "cli/signals.h"
#include "reports/progress.h"
#include "runner/prepare.h"
#include "runner/run.h"
#include "scenarios/authorisation.h"

namespace rampart::cli {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kPlainProgress = 10s;  // how often a log gets a line

reports::Progress view(const runner::Progress& p, const model::Plan& plan, bool sniffing) {
  reports::Progress out;
  out.elapsed = p.elapsed;
  out.total = p.total;
  out.offered_rate = p.offered_rate;
  out.achieved_rate = p.achieved_rate;
  out.p50 = p.p50;
  out.p99 = p.p99;
  out.errors = p.errors;
  out.in_flight = p.in_flight;
  out.alerts = p.alerts;
  out.sniffing = sniffing;
  out.client_busy_percent = p.busy_percent;
  if (p.search) {
    out.search = reports::Progress::Search{p.search->trial, p.search->rate.per_second, {}, {}};
    out.search->measured = p.second >= p.search->began;
    if (!out.search->measured) {
      out.p50 = out.p99 = std::nullopt;
      out.in_flight = 0;
    }
    if (p.search->kept) out.search->kept = p.search->kept->per_second;
    if (p.search->missed) out.search->missed = p.search->missed->per_second;
  }
  for (std::size_t i = 0; i < plan.probes.size(); ++i) {
    using Mark = reports::Progress::Mark;
    const auto& last = p.probes[i];
    out.probes.push_back({plan.probes[i].name, !last   ? Mark::none
                                               : *last ? Mark::ok
                                                       : Mark::failed});
  }
  return out;
}

// One line that is rewritten on a terminal, and a line now and then in a log.
class ProgressLine {
 public:
  ProgressLine(const model::Plan& plan, bool sniffing)
      : plan_(plan), sniffing_(sniffing), screen_(terminal(STDERR_FILENO)) {}
  ~ProgressLine() {
    if (screen_.interactive && shown_) say(stderr, "\r\033[K");
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const runner::Progress& progress) {
    if (!screen_.interactive && progress.elapsed < next_plain_) return;
    next_plain_ = progress.elapsed + kPlainProgress - 500ms;
    shown_ = true;
    const auto line =
        reports::render_progress(view(progress, plan_, sniffing_), screen_.width, screen_.colour);
    if (screen_.interactive)
      say(stderr, fmt::format("\r\033[K{}", line));
    else
      say(stderr, fmt::format("{}\n", line));
  }

 private:
  const model::Plan& plan_;
  const bool sniffing_;
  const Terminal screen_;
  base::Nanos next_plain_ = kPlainProgress - 500ms;
  bool shown_ = false;
};

base::Result<scenarios::Authorisation> authorisation(const std::string& file, base::WallTime now) {
  if (file.empty()) return scenarios::Authorisation::loopback_only();
  return scenarios::Authorisation::load(file, now);
}

// Judges, keeps and renders the run. Warnings are what the store could not take.
base::Result<int> conclude(const runner::RunOutcome& outcome, const Execution& execution,
                           const Outputs& outputs) {
  model::Evidence evidence;
  RAMPART_TRY(const auto result, runner::judge(outputs.database, outcome.id, &evidence));
  auto kept = runner::keep_result(outputs.database, result);
  auto written = write_outputs(outputs, result, evidence, execution.summary);
  for (const auto& warning : outcome.warnings) say(stderr, fmt::format("rampart: {}\n", warning));
  if (result.validity == model::Validity::client_limited && !outputs.quiet)
    say(stderr, fmt::format("rampart: what this host can bear: rampart doctor{}{}\n",
                            evidence.plan.path.empty() ? "" : " ", evidence.plan.path));
  if (!kept) say(stderr, fmt::format("rampart: {}\n", kept.error().text));
  RAMPART_CHECK(std::move(written));
  return outcome.warnings.empty() && kept ? result.exit_code : 1;
}

}  // namespace

base::Result<int> execute(model::Plan plan, const Execution& execution, const Outputs& outputs) {
  RAMPART_CHECK(outputs.check());
  const base::SystemClock clock;
  RAMPART_TRY(const auto allowed, authorisation(execution.authorization, clock.wall()));
  RAMPART_CHECK(runner::prepare(plan, allowed));
  const Signals signals;
  runner::RunOptions options;
  options.database = outputs.database;
  options.command = execution.command_line;
  options.sniff = execution.sniff;
  options.signals = &signals.count();
  options.signal_number = &signals.last();
  base::Result<runner::RunOutcome> outcome = runner::RunOutcome{};
  {
    ProgressLine line(plan, plan.sniff && execution.sniff);
    if (!outputs.quiet)
      options.on_progress = [&](const runner::Progress& progress) { line.show(progress); };
    outcome = runner::run(plan, options, clock);
  }
  if (!outcome) return base::fail(std::move(outcome).error());
  if (signals.count() > 1) {
    say(stderr,
        fmt::format("rampart: interrupted twice; the run is kept: rampart report {} --db {}\n",
                    outcome->id, outputs.database));
    return 128 + signals.last();
  }
  return conclude(*outcome, execution, outputs);
}

base::Result<int> judge_again(const std::string& run, const Outputs& outputs, bool keep) {
  RAMPART_CHECK(outputs.check());
  model::Evidence evidence;
  RAMPART_TRY(const auto result, runner::judge(outputs.database, run, &evidence));
  if (keep) RAMPART_CHECK(runner::keep_result(outputs.database, result));
  RAMPART_CHECK(write_outputs(outputs, result, evidence, Summary::full));
  return result.exit_code;
}

}  // namespace rampart::cli
