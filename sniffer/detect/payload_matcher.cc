#include "sniffer/detect/payload_matcher.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <optional>

namespace rampart::sniffer {
namespace {

constexpr unsigned kMostSteps = 3000;
// Matches of one pattern may overlap that often; from then on each begins after the one before it,
// or a long match that leads nowhere would be found again from each of its bytes.
constexpr unsigned kMostOverlapping = 32;
constexpr std::size_t kNowhere = ~std::size_t{0};

std::uint8_t lower(std::uint8_t c) {
  return c >= 'A' && c <= 'Z' ? static_cast<std::uint8_t>(c + 32) : c;
}

// The first place at or after `from` where the content lies wholly before `to`.
std::size_t find(const Content& content, Bytes data, std::size_t from, std::size_t to) {
  const auto size = content.bytes.size();
  to = std::min(to, data.size());
  if (from > to || to - from < size) return kNowhere;
  if (!content.nocase) {
    const auto* at = static_cast<const std::uint8_t*>(
        memmem(data.data() + from, to - from, content.bytes.data(), size));
    return at == nullptr ? kNowhere : static_cast<std::size_t>(at - data.data());
  }
  const auto* wanted = reinterpret_cast<const std::uint8_t*>(content.bytes.data());
  for (auto at = from; at + size <= to; ++at) {
    std::size_t n = 0;
    while (n < size && lower(data[at + n]) == lower(wanted[n])) ++n;
    if (n == size) return at;
  }
  return kNowhere;
}

int digit_of(std::uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto l = lower(c);
  return l >= 'a' && l <= 'f' ? l - 'a' + 10 : 99;
}

// Text: blanks, an optional 0x, then digits until something else comes; at least one.
std::optional<std::uint64_t> read_text(Bytes bytes, std::uint32_t base) {
  std::size_t i = 0;
  while (i < bytes.size() && (bytes[i] == ' ' || bytes[i] == '\t')) ++i;
  if (base == 16 && i + 1 < bytes.size() && bytes[i] == '0' && lower(bytes[i + 1]) == 'x') i += 2;
  std::uint64_t value = 0;
  const auto first = i;
  for (; i < bytes.size() && digit_of(bytes[i]) < static_cast<int>(base); ++i) {
    const auto digit = static_cast<std::uint64_t>(digit_of(bytes[i]));
    if (value > (~0ULL - digit) / base) return std::nullopt;
    value = value * base + digit;
  }
  if (i == first) return std::nullopt;
  return value;
}

struct Number {
  std::uint64_t value;
  std::int64_t end;  // index after its bytes
};

std::optional<Number> read_number(const ByteField& field, const Buffer& buffer, std::int64_t at) {
  const auto origin = field.relative ? at : -static_cast<std::int64_t>(buffer.base);
  const auto begin = origin + field.offset;
  const auto end = begin + field.size;
  if (begin < 0 || end > static_cast<std::int64_t>(buffer.data.size())) return std::nullopt;
  const auto bytes = buffer.data.subspan(static_cast<std::size_t>(begin), field.size);
  std::uint64_t value = 0;
  if (field.base != 0) {
    const auto text = read_text(bytes, field.base);
    if (!text) return std::nullopt;
    value = *text;
  } else if (field.little) {
    for (std::size_t i = bytes.size(); i-- != 0;) value = value << 8U | bytes[i];
  } else {
    for (const auto b : bytes) value = value << 8U | b;
  }
  if (field.bitmask != 0)
    value = (value & field.bitmask) >> static_cast<unsigned>(std::countr_zero(field.bitmask));
  return Number{value, end};
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

struct Range {
  std::size_t from;
  std::size_t to;
};

// Where the content may lie. `at` is the end of the match before it.
Range range_of(const Content& c, const Buffer& buffer, std::int64_t at) {
  const auto end = static_cast<std::int64_t>(buffer.data.size());
  const auto base = static_cast<std::int64_t>(buffer.base);
  const auto size = static_cast<std::int64_t>(c.bytes.size());
  std::int64_t from = 0;
  std::int64_t to = end;
  if (c.relative()) {
    from = at + c.distance.value_or(0);
    if (c.within) to = from + *c.within;
  } else if (c.startswith) {
    from = -base;
    to = size - base;
  } else {
    from = c.offset.value_or(0) - base;
    if (c.depth) to = from + *c.depth;
  }
  if (c.endswith) from = std::max(from, end - size);
  from = std::clamp<std::int64_t>(from, 0, end);
  to = std::clamp<std::int64_t>(to, 0, end);
  return {static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
}

}  // namespace

bool PayloadMatcher::matches(const std::vector<PayloadMatch>& payload, const Buffer& buffer) {
  payload_ = &payload;
  buffer_ = &buffer;
  steps_ = 0;
  return step(0, -static_cast<std::int64_t>(buffer.base), -1);
}

// `at`: end of the last match, where relative keywords begin. `reach`: the farthest end so far.
bool PayloadMatcher::step(std::size_t i, std::int64_t at, std::int64_t reach) {
  if (i == payload_->size()) return reach < 0 || reach > static_cast<std::int64_t>(buffer_->fresh);
  if (++steps_ > kMostSteps) return false;
  return std::visit([&](const auto& match) { return take(match, i, at, reach); }, (*payload_)[i]);
}

bool PayloadMatcher::take(const Content& content, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  auto [from, to] = range_of(content, *buffer_, at);
  if (content.negated)
    return find(content, buffer_->data, from, to) == kNowhere && step(i + 1, at, reach);
  // Where nothing follows that could reach the new bytes, this must.
  const auto size = content.bytes.size();
  if (i + 1 == payload_->size() && reach <= static_cast<std::int64_t>(buffer_->fresh) &&
      buffer_->fresh >= size)
    from = std::max(from, buffer_->fresh + 1 - size);
  while (steps_ <= kMostSteps) {
    const auto place = find(content, buffer_->data, from, to);
    if (place == kNowhere) return false;
    const auto end = static_cast<std::int64_t>(place + size);
    if (step(i + 1, end, std::max(reach, end))) return true;
    from = place + 1;
  }
  return false;
}

bool PayloadMatcher::take(const Pcre& pcre, std::size_t i, std::int64_t at, std::int64_t reach) {
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  auto from = pcre.relative ? std::max<std::int64_t>(at, 0) : 0;
  for (unsigned tries = 1; steps_ <= kMostSteps; ++tries) {
    if (from > size) return pcre.negated && step(i + 1, at, reach);
    // A relative pattern sees only what follows, so that ^ means the end of the last match.
    const auto skipped =
        static_cast<std::size_t>(pcre.relative ? std::max<std::int64_t>(at, 0) : 0);
    const auto match = pcre.regex->find(buffer_->data.subspan(skipped),
                                        static_cast<std::size_t>(from) - skipped, scratch_);
    if (pcre.negated) return !match && step(i + 1, at, reach);
    if (!match) return false;
    const auto end = static_cast<std::int64_t>(match->end + skipped);
    if (step(i + 1, end, std::max(reach, end))) return true;
    from = static_cast<std::int64_t>(match->begin + skipped) + 1;
    if (tries >= kMostOverlapping) from = std::max(from, end);
  }
  return false;
}

bool PayloadMatcher::take(const IsDataAt& test, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  const auto base = static_cast<std::int64_t>(buffer_->base);
  const bool there = test.relative ? at + test.at <= size : test.at < size + base;
  if (there == test.negated) return false;
  // What had to come is part of the match; a place that is gone from the window is old.
  const auto end = test.relative ? at + test.at : test.at - base + 1;
  const bool asks = !test.negated && !(test.relative && test.at == 0);
  return step(i + 1, at, asks ? std::max({reach, end, std::int64_t{0}}) : reach);
}

bool PayloadMatcher::take(const ByteTest& test, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read_number(test.field, *buffer_, at);
  return number && compare(test.op, number->value, test.value) != test.negated &&
         step(i + 1, at, std::max(reach, number->end));
}

bool PayloadMatcher::take(const ByteJump& jump, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read_number(jump.field, *buffer_, at);
  if (!number || number->value > 0xFFFFFFFFU) return false;
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  auto distance = static_cast<std::int64_t>(number->value) * jump.multiplier;
  if (jump.align) distance = (distance + 3) / 4 * 4;
  std::int64_t to = number->end + distance;
  if (jump.from_beginning) to = distance - static_cast<std::int64_t>(buffer_->base);
  if (jump.from_end) to = size - distance;
  to += jump.post_offset;
  if (to < -static_cast<std::int64_t>(buffer_->base) || to > size) return false;
  return step(i + 1, to, std::max({reach, number->end, to}));
}

bool PayloadMatcher::take(const BufferSize& size, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  if (!buffer_->whole) return false;
  const auto bytes = buffer_->base + buffer_->data.size();
  return (size.low <= bytes && bytes <= size.high) != size.negated && step(i + 1, at, reach);
}

}  // namespace rampart::sniffer
