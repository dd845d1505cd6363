#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "cli/allowance.h"
#include "cli/commands.h"
#include "cli/module_file.h"
#include "cli/outputs.h"
#include "cli/probe_equipment.h"
#include "cli/signals.h"
#include "exporter/caretaker.h"
#include "exporter/exporter.h"
#include "exporter/exporter_flags.h"
#include "probe/module/make_module_probe.h"
#include "runner/capability.h"
#include "runner/descriptors.h"
#include "scenarios/web_config.h"

namespace rampart::cli {
namespace {

// As typed, under blackbox_exporter's names.
struct Flags {
  exporter::ExporterFlags serving;
  std::string config_file = "blackbox.yml";
  bool config_check = false;
  std::string log_level;   // empty: as --log-level says
  std::string web_config;  // empty: none
  std::string authorization;
};

// What may be probed: reads the authorisation again, and says so where it is lost.
std::function<void()> renewal_of(Allowance& allowance) {
  return [&allowance, said = std::string()]() mutable {
    const auto status = allowance.renew();
    std::string trouble;
    if (!status)
      trouble = fmt::format("only loopback is probed from now on: {}", status.error().text);
    else if (allowance.lists_no_network())
      trouble = fmt::format(
          "{} lists no network: only loopback is probed, for host names permit nothing here",
          allowance.path());
    if (!trouble.empty() && trouble != said) base::log::warn("{}", trouble);
    said = trouble;
  };
}

// A probe that runs has up to four files open.
void bound_by_descriptors(exporter::ExporterOptions& options) {
  runner::raise_descriptor_limit();
  const auto share = std::max<std::size_t>(runner::descriptor_limit() / 6, 1);
  options.most_probes = std::min(options.most_probes, share);
  options.most_connections = std::min(options.most_connections, share);
}

base::Result<int> check_config(exporter::ModuleSource& source) {
  RAMPART_TRY(const auto config, source.read());
  say(stdout, fmt::format("the configuration is in order: {} module{}\n", config.modules.size(),
                          config.modules.size() == 1 ? "" : "s"));
  return 0;
}

base::Result<int> serve(const Flags& flags) {
  const Hangups hangups;  // a hangup before it serves is a reload, not the end
  ModuleFile source(flags.config_file);
  if (flags.config_check) return check_config(source);
  RAMPART_TRY(auto options, exporter::exporter_options(flags.serving));
  bound_by_descriptors(options);
  const base::SystemClock clock;
  exporter::Modules modules(source, clock);
  RAMPART_CHECK(modules.reload());
  Allowance allowance(flags.authorization, clock);
  RAMPART_CHECK(allowance.renew());
  options.renew_permission = renewal_of(allowance);
  options.renew_permission();  // warns
  RAMPART_TRY(const auto equipment, ProbeEquipment::open(allowance.permitted(), clock));
  if (!flags.web_config.empty()) {
    RAMPART_TRY(options.gate, exporter::WebGate::open(equipment->loop(), clock, flags.web_config,
                                                      &scenarios::load_web_config));
  }
  const bool tls = options.gate && options.gate->tls();
  RAMPART_TRY(const auto exporter,
              exporter::Exporter::listen(equipment->context(), modules, &probe::make_module_probe,
                                         std::move(options)));
  RAMPART_CHECK(runner::drop_capabilities(runner::Keep::probing));
  for (const auto& at : exporter->endpoints())
    say(stderr,
        fmt::format("rampart exporter: {}://{}/\n", tls ? "https" : "http", base::to_string(at)));
  const Signals signals;
  exporter::Caretaker caretaker(
      {equipment->loop(), clock, *exporter, signals.count(), hangups.count()});
  equipment->loop().run();
  return 0;
}

}  // namespace

void add_exporter(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<Flags>();
  auto* command =
      app.add_subcommand("exporter", "probe targets for Prometheus, in blackbox_exporter's place");
  command->add_option("--config.file", flags->config_file, "its modules, docs/blackbox.md")
      ->capture_default_str();
  command->add_flag("--config.check", flags->config_check,
                    "only read that file, and say what is wrong");
  command
      ->add_option("--timeout-offset", flags->serving.timeout_offset,
                   "seconds that a probe ends before Prometheus gives up")
      ->capture_default_str();
  command
      ->add_option("--history.limit", flags->serving.history_limit,
                   "probes that the start page remembers, and as many that failed")
      ->capture_default_str();
  command
      ->add_option("--web.listen-address", flags->serving.listen,
                   "where it listens; may be repeated [:9115]")
      ->take_all();
  command->add_option("--web.config.file", flags->web_config,
                      "TLS, users and headers of answers, docs/exporter.md");
  command->add_option("--web.external-url", flags->serving.external_url,
                      "where it is seen from outside, behind a proxy; its path becomes the prefix");
  command->add_option("--web.route-prefix", flags->serving.route_prefix,
                      "path in front of every page, where it is not that of the external URL");
  command
      ->add_option("--log.prober", flags->serving.log_prober,
                   "which probes are logged: debug: every step; info: how they ended; warn, "
                   "error: those that failed; none. Whatever --log.level is")
      ->capture_default_str();
  command->add_option("--log.level", flags->log_level, "the same as --log-level");
  command->add_option("--authorization", flags->authorization,
                      "what the owner allows; needed beyond loopback, see docs/authorisation.md");
  command->footer(R"(
/probe?target=...&module=... probes by a module of the file; /metrics tells of the exporter itself,
/config what it read, / what it did last. POST /-/reload and SIGHUP read the file again.

Targets beyond loopback must lie in a network of the authorisation, which is read again every ten
seconds and at a reload: where it is over or gone, only loopback is probed, and probes beyond it end.
Whoever reaches the exporter may ask it for any probe of its modules; see docs/exporter.md.

Examples:
  rampart exporter --config.file blackbox.yml --config.check
  rampart exporter --config.file blackbox.yml --web.listen-address 127.0.0.1:9115
  curl 'http://127.0.0.1:9115/probe?module=dns&target=127.0.0.1')");
  command->callback([flags, &outcome] {
    if (!flags->log_level.empty() && !base::log::set_level(flags->log_level))
      throw CLI::ValidationError("--log.level", "must be debug, info, warn, error or off");
    outcome.exit_code = serve(*flags);
  });
}

}  // namespace rampart::cli
