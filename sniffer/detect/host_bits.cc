#include "sniffer/detect/host_bits.h"

#include <algorithm>
#include <bit>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kWays = 8;  // places that a key may take

}  // namespace

HostBits::HostBits(HashKey key, std::size_t capacity) : key_(key) {
  entries_.resize(std::bit_ceil(std::max(capacity, kWays)));
}

HostBits::Entry HostBits::entry_for(const Xbits& xbits, const Packet& packet) const {
  const bool pair = xbits.track == Xbits::Track::ip_pair;
  const bool by_source =
      pair ? packet.source < packet.destination : xbits.track == Xbits::Track::ip_src;
  SipHash high(key_);
  SipHash low({key_.k1, key_.k0});
  for (auto* sip : {&high, &low}) {
    sip->add(xbits.bit);
    sip->add(by_source ? packet.source : packet.destination);
    if (pair) sip->add(by_source ? packet.destination : packet.source);
  }
  Entry out;
  out.high = high.finish();
  out.low = std::max<std::uint64_t>(low.finish(), 1);
  out.until = packet.time + std::chrono::seconds(xbits.seconds);
  return out;
}

std::size_t HostBits::first_place(const Entry& wanted) const {
  return (wanted.high & (entries_.size() - 1)) / kWays * kWays;
}

bool HostBits::is_set(const Xbits& xbits, const Packet& packet) const {
  const auto wanted = entry_for(xbits, packet);
  const auto* set = &entries_[first_place(wanted)];
  return std::any_of(set, set + kWays, [&](const Entry& e) {
    return e.high == wanted.high && e.low == wanted.low && packet.time <= e.until;
  });
}

void HostBits::change(const Xbits& xbits, const Packet& packet) {
  const auto wanted = entry_for(xbits, packet);
  auto* set = &entries_[first_place(wanted)];
  auto* place = set;
  for (auto* e = set; e != set + kWays; ++e) {
    if (e->high == wanted.high && e->low == wanted.low) {
      const bool on = packet.time <= e->until;
      const bool off = xbits.op == BitOp::unset || (xbits.op == BitOp::toggle && on);
      *e = off ? Entry{} : wanted;
      return;
    }
    if (e->until < place->until) place = e;
  }
  if (xbits.op == BitOp::unset) return;
  if (packet.time <= place->until) ++displaced_;
  *place = wanted;
}

}  // namespace rampart::sniffer
