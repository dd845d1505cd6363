#include "probe/keep_list.h"

#include <algorithm>
#include <array>

namespace rampart::probe {
namespace {

constexpr auto kDefaults = std::to_array<std::string_view>({
    // what Prometheus knows by itself: on the page of a Prometheus server, or asked of it
    "up",
    "scrape_duration_seconds",
    "probe_success",
    "probe_duration_seconds",
    // the service's own word
    "nginx_up",
    "nginx_connections_accepted*",
    "nginx_connections_active",
    "nginx_connections_handled*",
    "apache_up",
    "apache_workers",
    "haproxy_up",
    "haproxy_backend_current_queue",
    "haproxy_backend_status",
    "haproxy_process_current_connections",
    "haproxy_process_max_connections",
    "varnish_up",
    "rampart_target_*",
    // one process
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
    "process_resident_memory_bytes",
    // the host
    "node_cpu_seconds_total",
    "node_load1",
    "node_memory_MemAvailable_bytes",
    "node_memory_MemTotal_bytes",
    "node_memory_SwapFree_bytes",
    "node_memory_SwapTotal_bytes",
    "node_vmstat_oom_kill",
    "node_disk_io_time_seconds_total",
    "node_filesystem_avail_bytes",
    "node_filesystem_files_free",
    "node_filesystem_size_bytes",
    "node_filefd_allocated",
    "node_filefd_maximum",
    "node_pressure_cpu_waiting_seconds_total",
    "node_pressure_io_stalled_seconds_total",
    "node_pressure_io_waiting_seconds_total",
    "node_pressure_memory_stalled_seconds_total",
    "node_pressure_memory_waiting_seconds_total",
    // its network
    "node_network_receive_drop_total",
    "node_network_receive_errs_total",
    "node_network_transmit_drop_total",
    "node_network_transmit_errs_total",
    "node_netstat_TcpExt_ListenDrops",
    "node_netstat_TcpExt_ListenOverflows",
    "node_netstat_TcpExt_SyncookiesFailed",
    "node_netstat_TcpExt_SyncookiesRecv",
    "node_netstat_TcpExt_SyncookiesSent",
    "node_netstat_TcpExt_TCPReqQFullDoCookies",
    "node_netstat_TcpExt_TCPReqQFullDrop",
    "node_netstat_TcpExt_TCPSynRetrans",
    "node_netstat_TcpExt_TCPTimeouts",
    "node_netstat_Tcp_CurrEstab",
    "node_netstat_Tcp_OutRsts",
    "node_netstat_Tcp_OutSegs",
    "node_netstat_Tcp_RetransSegs",
    "node_nf_conntrack_entries",
    "node_nf_conntrack_entries_limit",
});

}  // namespace

std::span<const std::string_view> default_metrics() { return kDefaults; }

KeepList::KeepList(const std::vector<std::string>& names, const std::vector<std::string>& also) {
  const auto add = [this](std::string_view name) {
    if (name.ends_with('*'))
      prefixes_.emplace_back(name.substr(0, name.size() - 1));
    else
      names_.emplace(name);
  };
  for (const auto& name : names) add(name);
  for (const auto& name : also) add(name);
  if (!names.empty()) return;
  for (const auto name : kDefaults) add(name);
}

bool KeepList::keeps(std::string_view metric) const {
  return names_.contains(metric) ||
         std::any_of(prefixes_.begin(), prefixes_.end(),
                     [&](const std::string& prefix) { return metric.starts_with(prefix); });
}

}  // namespace rampart::probe
