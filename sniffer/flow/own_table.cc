#include "sniffer/flow/own_table.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace rampart::sniffer {

OwnTable::OwnTable(HashKey key, std::size_t capacity) : key_(key) {
  buckets_.assign(std::bit_ceil(std::max<std::size_t>(capacity, 1)), kNone);
  entries_.resize(std::max<std::size_t>(capacity, 1));
}

std::size_t OwnTable::bucket(std::uint16_t port, const base::Endpoint& remote,
                             model::IpProto proto) const {
  std::uint64_t words[2];
  std::memcpy(words, remote.address.bytes.data(), sizeof words);
  SipHash sip(key_);
  sip.add(words[0]);
  sip.add(words[1]);
  sip.add(static_cast<std::uint64_t>(port) << 32U | static_cast<std::uint64_t>(remote.port) << 16U |
          static_cast<std::uint64_t>(proto));
  return sip.finish() & (buckets_.size() - 1);
}

std::uint32_t OwnTable::find(std::size_t bucket, const model::OwnTuple& tuple) const {
  auto i = buckets_[bucket];
  while (i != kNone && !entries_[i].tuple.same_wire(tuple)) i = entries_[i].next;
  return i;
}

std::optional<model::Owner> OwnTable::find(std::uint16_t port, const base::Endpoint& remote,
                                           model::IpProto proto) const {
  model::OwnTuple wanted;
  wanted.local_port = port;
  wanted.remote = remote;
  wanted.proto = proto;
  const auto i = find(bucket(port, remote, proto), wanted);
  if (i == kNone) return std::nullopt;
  return entries_[i].tuple.owner;
}

void OwnTable::forget(std::uint32_t i) {
  const auto& tuple = entries_[i].tuple;
  auto* link = &buckets_[bucket(tuple.local_port, tuple.remote, tuple.proto)];
  while (*link != i) link = &entries_[*link].next;
  *link = entries_[i].next;
}

void OwnTable::add(const model::OwnTuple& tuple) {
  const auto at = bucket(tuple.local_port, tuple.remote, tuple.proto);
  if (const auto i = find(at, tuple); i != kNone) {
    entries_[i].tuple = tuple;
    return;
  }
  auto slot = static_cast<std::uint32_t>((oldest_ + size_) % entries_.size());
  if (size_ == entries_.size()) {
    slot = static_cast<std::uint32_t>(oldest_);
    forget(slot);
    oldest_ = (oldest_ + 1) % entries_.size();
  } else {
    ++size_;
  }
  entries_[slot] = {tuple, buckets_[at]};
  buckets_[at] = slot;
}

model::Owner OwnTable::owner_of(const Packet& packet) const {
  if (size_ == 0 || !packet.transport) return model::Owner::other;
  const auto proto = static_cast<model::IpProto>(packet.proto);
  if (packet.is_icmp()) {
    if (!packet.icmp_echo) return model::Owner::other;
    for (const auto& remote : {packet.destination, packet.source})
      if (const auto owner = find(packet.icmp_id, {remote, 0}, proto)) return *owner;
    return model::Owner::other;
  }
  if (const auto owner =
          find(packet.source_port, {packet.destination, packet.destination_port}, proto))
    return *owner;
  if (const auto owner = find(packet.destination_port, {packet.source, packet.source_port}, proto))
    return *owner;
  return model::Owner::other;
}

}  // namespace rampart::sniffer
