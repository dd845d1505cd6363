#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace rampart::sniffer::behaviour {

// The most frequent of any number of things (A. Metwally, D. Agrawal, A. El Abbadi: "Efficient
// computation of frequent and top-k elements in data streams", 2005: Space-Saving). What makes up
// more than 1/N of all is among them; a count is too high by at most `error`. Found by a keyed
// hash, and then compared.
template <class Thing, std::size_t N>
class HeavyHitters {
 public:
  struct Entry {
    Thing thing{};
    std::uint32_t error = 0;
    std::uint32_t good = 0;  // of its other acts, since it is in the list; see credit()
  };

  // hot: looks through N hashes and, for a newcomer, N counts.
  void add(const Thing& thing, std::uint64_t hash) {
    ++total_;
    auto i = find(thing, hash);
    if (i == N) i = take(thing, hash);
    ++counts_[i];
  }
  // Something that speaks for a thing that is in the list.
  void credit(const Thing& thing, std::uint64_t hash) {
    const auto i = find(thing, hash);
    if (i == N) return;
    ++entries_[i].good;
    ++credits_;
  }
  // One act of a thing that is in the list turned out to be harmless: no count has it any more, and
  // it speaks for the thing. hot
  void forgive(const Thing& thing, std::uint64_t hash) {
    const auto i = find(thing, hash);
    if (i == N) return;
    ++entries_[i].good;
    if (sure(i) == 0) return;
    ++entries_[i].error;
    --total_;
  }
  void clear() {
    used_ = 0;
    total_ = 0;
    credits_ = 0;
    counts_.fill(0);
  }

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t credits() const { return credits_; }
  // Of the most frequent one, at least.
  [[nodiscard]] std::uint64_t most() const {
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < used_; ++i) out = std::max(out, sure(i));
    return out;
  }
  // How many there are, exactly; N: that many or more.
  [[nodiscard]] std::size_t size() const { return used_; }
  // Of those in the list, they of whom nothing is left to count.
  [[nodiscard]] std::size_t forgiven() const {
    std::size_t out = 0;
    for (std::size_t i = 0; i < used_; ++i) out += sure(i) == 0 ? 1U : 0U;
    return out;
  }
  struct Hitter {
    Thing thing{};
    std::uint64_t count = 0;  // at least
    std::uint64_t good = 0;
  };
  // What is known of one; no count where it is not in the list.
  [[nodiscard]] Hitter of(const Thing& thing, std::uint64_t hash) const {
    const auto i = find(thing, hash);
    return i == N ? Hitter{} : Hitter{entries_[i].thing, sure(i), entries_[i].good};
  }
  // The first `most` of them, most frequent first, by what is certain. Fills `out`, returns how
  // many. Not hot.
  template <std::size_t Most>
  std::size_t top(std::array<Hitter, Most>& out) const {
    std::array<std::size_t, N> order{};
    for (std::size_t i = 0; i < used_; ++i) order[i] = i;
    const auto size = std::min(used_, Most);
    std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(size),
                      order.begin() + static_cast<std::ptrdiff_t>(used_),
                      [this](std::size_t a, std::size_t b) { return sure(a) > sure(b); });
    for (std::size_t i = 0; i < size; ++i)
      out[i] = {entries_[order[i]].thing, sure(order[i]), entries_[order[i]].good};
    return size;
  }

 private:
  [[nodiscard]] std::uint64_t sure(std::size_t i) const { return counts_[i] - entries_[i].error; }
  [[nodiscard]] std::size_t find(const Thing& thing, std::uint64_t hash) const {
    const auto wanted = static_cast<std::uint32_t>(hash);
    for (std::size_t i = 0; i < used_; ++i)
      if (hashes_[i] == wanted && entries_[i].thing == thing) return i;
    return N;
  }
  // A free place, or that of the least frequent, whose count the newcomer inherits.
  std::size_t take(const Thing& thing, std::uint64_t hash) {
    const bool full = used_ == N;
    const auto i = full ? static_cast<std::size_t>(
                              std::min_element(counts_.begin(), counts_.end()) - counts_.begin())
                        : used_++;
    if (!full) counts_[i] = 0;
    entries_[i] = {thing, counts_[i], 0};
    hashes_[i] = static_cast<std::uint32_t>(hash);
    return i;
  }

  std::array<std::uint32_t, N> hashes_{};  // apart from the rest, so that a search touches little
  std::array<std::uint32_t, N> counts_{};
  std::array<Entry, N> entries_{};
  std::size_t used_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t credits_ = 0;
};

}  // namespace rampart::sniffer::behaviour
