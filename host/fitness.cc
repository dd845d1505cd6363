#include "host/fitness.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "base/units.h"

namespace rampart::host {
namespace {

constexpr std::uint64_t kOwnFiles = 64;       // database, logs, loops, capture
constexpr std::uint64_t kFilesPerWorker = 8;  // event loop, timers
constexpr double kTimeWait = 60;              // seconds: TCP_TIMEWAIT_LEN of Linux
constexpr double kReuse = 1;                  // seconds after which tcp_tw_reuse takes a port again
constexpr double kTracked = 120;              // seconds: nf_conntrack_tcp_timeout_time_wait
constexpr double kNearly = 0.8;
constexpr std::uint64_t kEnoughMemory = 1ULL << 30U;
constexpr std::uint64_t kLittleDisk = 100ULL << 20U;
constexpr std::uint64_t kSomeDisk = 2ULL << 30U;  // free, for runs and what else writes there
constexpr unsigned kCapNetRaw = 13;               // linux/capability.h

std::string bytes(std::uint64_t value) { return base::format_bytes(static_cast<double>(value)); }
double ratio(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}
std::string count_text(std::uint64_t n) {
  return n == kUnlimited ? "unlimited" : std::to_string(n);
}
std::uint64_t round_up(double value) {
  std::uint64_t out = 1024;
  while (static_cast<double>(out) < value && out < (1ULL << 30U)) out *= 2;
  return out;
}

Finding open_files(const Facts& f, const Demand& d) {
  Finding out{.check = "open files", .bounds = "connections at a time, one file each"};
  if (!f.files) return out;
  const auto needed = d.connections + kOwnFiles + kFilesPerWorker * d.workers;
  const auto [soft, hard] = *f.files;
  out.measured = fmt::format("{} soft, {} hard for {} connections", count_text(soft),
                             count_text(hard), d.connections);
  out.fitness = soft < d.connections ? Fitness::bad : soft < needed ? Fitness::warn : Fitness::ok;
  if (out.fitness == Fitness::ok) return out;
  const auto wanted = round_up(static_cast<double>(needed));
  out.remedy = hard >= wanted
                   ? fmt::format("ulimit -n {}", wanted)
                   : fmt::format(
                         "\"* hard nofile {}\" in /etc/security/limits.d/rampart.conf and "
                         "log in again, or LimitNOFILE={} in the systemd unit",
                         wanted, wanted);
  return out;
}

// Ports of one local address towards one peer that a target's connections take.
double ports_for(const Dialled& each, const Facts& f) {
  const auto reuse = f.tw_reuse.value_or(0);
  const bool reused = reuse == 1 || (reuse == 2 && each.loopback);
  const double waiting = !each.leaves_time_wait ? 0 : reused ? kReuse : kTimeWait;
  const double all = static_cast<double>(each.connections) + each.opened_per_second * waiting;
  return std::ceil(all / static_cast<double>(each.tuples));
}

Finding local_ports(const Facts& f, const Demand& d) {
  Finding out{.check = "local ports", .bounds = "connections of one address to one peer"};
  if (!f.local_ports) return out;
  const auto size = f.local_ports->size();
  const auto free = static_cast<double>(size - std::min(size, f.reserved_ports));
  out.measured = fmt::format("{}-{}: {:.0f} for each address and peer", f.local_ports->low,
                             f.local_ports->high, free);
  double most = d.by_plan ? 0 : static_cast<double>(d.connections);
  bool unbounded = false;
  for (const auto& each : d.dialled) {
    const double taken = ports_for(each, f);
    if (taken > most) most = taken;
    unbounded = unbounded || each.unbounded;
  }
  if (d.by_plan) out.measured += fmt::format(", {:.0f} needed", most);
  out.fitness = most > free                          ? Fitness::bad
                : most > kNearly * free || unbounded ? Fitness::warn
                                                     : Fitness::ok;
  if (unbounded && most <= free)
    out.measured += ", and a closed loop opens new ones as fast as it can";
  if (out.fitness != Fitness::ok)
    out.remedy =
        "sysctl -w net.ipv4.ip_local_port_range=\"1024 65535\"; or keep connections alive, or add "
        "sources to the load";
  return out;
}

Finding time_wait(const Facts& f, const Demand& d) {
  Finding out{.check = "TIME_WAIT",
              .bounds = "new connections per second: a port that closed first rests 60 s"};
  if (!f.tw_reuse) return out;
  const char* policy = *f.tw_reuse == 0   ? "reuse off"
                       : *f.tw_reuse == 1 ? "reuse after 1 s"
                                          : "reuse after 1 s on loopback only";
  out.measured = policy;
  if (f.time_wait) out.measured += fmt::format(", {} waiting now", *f.time_wait);
  const bool churns = std::any_of(d.dialled.begin(), d.dialled.end(), [&](const Dialled& each) {
    const bool reused = *f.tw_reuse == 1 || (*f.tw_reuse == 2 && each.loopback);
    return each.leaves_time_wait && !reused;
  });
  const auto ports = f.local_ports ? f.local_ports->size() : 0;
  const bool crowded = f.time_wait && ports > 0 && ratio(*f.time_wait, ports) > 0.5;
  out.fitness = churns || crowded ? Fitness::warn : Fitness::ok;
  if (ports > 0) out.bounds += fmt::format(", so {:.0f}/s", static_cast<double>(ports) / kTimeWait);
  if (out.fitness == Fitness::warn)
    out.remedy = "sysctl -w net.ipv4.tcp_tw_reuse=1 (it needs TCP timestamps), or keep-alive";
  return out;
}

Finding backlog(const Facts& f, const Demand& d) {
  Finding out{.check = "accept backlog",
              .bounds = "connections that come at once to a server on this host"};
  if (!f.somaxconn) return out;
  out.measured = fmt::format("somaxconn {}", *f.somaxconn);
  auto least = *f.somaxconn;
  if (f.syn_backlog) {
    out.measured += fmt::format(", tcp_max_syn_backlog {}", *f.syn_backlog);
    least = std::min(least, *f.syn_backlog);
  }
  out.fitness = d.local_server && least < d.connections ? Fitness::warn : Fitness::ok;
  if (out.fitness == Fitness::warn) {
    const auto wanted = round_up(static_cast<double>(d.connections));
    out.remedy = fmt::format(
        "sysctl -w net.core.somaxconn={} net.ipv4.tcp_max_syn_backlog={}, and the server's own "
        "backlog",
        wanted, wanted);
  }
  return out;
}

Finding conntrack(const Facts& f, const Demand& d) {
  Finding out{.check = "conntrack", .bounds = "connections through this host's firewall"};
  if (!f.conntrack) {
    out.fitness = Fitness::ok;
    out.measured = "not loaded";
    return out;
  }
  double needed = static_cast<double>(d.connections);
  for (const auto& each : d.dialled) needed += each.opened_per_second * kTracked;
  const auto [used, size] = *f.conntrack;
  const auto left = static_cast<double>(size - std::min(used, size));
  out.measured = fmt::format("{} of {} entries, {:.0f} more needed", used, size, needed);
  out.fitness = needed > left                                        ? Fitness::bad
                : needed > kNearly * left || ratio(used, size) > 0.5 ? Fitness::warn
                                                                     : Fitness::ok;
  if (out.fitness != Fitness::ok)
    out.remedy = fmt::format("sysctl -w net.netfilter.nf_conntrack_max={}",
                             round_up(2 * (static_cast<double>(used) + needed)));
  return out;
}

Finding memory(const Facts& f, const Demand& d) {
  Finding out{.check = "memory", .bounds = "connections, histograms and the capture buffer"};
  if (!f.memory_available) return out;
  const auto each = connection_bytes(d.tls);
  const auto needed = d.connections > kUnlimited / each ? kUnlimited : d.connections * each;
  out.measured = fmt::format("{} available, about {} for {} connections",
                             bytes(*f.memory_available), bytes(needed), d.connections);
  out.fitness = *f.memory_available < needed                                ? Fitness::bad
                : *f.memory_available < std::max(kEnoughMemory, 2 * needed) ? Fitness::warn
                                                                            : Fitness::ok;
  if (out.fitness != Fitness::ok)
    out.remedy =
        "stop what is not needed (ps -eo rss,comm --sort=-rss | head), or use fewer "
        "connections";
  return out;
}

Finding swap(const Facts& f) {
  Finding out{.check = "swap", .bounds = "latency: a page that comes from disk stalls a worker"};
  if (!f.swap) return out;
  out.measured = f.swap->size == 0
                     ? "none"
                     : fmt::format("{} of {} used", bytes(f.swap->used), bytes(f.swap->size));
  out.fitness = ratio(f.swap->used, f.swap->size) > 0.1 ? Fitness::warn : Fitness::ok;
  if (out.fitness == Fitness::warn)
    out.remedy = "swapoff -a && swapon -a, once there is memory for it";
  return out;
}

Finding cpus(const Facts& f, const Demand& d) {
  Finding out{.check = "CPUs", .bounds = "load threads; one more is for probes and capture"};
  if (!f.cpus) return out;
  out.measured =
      fmt::format("{} for {} load thread{}", *f.cpus, d.workers, d.workers == 1 ? "" : "s");
  out.fitness = *f.cpus < 2 || *f.cpus < d.workers ? Fitness::warn : Fitness::ok;
  if (out.fitness == Fitness::warn)
    out.remedy = *f.cpus < d.workers ? "workers: in the scenario, no more than CPUs"
                                     : "a host with two CPUs or more";
  return out;
}

Finding quota(const Facts& f, const Demand& d) {
  Finding out{.check = "CPU quota", .bounds = "CPU time of this control group"};
  if (!f.quota) return out;
  const auto& q = *f.quota;
  const double throttled = ratio(q.throttled, q.periods);
  out.measured = q.cpus <= 0 ? "none"
                             : fmt::format("{:.2f} CPUs, {:.1f} % of its periods throttled", q.cpus,
                                           100 * throttled);
  const bool tight = q.cpus > 0 && q.cpus < static_cast<double>(d.workers);
  out.fitness = q.cpus > 0 && throttled > 0.1               ? Fitness::bad
                : tight || (q.cpus > 0 && throttled > 0.01) ? Fitness::warn
                                                            : Fitness::ok;
  if (out.fitness != Fitness::ok)
    out.remedy = "raise cpu.max of the group: systemctl set-property UNIT CPUQuota=, docker --cpus";
  return out;
}

Finding load_average(const Facts& f) {
  Finding out{.check = "load average",
              .bounds = "CPU that others leave; busy hosts make requests late"};
  if (!f.load_average) return out;
  const double each =
      *f.load_average / static_cast<double>(std::max<std::uint64_t>(f.cpus.value_or(1), 1));
  out.measured = fmt::format("{:.2f}, {:.2f} for each CPU", *f.load_average, each);
  out.fitness = each > 2 ? Fitness::bad : each > 0.5 ? Fitness::warn : Fitness::ok;
  if (out.fitness != Fitness::ok)
    out.remedy = "stop what is not needed (ps -eo pcpu,comm --sort=-pcpu | head)";
  return out;
}

Finding steal(const Facts& f) {
  Finding out{.check = "steal", .bounds = "CPU time that the hypervisor gives to others"};
  if (!f.steal) return out;
  out.measured = fmt::format("{:.1f} % over a second", 100 * *f.steal);
  out.fitness = *f.steal >= 0.1 ? Fitness::bad : *f.steal >= 0.02 ? Fitness::warn : Fitness::ok;
  if (out.fitness != Fitness::ok) out.remedy = "another host, hour or kind of instance";
  return out;
}

Finding governor(const Facts& f) {
  Finding out{.check = "CPU governor", .bounds = "speed of the first requests after idle time"};
  if (!f.governor) return out;
  out.measured = f.governor->empty() ? "none set by this kernel" : *f.governor;
  const bool fast =
      f.governor->empty() || *f.governor == "performance" || *f.governor == "schedutil";
  out.fitness = fast ? Fitness::ok : Fitness::warn;
  if (!fast) out.remedy = "cpupower frequency-set -g performance";
  return out;
}

Finding clock_source(const Facts& f) {
  Finding out{.check = "clock source",
              .bounds = "cost of reading the time, twice for each request"};
  if (!f.clock_source || f.clock_source->empty()) return out;
  out.measured = *f.clock_source;
  constexpr std::array<std::string_view, 4> kSlow = {"hpet", "acpi_pm", "jiffies",
                                                     "refined-jiffies"};
  const bool slow = std::find(kSlow.begin(), kSlow.end(), *f.clock_source) != kSlow.end();
  out.fitness = slow ? Fitness::warn : Fitness::ok;
  if (slow)
    out.remedy =
        "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource, "
        "where available_clocksource beside it lists tsc";
  return out;
}

Finding clock_sync(const Facts& f) {
  Finding out{.check = "clock", .bounds = "joining runs with logs, packets and other hosts"};
  if (!f.clock) return out;
  out.fitness = f.clock->synchronised ? Fitness::ok : Fitness::warn;
  out.measured =
      f.clock->synchronised
          ? fmt::format("synchronised, within {}",
                        base::format_duration(base::from_seconds(f.clock->error_seconds)))
          : "not synchronised";
  if (!f.clock->synchronised) out.remedy = "timedatectl set-ntp true, or start chronyd";
  return out;
}

bool holds_net_raw(const Facts& f) {
  return f.capabilities && (*f.capabilities >> kCapNetRaw & 1U) != 0;
}

Finding capture_right(const Facts& f, const Demand& d) {
  Finding out{.check = "CAP_NET_RAW",
              .bounds = "capture, and ICMP where ping groups do not allow it"};
  if (!f.capabilities) return out;
  const bool held = holds_net_raw(f);
  const bool needed = !d.interface.empty();
  out.measured = held ? "held" : needed ? "not held, and the scenario captures" : "not held";
  out.fitness = held        ? Fitness::ok
                : needed    ? Fitness::bad
                : d.by_plan ? Fitness::ok
                            : Fitness::warn;
  if (out.fitness != Fitness::ok)
    out.remedy = "setcap cap_net_raw+ep \"$(command -v rampart)\", as root";
  return out;
}

Finding ping_groups(const Facts& f, const Demand& d) {
  Finding out{.check = "ICMP sockets", .bounds = "icmp probes and loads without CAP_NET_RAW"};
  if (!f.ping_groups) return out;
  const bool allowed = std::any_of(f.groups.begin(), f.groups.end(), [&](std::uint64_t group) {
    return f.ping_groups->holds(group);
  });
  const bool any = allowed || holds_net_raw(f);
  out.measured = allowed ? fmt::format("ping_group_range {} {} holds a group of this user",
                                       f.ping_groups->low, f.ping_groups->high)
                         : fmt::format("ping_group_range {} {} holds no group of this user{}",
                                       f.ping_groups->low, f.ping_groups->high,
                                       any ? "; CAP_NET_RAW does it" : "");
  out.fitness = any ? Fitness::ok : d.icmp ? Fitness::bad : d.by_plan ? Fitness::ok : Fitness::warn;
  if (out.fitness != Fitness::ok)
    out.remedy = "sysctl -w net.ipv4.ping_group_range=\"0 2147483647\"";
  return out;
}

Finding disk(const Facts& f) {
  Finding out{.check = "disk", .bounds = "the database of runs, about 1 MB a minute"};
  if (!f.disk || f.disk->size == 0) return out;
  out.measured = fmt::format("{} free of {} where {} is", bytes(f.disk->available),
                             bytes(f.disk->size), f.disk->path);
  out.fitness = f.disk->available < kLittleDisk ? Fitness::bad
                : f.disk->available < kSomeDisk ? Fitness::warn
                                                : Fitness::ok;
  if (out.fitness != Fitness::ok)
    out.remedy = fmt::format(
        "this file system is nearly full: make room on it until {} are free, or keep runs on "
        "another one with --db FILE",
        bytes(kSomeDisk));
  return out;
}

Finding interface(const Interface& each) {
  Finding out{.check = "interface", .bounds = "capture: what passes elsewhere is not seen"};
  out.measured = fmt::format("{}: {}", each.name,
                             !each.exists ? "there is none"
                             : each.up    ? "up"
                                          : "down");
  out.fitness = !each.exists ? Fitness::bad : each.up ? Fitness::ok : Fitness::warn;
  if (!each.exists)
    out.remedy = "sniff.interface in the scenario; ip -br link names those there are";
  if (each.exists && !each.up) out.remedy = fmt::format("ip link set {} up", each.name);
  return out;
}

}  // namespace

std::string_view to_string(Fitness fitness) {
  constexpr std::array<std::string_view, 4> kNames = {"ok", "unknown", "warn", "bad"};
  return kNames[static_cast<std::size_t>(fitness)];
}

// Measured with 4,000 of them idle: 1 KiB here, 41 KiB with TLS, and 5 KiB in the kernel. The rest
// is room for data under way.
std::uint64_t connection_bytes(bool tls) { return tls ? 64U << 10U : 16U << 10U; }

std::vector<Finding> judge(const Facts& f, const Demand& d) {
  std::vector<Finding> out = {open_files(f, d),
                              local_ports(f, d),
                              time_wait(f, d),
                              backlog(f, d),
                              conntrack(f, d),
                              memory(f, d),
                              swap(f),
                              cpus(f, d),
                              quota(f, d),
                              load_average(f),
                              steal(f),
                              governor(f),
                              clock_source(f),
                              clock_sync(f),
                              capture_right(f, d),
                              ping_groups(f, d),
                              disk(f)};
  if (f.interface) out.push_back(interface(*f.interface));
  for (auto& each : out)
    if (each.fitness == Fitness::unknown) each.measured = "could not be read";
  return out;
}

Fitness worst(const std::vector<Finding>& findings) {
  auto all = Fitness::ok;
  for (const auto& each : findings)
    if (each.fitness != Fitness::unknown) all = std::max(all, each.fitness);
  return all;
}

}  // namespace rampart::host
