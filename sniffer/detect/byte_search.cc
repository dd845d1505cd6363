#include "sniffer/detect/byte_search.h"

#include <emmintrin.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kLanes = 16;

std::uint8_t lower(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

bool equal(const std::uint8_t* data, std::string_view literal, bool nocase) {
  if (!nocase) return std::memcmp(data, literal.data(), literal.size()) == 0;
  return std::equal(literal.begin(), literal.end(), data, [](char a, std::uint8_t b) {
    return lower(static_cast<std::uint8_t>(a)) == lower(b);
  });
}

// One byte to look for at each of 16 places.
class Lane {
 public:
  Lane(std::uint8_t c, bool nocase) {
    const auto small = lower(c);
    const bool letter = nocase && small >= 'a' && small <= 'z';
    // Of all bytes only a letter's two cases have its value with this bit set.
    fold_ = _mm_set1_epi8(letter ? 0x20 : 0);
    wanted_ = _mm_set1_epi8(static_cast<char>(letter ? small : c));
  }
  [[nodiscard]] __m128i at(const std::uint8_t* data) const {
    const auto bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(data));
    return _mm_cmpeq_epi8(_mm_or_si128(bytes, fold_), wanted_);
  }

 private:
  __m128i fold_;
  __m128i wanted_;
};

}  // namespace

std::size_t find_bytes(Bytes data, std::size_t from, std::size_t to, std::string_view literal,
                       bool nocase) {
  const auto size = literal.size();
  to = std::min(to, data.size());
  if (from > to || to - from < size) return kNowhere;
  const auto end = to - size + 1;  // of places where it may begin
  const auto first = static_cast<std::uint8_t>(literal.front());
  const Lane begins(first, nocase);
  const Lane ends(static_cast<std::uint8_t>(literal.back()), nocase);
  auto at = from;
  for (; at + kLanes <= end; at += kLanes) {
    const auto* here = data.data() + at;
    const auto both = _mm_and_si128(begins.at(here), ends.at(here + (size - 1)));
    auto places = static_cast<unsigned>(_mm_movemask_epi8(both));
    for (; places != 0; places &= places - 1) {
      const auto place = static_cast<std::size_t>(std::countr_zero(places));
      if (equal(here + place, literal, nocase)) return at + place;
    }
  }
  for (; at < end; ++at)
    if ((data[at] == first || nocase) && equal(data.data() + at, literal, nocase)) return at;
  return kNowhere;
}

}  // namespace rampart::sniffer
