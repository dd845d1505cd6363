#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

// What this machine has, as its kernel tells. What could not be read is absent.

namespace rampart::host {

inline constexpr std::uint64_t kUnlimited = UINT64_MAX;

struct FileLimit {  // RLIMIT_NOFILE of this process; kUnlimited: none
  std::uint64_t soft = 0;
  std::uint64_t hard = 0;
};

struct Range {  // both ends belong to it; empty where low > high
  std::uint64_t low = 0;
  std::uint64_t high = 0;
  [[nodiscard]] std::uint64_t size() const { return low > high ? 0 : high - low + 1; }
  [[nodiscard]] bool holds(std::uint64_t value) const { return low <= value && value <= high; }
};

struct Fill {  // of something that can be full
  std::uint64_t used = 0;
  std::uint64_t size = 0;
};

struct CpuQuota {
  double cpus = 0;  // that may be used at a time; 0: no quota
  std::uint64_t periods = 0;
  std::uint64_t throttled = 0;  // of these
};

struct ClockSync {
  bool synchronised = false;
  double error_seconds = 0;  // the greatest, as the kernel estimates
};

struct Disk {
  std::string path;  // of the file system that was asked for
  std::uint64_t size = 0;
  std::uint64_t available = 0;  // to this user
};

struct Interface {
  std::string name;
  bool exists = false;
  bool up = false;
};

struct Facts {
  std::optional<FileLimit> files;
  std::optional<Range> local_ports;
  std::uint64_t reserved_ports = 0;        // of these, not to be taken
  std::optional<std::uint64_t> tw_reuse;   // net.ipv4.tcp_tw_reuse: 0 never, 1 yes, 2 on loopback
  std::optional<std::uint64_t> time_wait;  // sockets
  std::optional<std::uint64_t> somaxconn;
  std::optional<std::uint64_t> syn_backlog;
  std::optional<Fill> conntrack;                  // entries; absent where it is not loaded
  std::optional<std::uint64_t> memory_available;  // bytes, the cgroup's limit considered
  std::optional<Fill> swap;                       // bytes; size 0: there is none
  std::optional<std::uint64_t> cpus;              // that this process may run on
  std::optional<CpuQuota> quota;
  std::optional<double> load_average;   // of the last minute
  std::optional<double> steal;          // share of all CPUs' time, 0 to 1
  std::optional<std::string> governor;  // the slowest kind among the CPUs; empty: none is set
  std::optional<std::string> clock_source;
  std::optional<ClockSync> clock;
  std::optional<std::uint64_t> capabilities;  // effective, as bits
  std::optional<Range> ping_groups;           // that may open ICMP sockets without a capability
  std::vector<std::uint64_t> groups;          // of this process
  std::optional<Disk> disk;
  std::optional<Interface> interface;  // where one was asked for
};

}  // namespace rampart::host
