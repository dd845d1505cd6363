#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "packet_builder.h"
#include "sniffer/pipeline.h"
#include "sniffer/rules/threshold_config.h"

// Whole captures through the whole pipeline.

namespace rampart::sniffer::test {

class FixedClock final : public base::Clock {
 public:
  [[nodiscard]] base::MonoTime mono() const noexcept override { return {}; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return at(0); }
};

struct Recorder : PipelineListener {
  std::vector<model::WireInterval> intervals;
  std::vector<model::Detection> detections;
  void on_interval(const model::WireInterval& i) override { intervals.push_back(i); }
  void on_detection(const model::Detection& d) override { detections.push_back(d); }
  [[nodiscard]] std::vector<std::uint32_t> sids() const {
    std::vector<std::uint32_t> out;
    for (const auto& d : detections) out.push_back(d.sid);
    return out;
  }
};

// One capture file and what the pipeline says about it. Packets are 1 ms apart unless timed.
class Replay {
 public:
  std::string rules;
  const ThresholdConfig* thresholds = nullptr;  // of the operator
  PipelineOptions options;
  Recorder seen;
  std::vector<model::OwnTuple> own;  // known from the start
  std::size_t cut = 0;               // bytes that the end of the file lacks

  void add(const Octets& frame) { add(next_, frame); }
  void add(double seconds, const Octets& frame) {
    pcap_.add(at(seconds), frame);
    next_ = seconds + 0.001;
  }
  void add(const std::vector<Octets>& frames) {
    for (const auto& f : frames) add(f);
  }
  PcapBuilder& pcap() { return pcap_; }
  [[nodiscard]] const ScratchDir& dir() const { return dir_; }

  std::unique_ptr<Pipeline> open() {
    auto parsed = parse_rules(rules, "t.rules");
    for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d);
    if (thresholds != nullptr) apply_thresholds(*thresholds, parsed.set);
    const auto& bytes = pcap_.bytes();
    options.capture_file = dir_.write("t.pcap", bytes.substr(0, bytes.size() - cut));
    auto pipeline = Pipeline::open(options, std::move(parsed.set), seen, clock_);
    EXPECT_TRUE(pipeline) << pipeline.error().text;
    return *std::move(pipeline);
  }

  // The sids in the order of the alerts.
  std::vector<std::uint32_t> go() {
    const auto pipeline = open();
    for (const auto& tuple : own) pipeline->own(tuple);
    drain(*pipeline);
    totals = pipeline->totals();
    stats = pipeline->stats();
    return seen.sids();
  }
  static void drain(Pipeline& pipeline) {
    while (true) {
      const auto state = pipeline.poll();
      ASSERT_TRUE(state) << state.error().text;
      if (*state == PollState::finished) break;
    }
    pipeline.finish();
  }

  model::WireTotals totals;
  PipelineStats stats;

 private:
  ScratchDir dir_;
  PcapBuilder pcap_;
  FixedClock clock_;
  double next_ = 0;
};

// A connection in which the client sends these segments, one packet each, all acknowledged.
inline std::vector<std::uint32_t> on_stream(const std::string& rules,
                                            const std::vector<std::string>& segments) {
  Replay run;
  run.rules = rules;
  TcpTalk talk;
  run.add(talk.handshake());
  for (const auto& text : segments) {
    run.add(talk.from_client(tcp_flag::kAck | tcp_flag::kPsh, text));
    run.add(talk.from_server(tcp_flag::kAck));
  }
  return run.go();
}

inline std::vector<std::uint32_t> on_datagram(const std::string& rules, std::string_view payload) {
  Replay run;
  run.rules = rules;
  run.add(ethernet(udp({}, 1000, 53, payload)));
  return run.go();
}

}  // namespace rampart::sniffer::test
