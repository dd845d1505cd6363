#include "reports/probe_text.h"

#include <fmt/core.h>

#include "base/units.h"
#include "reports/escape.h"

namespace rampart::reports {
namespace {

using model::ProbeModule;

std::string gauge(std::string_view name, std::string_view help) {
  return fmt::format("# HELP {0} {1}\n# TYPE {0} gauge\n", name, help);
}

std::string number(std::string_view name, std::string_view help, double value) {
  return gauge(name, help) + fmt::format("{} {:.9g}\n", name, value);
}

std::string phase(std::string_view metric, std::string_view name, base::Nanos value) {
  return fmt::format("{}{{phase=\"{}\"}} {:.9g}\n", metric, name, base::seconds(value));
}

std::string http_metrics(const model::ProbeResult& r) {
  constexpr std::string_view kPhases = "probe_http_duration_seconds";
  std::string out = gauge(kPhases, "Duration of http request by phase, summed over all redirects");
  out += phase(kPhases, "resolve", r.phases.resolve);
  out += phase(kPhases, "connect", r.phases.connect);
  out += phase(kPhases, "tls", r.phases.tls);
  out += phase(kPhases, "processing", r.phases.processing);
  out += phase(kPhases, "transfer", r.phases.transfer);
  return out + number("probe_http_status_code", "Response HTTP status code", r.status);
}

std::string icmp_metrics(const model::ProbeResult& r) {
  constexpr std::string_view kPhases = "probe_icmp_duration_seconds";
  std::string out = gauge(kPhases, "Duration of icmp request by phase");
  out += phase(kPhases, "resolve", r.phases.resolve);
  return out + phase(kPhases, "rtt", r.phases.processing);
}

void add_phase(std::string& out, std::string_view name, base::Nanos value) {
  if (value.count() > 0) out += fmt::format(", {} {}", name, base::format_duration(value));
}

}  // namespace

std::string render_probe_metrics(const model::ProbeSpec& probe, const model::ProbeResult& r) {
  std::string out =
      number("probe_success", "Displays whether or not the probe was a success", r.success ? 1 : 0);
  out += number("probe_duration_seconds", "Returns how long the probe took to complete in seconds",
                base::seconds(r.duration));
  if (probe.module.kind == ProbeModule::Kind::http) out += http_metrics(r);
  if (probe.module.kind == ProbeModule::Kind::icmp) out += icmp_metrics(r);
  if (!r.success)
    out +=
        gauge("rampart_probe_failed_info", "Why the probe failed") +
        fmt::format("rampart_probe_failed_info{{reason=\"{}\"}} 1\n", model::to_string(r.reason));
  return out;
}

std::string render_probe_line(const ProbeLine& line) {
  std::string out = fmt::format("{} {} {}: ", escape_terminal(line.module),
                                escape_terminal(line.target), line.success ? "ok" : "failed");
  if (!line.success) {
    out += model::to_string(line.reason);
    if (!line.detail.empty()) out += fmt::format(" ({})", escape_terminal(line.detail));
    out += " after ";
  }
  out += base::format_duration(line.duration);
  if (line.status != 0) out += fmt::format(", status {}", line.status);
  add_phase(out, "resolve", line.phases.resolve);
  add_phase(out, "connect", line.phases.connect);
  add_phase(out, "tls", line.phases.tls);
  add_phase(out, line.processing, line.phases.processing);
  add_phase(out, "transfer", line.phases.transfer);
  return out + "\n";
}

std::string render_probe_line(const model::ProbeSpec& probe, const model::Url& url,
                              const model::ProbeResult& r) {
  const auto target = url.text();
  return render_probe_line(
      {.module = probe.module.name,
       .target = target,
       .success = r.success,
       .reason = r.reason,
       .detail = r.detail,
       .duration = r.duration,
       .phases = r.phases,
       .processing = probe.module.kind == ProbeModule::Kind::icmp ? "round trip" : "first byte",
       .status = r.status});
}

}  // namespace rampart::reports
