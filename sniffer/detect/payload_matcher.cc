#include "sniffer/detect/payload_matcher.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "sniffer/detect/base64_text.h"
#include "sniffer/detect/byte_search.h"

namespace rampart::sniffer {
namespace {

constexpr unsigned kMostSteps = 3000;
// Matches of one pattern may overlap that often; from then on each begins after the one before it,
// or a long match that leads nowhere would be found again from each of its bytes.
constexpr unsigned kMostOverlapping = 32;
constexpr std::size_t kMostBase64 = 65535;  // bytes of text that one keyword decodes

std::size_t find(const Content& content, Bytes data, std::size_t from, std::size_t to) {
  return find_bytes(data, from, to, content.bytes, content.nocase);
}

struct Range {
  std::size_t from;
  std::size_t to;
};

// Where the content may lie. `at` is the end of the match before it.
Range range_of(const Content& c, const Buffer& buffer, std::int64_t at, const ByteValues& values) {
  const auto end = static_cast<std::int64_t>(buffer.data.size());
  const auto base = static_cast<std::int64_t>(buffer.base);
  const auto size = static_cast<std::int64_t>(c.bytes.size());
  std::int64_t from = 0;
  std::int64_t to = end;
  if (c.relative()) {
    from = at + resolve(c.distance.value_or(0), c.distance_from, values);
    if (c.within) to = from + resolve(*c.within, c.within_from, values);
  } else if (c.startswith) {
    from = -base;
    to = size - base;
  } else {
    from = resolve(c.offset.value_or(0), c.offset_from, values) - base;
    if (c.depth) to = from + resolve(*c.depth, c.depth_from, values);
  }
  if (c.endswith) from = std::max(from, end - size);
  from = std::clamp<std::int64_t>(from, 0, end);
  to = std::clamp<std::int64_t>(to, 0, end);
  return {static_cast<std::size_t>(from), static_cast<std::size_t>(to)};
}

bool has_variables(const Content& c) {
  return c.offset_from != kNoVariable || c.depth_from != kNoVariable ||
         c.distance_from != kNoVariable || c.within_from != kNoVariable;
}

}  // namespace

bool may_reach_fresh(const std::vector<PayloadMatch>& payload, const Buffer& buffer) {
  return std::any_of(payload.begin(), payload.end(), [&](const PayloadMatch& match) {
    const auto* content = std::get_if<Content>(&match);
    if (content == nullptr) return true;
    if (content->negated) return false;
    const auto before = content->bytes.size() - 1;
    const auto from = buffer.fresh > before ? buffer.fresh - before : 0;
    return find(*content, buffer.data, from, buffer.data.size()) != kNowhere;
  });
}

bool PayloadMatcher::matches(const std::vector<PayloadMatch>& payload, const Buffer& buffer) {
  payload_ = &payload;
  buffer_ = &buffer;
  steps_ = 0;
  hopeless_ = false;
  return step(0, -static_cast<std::int64_t>(buffer.base), -1);
}

// `at`: end of the last match, where relative keywords begin. `reach`: the farthest end so far.
bool PayloadMatcher::step(std::size_t i, std::int64_t at, std::int64_t reach) {
  if (i == payload_->size()) return reach < 0 || reach > static_cast<std::int64_t>(buffer_->fresh);
  if (++steps_ > kMostSteps) return false;
  return std::visit([&](const auto& match) { return take(match, i, at, reach); }, (*payload_)[i]);
}

// What follows depends on bytes that were read, and another place reads others.
bool PayloadMatcher::step_from_number(std::size_t i, std::int64_t at, std::int64_t reach) {
  const bool matched = step(i, at, reach);
  hopeless_ = false;
  return matched;
}

bool PayloadMatcher::take(const Content& content, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  auto [from, to] = range_of(content, *buffer_, at, values_);
  if (content.negated)
    return find(content, buffer_->data, from, to) == kNowhere && step(i + 1, at, reach);
  // Where nothing follows that could reach the new bytes, this must.
  const auto size = content.bytes.size();
  const bool must_be_fresh = i + 1 == payload_->size() &&
                             reach <= static_cast<std::int64_t>(buffer_->fresh) &&
                             buffer_->fresh >= size;
  if (must_be_fresh) from = std::max(from, buffer_->fresh + 1 - size);
  bool found = false;
  while (steps_ <= kMostSteps) {
    const auto place = find(content, buffer_->data, from, to);
    if (place == kNowhere) {
      // Later places of what stands before would leave only a part of the range. (Not so where the
      // range was narrowed to fresh bytes: a later place may bring those itself.)
      hopeless_ = !found && !must_be_fresh && !content.within && !has_variables(content);
      return false;
    }
    const auto end = static_cast<std::int64_t>(place + size);
    if (step(i + 1, end, std::max(reach, end))) return true;
    if (hopeless_) {
      hopeless_ = !found;  // a later place of what stands before begins with the first place again
      return false;
    }
    found = true;
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
    const bool is_new = depends_on_fresh(pcre, skipped, from, *match);
    if (step(i + 1, end, std::max(reach, is_new ? size : end))) return true;
    hopeless_ = false;  // a later match of a pattern may end earlier
    from = static_cast<std::int64_t>(match->begin + skipped) + 1;
    if (tries >= kMostOverlapping) from = std::max(from, end);
  }
  return false;
}

// Whether the match of a pattern that looks at what follows would not be there without the fresh
// bytes, though it ends before them. The pattern sees what lies behind `skipped`.
bool PayloadMatcher::depends_on_fresh(const Pcre& pcre, std::size_t skipped, std::int64_t from,
                                      const Regex::Match& match) {
  if (!pcre.regex->looks_ahead() || match.end + skipped > buffer_->fresh) return false;
  const auto before = pcre.regex->find(buffer_->data.first(buffer_->fresh).subspan(skipped),
                                       static_cast<std::size_t>(from) - skipped, scratch_);
  return !before || before->begin != match.begin || before->end != match.end;
}

bool PayloadMatcher::take(const IsDataAt& test, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  const auto base = static_cast<std::int64_t>(buffer_->base);
  const auto wanted = resolve(test.at, test.at_from, values_);
  const bool there = test.relative ? at + wanted <= size : wanted < size + base;
  if (there == test.negated) return false;
  // What had to come is part of the match; a place that is gone from the window is old.
  const auto end = test.relative ? at + wanted : wanted - base + 1;
  const bool asks = !test.negated && !(test.relative && wanted == 0);
  return step(i + 1, at, asks ? std::max({reach, end, std::int64_t{0}}) : reach);
}

std::optional<ByteNumber> PayloadMatcher::read(const ByteField& field, std::int64_t at) const {
  return read_number(field, buffer_->data, buffer_->base, at, values_);
}

bool PayloadMatcher::take(const ByteTest& test, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read(test.field, at);
  if (!number) return false;
  const auto wanted = test.value_from == kNoVariable
                          ? test.value
                          : values_[static_cast<std::size_t>(test.value_from)];
  return compare(test.op, number->value, wanted) != test.negated &&
         step(i + 1, at, std::max(reach, number->end));
}

bool PayloadMatcher::take(const ByteExtract& extract, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read(extract.field, at);
  if (!number) return false;
  auto value = number->value * extract.multiplier;
  if (extract.align != 0) value = (value + extract.align - 1) / extract.align * extract.align;
  values_[static_cast<std::size_t>(extract.into)] = value;
  return step_from_number(i + 1, number->end, std::max(reach, number->end));
}

bool PayloadMatcher::take(const ByteMath& math, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read(math.field, at);
  if (!number) return false;
  const auto right = math.right_from == kNoVariable
                         ? math.right
                         : values_[static_cast<std::size_t>(math.right_from)];
  const auto result = calculate(math.op, number->value, right);
  if (!result) return false;
  values_[static_cast<std::size_t>(math.into)] = *result;
  return step_from_number(i + 1, number->end, std::max(reach, number->end));
}

bool PayloadMatcher::take(const Base64Decode& decode, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  const auto origin = decode.relative ? at : -static_cast<std::int64_t>(buffer_->base);
  const auto begin = origin + decode.offset;
  if (begin < 0 || begin >= size) return false;
  auto text = buffer_->data.subspan(static_cast<std::size_t>(begin));
  const auto most = decode.bytes == 0 ? kMostBase64 : decode.bytes;
  const auto used = decode_base64(text.first(std::min(text.size(), most)), decoded_);
  if (decoded_.empty() || (!decode.matches.empty() && !decoded_matches(decode.matches)))
    return false;
  return step(i + 1, at, std::max(reach, begin + static_cast<std::int64_t>(used)));
}

// The keywords on the decoded bytes stand for themselves: no way back into them.
bool PayloadMatcher::decoded_matches(const std::vector<PayloadMatch>& matches) {
  const Buffer inner{decoded_, 0, 0, true};
  const auto* payload = std::exchange(payload_, &matches);
  const auto* buffer = std::exchange(buffer_, &inner);
  const bool matched = step(0, 0, -1);
  hopeless_ = false;
  payload_ = payload;
  buffer_ = buffer;
  return matched;
}

bool PayloadMatcher::take(const ByteJump& jump, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  const auto number = read(jump.field, at);
  if (!number || number->value > 0xFFFFFFFFU) return false;
  const auto size = static_cast<std::int64_t>(buffer_->data.size());
  auto distance = static_cast<std::int64_t>(number->value) * jump.multiplier;
  if (jump.align) distance = (distance + 3) / 4 * 4;
  std::int64_t to = number->end + distance;
  if (jump.from_beginning) to = distance - static_cast<std::int64_t>(buffer_->base);
  if (jump.from_end) to = size - distance;
  to += jump.post_offset;
  if (to < -static_cast<std::int64_t>(buffer_->base) || to > size) return false;
  return step_from_number(i + 1, to, std::max({reach, number->end, to}));
}

bool PayloadMatcher::take(const BufferSize& size, std::size_t i, std::int64_t at,
                          std::int64_t reach) {
  if (!buffer_->whole) return false;
  const auto bytes = buffer_->base + buffer_->data.size();
  return (size.low <= bytes && bytes <= size.high) != size.negated && step(i + 1, at, reach);
}

}  // namespace rampart::sniffer
