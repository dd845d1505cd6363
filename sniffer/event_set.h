#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace rampart::sniffer {

// A set of the values of an enum that begins at 0 and has at most kWords * 64 of them. No
// allocation.
template <class Event, std::size_t kWords>
class EventSet {
 public:
  constexpr void add(Event event) { word_of(event) |= bit_of(event); }
  constexpr void add(const EventSet& other) {
    for (std::size_t i = 0; i < kWords; ++i) words_[i] |= other.words_[i];
  }
  [[nodiscard]] constexpr bool has(Event event) const {
    return (words_[index_of(event) / 64] & bit_of(event)) != 0;
  }
  [[nodiscard]] constexpr bool empty() const {
    std::uint64_t all = 0;
    for (const auto word : words_) all |= word;
    return all == 0;
  }
  constexpr void clear() { words_ = {}; }
  // `visit(Event)`, in the order of the enum.
  template <class Visit>
  constexpr void for_each(Visit visit) const {
    for (std::size_t i = 0; i < kWords * 64; ++i)
      if (has(static_cast<Event>(i))) visit(static_cast<Event>(i));
  }
  constexpr bool operator==(const EventSet&) const = default;

 private:
  static constexpr std::size_t index_of(Event event) { return static_cast<std::size_t>(event); }
  static constexpr std::uint64_t bit_of(Event event) {
    return std::uint64_t{1} << (index_of(event) % 64);
  }
  constexpr std::uint64_t& word_of(Event event) { return words_[index_of(event) / 64]; }

  std::array<std::uint64_t, kWords> words_{};
};

}  // namespace rampart::sniffer
