#include "sniffer/pipeline_counts.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>

namespace rampart::sniffer {
namespace {

// Every member another number.
template <class T>
T numbered(std::uint64_t first) {
  std::array<std::uint64_t, sizeof(T) / sizeof(std::uint64_t)> words{};
  for (auto& word : words) word = first++;
  return std::bit_cast<T>(words);
}

TEST(PipelineCounts, AddUpEveryMember) {
  PipelineCounts sum{numbered<model::WireTotals>(1), numbered<PipelineStats>(1)};
  sum += {numbered<model::WireTotals>(1000), numbered<PipelineStats>(1000)};
  using Stats = std::array<std::uint64_t, sizeof(PipelineStats) / sizeof(std::uint64_t)>;
  const auto stats = std::bit_cast<Stats>(sum.stats);
  for (std::size_t i = 0; i < stats.size(); ++i) EXPECT_EQ(stats[i], 1001 + 2 * i) << i;
  auto expected = numbered<model::WireTotals>(1);
  using T = model::WireTotals;
  for (auto member :
       {&T::packets, &T::bytes, &T::dropped_kernel, &T::dropped_interface, &T::invalid, &T::flows,
        &T::flows_evicted, &T::stream_gaps, &T::alerts_suppressed})
    expected.*member = 2 * (expected.*member) + 999;
  for (auto member : {&T::rules_loaded, &T::rules_failed}) expected.*member += 999;
  using Totals = std::array<std::uint64_t, sizeof(T) / sizeof(std::uint64_t)>;
  EXPECT_EQ(std::bit_cast<Totals>(sum.totals), std::bit_cast<Totals>(expected));
}

TEST(Shortfalls, NameEachLimitThatWasReached) {
  EXPECT_EQ(shortfalls({}), "");
  PipelineCounts counts;
  counts.totals.packets = 9;
  counts.stats.alerts = 9;
  counts.stats.eve_own_left_out = 9;
  EXPECT_EQ(shortfalls(counts), "") << "these are no faults";
  counts.stats.alert_overflow = 5;
  counts.stats.eve_lost = 2;
  EXPECT_EQ(shortfalls(counts),
            "5 alerts beyond 15 on one packet, 2 EVE lines that could not be written");
  using S = PipelineStats;
  using T = model::WireTotals;
  using B = BehaviourStats;
  for (auto member :
       {&S::cut, &S::fragments_left, &S::stream_late, &S::threshold_counts_displaced,
        &S::host_bits_displaced, &S::alert_overflow, &S::half_matches_lost, &S::failed_scans,
        &S::stream_memory_drops, &S::applications_left, &S::eve_lost, &S::eve_anomalies_left_out,
        &S::pcap_alerts_left_out, &S::pcap_packets_left_out}) {
    PipelineCounts one;
    one.stats.*member = 7;
    EXPECT_TRUE(shortfalls(one).starts_with("7 "));
  }
  for (auto member : {&T::stream_gaps, &T::flows_evicted}) {
    PipelineCounts one;
    one.totals.*member = 7;
    EXPECT_TRUE(shortfalls(one).starts_with("7 "));
  }
  for (auto member : {&B::displaced, &B::untimed, &B::unlisted, &B::unreported}) {
    PipelineCounts one;
    one.stats.behaviour.*member = 7;
    EXPECT_TRUE(shortfalls(one).starts_with("7 "));
  }
}

}  // namespace
}  // namespace rampart::sniffer
