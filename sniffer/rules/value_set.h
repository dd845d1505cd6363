#pragma once

#include <algorithm>
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
  struct Range {
    T low, high;
  };
  std::vector<Member> members;  // without ranges, empty: any
  // Positive members and lists of such, in order and apart: what seal() made of them.
  std::vector<Range> ranges;

  [[nodiscard]] bool any() const { return members.empty() && ranges.empty(); }

  // hot: lists of thousands of addresses are searched, not walked.
  [[nodiscard]] bool contains(const T& value) const {
    bool has_positive = !ranges.empty();
    bool in = in_ranges(value);
    for (const auto& m : members) {
      const bool in_member = m.nested ? m.list.contains(value) : in_range(m.low, m.high, value);
      if (m.negated && in_member) return false;
      has_positive = has_positive || !m.negated;
      in = in || (!m.negated && in_member);
    }
    return in || !has_positive;
  }

  // Once all members are there, and sealed where they are lists.
  void seal() {
    std::erase_if(members, [&](const Member& m) {
      if (m.negated || (m.nested && (!m.list.members.empty() || m.list.ranges.empty())))
        return false;
      if (m.nested)
        ranges.insert(ranges.end(), m.list.ranges.begin(), m.list.ranges.end());
      else
        ranges.push_back({m.low, m.high});
      return true;
    });
    std::sort(ranges.begin(), ranges.end(),
              [](const Range& x, const Range& y) { return below(x.low, y.low); });
    std::size_t kept = 0;
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      auto& last = ranges[kept];
      if (in_range(last.low, last.high, ranges[i].low)) {
        if (below(last.high, ranges[i].high)) last.high = ranges[i].high;
      } else {
        ranges[++kept] = ranges[i];
      }
    }
    if (!ranges.empty()) ranges.resize(kept + 1);
  }

 private:
  static bool below(std::uint16_t a, std::uint16_t b) { return a < b; }
  static bool below(const base::IpAddress& a, const base::IpAddress& b) {
    return a.v6 != b.v6 ? b.v6 : a.bytes < b.bytes;
  }
  static bool in_range(const T& low, const T& high, const T& value) {
    return !below(value, low) && !below(high, value);
  }
  [[nodiscard]] bool in_ranges(const T& value) const {
    const auto after = std::upper_bound(ranges.begin(), ranges.end(), value,
                                        [](const T& v, const Range& r) { return below(v, r.low); });
    return after != ranges.begin() && in_range((after - 1)->low, (after - 1)->high, value);
  }
};

using AddressSet = ValueSet<base::IpAddress>;
using PortSet = ValueSet<std::uint16_t>;

}  // namespace rampart::sniffer
