#pragma once

#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace rampart::probe {

// Which metrics of a page are recorded: exact names, and prefixes written "node_netstat_*".
class KeepList {
 public:
  // `names`, or the default table where that is empty; and `also`.
  explicit KeepList(const std::vector<std::string>& names,
                    const std::vector<std::string>& also = {});

  [[nodiscard]] bool keeps(std::string_view metric) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  std::unordered_set<std::string, Hash, std::equal_to<>> names_;
  std::vector<std::string> prefixes_;
};

// What verdicts can use of the common exporters; docs/scraping.md says for what.
std::span<const std::string_view> default_metrics();

}  // namespace rampart::probe
