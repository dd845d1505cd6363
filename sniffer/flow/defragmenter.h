#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

struct DefragmenterStats {
  std::uint64_t reassembled = 0;  // datagrams
  std::uint64_t used = 0;         // fragments of those
  std::uint64_t timed_out = 0;    // datagrams that did not become whole in time
  std::uint64_t displaced = 0;    // by newer ones: more were open than are kept
  std::uint64_t refused = 0;  // fragments that contradict those before: beyond the datagram's end
};

// Puts IP fragments together (RFC 791 section 3.2, RFC 8200 section 4.5). Overlaps: the byte that
// came first wins. Bounded: where too many datagrams are open the oldest leaves. Time is packet
// time. One thread.
class Defragmenter {
 public:
  static constexpr std::size_t kMostDatagrams = 1024;  // open at a time, of at most 64 KiB each
  static constexpr base::Nanos kPatience = std::chrono::seconds(60);

  explicit Defragmenter(HashKey key, std::size_t most = kMostDatagrams);

  // `fragment.payload` is what it carries. Where it completes its datagram: all that the datagram
  // carries. That holds through the next call, which may be for a fragment inside of it, and is
  // gone with the one after. Adds to the fragment's events what is wrong with it beside those
  // before: overlaps, too large, a length that no more fragments can follow, ignored. hot: no
  // allocation once its buffers have grown.
  std::optional<Bytes> add(Packet& fragment);

  [[nodiscard]] const DefragmenterStats& stats() const { return stats_; }

 private:
  struct Key {
    base::IpAddress source, destination;
    std::uint32_t id = 0;
    std::uint16_t vlan = 0;
    std::uint8_t proto = 0;  // of IPv4; IPv6 has the id per pair of addresses
    bool operator==(const Key&) const = default;
  };
  struct Range {
    std::uint32_t begin, end;
  };
  struct Datagram {
    Key key;
    base::WallTime began{};
    std::uint32_t next_in_bucket = kNone;
    std::uint32_t size = kUnknown;  // all of its payload, known from the last fragment
    std::uint32_t fragments = 0;
    bool used = false;
    std::vector<Range> have;  // in order, apart from each other
    std::vector<std::uint8_t> bytes;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint32_t kUnknown = ~std::uint32_t{0};

  [[nodiscard]] std::size_t bucket_of(const Key& key) const;
  Datagram& find_or_open(const Key& key, base::WallTime now);
  void forget(Datagram& datagram);
  void refuse(Datagram& datagram);
  static bool overlaps(const Datagram& datagram, std::uint32_t begin, std::uint32_t end);
  static bool keep(Datagram& datagram, std::uint32_t begin, Bytes bytes);

  HashKey key_;
  std::vector<Datagram> datagrams_;
  std::vector<std::uint8_t> whole_;  // the last one: its slot may be opened again at any time
  std::array<std::uint32_t, 1024> buckets_;
  std::size_t next_ = 0;  // the slot that was opened longest ago
  DefragmenterStats stats_;
};

}  // namespace rampart::sniffer
