#include "sniffer/detect/thresholds.h"

#include <algorithm>
#include <bit>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kWays = 8;  // places that a key may take
constexpr std::uint64_t kThreshold = 0, kRateFilter = 1, kDetectionFilter = 2;
constexpr auto kExceeded = ~std::uint32_t{0};  // the count of a rate filter that is in force

}  // namespace

Thresholds::Thresholds(HashKey key, std::size_t capacity) : key_(key) {
  entries_.resize(std::bit_ceil(std::max(capacity, kWays)));
}

Thresholds::Entry& Thresholds::find(Threshold::Track track, std::uint64_t kind, std::uint32_t rule,
                                    const base::IpAddress& source,
                                    const base::IpAddress& destination) {
  const bool both = track == Threshold::Track::by_both;
  // A pair is the same whoever of the two sends.
  const bool swapped = both && destination < source;
  SipHash high(key_);
  SipHash low({key_.k1, key_.k0});
  for (auto* sip : {&high, &low}) {
    sip->add(kind << 32U | rule);
    if (both || track == Threshold::Track::by_src) sip->add(swapped ? destination : source);
    if (both || track == Threshold::Track::by_dst) sip->add(swapped ? source : destination);
  }
  Entry wanted;
  wanted.high = high.finish();
  wanted.low = low.finish();
  wanted.used = true;
  auto* set = &entries_[(wanted.high & (entries_.size() - 1)) / kWays * kWays];
  auto* oldest = set;
  for (std::size_t i = 0; i < kWays; ++i) {
    auto& entry = set[i];
    if (entry.used && entry.high == wanted.high && entry.low == wanted.low) return entry;
    if (oldest->used && (!entry.used || entry.since < oldest->since)) oldest = &entry;
  }
  if (oldest->used) ++displaced_;
  *oldest = wanted;
  return *oldest;
}

bool Thresholds::pass(const Threshold& threshold, std::uint32_t rule, const base::IpAddress& source,
                      const base::IpAddress& destination, base::WallTime now) {
  const bool filter = threshold.type == Threshold::Type::detection_filter;
  auto& entry =
      find(threshold.track, filter ? kDetectionFilter : kThreshold, rule, source, destination);
  const bool inside =
      entry.count != 0 && now - entry.since < std::chrono::seconds(threshold.seconds);
  if (!inside) {
    entry.since = now;
    entry.count = 0;
  }
  if (entry.count != ~std::uint32_t{0}) ++entry.count;
  switch (threshold.type) {
    case Threshold::Type::limit: return entry.count <= threshold.count;
    case Threshold::Type::both: return entry.count == threshold.count;
    case Threshold::Type::detection_filter: return entry.count > threshold.count;
    case Threshold::Type::threshold:
      if (entry.count < threshold.count) return false;
      entry.count = 0;
      return true;
  }
  return true;
}

bool Thresholds::exceeds(const RateFilter& filter, std::uint32_t rule,
                         const base::IpAddress& source, const base::IpAddress& destination,
                         base::WallTime now) {
  auto& entry = find(filter.track, kRateFilter, rule, source, destination);
  const auto age = now - entry.since;
  if (entry.count == kExceeded) {
    if (filter.timeout == 0 || age < std::chrono::seconds(filter.timeout)) return true;
    entry.count = 0;
  }
  if (entry.count == 0 || age >= std::chrono::seconds(filter.seconds)) {
    entry.since = now;
    entry.count = 0;
  }
  if (entry.count < filter.count) {
    ++entry.count;
    return false;
  }
  entry.since = now;
  entry.count = kExceeded;
  return true;
}

}  // namespace rampart::sniffer
