#pragma once

#include <array>
#include <bit>
#include <cstdint>

#include "model/owner.h"
#include "sniffer/app/app_proto.h"
#include "sniffer/decode/packet.h"
#include "sniffer/flow/direction.h"
#include "sniffer/flow/reassembler.h"
#include "sniffer/flow/tcp_tracker.h"

namespace rampart::sniffer {

// Both directions of a conversation have the same key: the lower endpoint stands first. ICMP echo
// uses the echo id as both ports; other ICMP has none.
struct FlowKey {
  std::array<std::uint8_t, 16> low{};
  std::array<std::uint8_t, 16> high{};
  std::uint16_t low_port = 0;
  std::uint16_t high_port = 0;
  std::uint16_t vlan = 0;
  std::uint8_t proto = 0;
  std::uint8_t v6 = 0;

  using Words = std::array<std::uint64_t, 5>;
  [[nodiscard]] Words words() const { return std::bit_cast<Words>(*this); }
  bool operator==(const FlowKey& o) const { return words() == o.words(); }
};

// What happened during the current second of capture time, kept so that it can be given to another
// owner when that becomes known late.
struct FlowSecond {
  std::int64_t second = 0;
  std::uint32_t packets = 0;
  std::uint32_t syn = 0;
  std::uint32_t handshakes = 0;
  std::uint64_t bytes = 0;
};

using FlowIndex = std::uint32_t;
inline constexpr FlowIndex kNoFlow = ~FlowIndex{0};

// Lists of flows with one timeout each; the head is the flow that was silent longest.
enum class FlowQueue : std::uint8_t { tcp_new, tcp_established, closed, new_, established };
inline constexpr std::size_t kFlowQueues = 5;

struct Flow {
  FlowKey key;
  std::uint64_t id = 0;  // below 2^53, so that JSON readers keep it exact
  base::Endpoint client;
  base::Endpoint server;
  base::WallTime start;
  base::WallTime last;
  std::array<std::uint64_t, 2> packets{};  // by Direction
  std::array<std::uint64_t, 2> bytes{};    // as on the wire
  FlowSecond second;
  TcpTracker tcp;
  std::array<Reassembler, 2> streams;  // by Direction
  std::uint8_t icmp_type = 0;          // of its first packet
  std::uint8_t icmp_code = 0;
  model::Owner owner = model::Owner::other;
  [[nodiscard]] bool is_own() const { return owner != model::Owner::other; }
  bool alerted = false;
  bool passed = false;  // a pass rule took it, or a drop or bypass rule ended it
  std::array<bool, 2> address_rules_done{};  // rules on addresses alone match once per direction
  std::array<AppProto, 2> protocol_rules_done{};  // for that protocol, alike
  std::array<bool, 2> error_rules_done{};         // both, of ICMP errors that quote it
  std::array<bool, 2> app_told{};                 // see detect/header_matcher.h
  std::array<bool, 2> owed{};                     // alerts wait for a packet; see detect/
  std::uint32_t slot = kNoFlow;                   // of its stream contents; see detect/
  AppProto app = AppProto::unknown;
  std::uint32_t app_slot = kNoFlow;      // of its parser; see app/app_layer.h
  std::uint32_t app_messages = 0;        // datagrams that were parsed
  bool app_one_sided = false;            // not recognised, and only one side has spoken
  std::uint32_t variables = kNoFlow;     // of what rules set in it; see detect/variables.h
  std::uint32_t open_request = kNoFlow;  // see behaviour/open_requests.h
  // That behaviour/ has counted; and a hash of the HTTP request that was refused last, 0: none.
  std::uint32_t failed_logins = 0, accepted_logins = 0;
  std::uint32_t refused_request = 0;

  // The table's.
  FlowIndex next_in_bucket = kNoFlow;
  FlowIndex next_by_ports = kNoFlow, previous_by_ports = kNoFlow;
  FlowIndex next_in_queue = kNoFlow, previous_in_queue = kNoFlow;
  std::uint32_t bucket = 0;
  FlowIndex self = kNoFlow;
  FlowQueue queue = FlowQueue::new_;
  bool used = false;

  [[nodiscard]] bool is_tcp() const { return key.proto == ip_proto::kTcp; }
  // Both sides have spoken; for TCP the handshake is complete.
  [[nodiscard]] bool established() const {
    return is_tcp() ? tcp.established() : packets[0] != 0 && packets[1] != 0;
  }
};

}  // namespace rampart::sniffer
