#include "probe/keep_list.h"

#include <algorithm>
#include <array>

namespace rampart::probe {
namespace {

constexpr auto kDefaults = std::to_array<std::string_view>({
    // the service's own word
    "nginx_up",
    "apache_up",
    "haproxy_up",
    "nginx_connections_active",
    "rampart_target_*",
    // one process
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
    "process_resident_memory_bytes",
    // the host
    "node_load1",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_vmstat_oom_kill",
    "node_filefd_allocated",
    "node_filefd_maximum",
    "node_filesystem_avail_bytes",
    "node_pressure_cpu_waiting_seconds_total",
    "node_pressure_io_waiting_seconds_total",
    "node_pressure_memory_waiting_seconds_total",
    // its TCP stack
    "node_netstat_TcpExt_ListenOverflows",
    "node_netstat_TcpExt_ListenDrops",
    "node_netstat_TcpExt_SyncookiesSent",
    "node_netstat_TcpExt_TCPReqQFullDrop",
    "node_netstat_Tcp_CurrEstab",
    "node_netstat_Tcp_OutRsts",
    "node_netstat_Tcp_RetransSegs",
    "node_nf_conntrack_entries",
    "node_nf_conntrack_entries_limit",
});

}  // namespace

std::span<const std::string_view> default_metrics() { return kDefaults; }

KeepList::KeepList(const std::vector<std::string>& names) {
  const auto add = [this](std::string_view name) {
    if (name.ends_with('*'))
      prefixes_.emplace_back(name.substr(0, name.size() - 1));
    else
      names_.emplace(name);
  };
  for (const auto& name : names) add(name);
  if (!names.empty()) return;
  for (const auto name : kDefaults) add(name);
}

bool KeepList::keeps(std::string_view metric) const {
  return names_.contains(metric) ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const std::string& prefix) { return metric.starts_with(prefix); });
}

}  // namespace rampart::probe
