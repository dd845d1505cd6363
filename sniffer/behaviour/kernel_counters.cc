#include "sniffer/behaviour/kernel_counters.h"

#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <string_view>

namespace rampart::sniffer::behaviour {
namespace {

constexpr std::size_t kMostText = std::size_t{64} << 10U;

struct Place {
  std::string_view group, name;
  std::uint64_t KernelCounters::* member;
};
constexpr std::array<Place, 7> kPlaces{{
    {"TcpExt:", "SyncookiesSent", &KernelCounters::syn_cookies},
    {"TcpExt:", "ListenOverflows", &KernelCounters::listen_overflows},
    {"TcpExt:", "ListenDrops", &KernelCounters::listen_drops},
    {"TcpExt:", "TCPReqQFullDrop", &KernelCounters::queue_full_drops},
    {"Icmp:", "InErrors", &KernelCounters::icmp_errors},
    {"Udp:", "RcvbufErrors", &KernelCounters::udp_buffer_errors},
    {"Udp:", "NoPorts", &KernelCounters::udp_no_ports},
}};

std::string_view take(std::string_view& text, char until) {
  const auto end = std::min(text.find(until), text.size());
  const auto out = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return out;
}

void parse_pairs(std::string_view text, KernelCounters& out) {
  while (!text.empty()) {
    auto names = take(text, '\n');
    auto values = take(text, '\n');
    const auto group = take(names, ' ');
    if (take(values, ' ') != group) return;
    while (!names.empty() && !values.empty()) {
      const auto name = take(names, ' ');
      const auto digits = take(values, ' ');
      for (const auto& place : kPlaces) {
        if (place.group != group || place.name != name) continue;
        std::uint64_t value = 0;
        const auto* end = digits.data() + digits.size();
        if (std::from_chars(digits.data(), end, value).ptr == end) out.*place.member = value;
      }
    }
  }
}

std::optional<std::string> text_of(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  if (!in) return std::nullopt;
  std::string text(kMostText, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  return text;
}

std::optional<base::IpAddress> address_of(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  if (name->sa_family == AF_INET) {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(
        &reinterpret_cast<const sockaddr_in*>(name)->sin_addr);
    return base::IpAddress::from_bytes(std::span<const std::uint8_t, 4>(raw, 4));
  }
  if (name->sa_family == AF_INET6) {
    const auto* raw = reinterpret_cast<const std::uint8_t*>(
        &reinterpret_cast<const sockaddr_in6*>(name)->sin6_addr);
    return base::IpAddress::from_bytes(std::span<const std::uint8_t, 16>(raw, 16));
  }
  return std::nullopt;
}

}  // namespace

KernelCounters parse_kernel_counters(std::string_view netstat, std::string_view snmp) {
  KernelCounters out;
  parse_pairs(netstat, out);
  parse_pairs(snmp, out);
  return out;
}

ProcKernelSource::ProcKernelSource(std::string root) : root_(std::move(root)) {
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return;
  for (const auto* i = list; i != nullptr; i = i->ifa_next)
    if (const auto address = address_of(i->ifa_addr)) addresses_.push_back(*address);
  freeifaddrs(list);
}

bool ProcKernelSource::is_local(const base::IpAddress& address) const {
  return address.is_loopback() ||
         std::find(addresses_.begin(), addresses_.end(), address) != addresses_.end();
}

// The thread's own view, since namespaces belong to threads.
std::optional<KernelCounters> ProcKernelSource::read() {
  const auto netstat = text_of(root_ + "/proc/thread-self/net/netstat");
  const auto snmp = text_of(root_ + "/proc/thread-self/net/snmp");
  if (!netstat || !snmp) return std::nullopt;
  return parse_kernel_counters(*netstat, *snmp);
}

}  // namespace rampart::sniffer::behaviour
