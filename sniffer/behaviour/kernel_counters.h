#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/ip_address.h"

namespace rampart::sniffer::behaviour {

// What this host's kernel says of its own protocols, since it booted; 0 where it does not say.
struct KernelCounters {
  // /proc/net/netstat, TcpExt
  std::uint64_t syn_cookies = 0;       // SyncookiesSent: half-open queue full, answered without it
  std::uint64_t listen_overflows = 0;  // ListenOverflows: accept queue full
  std::uint64_t listen_drops = 0;      // ListenDrops: SYNs thrown away, for that or another reason
  std::uint64_t queue_full_drops = 0;  // TCPReqQFullDrop: half-open queue full, thrown away
  // /proc/net/snmp
  std::uint64_t icmp_errors = 0;        // Icmp InErrors
  std::uint64_t udp_buffer_errors = 0;  // Udp RcvbufErrors: the service did not read fast enough
  std::uint64_t udp_no_ports = 0;       // Udp NoPorts: nobody listens
};

// Where they come from; tests have their own.
class KernelSource {
 public:
  virtual ~KernelSource() = default;
  // Whether the counters speak of this host.
  [[nodiscard]] virtual bool is_local(const base::IpAddress& address) const = 0;
  // Nullopt where they cannot be read. Not hot: once per second.
  virtual std::optional<KernelCounters> read() = 0;
};

// Of the network namespace in which it was opened.
class ProcKernelSource final : public KernelSource {
 public:
  // `root` stands in front of /proc. Reads the addresses of this host's interfaces, once.
  explicit ProcKernelSource(std::string root = "");
  [[nodiscard]] bool is_local(const base::IpAddress& address) const override;
  std::optional<KernelCounters> read() override;

 private:
  std::string root_;
  std::vector<base::IpAddress> addresses_;
};

// The texts of the two files: pairs of lines, names and values, each after "Group:". A pair that
// does not fit is passed over.
KernelCounters parse_kernel_counters(std::string_view netstat, std::string_view snmp);

}  // namespace rampart::sniffer::behaviour
