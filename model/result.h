#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/capacity.h"
#include "model/evidence.h"
#include "model/verdict.h"

// What a run amounts to: computed once by correlator::conclude, rendered by reports, written as
// JSON.

namespace rampart::model {

enum class Validity : std::uint8_t { valid, client_limited, inconclusive };
std::string_view to_string(Validity validity);  // VALID, CLIENT_LIMITED, INCONCLUSIVE

enum class Outcome : std::uint8_t { met, missed, undecided };
std::string_view to_string(Outcome outcome);

struct Interval {
  double low = 0;
  double high = 1;
};

// One request of a flow.
struct StepSummary {
  std::string name;
  LoadCounters counters;
  std::uint64_t in_flight = 0;
  Percentiles latency;
  Percentiles service;
};

struct LoadSummary {
  std::string name;
  std::string protocol;
  std::string target;
  LoadCounters counters;
  std::uint64_t in_flight = 0;
  base::Nanos oldest_in_flight{0};
  double asked_rate = 0;  // arrivals (requests, or flows) per second, mean over the schedule; 0 for
                          // closed loop
  double rate = 0;        // requests completed per second, from the first start to the last answer
                          // awaited
  double flow_rate = 0;   // flows completed per second of the same time; 0 where it is no flow
  Percentiles latency;
  Percentiles service;
  std::optional<TlsFacts> tls;     // where a TLS connection was opened
  std::string histogram;           // latency, HdrHistogram V2 compressed base64
  std::vector<StepSummary> steps;  // of a flow; empty where there is one request
};

// Requests were sent, and not one was answered as expected.
[[nodiscard]] bool never_answered(const LoadSummary& load);

struct ClientSummary {
  double cpu_percent = 0;   // of one core, over all workers' threads, mean
  double busy_percent = 0;  // the busiest worker's
  base::Nanos loop_lag_p99{0};
  base::Nanos schedule_lag_p99{0};
  base::Nanos schedule_lag_max{0};
  double steal_percent = 0;  // of all CPUs, that the hypervisor gave to others
  std::string limited_by;    // cpu, ports, fds, local, connections, send buffer, server pushback
};

struct ProbeSummary {
  std::string name;
  std::string module;
  std::string target;
  std::uint64_t sent = 0;
  std::uint64_t succeeded = 0;
  double availability = 0;  // 0 to 1; meaningless where sent is 0
  Interval ci95;            // Wilson
  Percentiles duration;
  ProbePhases phases;                                          // medians of the successful
  std::vector<std::pair<std::string, std::uint64_t>> reasons;  // failures, most frequent first
  // The first failure of the most frequent reason, for people; escape it.
  std::string why = {};
};

struct UpSummary {
  std::string name;
  std::uint64_t scrapes = 0;
  std::uint64_t succeeded = 0;
  std::uint64_t series = 0;  // most in one scrape
  std::uint64_t gone = 0;    // that left a page that was read
  std::vector<std::pair<std::string, std::uint64_t>> reasons = {};  // failures, most frequent first
  // The first failure of the most frequent reason, or else the first remark, for people; escape it.
  std::string why = {};
};

struct DetectionCount {
  std::uint32_t sid = 0;
  std::string msg;
  std::uint64_t count = 0;
  std::uint32_t gid = 1;
};

struct WireSummary {
  bool captured = false;
  WireTotals totals;
  std::vector<DetectionCount> detections;  // all owners, most frequent first
};

struct CanarySummary {
  std::uint64_t sent = 0;
  std::uint64_t seen = 0;
  double recall = 0;
  Interval ci95;
  Percentiles delay;  // sent to seen
};

struct ObjectiveResult {
  std::string name;    // "latency p99"
  std::string target;  // or the load's or probe's name
  std::string wanted;  // "< 250 ms"
  std::string actual;
  std::optional<Interval> ci95;
  Outcome outcome = Outcome::undecided;
};

struct RunResult {
  RunRecord run;
  std::string scenario;
  base::WallTime started;
  base::Nanos length{0};
  int exit_code = 0;
  Validity validity = Validity::inconclusive;
  std::string validity_reason;
  std::vector<LoadSummary> load;
  ClientSummary client;
  std::vector<ProbeSummary> probes;
  std::vector<UpSummary> up;
  WireSummary wire;
  std::optional<CanarySummary> detection;  // where canaries were sent
  std::vector<Verdict> verdicts;           // by start; never empty
  std::vector<ObjectiveResult> objectives;
  std::optional<CapacityResult> capacity;  // where one was searched
  Drops drops;
};

// The stable, versioned document of `--json`: one line per top-level member, ends with a newline.
std::string to_json(const RunResult& result);

}  // namespace rampart::model
