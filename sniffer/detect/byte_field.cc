#include "sniffer/detect/byte_field.h"

#include <algorithm>
#include <bit>

namespace rampart::sniffer {
namespace {

constexpr std::int64_t kLongestText = 23;

std::uint8_t lower(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

int digit_of(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : 99;
}

struct TextNumber {
  std::uint64_t value;
  std::size_t size;  // bytes that it takes
};

bool is_blank(std::uint8_t c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// As C's strtoull: blanks, a sign, an optional 0x, then digits until something else comes, at least
// one; what is below zero wraps around.
std::optional<TextNumber> read_text(Bytes bytes, std::uint32_t base) {
  std::size_t i = 0;
  while (i < bytes.size() && is_blank(bytes[i])) ++i;
  const bool minus = i < bytes.size() && bytes[i] == '-';
  if (i < bytes.size() && (minus || bytes[i] == '+')) ++i;
  const bool prefix = base == 16 && i + 2 < bytes.size() && bytes[i] == '0' &&
                      lower(bytes[i + 1]) == 'x' && digit_of(bytes[i + 2]) < 16;
  if (prefix) i += 2;
  std::uint64_t value = 0;
  const auto first = i;
  for (; i < bytes.size() && digit_of(bytes[i]) < static_cast<int>(base); ++i) {
    const auto digit = static_cast<std::uint64_t>(digit_of(bytes[i]));
    if (value > (~0ULL - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  if (i == first) return std::nullopt;
  return TextNumber{minus ? 0 - value : value, i};
}

std::uint64_t read_binary(Bytes bytes, bool little) {
  std::uint64_t value = 0;
  if (little)
    for (std::size_t i = bytes.size(); i-- != 0;) value = value << 8U | bytes[i];
  else
    for (const auto b : bytes) value = value << 8U | b;
  return value;
}

}  // namespace

std::int64_t resolve(std::int64_t number, ByteVariable from, const ByteValues& values) {
  if (from == kNoVariable) return number;
  const auto value = values[static_cast<std::size_t>(from)];
  return static_cast<std::int64_t>(std::min<std::uint64_t>(value, 0xFFFFFFFF));
}

std::optional<ByteNumber> read_number(const ByteField& field, Bytes data, std::uint64_t base,
                                      std::int64_t at, const ByteValues& values) {
  const auto end_of_data = static_cast<std::int64_t>(data.size());
  const auto origin = field.relative ? at : -static_cast<std::int64_t>(base);
  const auto begin = origin + resolve(field.offset, field.offset_from, values);
  auto size = resolve(field.size, field.size_from, values);
  if (begin < 0 || begin > end_of_data) return std::nullopt;
  if (field.base != 0 && size == 0) size = std::min(kLongestText, end_of_data - begin);
  if (size > end_of_data - begin || (field.base == 0 && size > 8)) return std::nullopt;
  const auto bytes = data.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(size));
  ByteNumber out{0, begin + size};
  if (field.base != 0) {
    const auto text = read_text(bytes, field.base);
    if (!text) return std::nullopt;
    out = {text->value, begin + static_cast<std::int64_t>(text->size)};
  } else {
    out.value = read_binary(bytes, field.little);
  }
  if (field.bitmask != 0)
    out.value =
        (out.value & field.bitmask) >> static_cast<unsigned>(std::countr_zero(field.bitmask));
  return out;
}

bool compare(ByteTest::Op op, std::uint64_t a, std::uint64_t b) {
  switch (op) {
    case ByteTest::Op::less: return a < b;
    case ByteTest::Op::greater: return a > b;
    case ByteTest::Op::equal: return a == b;
    case ByteTest::Op::less_equal: return a <= b;
    case ByteTest::Op::greater_equal: return a >= b;
    case ByteTest::Op::and_: return (a & b) != 0;
    case ByteTest::Op::xor_: return (a ^ b) != 0;
  }
  return false;
}

std::optional<std::uint64_t> calculate(ByteMath::Op op, std::uint64_t a, std::uint64_t b) {
  switch (op) {
    case ByteMath::Op::add: return a + b;
    case ByteMath::Op::subtract: return a - b;
    case ByteMath::Op::multiply: return a * b;
    case ByteMath::Op::divide: return b == 0 ? std::nullopt : std::optional(a / b);
    case ByteMath::Op::shift_left: return b > 63 ? std::nullopt : std::optional(a << b);
    case ByteMath::Op::shift_right: return b > 63 ? std::nullopt : std::optional(a >> b);
  }
  return std::nullopt;
}

}  // namespace rampart::sniffer
