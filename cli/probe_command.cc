#include <fmt/core.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>

#include "base/units.h"
#include "cli/commands.h"
#include "cli/module_probe.h"
#include "cli/nowhere.h"
#include "cli/outputs.h"
#include "net/resolver.h"
#include "probe/prober.h"
#include "reports/probe_text.h"
#include "runner/capability.h"
#include "runner/prepare.h"

namespace rampart::cli {
namespace {

using namespace std::chrono_literals;
using model::ProbeModule;

struct ProbeFlags {
  std::string target;
  std::string module = "http_2xx";
  std::string timeout = "5s";
  bool insecure = false;
  bool metrics = false;
  std::string ca;
  std::string authorization;
  std::string config;  // a blackbox.yml; empty: the modules below
  std::string hostname;
  unsigned attempts = 1;
  unsigned need = 1;
  bool steps = false;
};

// Keeps the first result and ends the prober with it.
class FirstResult final : public model::Outbox<model::ProbeResult> {
 public:
  explicit FirstResult(std::stop_source& stop) : stop_(stop) {}
  bool push(model::ProbeResult&& record) noexcept override {
    if (!result) result = std::move(record);
    stop_.request_stop();
    return true;
  }
  std::optional<model::ProbeResult> result;

 private:
  std::stop_source& stop_;
};

base::Result<ProbeModule::Kind> kind_of(const std::string& module) {
  if (module == "http_2xx") return ProbeModule::Kind::http;
  if (module == "tcp_connect") return ProbeModule::Kind::tcp;
  if (module == "icmp") return ProbeModule::Kind::icmp;
  return base::fail(base::Errc::config,
                    fmt::format("--module {}: known are http_2xx, tcp_connect and icmp; others "
                                "come from a file, --config",
                                module));
}

// As in blackbox_exporter: http targets may leave out http://; tcp is host:port; icmp is a host.
base::Result<model::Url> url_of(const std::string& target, ProbeModule::Kind kind) {
  const bool whole = target.find("://") != std::string::npos;
  if (const auto address = base::IpAddress::parse(target); address && address->v6)
    return url_of(fmt::format("[{}]", target), kind);  // icmp's other targets have no brackets
  RAMPART_TRY(auto url,
              model::parse_url(whole ? target : fmt::format("{}://{}", to_string(kind), target)));
  if (kind == ProbeModule::Kind::http && !url.scheme.starts_with("http"))
    return base::fail(base::Errc::config,
                      fmt::format("{}: an http probe takes an http:// or https:// URL; --module "
                                  "tcp_connect and --module icmp take the others",
                                  url.text()));
  if (kind == ProbeModule::Kind::tcp && url.port == 0)
    return base::fail(base::Errc::config,
                      fmt::format("{}: a tcp probe needs a port, as in 127.0.0.1:5432", target));
  return url;
}

// libcurl, which most probes are made with, counts milliseconds.
base::Result<base::Nanos> read_timeout(const std::string& text) {
  RAMPART_TRY(const auto timeout, base::parse_duration(text));
  if (timeout >= 1ms) return timeout;
  return base::fail(base::Errc::config, fmt::format("--timeout {}: must be at least 1ms", text));
}

// A file that is missing is our mistake, and no failure of the target.
base::Status check_ca(const std::string& file) {
  if (file.empty() || access(file.c_str(), R_OK) == 0) return {};
  return base::fail(base::Errc::config, fmt::format("--ca {}: {}", file, std::strerror(errno)));
}

base::Result<model::Plan> plan_of(const ProbeFlags& flags) {
  model::ProbeSpec probe;
  probe.name = "probe";
  probe.module.name = flags.module;
  RAMPART_TRY(probe.module.kind, kind_of(flags.module));
  RAMPART_TRY(probe.timeout, read_timeout(flags.timeout));
  probe.interval = probe.timeout + 10s;  // one is enough
  if (probe.module.kind == ProbeModule::Kind::http)
    for (std::uint16_t status = 200; status < 300; ++status)
      probe.module.request.expect_status.push_back(status);
  model::Plan plan;
  plan.name = "probe";
  plan.duration = probe.timeout + 1s;
  RAMPART_TRY(auto url, url_of(flags.target, probe.module.kind));
  model::TlsOptions tls;
  tls.ca_file = flags.ca;
  tls.insecure = flags.insecure;
  plan.targets.push_back({.name = "target", .url = std::move(url), .tls = tls, .endpoints = {}});
  plan.probes.push_back(std::move(probe));
  return plan;
}

// How resolving a name failed.
model::ProbeReason reason_of(base::Errc code) {
  switch (code) {
    case base::Errc::not_found: return model::ProbeReason::dns_nxdomain;
    case base::Errc::timeout: return model::ProbeReason::dns_timeout;
    default: return model::ProbeReason::dns_failure;
  }
}

// Prints what came of it, and gives the exit code.
base::Result<int> tell(const ProbeFlags& flags, const model::Plan& plan,
                       const model::ProbeResult& result) {
  const auto& spec = plan.probes[0];
  if (flags.metrics) RAMPART_CHECK(write_file("-", reports::render_probe_metrics(spec, result)));
  auto told = result;
  if (result.reason == model::ProbeReason::tls_untrusted)
    told.detail += "; name whom to trust by --ca, or accept any certificate by -k";
  say(flags.metrics ? stderr : stdout, reports::render_probe_line(spec, plan.targets[0].url, told));
  return result.success ? 0 : 3;
}

base::Result<int> run_probe(const ProbeFlags& flags) {
  RAMPART_CHECK(check_ca(flags.ca));
  RAMPART_TRY(auto plan, plan_of(flags));
  const base::SystemClock clock;
  auto allowed = scenarios::Authorisation::loopback_only();
  if (!flags.authorization.empty()) {
    RAMPART_TRY(allowed, scenarios::Authorisation::load(flags.authorization, clock.wall()));
  }
  RAMPART_CHECK(allowed.check(plan));
  const auto began = clock.mono();
  const auto& probe = plan.probes[0];
  // A name that cannot be resolved is a failure of the target, and no mistake of whoever asks.
  const auto unresolved = [&](const base::Error& error) {
    return model::ProbeResult{.start = began,
                              .duration = clock.mono() - began,
                              .reason = reason_of(error.code),
                              .detail = error.text,
                              .phases = {}};
  };
  if (const auto found = net::resolve(plan.targets[0].url.host, probe.timeout); !found)
    return tell(flags, plan, unresolved(found.error()));
  if (const auto ready = runner::prepare(plan, allowed); !ready) {
    if (ready.error().code != base::Errc::io) return base::fail(ready.error());
    return tell(flags, plan, unresolved(ready.error()));  // it asks again
  }
  std::stop_source stop;
  FirstResult first(stop);
  Nowhere<model::ScrapeResult> scrapes;
  Nowhere<model::CanarySent> canaries;
  Nowhere<model::OwnTuple> tuples;
  probe::Prober prober(plan, {first, scrapes, canaries, tuples}, clock, "probe");
  RAMPART_CHECK(runner::drop_capabilities(runner::Keep::file_access));
  const auto start = clock.mono();
  prober.run(stop.get_token(), start, start + plan.duration);
  if (!first.result) return base::fail(base::Errc::internal, "the probe gave no result");
  return tell(flags, plan, *first.result);
}

base::Result<int> run_module_probe(const ProbeFlags& flags, bool timeout_given) {
  std::optional<base::Nanos> timeout;
  if (timeout_given) {
    RAMPART_TRY(timeout, read_timeout(flags.timeout));
  }
  return probe_by_module({.config = flags.config,
                          .module = flags.module,
                          .target = flags.target,
                          .hostname = flags.hostname,
                          .timeout = timeout,
                          .attempts = flags.attempts,
                          .need = flags.need,
                          .metrics = flags.metrics,
                          .steps = flags.steps,
                          .authorization = flags.authorization});
}

}  // namespace

void add_probe(CLI::App& app, Outcome& outcome) {
  auto flags = std::make_shared<ProbeFlags>();
  auto* command = app.add_subcommand("probe", "probe a target once and say what happened");
  command
      ->add_option("TARGET", flags->target,
                   "URL, host:port for tcp_connect, host for icmp; else what the module takes")
      ->required();
  command->add_option("--module", flags->module, "http_2xx, tcp_connect, icmp, or one of --config")
      ->capture_default_str();
  auto* config = command->add_option("--config", flags->config,
                                     "probe by a module of this blackbox.yml, docs/blackbox.md");
  command
      ->add_option("--hostname", flags->hostname,
                   "Host header or name in TLS, where it is not the target's")
      ->needs(config);
  command->add_option("--attempts", flags->attempts, "try that often, 10 times at most")
      ->capture_default_str()
      ->needs(config);
  command->add_option("--need", flags->need, "so many attempts must succeed")
      ->capture_default_str()
      ->needs(config);
  command->add_flag("--steps", flags->steps, "print every step of the probe as well")
      ->needs(config);
  auto* timeout = command
                      ->add_option("--timeout", flags->timeout,
                                   "of the whole probe, 1ms and more; by default that of "
                                   "--config's module, if it has one")
                      ->capture_default_str();
  command->add_flag("--metrics", flags->metrics,
                    "print Prometheus text with blackbox_exporter's names");
  command->add_flag("-k,--insecure", flags->insecure, "accept any certificate")->excludes(config);
  command->add_option("--ca", flags->ca, "PEM file of trusted certificates")->excludes(config);
  command->add_option("--authorization", flags->authorization,
                      "what the owner allows; needed beyond loopback, see docs/authorisation.md");
  command->footer(R"(
Exit codes: 0 the probe succeeded; 3 it failed, also where the name cannot be resolved or the address is
not permitted by --config's probes; 2 usage, configuration or not authorised; 1 trouble of rampart's own.

Examples:
  rampart probe http://127.0.0.1:8080/
  rampart probe 127.0.0.1:5432 --module tcp_connect --metrics
  rampart probe --config blackbox.yml --module dns_soa 127.0.0.53 --steps)");
  command->callback([flags, config, timeout, &outcome] {
    outcome.exit_code =
        config->count() == 0 ? run_probe(*flags) : run_module_probe(*flags, timeout->count() > 0);
  });
}

}  // namespace rampart::cli
