#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/ip_address.h"
#include "model/behaviour.h"
#include "model/owner.h"

namespace rampart::model {

// What crossed the wire during one second, by capture time.
struct WireInterval {
  base::WallTime start;
  base::Nanos length{0};
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t own_packets = 0;  // of connections that this run opened (load, probes, canaries)
  std::uint64_t own_bytes = 0;
  std::uint64_t syn = 0;  // SYN without ACK
  std::uint64_t own_syn = 0;
  std::uint64_t syn_ack = 0;
  std::uint64_t handshakes = 0;        // completed three-way handshakes
  std::uint64_t other_handshakes = 0;  // of those, not by this run
  std::uint64_t rst = 0;
  std::uint64_t retransmits = 0;
  std::uint64_t icmp_echo = 0;
  std::uint64_t flows_opened = 0;
  std::uint64_t flows_closed = 0;
  base::Nanos handshake_rtt_p50{0};  // 0 where none completed
  std::uint64_t dropped_kernel = 0;
  std::uint64_t dropped_interface = 0;
};

// One alert. Text comes from rule files and packets: hostile where shown.
struct Detection {
  base::WallTime at;
  std::uint32_t gid = 1;
  std::uint32_t sid = 0;
  std::uint32_t rev = 0;
  std::uint32_t severity = 3;  // 1 is the worst
  std::string msg;
  std::string category;
  base::Endpoint source;  // as the packet that completed the match
  base::Endpoint destination;
  std::uint8_t proto = 0;
  Owner owner = Owner::other;
  std::uint64_t flow_id = 0;
  // With kBehaviourGid, else null. Shared because detections are copied on their way and nobody
  // changes it.
  std::shared_ptr<const Behaviour> behaviour;
};

// An attack that was told from behaviour is reported again while it lasts; it is one alert.
inline bool is_alert(const Detection& d) {
  return !d.behaviour || d.behaviour->phase == BehaviourPhase::begin;
}

// What the sniffer did, for the data quality table.
struct WireTotals {
  std::uint64_t packets = 0;
  std::uint64_t bytes = 0;
  std::uint64_t dropped_kernel = 0;
  std::uint64_t dropped_interface = 0;
  std::uint64_t invalid = 0;  // packets that could not be decoded
  std::uint64_t flows = 0;
  std::uint64_t flows_evicted = 0;      // the table was full
  std::uint64_t stream_gaps = 0;        // bytes missing from a TCP stream
  std::uint64_t alerts_suppressed = 0;  // by threshold
  std::uint64_t rules_loaded = 0;
  std::uint64_t rules_failed = 0;
};

// A canary as it was sent.
struct CanarySent {
  std::uint32_t sid = 0;
  base::MonoTime at;
  bool delivered = false;  // an answer came back, so the request was on the wire
};

}  // namespace rampart::model
