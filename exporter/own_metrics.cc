#include "exporter/own_metrics.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <system_error>
#include <utility>

#include "base/version.h"
#include "exporter/probe_page.h"

namespace rampart::exporter {
namespace {

using model::MetricFamily;
using Type = MetricFamily::Type;

MetricFamily one(std::string name, std::string help, Type type, double value) {
  return {std::move(name), std::move(help), type, {{{}, value}}};
}

std::string contents(const char* path) {
  std::ostringstream out;
  out << std::ifstream(path).rdbuf();
  return out.str();
}

ProcessFiles own_process() {
  ProcessFiles out{contents("/proc/self/stat"), contents("/proc/self/limits"),
                   contents("/proc/stat"), 0};
  std::error_code error;
  for (std::filesystem::directory_iterator fd("/proc/self/fd", error), end; !error && fd != end;
       fd.increment(error))
    ++out.open_descriptors;
  return out;
}

// The first number behind `label`.
std::optional<double> number_behind(const std::string& text, const std::string& label) {
  const auto at = text.find(label);
  if (at == std::string::npos) return std::nullopt;
  std::istringstream in(text.substr(at + label.size()));
  double value = 0;
  if (!(in >> value)) return std::nullopt;
  return value;
}

// Of proc(5)'s stat: fields are counted from 1, and the second one may hold blanks.
std::vector<double> stat_fields(const std::string& stat) {
  std::vector<double> out;
  const auto end_of_name = stat.rfind(')');
  if (end_of_name == std::string::npos || end_of_name + 4 > stat.size()) return out;
  std::istringstream in(stat.substr(end_of_name + 4));  // ") S ": the state is no number
  for (double value = 0; in >> value;) out.push_back(value);
  return out;
}

}  // namespace

std::vector<MetricFamily> process_families(const ProcessFiles& files) {
  constexpr std::size_t kFirst = 4;  // the field that stat_fields begins with
  constexpr std::size_t kUserTime = 14, kSystemTime = 15, kStart = 22, kVirtual = 23,
                        kResident = 24;
  std::vector<MetricFamily> out;
  if (files.open_descriptors > 0)
    out.push_back(one("process_open_fds", "Number of open file descriptors.", Type::gauge,
                      static_cast<double>(files.open_descriptors)));
  if (const auto most = number_behind(files.limits, "Max open files"))
    out.push_back(
        one("process_max_fds", "Maximum number of open file descriptors.", Type::gauge, *most));
  const auto fields = stat_fields(files.stat);
  if (fields.size() <= kResident - kFirst) return out;
  const auto field = [&](std::size_t number) { return fields[number - kFirst]; };
  const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
  out.push_back(one("process_cpu_seconds_total", "Total user and system CPU time spent in seconds.",
                    Type::counter, (field(kUserTime) + field(kSystemTime)) / ticks));
  out.push_back(one("process_virtual_memory_bytes", "Virtual memory size in bytes.", Type::gauge,
                    field(kVirtual)));
  out.push_back(one("process_resident_memory_bytes", "Resident memory size in bytes.", Type::gauge,
                    field(kResident) * static_cast<double>(sysconf(_SC_PAGESIZE))));
  if (const auto booted = number_behind(files.system_stat, "btime"))
    out.push_back(one("process_start_time_seconds",
                      "Start time of the process since unix epoch in seconds.", Type::gauge,
                      *booted + field(kStart) / ticks));
  return out;
}

std::vector<MetricFamily> OwnMetrics::families() const {
  auto out = process_families(own_process());
  out.push_back({"blackbox_exporter_build_info",
                 "A metric with a constant '1' value, labeled by the program that answers under "
                 "blackbox_exporter's names, and its version.",
                 Type::gauge,
                 {{{{"program", "rampart"}, {"version", std::string(base::version())}}, 1}}});
  out.push_back(one("blackbox_exporter_config_last_reload_successful",
                    "Blackbox exporter config loaded successfully.", Type::gauge,
                    reload_successful ? 1 : 0));
  out.push_back(one("blackbox_exporter_config_last_reload_success_timestamp_seconds",
                    "Timestamp of the last successful configuration reload.", Type::gauge,
                    base::seconds(reloaded.time_since_epoch())));
  out.push_back(one("blackbox_module_unknown_total", "Count of unknown modules requested by probes",
                    Type::counter, static_cast<double>(modules_unknown)));
  out.push_back(one("rampart_exporter_probes_abandoned_total",
                    "Probes that were given up because their clients had gone.", Type::counter,
                    static_cast<double>(probes_abandoned)));
  out.push_back(one("rampart_exporter_probes_running", "Probes that run now.", Type::gauge,
                    static_cast<double>(probes_running)));
  out.push_back(one("rampart_exporter_probes_refused_total",
                    "Probes that were refused because too many ran.", Type::counter,
                    static_cast<double>(probes_refused)));
  MetricFamily ended{"rampart_exporter_probes_total",
                     "Probes that ended, by the reason of their failure, or none.",
                     Type::counter,
                     {}};
  for (const auto& [reason, count] : probes_ended)
    ended.series.push_back(
        {{{"reason", std::string(model::to_string(reason))}}, static_cast<double>(count)});
  if (!ended.series.empty()) out.push_back(std::move(ended));
  MetricFamily took{"rampart_exporter_probe_duration_seconds",
                    "How long probes took, by module and whether they succeeded.",
                    Type::histogram,
                    {}};
  for (const auto& [of, histogram] : durations)
    histogram.append_to(took, {{"module", of.first}, {"success", of.second ? "1" : "0"}});
  if (!took.series.empty()) out.push_back(std::move(took));
  sort_families(out);
  return out;
}

}  // namespace rampart::exporter
