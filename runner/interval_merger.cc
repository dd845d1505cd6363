#include "runner/interval_merger.h"

#include <algorithm>
#include <iterator>

namespace rampart::runner {
namespace {

using Sample = std::pair<base::Nanos, std::uint64_t>;

// The median of the sources' medians, each as often as it had handshakes. The true median lies
// between the lowest and the highest of them.
base::Nanos median(std::vector<Sample>& samples) {
  std::sort(samples.begin(), samples.end());
  std::uint64_t all = 0;
  for (const auto& [time, count] : samples) all += count;
  std::uint64_t before = 0;
  for (const auto& [time, count] : samples) {
    before += count;
    if (2 * before >= all) return time;
  }
  return base::Nanos{0};
}

void add_counts(model::WireInterval& to, const model::WireInterval& from) {
  using W = model::WireInterval;
  constexpr std::uint64_t W::* kCounts[] = {&W::packets,
                                            &W::bytes,
                                            &W::own_packets,
                                            &W::own_bytes,
                                            &W::syn,
                                            &W::own_syn,
                                            &W::syn_ack,
                                            &W::handshakes,
                                            &W::other_handshakes,
                                            &W::rst,
                                            &W::retransmits,
                                            &W::icmp_echo,
                                            &W::flows_opened,
                                            &W::flows_closed,
                                            &W::dropped_kernel,
                                            &W::dropped_interface};
  static_assert(sizeof(W) == (std::size(kCounts) + 3) * sizeof(std::uint64_t),
                "a member of a second is neither a count nor start, length or round trip");
  for (const auto count : kCounts) to.*count += from.*count;
}

}  // namespace

IntervalMerger::IntervalMerger(std::size_t sources, Sink sink)
    : sink_(std::move(sink)), latest_(sources, base::WallTime::min()) {}

void IntervalMerger::add(std::size_t source, const model::WireInterval& interval) {
  latest_[source] = std::max(latest_[source], interval.start);
  auto& second = seconds_[interval.start];
  second.sum.start = interval.start;
  second.sum.length = std::max(second.sum.length, interval.length);
  add_counts(second.sum, interval);
  if (interval.handshakes != 0 && interval.handshake_rtt_p50.count() != 0)
    second.round_trips.emplace_back(interval.handshake_rtt_p50, interval.handshakes);
  emit();
}

void IntervalMerger::ended(std::size_t source) {
  latest_[source] = base::WallTime::max();
  emit();
}

void IntervalMerger::emit() {
  const auto complete = *std::min_element(latest_.begin(), latest_.end());
  while (!seconds_.empty() && seconds_.begin()->first <= complete) {
    auto& second = seconds_.begin()->second;
    second.sum.handshake_rtt_p50 = median(second.round_trips);
    sink_(second.sum);
    seconds_.erase(seconds_.begin());
  }
}

}  // namespace rampart::runner
