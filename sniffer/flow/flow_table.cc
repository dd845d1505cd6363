#include "sniffer/flow/flow_table.h"

#include <algorithm>
#include <bit>

namespace rampart::sniffer {
namespace {

constexpr std::uint64_t kIdMask = (std::uint64_t{1} << 53U) - 1;

struct Ends {
  FlowKey key;
  bool source_is_low;
};

Ends ends_of(const Packet& p) {
  std::uint16_t from = p.source_port;
  std::uint16_t to = p.destination_port;
  if (p.icmp_echo) from = to = p.icmp_id;
  Ends out{};
  const auto order = p.source <=> p.destination;
  out.source_is_low = order < 0 || (order == 0 && from <= to);
  out.key.low = out.source_is_low ? p.source.bytes : p.destination.bytes;
  out.key.high = out.source_is_low ? p.destination.bytes : p.source.bytes;
  out.key.low_port = out.source_is_low ? from : to;
  out.key.high_port = out.source_is_low ? to : from;
  out.key.vlan = p.vlan_count == 0 ? 0 : p.vlans[0];
  out.key.proto = p.proto;
  out.key.v6 = p.ip_version == 6 ? 1 : 0;
  return out;
}

// RFC 1035, section 4.1.1: a header whose first bit of flags says that it is an answer, and that
// counts no more questions and records than there is room for, of 5 and 11 bytes at least. Nobody
// asks from the port of another service: a sender must not become the server of whatever he likes.
bool is_dns_answer(const Packet& p) {
  constexpr std::uint16_t kPort = 53, kFirstFreePort = 1024;
  constexpr std::size_t kHeader = 12, kQuestion = 5, kRecord = 11;
  if (!p.is_udp() || p.source_port != kPort || p.destination_port < kFirstFreePort ||
      p.payload.size() < kHeader || (p.payload[2] & 0x80U) == 0)
    return false;
  const auto count = [&](std::size_t at) {
    return std::size_t{p.payload[at]} << 8U | p.payload[at + 1];
  };
  return kHeader + count(4) * kQuestion + (count(6) + count(8) + count(10)) * kRecord <=
         p.payload_size;
}

// Whether the first packet that was seen of a flow comes from its server.
bool starts_at_server(const Packet& p) {
  if (is_dns_answer(p)) return true;
  return p.is_tcp() && p.has(tcp_flag::kSyn | tcp_flag::kAck);
}

}  // namespace

FlowTable::FlowTable(FlowTableOptions options, FlowListener& listener)
    : listener_(listener),
      key_(options.key),
      timeouts_{options.timeouts.tcp_new, options.timeouts.tcp_established, options.timeouts.closed,
                options.timeouts.new_, options.timeouts.established} {
  // A flow costs itself, up to two bucket heads and its place on the free list.
  constexpr std::size_t kCost = sizeof(Flow) + 4 * sizeof(FlowIndex);
  capacity_ = std::clamp<std::size_t>(options.memory / kCost, 16, kNoFlow - 1);
  buckets_.assign(std::bit_ceil(capacity_), kNoFlow);
  by_ports_.assign(std::min<std::size_t>(std::bit_ceil(capacity_), 65536), kNoFlow);
  chunks_.reserve(capacity_ / kChunk + 1);
  heads_.fill(kNoFlow);
  tails_.fill(kNoFlow);
}

std::uint64_t FlowTable::hash(const FlowKey& key) const {
  SipHash sip(key_);
  for (const auto word : key.words()) sip.add(word);
  return sip.finish();
}

std::size_t FlowTable::ports_bucket(std::uint16_t a, std::uint16_t b, std::uint8_t proto) const {
  SipHash sip(key_);
  sip.add(static_cast<std::uint64_t>(std::min(a, b)) << 32U |
          static_cast<std::uint64_t>(std::max(a, b)) << 8U | proto);
  return sip.finish() & (by_ports_.size() - 1);
}

std::uint32_t FlowTable::bucket_of(const FlowKey& key) const {
  return static_cast<std::uint32_t>(hash(key) & (buckets_.size() - 1));
}

std::optional<FlowTable::Found> FlowTable::find_in(std::uint32_t bucket, const FlowKey& key,
                                                   const Packet& packet) {
  for (auto i = buckets_[bucket]; i != kNoFlow;) {
    auto& flow = at(i);
    if (flow.key == key) {
      const base::Endpoint from{packet.source,
                                packet.icmp_echo ? packet.icmp_id : packet.source_port};
      // An address that talks to itself on one port has no direction; its packets go to the server.
      const bool forward = flow.client == from;
      return Found{&flow, forward ? Direction::to_server : Direction::to_client, false};
    }
    i = flow.next_in_bucket;
  }
  return std::nullopt;
}

std::optional<FlowTable::Found> FlowTable::find(const Packet& packet) {
  const auto key = ends_of(packet).key;
  return find_in(bucket_of(key), key, packet);
}

FlowTable::Found FlowTable::find_or_open(const Packet& packet) {
  const auto ends = ends_of(packet);
  const auto bucket = bucket_of(ends.key);
  if (const auto found = find_in(bucket, ends.key, packet)) return *found;
  const auto i = allocate();
  auto& flow = at(i);
  flow = Flow{};
  flow.used = true;
  flow.self = i;
  flow.key = ends.key;
  flow.bucket = bucket;
  SipHash sip(key_);
  sip.add(++opened_);
  sip.add(bucket);
  flow.id = std::max<std::uint64_t>(sip.finish() & kIdMask, 1);
  const bool echo = packet.icmp_echo;
  flow.client = {packet.source, echo ? packet.icmp_id : packet.source_port};
  flow.server = {packet.destination, echo ? packet.icmp_id : packet.destination_port};
  flow.icmp_type = packet.icmp_type;
  flow.icmp_code = packet.icmp_code;
  const bool swapped = starts_at_server(packet);
  if (swapped) std::swap(flow.client, flow.server);
  flow.start = flow.last = packet.time;
  link(i);
  enqueue(i, flow.is_tcp() ? FlowQueue::tcp_new : FlowQueue::new_);
  ++size_;
  return {&flow, swapped ? Direction::to_client : Direction::to_server, true};
}

void FlowTable::turn(Found& found) {
  std::swap(found.flow->client, found.flow->server);
  found.direction = reverse(found.direction);
}

FlowIndex FlowTable::allocate() {
  if (size_ >= capacity_) evict_one();
  if (free_.empty()) {
    const auto first = static_cast<FlowIndex>(chunks_.size() * kChunk);
    chunks_.push_back(std::make_unique<Flow[]>(kChunk));
    free_.reserve(chunks_.size() * kChunk);
    for (std::size_t n = kChunk; n-- != 0;) free_.push_back(first + static_cast<FlowIndex>(n));
  }
  const auto i = free_.back();
  free_.pop_back();
  return i;
}

void FlowTable::evict_one() {
  for (const auto queue : {FlowQueue::closed, FlowQueue::tcp_new, FlowQueue::new_,
                           FlowQueue::established, FlowQueue::tcp_established}) {
    const auto head = heads_[static_cast<std::size_t>(queue)];
    if (head == kNoFlow) continue;
    ++evicted_;
    remove(head, FlowEnd::evicted);
    return;
  }
}

void FlowTable::link(FlowIndex i) {
  auto& flow = at(i);
  flow.next_in_bucket = buckets_[flow.bucket];
  buckets_[flow.bucket] = i;
  auto& head = by_ports_[ports_bucket(flow.key.low_port, flow.key.high_port, flow.key.proto)];
  flow.next_by_ports = head;
  flow.previous_by_ports = kNoFlow;
  if (head != kNoFlow) at(head).previous_by_ports = i;
  head = i;
}

void FlowTable::remove(FlowIndex i, FlowEnd end) {
  auto& flow = at(i);
  listener_.on_flow_end(flow, end);
  dequeue(i);
  auto* link_to = &buckets_[flow.bucket];
  while (*link_to != i) link_to = &at(*link_to).next_in_bucket;
  *link_to = flow.next_in_bucket;
  if (flow.previous_by_ports != kNoFlow)
    at(flow.previous_by_ports).next_by_ports = flow.next_by_ports;
  else
    by_ports_[ports_bucket(flow.key.low_port, flow.key.high_port, flow.key.proto)] =
        flow.next_by_ports;
  if (flow.next_by_ports != kNoFlow)
    at(flow.next_by_ports).previous_by_ports = flow.previous_by_ports;
  flow.used = false;
  free_.push_back(i);
  --size_;
}

void FlowTable::enqueue(FlowIndex i, FlowQueue queue) {
  const auto q = static_cast<std::size_t>(queue);
  auto& flow = at(i);
  flow.queue = queue;
  flow.previous_in_queue = tails_[q];
  flow.next_in_queue = kNoFlow;
  if (tails_[q] != kNoFlow) at(tails_[q]).next_in_queue = i;
  tails_[q] = i;
  if (heads_[q] == kNoFlow) heads_[q] = i;
}

void FlowTable::dequeue(FlowIndex i) {
  auto& flow = at(i);
  const auto q = static_cast<std::size_t>(flow.queue);
  if (flow.previous_in_queue != kNoFlow)
    at(flow.previous_in_queue).next_in_queue = flow.next_in_queue;
  else
    heads_[q] = flow.next_in_queue;
  if (flow.next_in_queue != kNoFlow)
    at(flow.next_in_queue).previous_in_queue = flow.previous_in_queue;
  else
    tails_[q] = flow.previous_in_queue;
}

void FlowTable::touch(Flow& flow, base::WallTime now) {
  flow.last = std::max(flow.last, now);
  auto queue = FlowQueue::new_;
  if (flow.is_tcp()) {
    if (flow.tcp.state() >= TcpState::closed)
      queue = FlowQueue::closed;
    else
      queue = flow.tcp.established() ? FlowQueue::tcp_established : FlowQueue::tcp_new;
  } else if (flow.established()) {
    queue = FlowQueue::established;
  }
  const auto i = flow.self;
  if (flow.queue == queue && tails_[static_cast<std::size_t>(queue)] == i) return;
  dequeue(i);
  enqueue(i, queue);
}

void FlowTable::expire(base::WallTime now, bool hurry) {
  constexpr base::Nanos kHurry = std::chrono::seconds(1);
  for (std::size_t q = 0; q < kFlowQueues; ++q) {
    auto timeout = timeouts_[q];
    if (hurry && static_cast<FlowQueue>(q) == FlowQueue::closed)
      timeout = std::min(timeout, kHurry);
    while (heads_[q] != kNoFlow && at(heads_[q]).last + timeout < now)
      remove(heads_[q], FlowEnd::timeout);
  }
}

void FlowTable::clear() {
  for (std::size_t q = 0; q < kFlowQueues; ++q)
    while (heads_[q] != kNoFlow) remove(heads_[q], FlowEnd::shutdown);
}

}  // namespace rampart::sniffer
