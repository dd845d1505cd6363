#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/owner.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

// The connections that this run opened, so that its own packets can be told from everybody
// else's. Bounded: the tuple that was added first leaves first. No allocation after construction.
class OwnTable {
 public:
  static constexpr std::size_t kDefaultCapacity = 131072;

  explicit OwnTable(HashKey key, std::size_t capacity = kDefaultCapacity);

  // Replaces a tuple of the same wire.
  void add(const model::OwnTuple& tuple);
  // Whose traffic this is: a packet of ours to `remote`, or an answer from it. hot
  [[nodiscard]] model::Owner owner_of(const Packet& packet) const;

  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  struct Entry {
    model::OwnTuple tuple;
    std::uint32_t next = kNone;
  };

  [[nodiscard]] std::size_t bucket(std::uint16_t port, const base::Endpoint& remote,
                                   model::IpProto proto) const;
  [[nodiscard]] std::uint32_t find(std::size_t bucket, const model::OwnTuple& tuple) const;
  [[nodiscard]] std::optional<model::Owner> find(std::uint16_t port, const base::Endpoint& remote,
                                                 model::IpProto proto) const;
  void forget(std::uint32_t i);

  HashKey key_;
  std::vector<std::uint32_t> buckets_;
  std::vector<Entry> entries_;  // a ring
  std::size_t oldest_ = 0;
  std::size_t size_ = 0;
};

}  // namespace rampart::sniffer
