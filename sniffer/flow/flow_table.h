#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "model/owner.h"
#include "sniffer/flow/flow.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

// How long a flow may be silent, by packet time.
struct FlowTimeouts {
  base::Nanos tcp_new = std::chrono::seconds(60);
  base::Nanos tcp_established = std::chrono::seconds(600);
  base::Nanos closed = std::chrono::seconds(10);
  base::Nanos new_ = std::chrono::seconds(30);  // UDP, ICMP and others, one side heard
  base::Nanos established = std::chrono::seconds(300);
};

struct FlowTableOptions {
  std::size_t memory = std::size_t{128} << 20U;  // bytes for flows and their index
  FlowTimeouts timeouts{};
  HashKey key{};
};

enum class FlowEnd : std::uint8_t { timeout, evicted, reused, shutdown };

// Told of every flow that leaves the table, just before it is forgotten.
class FlowListener {
 public:
  virtual ~FlowListener() = default;
  virtual void on_flow_end(Flow& flow, FlowEnd end) = 0;
};

// All conversations that are alive. Bounded: where it is full the flow that was silent longest of
// the least valuable queue leaves and is counted. One thread. Pointers to flows hold until the next
// find_or_open, expire or clear.
class FlowTable {
 public:
  FlowTable(FlowTableOptions options, FlowListener& listener);
  FlowTable(const FlowTable&) = delete;
  FlowTable& operator=(const FlowTable&) = delete;

  struct Found {
    Flow* flow;
    Direction direction;
    bool opened;
  };
  // The packet must be IP and not homeless(). hot
  Found find_or_open(const Packet& packet);
  // Nothing where there is none that the packet belongs to.
  std::optional<Found> find(const Packet& packet);
  // A flow that was just opened, and of which nothing is counted yet, was opened by its server.
  static void turn(Found& found);
  // Moves the flow to the end of the queue that fits its state. hot
  void touch(Flow& flow, base::WallTime now);
  // Flows whose timeout passed leave; in a hurry closed ones after a second. hot
  void expire(base::WallTime now, bool hurry = false);
  // Forgets one flow, so that the next packet of the key opens a new one.
  void close(Flow& flow, FlowEnd end) { remove(flow.self, end); }
  void clear();

  // Flows, the newest first, that a connection with these ends may be; at most `most` are looked
  // at. `visit(Flow&)`.
  template <class Visit>
  void for_ports(std::uint16_t a, std::uint16_t b, std::uint8_t proto, unsigned most, Visit visit) {
    for (auto i = by_ports_[ports_bucket(a, b, proto)]; i != kNoFlow && most-- != 0;) {
      auto& flow = at(i);
      i = flow.next_by_ports;
      visit(flow);
    }
  }

  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }
  [[nodiscard]] std::uint64_t opened() const { return opened_; }
  [[nodiscard]] std::uint64_t evicted() const { return evicted_; }

 private:
  static constexpr std::size_t kChunk = 1024;  // flows per allocation

  Flow& at(FlowIndex i) { return chunks_[i / kChunk][i % kChunk]; }
  FlowIndex allocate();
  void evict_one();
  void remove(FlowIndex i, FlowEnd end);
  void link(FlowIndex i);
  void enqueue(FlowIndex i, FlowQueue queue);
  void dequeue(FlowIndex i);
  [[nodiscard]] std::uint64_t hash(const FlowKey& key) const;
  [[nodiscard]] std::uint32_t bucket_of(const FlowKey& key) const;
  std::optional<Found> find_in(std::uint32_t bucket, const FlowKey& key, const Packet& packet);
  [[nodiscard]] std::size_t ports_bucket(std::uint16_t a, std::uint16_t b,
                                         std::uint8_t proto) const;

  // Set at construction.
  FlowListener& listener_;
  HashKey key_;
  std::array<base::Nanos, kFlowQueues> timeouts_;
  std::size_t capacity_;

  std::vector<FlowIndex> buckets_;
  std::vector<FlowIndex> by_ports_;
  std::vector<std::unique_ptr<Flow[]>> chunks_;
  std::vector<FlowIndex> free_;
  std::array<FlowIndex, kFlowQueues> heads_{};
  std::array<FlowIndex, kFlowQueues> tails_{};
  std::size_t size_ = 0;
  std::uint64_t opened_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace rampart::sniffer
