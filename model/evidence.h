#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/histogram.h"
#include "model/anchor.h"
#include "model/load.h"
#include "model/plan.h"
#include "model/probe.h"
#include "model/trial.h"
#include "model/wire.h"

// Everything that one run recorded: what store::Reader gives and the correlator judges.

namespace rampart::model {

struct Percentiles {
  std::uint64_t count = 0;
  base::Nanos mean{0}, p50{0}, p90{0}, p95{0}, p99{0}, p99_9{0}, max{0};

  static Percentiles of(const base::Histogram& histogram);
};

// One second of one load over all workers.
struct LoadSecond {
  std::uint32_t load = 0;
  base::MonoTime start;
  base::Nanos length{0};
  LoadCounters counters;
  std::uint64_t in_flight = 0;
  Percentiles latency;
  Percentiles service;
};

// One step of a flow over the whole run.
struct StepTotal {
  LoadCounters counters;
  base::Histogram latency;
  base::Histogram service;
};

// A load over the whole run.
struct LoadTotal {
  LoadCounters counters;
  std::uint64_t in_flight = 0;      // unanswered at the stop
  base::Nanos oldest_in_flight{0};  // their greatest age
  base::Histogram latency;
  base::Histogram service;
  std::optional<TlsFacts> tls;   // of the newest handshake
  std::vector<StepTotal> steps;  // empty where there is one
};

struct ClientSecond {
  std::uint32_t worker = 0;
  base::MonoTime start;
  base::Nanos length{0};
  base::Nanos busy{0};
  base::Nanos cpu{0};
  base::Nanos loop_lag_p99{0};
  base::Nanos schedule_lag_p99{0};
  std::uint64_t starved = 0;
  base::Nanos steal{0};  // as in ClientInterval
};

struct ClientTotal {
  base::Histogram loop_lag;
  base::Histogram schedule_lag;
};

// A scraped page over the whole run, by the scrapes that could read it.
struct PageTotal {
  std::uint64_t series = 0;  // most in one scrape
  std::uint64_t gone = 0;    // that left the page
};

// How many series, counted by page, are few enough that a report reads and draws all of a run. Of a
// run with more only those of state_metrics() are read.
inline constexpr std::size_t kFewSeries = 6;

// Records that a full ring threw away, by producer.
struct Drops {
  std::uint64_t load = 0;
  std::uint64_t probe = 0;
  std::uint64_t wire = 0;
  [[nodiscard]] std::uint64_t total() const { return load + probe + wire; }
};

enum class RunEnd : std::uint8_t {
  unfinished,  // no stop was recorded: the process was killed, or it still runs
  completed,
  interrupted,  // SIGINT or SIGTERM
  stopped,      // stop_when
  failed,       // runtime error; see RunRecord::end_reason
};
std::string_view to_string(RunEnd end);

struct RunRecord {
  std::string id;  // "20261121-012416-3f9a": sorts by time
  std::string version;
  std::string host;
  std::string command;
  RunEnd end = RunEnd::unfinished;
  int end_signal = 0;  // for interrupted
  std::string end_reason;
  std::vector<std::string> notes;  // what people must know: "capture was off: no permission"
};

struct Evidence {
  RunRecord run;
  Plan plan;                         // names and specifications; enough to label every index below
  std::vector<ClockAnchor> anchors;  // at least one; the first is the start
  base::MonoTime end;                // the stop; where unfinished, the last record
  std::vector<LoadSecond> load;      // by time
  std::vector<LoadTotal> load_totals;  // one per Plan::loads
  std::vector<ClientSecond> client;
  ClientTotal client_total;
  std::vector<ProbeResult> probes;
  std::vector<ScrapeResult> scrapes;   // with samples of state_metrics() alone, unless all_series
  std::vector<PageTotal> page_totals;  // one per Plan::scrapes; of all series
  bool all_series = true;
  std::vector<WireInterval> wire;
  std::vector<Detection> detections;
  std::vector<CanarySent> canaries;
  std::vector<Trial> trials;  // of a capacity search, by time
  WireTotals wire_totals;
  bool wire_captured = false;
  Drops drops;
};

}  // namespace rampart::model
