#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

// How many different things were seen, in constant memory. Both take a keyed hash of the thing, so
// that nobody can choose what collides.

namespace rampart::sniffer::behaviour {

// Linear counting (K.-Y. Whang, B. T. Vander-Zanden, H. M. Taylor: "A linear-time probabilistic
// counting algorithm for database applications", 1990). Nearly exact below Bits / 8, full at about
// Bits * ln Bits. A set: united and subtracted bit by bit.
template <std::size_t Bits>
class BitmapSet {
 public:
  // hot
  void add(std::uint64_t hash) { words_[word(hash)] |= bit(hash); }
  [[nodiscard]] bool has(std::uint64_t hash) const { return (words_[word(hash)] & bit(hash)) != 0; }
  void clear() { words_.fill(0); }

  [[nodiscard]] double count() const { return estimate(ones(*this, BitmapSet{})); }
  // Of those that are in `a` or `b` and not in `without`.
  [[nodiscard]] static double count_of(const BitmapSet& a, const BitmapSet& b,
                                       const BitmapSet& without) {
    auto both = a;
    both.unite(b);
    return estimate(ones(both, without));
  }
  void unite(const BitmapSet& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
  }

 private:
  static_assert(std::has_single_bit(Bits) && Bits >= 64);
  static std::size_t word(std::uint64_t hash) { return (hash >> 6U) % (Bits / 64); }
  static std::uint64_t bit(std::uint64_t hash) { return std::uint64_t{1} << (hash & 63U); }
  static int ones(const BitmapSet& a, const BitmapSet& without) {
    int sum = 0;
    for (std::size_t i = 0; i < a.words_.size(); ++i)
      sum += std::popcount(a.words_[i] & ~without.words_[i]);
    return sum;
  }
  static double estimate(int ones) {
    constexpr auto kBits = static_cast<double>(Bits);
    return -kBits * std::log(std::max(kBits - ones, 1.0) / kBits);
  }

  std::array<std::uint64_t, Bits / 64> words_{};
};

// HyperLogLog with 1024 registers, standard error 3 % (P. Flajolet, E. Fusy, O. Gandouet,
// F. Meunier: "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm",
// 2007). With 64-bit hashes it needs no correction for large counts.
class DistinctCounter {
 public:
  // hot
  void add(std::uint64_t hash) {
    auto& rank = ranks_[hash % kRegisters];
    const auto zeros = static_cast<std::uint8_t>(std::countl_zero(hash | kRegisters) + 1);
    rank = std::max(rank, zeros);
  }
  void clear() { ranks_.fill(0); }

  [[nodiscard]] double count() const {
    constexpr auto kCount = static_cast<double>(kRegisters);
    double sum = 0;
    int empty = 0;
    for (const auto rank : ranks_) {
      sum += std::ldexp(1.0, -rank);
      empty += rank == 0 ? 1 : 0;
    }
    const double raw = 0.7213 / (1 + 1.079 / kCount) * kCount * kCount / sum;
    // Few things: linear counting of the registers is better, as in the paper.
    return raw <= 2.5 * kCount && empty > 0 ? kCount * std::log(kCount / empty) : raw;
  }

 private:
  static constexpr std::size_t kRegisters = 1024;
  std::array<std::uint8_t, kRegisters> ranks_{};
};

}  // namespace rampart::sniffer::behaviour
