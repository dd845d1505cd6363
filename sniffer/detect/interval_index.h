#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace rampart::sniffer {

// Which of many ranges hold a value: one search over all of their ends. Meant for ranges that
// overlap little, since every stretch between two ends has its own list.
template <class T, class Id>
class IntervalIndex {
 public:
  // Both ends belong to the range.
  void add(const T& low, const T& high, Id id) {
    ends_.push_back({{low, false}, id, true});
    ends_.push_back({{high, true}, id, false});
  }

  // Once all ranges are there.
  void seal() {
    std::sort(ends_.begin(), ends_.end(), [](const End& a, const End& b) { return a.at < b.at; });
    std::vector<Id> open;
    for (std::size_t i = 0; i < ends_.size();) {
      const auto at = ends_[i].at;
      for (; i < ends_.size() && ends_[i].at == at; ++i) {
        if (ends_[i].opens)
          open.push_back(ends_[i].id);
        else
          open.erase(std::find(open.begin(), open.end(), ends_[i].id));
      }
      starts_.push_back(at);
      first_.push_back(static_cast<std::uint32_t>(ids_.size()));
      ids_.insert(ids_.end(), open.begin(), open.end());
    }
    first_.push_back(static_cast<std::uint32_t>(ids_.size()));
    ends_ = {};
    ids_.shrink_to_fit();
  }

  // The ids of the ranges that hold `value`, in no order. hot
  [[nodiscard]] std::span<const Id> at(const T& value) const {
    const auto after = std::upper_bound(starts_.begin(), starts_.end(), Boundary{value, false});
    if (after == starts_.begin()) return {};
    const auto i = static_cast<std::size_t>(after - starts_.begin()) - 1;
    return {ids_.data() + first_[i], first_[i + 1] - first_[i]};
  }

 private:
  // A place between values: before `value`, or just after it.
  struct Boundary {
    T value;
    bool after;
    auto operator<=>(const Boundary&) const = default;
  };
  struct End {
    Boundary at;
    Id id;
    bool opens;
  };

  std::vector<End> ends_;  // until seal()
  std::vector<Boundary> starts_;
  std::vector<std::uint32_t> first_;  // by stretch, into ids_
  std::vector<Id> ids_;
};

}  // namespace rampart::sniffer
