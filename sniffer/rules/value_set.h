#pragma once

#include <cstdint>
#include <vector>

#include "base/ip_address.h"

namespace rampart::sniffer {

// A set of ranges as rule headers write it: [10.0.0.0/8,![10.1.0.0/16,!10.1.2.3]]. A list matches
// where one of its positive members does (or it has none) and no negated member does.
template <class T>
struct ValueSet {
  struct Member {
    T low{};
    T high{};
    ValueSet list;  // used where nested
    bool nested = false;
    bool negated = false;
  };
  std::vector<Member> members;  // empty: any

  [[nodiscard]] bool any() const { return members.empty(); }

  [[nodiscard]] bool contains(const T& value) const {
    bool wanted = true;
    for (const auto& m : members) {
      const bool in = m.nested ? m.list.contains(value) : in_range(m, value);
      if (m.negated) {
        if (in) return false;
      } else if (in) {
        return no_negated_holds(&m + 1, value);
      } else {
        wanted = false;
      }
    }
    return wanted;
  }

 private:
  static bool in_range(const Member& m, const std::uint16_t& v) {
    return m.low <= v && v <= m.high;
  }
  static bool in_range(const Member& m, const base::IpAddress& v) {
    return m.low.v6 == v.v6 && m.low <= v && v <= m.high;
  }
  bool no_negated_holds(const Member* from, const T& value) const {
    for (const auto* m = from; m != members.data() + members.size(); ++m)
      if (m->negated && (m->nested ? m->list.contains(value) : in_range(*m, value))) return false;
    return true;
  }
};

using AddressSet = ValueSet<base::IpAddress>;
using PortSet = ValueSet<std::uint16_t>;

}  // namespace rampart::sniffer
