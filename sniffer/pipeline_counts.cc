#include "sniffer/pipeline_counts.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>
#include <iterator>
#include <type_traits>
#include <utility>

namespace rampart::sniffer {

PipelineCounts& PipelineCounts::operator+=(const PipelineCounts& other) {
  // Each member of the statistics is a sum; see there.
  using Words = std::array<std::uint64_t, sizeof(PipelineStats) / sizeof(std::uint64_t)>;
  static_assert(sizeof(Words) == sizeof(PipelineStats) &&
                std::is_trivially_copyable_v<PipelineStats>);
  auto words = std::bit_cast<Words>(stats);
  const auto more = std::bit_cast<Words>(other.stats);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] += more[i];
  stats = std::bit_cast<PipelineStats>(words);
  using T = model::WireTotals;
  constexpr std::uint64_t T::* kSums[] = {
      &T::packets, &T::bytes,         &T::dropped_kernel, &T::dropped_interface, &T::invalid,
      &T::flows,   &T::flows_evicted, &T::stream_gaps,    &T::alerts_suppressed};
  static_assert(sizeof(T) == (std::size(kSums) + 2) * sizeof(std::uint64_t),
                "a member of the totals is neither a sum nor one of the two below");
  for (const auto sum : kSums) totals.*sum += other.totals.*sum;
  // Every pipeline has the same rules.
  totals.rules_loaded = std::max(totals.rules_loaded, other.totals.rules_loaded);
  totals.rules_failed = std::max(totals.rules_failed, other.totals.rules_failed);
  return *this;
}

std::string shortfalls(const PipelineCounts& counts) {
  const auto& t = counts.totals;
  const auto& s = counts.stats;
  const std::pair<std::uint64_t, const char*> kinds[] = {
      {s.cut, "packets cut by snaplen"},
      {s.fragments_left, "fragments of datagrams that never became whole"},
      {t.stream_gaps, "bytes of TCP streams that were not captured"},
      {s.stream_late, "bytes of TCP streams that waited for lost ones to the end"},
      {s.alert_overflow, "alerts beyond 15 on one packet"},
      {s.half_matches_lost, "half-matched rules forgotten"},
      {s.threshold_counts_displaced, "counts of thresholds begun again for lack of places"},
      {s.host_bits_displaced, "xbits forgotten for lack of places"},
      {s.failed_scans, "searches that the pattern matcher gave up"},
      {t.flows_evicted, "flows forgotten for lack of memory"},
      {s.stream_memory_drops, "segments without stream memory"},
      {s.applications_left, "conversations that were not parsed to their end, for lack of memory"},
      {s.behaviour.displaced, "hosts, endpoints and sources forgotten for lack of places"},
      {s.behaviour.untimed, "HTTP requests that could not be timed, beyond 8192 at a time"},
      {s.behaviour.unlisted,
       "suspicious packets whose senders were not kept, beyond 128 hosts and services"},
      {s.behaviour.unreported, "attacks beyond 64 at a time"},
      {s.eve_lost, "EVE lines that could not be written"},
      {s.eve_anomalies_left_out, "anomalies beyond 100 a second, which EVE has no lines of"},
      {s.pcap_alerts_left_out, "alerts without a pcap file"},
      {s.pcap_packets_left_out, "packets that had no room in their pcap file"}};
  std::string out;
  for (const auto& [count, what] : kinds)
    if (count != 0) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", count, what);
  return out;
}

}  // namespace rampart::sniffer
