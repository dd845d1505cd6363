#include "host/cgroup.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "host/small_file.h"

namespace rampart::host {
namespace {

constexpr std::size_t kDeepest = 32;
// What version 1 writes for "no limit": the greatest multiple of a page.
constexpr std::uint64_t kNoLimit = 1ULL << 62U;

// Folders of this process's group and of those above it, the own one first. `controller` is empty
// for version 2, whose line is "0::/path"; version 1 has "4:cpu,cpuacct:/path".
std::vector<std::string> folders(const std::string& root, std::string_view controller) {
  const auto text = read_small_file(root + "/proc/self/cgroup");
  std::vector<std::string> out;
  for (const auto line : lines(view_of(text))) {
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) continue;
    const auto names = line.substr(first + 1, second - first - 1);
    const auto listed = "," + std::string(names) + ",";
    if (controller.empty() ? !names.empty()
                           : listed.find("," + std::string(controller) + ",") == std::string::npos)
      continue;
    auto path = line.substr(second + 1);
    // Above what this namespace shows there is nothing to be read.
    if (path.find("..") != std::string_view::npos) path = "/";
    const auto mount =
        root + "/sys/fs/cgroup" + (controller.empty() ? "" : "/" + std::string(names));
    while (out.size() < kDeepest && path.size() > 1) {
      out.push_back(mount + std::string(path));
      path = path.substr(0, path.rfind('/'));
    }
    out.push_back(mount);
  }
  return out;
}

// "nr_throttled 3"
std::uint64_t counter(std::string_view text, std::string_view name) {
  for (const auto line : lines(text)) {
    const auto row = words(line);
    if (row.size() == 2 && row[0] == name) return parse_number(row[1]).value_or(0);
  }
  return 0;
}

// CPUs by the quota of one folder: 0 for none, nullopt where the controller is not there.
std::optional<double> quota_of(const std::string& folder) {
  if (const auto text = read_small_file(folder + "/cpu.max")) {
    const auto row = words(*text);
    if (row.size() != 2) return std::nullopt;
    if (row[0] == "max") return 0;
    const auto quota = parse_number(row[0]);
    const auto period = parse_number(row[1]);
    if (!quota || !period || *period == 0) return std::nullopt;
    return static_cast<double>(*quota) / static_cast<double>(*period);
  }
  const auto text = read_small_file(folder + "/cpu.cfs_quota_us");
  if (!text) return std::nullopt;
  if (text->starts_with('-')) return 0;
  const auto quota = parse_number(*text);
  const auto period = read_number(folder + "/cpu.cfs_period_us");
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

std::optional<std::uint64_t> left_of(const std::string& folder, const char* limit,
                                     const char* used) {
  const auto most = read_number(folder + "/" + limit);
  const auto now = read_number(folder + "/" + used);
  if (!most || !now || *most >= kNoLimit) return std::nullopt;
  return *most - std::min(*now, *most);
}

}  // namespace

std::optional<CpuQuota> cgroup_quota(const std::string& root) {
  auto all = folders(root, "");
  const auto old = folders(root, "cpu");
  all.insert(all.end(), old.begin(), old.end());
  std::optional<CpuQuota> out;
  // Version 2 shows cpu.max only where some group above asked for the controller.
  if (read_small_file(root + "/sys/fs/cgroup/cgroup.controllers")) out = CpuQuota{};
  for (const auto& folder : all) {
    const auto cpus = quota_of(folder);
    if (!cpus) continue;
    if (!out) out = CpuQuota{};
    if (*cpus <= 0 || (out->cpus > 0 && out->cpus <= *cpus)) continue;
    const auto stat = read_small_file(folder + "/cpu.stat").value_or("");
    *out = {*cpus, counter(stat, "nr_periods"), counter(stat, "nr_throttled")};
  }
  return out;
}

std::optional<std::uint64_t> cgroup_memory_left(const std::string& root) {
  std::optional<std::uint64_t> least;
  const auto take = [&](std::optional<std::uint64_t> left) {
    if (left) least = std::min(least.value_or(*left), *left);
  };
  for (const auto& folder : folders(root, ""))
    take(left_of(folder, "memory.max", "memory.current"));
  for (const auto& folder : folders(root, "memory"))
    take(left_of(folder, "memory.limit_in_bytes", "memory.usage_in_bytes"));
  return least;
}

}  // namespace rampart::host
