#include "sniffer/detect/fast_pattern.h"

#include <algorithm>
#include <cstdint>
#include <utility>

namespace rampart::sniffer {
namespace {

constexpr unsigned kEnough = 24;      // bits; what is as rare as this does not occur by chance
constexpr unsigned kWorthIt = 8;      // bits that a shorter part must be rarer
constexpr std::size_t kShortest = 4;  // of a part

bool is_letter(std::uint8_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

unsigned bits_of(std::uint8_t byte, bool nocase) {
  switch (byte) {
    case 0x00: return 1;
    case 0xFF: return 2;
    case 0x01:
    case ' ': return 3;
    default: break;
  }
  if (is_letter(byte)) return byte >= 'a' && !nocase ? 4 : nocase ? 3 : 5;
  return byte < ' ' ? 4 : 6;
}

}  // namespace

unsigned rarity(std::string_view bytes, bool nocase) {
  const auto from = bytes.size() - std::min(bytes.size(), kLooked);
  unsigned out = 0;
  for (std::size_t i = from; i < bytes.size(); ++i) {
    const auto bits = bits_of(static_cast<std::uint8_t>(bytes[i]), nocase);
    out += i > from && bytes[i] == bytes[i - 1] ? 1 : bits;
  }
  return out;
}

bool is_rarer(const Content& a, const Content& b) {
  const auto known = [](const Content& c) {
    const auto part = searched_part(c);
    return std::pair(std::min(rarity(part.bytes, part.nocase), kEnough), c.bytes.size());
  };
  return known(a) > known(b);
}

const Content* fast_pattern_of(std::span<const PayloadMatch> matches) {
  const Content* best = nullptr;
  for (const auto& match : matches) {
    const auto* content = std::get_if<Content>(&match);
    if (content == nullptr || content->negated) continue;
    if (content->fast_pattern) return content;
    if (best == nullptr || is_rarer(*content, *best)) best = content;
  }
  return best;
}

Literal literal_of(const Content& content) {
  Literal out{content.bytes, content.nocase};
  if (content.nocase)
    for (auto& c : out.bytes)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

Literal searched_part(const Content& content) {
  const auto literal = literal_of(content);
  std::string_view all = literal.bytes;
  all.remove_prefix(all.size() - std::min(all.size(), PatternDatabase::kLongest));
  auto end = all.size();
  auto best = rarity(all, content.nocase) + kWorthIt - 1;
  for (auto shorter = end; shorter-- > kShortest;) {
    const auto bits = rarity(all.substr(0, shorter), content.nocase);
    if (bits <= best) continue;
    best = bits;
    end = shorter;
  }
  return {std::string(all.substr(0, end)), content.nocase};
}

}  // namespace rampart::sniffer
