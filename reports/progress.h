#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace rampart::reports {

// What the live line shows. Plain data, made by runner once a second.
struct Progress {
  enum class Mark : std::uint8_t { none, ok, failed };  // none: no result yet
  struct Probe {
    std::string name;
    Mark last = Mark::none;
  };

  // A capacity search: which trial runs, and the bracket so far; rates per second.
  struct Search {
    std::uint32_t trial = 0;
    double rate = 0;
    std::optional<double> kept;
    std::optional<double> missed;
    bool measured = true;  // the figures of the last second are of this trial
  };

  base::Nanos elapsed{0};
  base::Nanos total{0};     // 0: not bounded by time
  double offered_rate = 0;  // of the last second; in a search its own rate is shown
  double achieved_rate = 0;
  std::optional<base::Nanos> p50;  // of the last second's latency; absent where nothing ended
  std::optional<base::Nanos> p99;
  std::uint64_t errors = 0;  // failed and missed so far
  std::uint64_t in_flight = 0;
  std::vector<Probe> probes;
  std::uint64_t alerts = 0;
  bool sniffing = false;  // without it no word of alerts
  double client_busy_percent = 0;
  std::optional<Search> search;  // total is then the most that it takes
};

// One line without a newline, never wider than `width` columns: what matters least is left out
// first. Probes show as + (ok), x (failed) and . (no result yet).
std::string render_progress(const Progress& progress, int width, bool colour);

}  // namespace rampart::reports
