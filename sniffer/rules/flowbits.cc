#include "sniffer/rules/flowbits.h"

namespace rampart::sniffer {

StateId NameTable::intern(std::string_view name) {
  if (const auto found = ids_.find(name); found != ids_.end()) return found->second;
  const auto id = static_cast<StateId>(names_.size());
  names_.emplace_back(name);
  ids_.emplace(name, id);
  return id;
}

}  // namespace rampart::sniffer
