#pragma once

#include <cstdint>
#include <string>

#include "model/wire.h"
#include "sniffer/behaviour/behaviour_stats.h"

namespace rampart::sniffer {

// More than model::WireTotals needs; for the statistics of `rampart sniff`. Sums, all of them.
struct PipelineStats {
  std::uint64_t ipv4 = 0, ipv6 = 0, tcp = 0, udp = 0, icmp = 0, other = 0;
  std::uint64_t fragments = 0;
  std::uint64_t reassembled = 0;          // datagrams, of fragments
  std::uint64_t fragments_left = 0;       // of datagrams that never became whole: not inspected
  std::uint64_t datagrams_timed_out = 0;  // in fragments, of which some did not come in time
  std::uint64_t datagrams_displaced = 0;  // by newer ones: more were open than are kept
  std::uint64_t fragments_refused = 0;    // that contradict those before, or fit nowhere
  std::uint64_t applications_left = 0;  // flows whose contents were not parsed to their end: memory
  std::uint64_t cut = 0;                // by snaplen: counted, not inspected
  std::uint64_t bad_checksums = 0;      // of the invalid ones
  std::uint64_t retransmits = 0;
  std::uint64_t zero_windows = 0;
  std::uint64_t resets = 0;
  std::uint64_t stream_memory_drops = 0;  // segments kept out of order or looked at without what
                                          // came before them: stream memory was full
  std::uint64_t stream_late =
      0;  // bytes that were judged when their flow ended: behind a hole that
          // was never filled nor acknowledged, or in a handshake without end
  std::uint64_t alerts = 0;
  std::uint64_t alert_overflow = 0;     // more than 15 on one packet
  std::uint64_t half_matches_lost = 0;  // rules that waited for the rest of their match on a stream
                                        // where more waited than are remembered
  std::uint64_t failed_scans = 0;       // searches in which the pattern matcher gave up
  std::uint64_t threshold_counts_displaced = 0;  // by newer ones, for lack of places: began again
  std::uint64_t host_bits_displaced = 0;         // xbits, the same: forgotten
  std::uint64_t eve_lines = 0;
  std::uint64_t eve_lost = 0;          // lines that could not be written
  std::uint64_t eve_own_left_out = 0;  // records of this run's own traffic, which are not written
  std::uint64_t eve_anomalies_left_out = 0;  // beyond those that a second may have
  std::uint64_t pcap_files = 0;              // around alerts
  std::uint64_t pcap_packets = 0;            // in them
  std::uint64_t pcap_alerts_shared = 0;      // in the file of an earlier alert of their flow
  std::uint64_t pcap_alerts_left_out = 0;    // without a file: there were as many as there may be
  std::uint64_t pcap_packets_left_out = 0;   // their file was full
  BehaviourStats behaviour;
  std::uint64_t attacks_suppressed = 0;  // by the operator, as they began
  std::uint64_t out_of_order_time = 0;   // packets older than the second that was closed already
};

// What pipelines that share a capture counted together.
struct PipelineCounts {
  model::WireTotals totals;
  PipelineStats stats;
  PipelineCounts& operator+=(const PipelineCounts& other);
};

// What was not seen, not judged or not written because a limit of this program was reached or bytes
// were not captured: "5 alerts beyond 15 on one packet, ..."; empty where the figures are whole.
std::string shortfalls(const PipelineCounts& counts);

}  // namespace rampart::sniffer
