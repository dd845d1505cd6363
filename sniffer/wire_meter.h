#pragma once

#include <cstdint>

#include "base/histogram.h"
#include "model/wire.h"
#include "sniffer/flow/flow.h"

namespace rampart::sniffer {

class IntervalSink {
 public:
  virtual ~IntervalSink() = default;
  virtual void on_second(model::WireInterval interval) = 0;
};

// Gathers what crosses the wire into one interval per second of capture time, in order and without
// holes. A packet that is older than the open second counts in the open one. One thread.
class WireMeter {
 public:
  // A hole longer than this (a file of two captures, a clock that was set) is not filled.
  static constexpr std::int64_t kLongestHole = 3600;

  explicit WireMeter(IntervalSink& sink) : sink_(sink) {}

  // Closes every second before that of `time`. False where `time` lies before the open second. hot
  bool advance(base::WallTime time);
  // Closes the open second.
  void finish();

  // Counts one packet; `flow` is null where it has none. hot
  void packet(const Packet& packet, Flow* flow);
  void handshake(Flow& flow, const TcpEvent& event);
  void retransmit() { ++now_.retransmits; }
  void flow_opened() { ++now_.flows_opened; }
  void flow_closed() { ++now_.flows_closed; }
  // The flow turned out to be this run's (or not): what it did in the open second moves.
  void relabel(Flow& flow, model::Owner owner);

  [[nodiscard]] bool started() const { return started_; }

 private:
  void close();
  FlowSecond& second_of(Flow& flow) const;

  IntervalSink& sink_;
  bool started_ = false;
  std::int64_t second_ = 0;  // since the epoch
  model::WireInterval now_;
  base::Histogram handshake_rtt_;
};

}  // namespace rampart::sniffer
