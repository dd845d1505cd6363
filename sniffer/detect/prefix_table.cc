#include "sniffer/detect/prefix_table.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace rampart::sniffer {
namespace {

std::uint8_t lower(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

std::uint8_t upper(std::uint8_t c) {
  return c >= 'a' && c <= 'z' ? static_cast<std::uint8_t>(c - 32) : c;
}

bool begins_with(Bytes data, const std::string& literal, bool nocase) {
  if (!nocase) return std::memcmp(data.data(), literal.data(), literal.size()) == 0;
  return std::equal(literal.begin(), literal.end(), data.begin(), [](char wanted, std::uint8_t c) {
    return lower(c) == static_cast<std::uint8_t>(wanted);
  });
}

}  // namespace

void PrefixTable::add(std::string literal, bool nocase, std::uint32_t id) {
  const auto first = static_cast<std::uint8_t>(literal[0]);
  if (literal.size() == 1) {
    waiting_.push_back({literal, nocase, id, kPairs + first});
    if (nocase && upper(first) != first)
      waiting_.push_back({std::move(literal), nocase, id, kPairs + upper(first)});
    return;
  }
  const auto second = static_cast<std::uint8_t>(literal[1]);
  std::vector<std::size_t> slots = {slot_of(first, second)};
  if (nocase)
    for (const auto slot : {slot_of(upper(first), second), slot_of(first, upper(second)),
                            slot_of(upper(first), upper(second))})
      if (std::find(slots.begin(), slots.end(), slot) == slots.end()) slots.push_back(slot);
  for (const auto slot : slots) waiting_.push_back({literal, nocase, id, slot});
}

void PrefixTable::seal() {
  entries_ = std::exchange(waiting_, {});
  std::stable_sort(entries_.begin(), entries_.end(),
                   [](const Entry& a, const Entry& b) { return a.slot < b.slot; });
  for (const auto& entry : entries_) ++first_[entry.slot + 1];
  for (std::size_t i = 1; i < first_.size(); ++i) first_[i] += first_[i - 1];
}

void PrefixTable::find_in(std::size_t slot, Bytes data, std::size_t known,
                          std::vector<std::uint32_t>& ids) const {
  for (auto i = first_[slot]; i < first_[slot + 1]; ++i) {
    const auto& entry = entries_[i];
    const auto size = entry.literal.size();
    if (known < size && size <= data.size() && begins_with(data, entry.literal, entry.nocase))
      ids.push_back(entry.id);
  }
}

void PrefixTable::find(Bytes data, std::size_t known, std::vector<std::uint32_t>& ids) const {
  if (data.empty() || entries_.empty()) return;
  if (known == 0) find_in(kPairs + data[0], data, known, ids);
  if (data.size() > 1) find_in(slot_of(data[0], data[1]), data, known, ids);
}

}  // namespace rampart::sniffer
