#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace rampart::sniffer {

struct RuleClass {
  std::string description;
  std::uint32_t priority = 3;  // 1 is the worst
};

// What `classtype` means.
class Classification {
 public:
  // The classes that public rule sets use.
  static Classification built_in();
  // Adds the lines "config classification: name,description,priority" of `text`. The error names
  // the line.
  base::Status add(std::string_view text, std::string_view file);
  // Null where unknown.
  [[nodiscard]] const RuleClass* find(std::string_view name) const;

 private:
  std::map<std::string, RuleClass, std::less<>> classes_;
};

}  // namespace rampart::sniffer
