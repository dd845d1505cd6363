#include "host/survey.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include "host/cgroup.h"
#include "host/small_file.h"

namespace rampart::host {
namespace {

constexpr std::uint64_t kMostCpus = 8192;
constexpr std::size_t kLongestInterface = 15;  // IFNAMSIZ without its end

using Text = std::optional<std::string>;

std::optional<std::uint64_t> number_at(const std::vector<std::string_view>& row, std::size_t at) {
  return at < row.size() ? parse_number(row[at]) : std::nullopt;
}

std::optional<FileLimit> file_limit(const Text& limits) {
  const auto bound = [](std::string_view word) {
    return word == "unlimited" ? std::optional(kUnlimited) : parse_number(word);
  };
  for (const auto line : lines(view_of(limits))) {
    constexpr std::string_view kName = "Max open files";
    if (!line.starts_with(kName)) continue;
    const auto row = words(line.substr(kName.size()));
    if (row.size() < 2) return std::nullopt;
    const auto soft = bound(row[0]);
    const auto hard = bound(row[1]);
    if (soft && hard) return FileLimit{*soft, *hard};
  }
  return std::nullopt;
}

// "32768 60999"
std::optional<Range> range(const Text& text) {
  const auto row = words(view_of(text));
  const auto low = number_at(row, 0);
  const auto high = number_at(row, 1);
  if (!low || !high) return std::nullopt;
  return Range{*low, *high};
}

// How many of a list such as "0-3,8" lie in a range; nullopt where it is no such list.
std::optional<std::uint64_t> count_in(std::string_view list, const Range& within) {
  std::uint64_t count = 0;
  while (!list.empty()) {
    const auto part = list.substr(0, list.find(','));
    list.remove_prefix(std::min(part.size() + 1, list.size()));
    const auto dash = part.find('-');
    const auto low = parse_number(part.substr(0, dash));
    const auto high = dash == std::string_view::npos ? low : parse_number(part.substr(dash + 1));
    if (!low || !high) return std::nullopt;
    count += Range{std::max(*low, within.low), std::min(*high, within.high)}.size();
  }
  return count;
}

// "TCP: inuse 130 orphan 0 tw 7 alloc 130 mem 122"
std::optional<std::uint64_t> time_wait(const Text& sockstat) {
  for (const auto line : lines(view_of(sockstat))) {
    const auto row = words(line);
    if (row.empty() || row[0] != "TCP:") continue;
    const auto name = std::find(row.begin(), row.end(), "tw");
    return number_at(row, static_cast<std::size_t>(name - row.begin()) + 1);
  }
  return std::nullopt;
}

// "MemAvailable:   123 kB", in bytes.
std::map<std::string, std::uint64_t, std::less<>> meminfo(const Text& text) {
  std::map<std::string, std::uint64_t, std::less<>> out;
  for (const auto line : lines(view_of(text))) {
    const auto row = words(line);
    const auto kilobytes = number_at(row, 1);
    if (kilobytes && *kilobytes < kUnlimited / 1024) out.emplace(row[0], *kilobytes * 1024);
  }
  return out;
}

void read_memory(Facts& f, const std::string& root) {
  const auto info = meminfo(read_small_file(root + "/proc/meminfo"));
  const auto of = [&](std::string_view name) -> std::optional<std::uint64_t> {
    const auto found = info.find(name);
    return found == info.end() ? std::nullopt : std::optional(found->second);
  };
  f.memory_available = of("MemAvailable:");
  if (const auto left = cgroup_memory_left(root))
    f.memory_available = std::min(f.memory_available.value_or(*left), *left);
  const auto size = of("SwapTotal:");
  const auto free = of("SwapFree:");
  if (size && free) f.swap = Fill{*size - std::min(*free, *size), *size};
}

// CapEff, Gid, Groups and Cpus_allowed_list.
void read_status(Facts& f, const Text& status) {
  for (const auto line : lines(view_of(status))) {
    const auto row = words(line);
    if (row.size() < 2) continue;
    if (row[0] == "CapEff:") {
      std::uint64_t bits = 0;
      const auto* end = row[1].data() + row[1].size();
      const auto [next, error] = std::from_chars(row[1].data(), end, bits, 16);
      if (error == std::errc{} && next == end) f.capabilities = bits;
    } else if (row[0] == "Gid:" || row[0] == "Groups:") {
      for (std::size_t i = 1; i < row.size(); ++i)
        if (const auto group = parse_number(row[i])) f.groups.push_back(*group);
    } else if (row[0] == "Cpus_allowed_list:") {
      const auto count = count_in(row[1], {0, kMostCpus});
      if (count && *count > 0) f.cpus = count;
    }
  }
}

// The first that is not "performance", else that; empty where the kernel has none.
std::optional<std::string> governor(const std::string& root, std::uint64_t cpus) {
  std::string found;
  for (std::uint64_t cpu = 0; cpu < std::min(cpus, kMostCpus); ++cpu) {
    auto text = read_small_file(root + "/sys/devices/system/cpu/cpu" + std::to_string(cpu) +
                                "/cpufreq/scaling_governor");
    if (!text || text->empty()) continue;
    found = std::move(*text);
    if (found != "performance") break;
  }
  return found;
}

Interface look_for(const std::string& root, const std::string& name) {
  Interface out{.name = name};
  out.exists = out.up = name == "any";  // libpcap's own: all of them
  const bool possible = name.size() <= kLongestInterface && name != "." && name != ".." &&
                        name.find('/') == std::string::npos;
  if (!possible || out.exists) return out;
  const auto flags = read_small_file(root + "/sys/class/net/" + name + "/flags");
  out.exists = flags.has_value();
  if (!flags || !flags->starts_with("0x")) return out;
  unsigned bits = 0;
  std::from_chars(flags->data() + 2, flags->data() + flags->size(), bits, 16);
  out.up = (bits & 1U) != 0;  // IFF_UP
  return out;
}

}  // namespace

Facts survey(const SurveyOptions& options) {
  const auto& root = options.root;
  const auto net = root + "/proc/sys/net/";
  const auto sysctl = [&](const char* name) { return read_number(net + name); };
  Facts f;
  f.files = file_limit(read_small_file(root + "/proc/self/limits"));
  f.local_ports = range(read_small_file(net + "ipv4/ip_local_port_range"));
  if (f.local_ports) {
    const auto reserved = read_small_file(net + "ipv4/ip_local_reserved_ports");
    f.reserved_ports =
        std::min(count_in(view_of(reserved), *f.local_ports).value_or(0), f.local_ports->size());
  }
  f.tw_reuse = sysctl("ipv4/tcp_tw_reuse");
  f.time_wait = time_wait(read_small_file(root + "/proc/net/sockstat"));
  f.somaxconn = sysctl("core/somaxconn");
  f.syn_backlog = sysctl("ipv4/tcp_max_syn_backlog");
  const auto tracked = sysctl("netfilter/nf_conntrack_count");
  const auto most_tracked = sysctl("netfilter/nf_conntrack_max");
  if (tracked && most_tracked) f.conntrack = Fill{*tracked, *most_tracked};
  read_memory(f, root);
  read_status(f, read_small_file(root + "/proc/self/status"));
  f.quota = cgroup_quota(root);
  const auto averages = read_small_file(root + "/proc/loadavg");
  if (const auto row = words(view_of(averages)); !row.empty())
    f.load_average = parse_real(row.front());
  f.governor = governor(root, f.cpus.value_or(1));
  f.clock_source =
      read_small_file(root + "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  f.ping_groups = range(read_small_file(net + "ipv4/ping_group_range"));
  if (!options.interface.empty()) f.interface = look_for(root, options.interface);
  return f;
}

}  // namespace rampart::host
