#include "cli/module_probe.h"

#include <fmt/core.h>

#include <cstdint>
#include <utility>

#include "cli/allowance.h"
#include "cli/module_file.h"
#include "cli/outputs.h"
#include "cli/probe_equipment.h"
#include "exporter/attempts.h"
#include "exporter/exporter.h"
#include "exporter/probe_page.h"
#include "exporter/shown_target.h"
#include "probe/module/make_module_probe.h"
#include "reports/escape.h"
#include "reports/exposition_text.h"
#include "reports/probe_text.h"
#include "runner/capability.h"

namespace rampart::cli {
namespace {

using namespace std::chrono_literals;
using Prober = model::BlackboxModule::Prober;

constexpr base::Nanos kUsualTimeout = 5s;

// Runs the loop until the probe has ended.
class Awaited final : private probe::ModuleProbe::Listener {
 public:
  explicit Awaited(net::Loop& loop) : loop_(loop) {}

  probe::ModuleOutcome outcome_of(probe::ModuleProbe& probe) {
    probe.start(*this);
    waiting_ = true;
    if (!outcome_) loop_.run();
    return *std::move(outcome_);
  }

 private:
  void on_outcome(probe::ModuleOutcome&& outcome) override {
    outcome_ = std::move(outcome);
    if (waiting_) loop_.stop();
  }

  net::Loop& loop_;
  bool waiting_ = false;
  std::optional<probe::ModuleOutcome> outcome_;
};

base::Result<const model::BlackboxModule*> find_module(const model::BlackboxConfig& config,
                                                       const ModuleProbeFlags& flags) {
  const auto found = config.modules.find(flags.module);
  if (found != config.modules.end()) return &found->second;
  std::string known;
  for (const auto& [name, module] : config.modules) known += (known.empty() ? "" : ", ") + name;
  return base::fail(
      base::Errc::config,
      fmt::format("--module {}: {} has {}", flags.module, flags.config,
                  known.empty() ? std::string("no modules") : fmt::format("only {}", known)));
}

std::string_view processing_of(Prober prober) {
  switch (prober) {
    case Prober::http: return "first byte";
    case Prober::tcp:
    case Prober::unix_socket: return "exchange";
    case Prober::dns: return "answer";
    case Prober::icmp: return "round trip";
    case Prober::grpc: return "check";
  }
  return "answer";
}

// Of the last answer; 0: there was none.
std::uint16_t http_status(const probe::ModuleOutcome& outcome) {
  for (const auto& family : outcome.families)
    if (family.name == "probe_http_status_code")
      return static_cast<std::uint16_t>(family.series.front().value);
  return 0;
}

base::Status print(const ModuleProbeFlags& flags, const model::BlackboxModule& module,
                   base::Nanos timeout, const probe::ModuleOutcome& outcome) {
  const exporter::ShownTarget shown(flags.target);
  if (flags.steps)
    for (const auto& step : outcome.log)
      say(stderr, reports::escape_terminal(shown.mask(step)) + "\n");
  if (flags.metrics)
    RAMPART_CHECK(write_file("-", reports::render_exposition(exporter::probe_families(
                                      outcome.families, outcome, timeout))));
  const auto detail = shown.mask(outcome.detail);
  say(flags.metrics ? stderr : stdout,
      reports::render_probe_line({.module = module.name,
                                  .target = shown.text(),
                                  .success = outcome.success,
                                  .reason = outcome.reason,
                                  .detail = detail,
                                  .duration = outcome.duration,
                                  .phases = outcome.phases,
                                  .processing = processing_of(module.prober),
                                  .status = http_status(outcome)}));
  return {};
}

}  // namespace

base::Result<int> probe_by_module(const ModuleProbeFlags& flags) {
  const base::SystemClock clock;
  RAMPART_TRY(const auto config, ModuleFile(flags.config).read());
  RAMPART_TRY(const auto* module, find_module(config, flags));
  RAMPART_CHECK(exporter::check_hostname(*module, flags.hostname));
  RAMPART_TRY(const auto attempts, exporter::check_attempts(flags.attempts, flags.need));
  Allowance allowance(flags.authorization, clock);
  RAMPART_CHECK(allowance.renew());
  RAMPART_TRY(const auto equipment, ProbeEquipment::open(allowance.permitted(), clock));
  const auto timeout =
      flags.timeout.value_or(module->timeout > 0s ? module->timeout : kUsualTimeout);
  const auto context = equipment->context();
  const auto make = [&](base::Nanos limit) {
    return probe::make_module_probe(
        context,
        {.module = module, .target = flags.target, .hostname = flags.hostname, .timeout = limit});
  };
  std::unique_ptr<probe::ModuleProbe> probe;
  if (attempts.most > 1)
    probe = std::make_unique<probe::RepeatedProbe>(context, attempts, timeout, make);
  else
    probe = make(timeout);
  RAMPART_CHECK(runner::drop_capabilities(runner::Keep::probing));
  const auto outcome = Awaited(equipment->loop()).outcome_of(*probe);
  RAMPART_CHECK(print(flags, *module, timeout, outcome));
  return outcome.success ? 0 : 3;
}

}  // namespace rampart::cli
