#include "sniffer/flow/defragmenter.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace rampart::sniffer {
namespace {

constexpr std::uint32_t kLongest = 65535;
constexpr std::size_t kMostHoles = 256;

}  // namespace

Defragmenter::Defragmenter(HashKey key, std::size_t most) : key_(key), datagrams_(most) {
  buckets_.fill(kNone);
}

std::size_t Defragmenter::bucket_of(const Key& key) const {
  SipHash sip(key_);
  sip.add(key.source);
  sip.add(key.destination);
  sip.add(std::uint64_t{key.id} << 32U | std::uint64_t{key.vlan} << 8U | key.proto);
  return sip.finish() % buckets_.size();
}

void Defragmenter::forget(Datagram& datagram) {
  const auto self = static_cast<std::uint32_t>(&datagram - datagrams_.data());
  auto* link = &buckets_[bucket_of(datagram.key)];
  while (*link != self) link = &datagrams_[*link].next_in_bucket;
  *link = datagram.next_in_bucket;
  datagram.used = false;
}

Defragmenter::Datagram& Defragmenter::find_or_open(const Key& key, base::WallTime now) {
  auto& bucket = buckets_[bucket_of(key)];
  for (auto i = bucket; i != kNone; i = datagrams_[i].next_in_bucket) {
    auto& datagram = datagrams_[i];
    if (datagram.key != key) continue;
    if (now - datagram.began <= kPatience) return datagram;
    ++stats_.timed_out;
    forget(datagram);
    break;
  }
  auto& out = datagrams_[next_];
  if (out.used) {
    ++(now - out.began > kPatience ? stats_.timed_out : stats_.displaced);
    forget(out);
  }
  out.key = key;
  out.began = now;
  out.size = kUnknown;
  out.fragments = 0;
  out.used = true;
  out.have.clear();
  out.bytes.clear();
  out.next_in_bucket = bucket;
  bucket = static_cast<std::uint32_t>(next_);
  next_ = (next_ + 1) % datagrams_.size();
  return out;
}

// False where there are too many holes.
bool Defragmenter::keep(Datagram& datagram, std::uint32_t begin, Bytes bytes) {
  const auto end = begin + static_cast<std::uint32_t>(bytes.size());
  if (datagram.bytes.size() < end) datagram.bytes.resize(end);
  auto& have = datagram.have;
  auto at = std::lower_bound(have.begin(), have.end(), begin,
                             [](const Range& r, std::uint32_t b) { return r.end < b; });
  Range merged{begin, end};
  auto from = begin;
  const auto first = at;
  for (; at != have.end() && at->begin <= end; ++at) {
    if (from < at->begin)
      std::memcpy(datagram.bytes.data() + from, bytes.data() + (from - begin), at->begin - from);
    from = std::max(from, at->end);
    merged = {std::min(merged.begin, at->begin), std::max(merged.end, at->end)};
  }
  if (from < end)
    std::memcpy(datagram.bytes.data() + from, bytes.data() + (from - begin), end - from);
  have.insert(have.erase(first, at), merged);
  return have.size() <= kMostHoles;
}

bool Defragmenter::overlaps(const Datagram& datagram, std::uint32_t begin, std::uint32_t end) {
  const auto& have = datagram.have;
  const auto at = std::lower_bound(have.begin(), have.end(), begin,
                                   [](const Range& r, std::uint32_t b) { return r.end <= b; });
  return at != have.end() && at->begin < end;
}

void Defragmenter::refuse(Datagram& datagram) {
  ++stats_.refused;
  forget(datagram);
}

std::optional<Bytes> Defragmenter::add(Packet& fragment) {
  const bool v4 = fragment.ip_version == 4;
  Key key{fragment.source, fragment.destination, fragment.fragment_id,
          fragment.vlan_count != 0 ? fragment.vlans[0] : std::uint16_t{0},
          v4 ? fragment.proto : std::uint8_t{0}};
  auto bytes = fragment.payload;
  // All but the last are multiples of eight; a rest could not be placed behind. RFC 8200, section
  // 4.5, has receivers discard such a fragment.
  if (fragment.more_fragments && bytes.size() % 8 != 0) {
    if (!v4) {
      fragment.events.add(DecodeEvent::ipv6_fragment_length);
      ++stats_.refused;
      return std::nullopt;
    }
    bytes = bytes.first(bytes.size() / 8 * 8);
  }
  const std::uint32_t begin = fragment.fragment_offset;
  const auto end = begin + static_cast<std::uint32_t>(bytes.size());
  if (end > kLongest)
    fragment.events.add(v4 ? DecodeEvent::ipv4_fragments_too_large
                           : DecodeEvent::ipv6_fragments_too_large);
  if (bytes.empty() || end > kLongest) {
    ++stats_.refused;
    return std::nullopt;
  }
  auto& datagram = find_or_open(key, fragment.time);
  ++datagram.fragments;
  if (overlaps(datagram, begin, end))
    fragment.events.add(v4 ? DecodeEvent::ipv4_fragments_overlap
                           : DecodeEvent::ipv6_fragments_overlap);
  if (!fragment.more_fragments && datagram.size == kUnknown) datagram.size = end;
  if (end > datagram.size || (!datagram.have.empty() && datagram.have.back().end > datagram.size)) {
    refuse(datagram);
    return std::nullopt;
  }
  if (!keep(datagram, begin, bytes)) {
    fragment.events.add(v4 ? DecodeEvent::ipv4_fragment_ignored
                           : DecodeEvent::ipv6_fragment_ignored);
    refuse(datagram);
    return std::nullopt;
  }
  const auto& have = datagram.have.front();
  if (datagram.have.size() != 1 || have.begin != 0 || have.end != datagram.size)
    return std::nullopt;
  ++stats_.reassembled;
  stats_.used += datagram.fragments;
  forget(datagram);
  whole_.swap(datagram.bytes);
  return Bytes(whole_.data(), datagram.size);
}

}  // namespace rampart::sniffer
