#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// Literals that stand at the very beginning of a buffer, found by its first two bytes.
class PrefixTable {
 public:
  // `id` is what find() reports; several literals may share one. The literal is not empty; letters
  // of one without case are lower-case.
  void add(std::string literal, bool nocase, std::uint32_t id);
  // Once all are there.
  void seal();

  [[nodiscard]] bool empty() const { return entries_.empty() && waiting_.empty(); }
  // Appends the ids of the literals that `data` begins with and that do not end within its first
  // `known` bytes. hot
  void find(Bytes data, std::size_t known, std::vector<std::uint32_t>& ids) const;

 private:
  struct Entry {
    std::string literal;
    bool nocase = false;
    std::uint32_t id = 0;
    std::size_t slot = 0;
  };
  static constexpr std::size_t kPairs = 1024;
  static constexpr std::size_t kSlots = kPairs + 256;  // literals of one byte have their own
  static std::size_t slot_of(std::uint8_t first, std::uint8_t second) {
    return (first * std::size_t{31} + second) % kPairs;
  }
  void find_in(std::size_t slot, Bytes data, std::size_t known,
               std::vector<std::uint32_t>& ids) const;

  std::vector<Entry> waiting_;  // until seal()
  std::vector<Entry> entries_;  // by slot
  std::array<std::uint32_t, kSlots + 1> first_{};
};

}  // namespace rampart::sniffer
