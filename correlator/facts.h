#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "correlator/attacks.h"
#include "correlator/episode.h"
#include "correlator/timeline.h"

namespace rampart::correlator {

// What was measured during one episode and how that compares with the rest of the run. Computed
// once; every cause rule reads the same facts. Rates are per second.
struct Facts {
  const Timeline* timeline = nullptr;
  const TargetView* view = nullptr;
  Episode episode;

  // Probes that started in the window, by what they showed; of the target's top layer (http before
  // tcp before icmp) and of the layers below it.
  struct Probes {
    std::size_t all = 0;
    std::size_t succeeded = 0;
    std::array<std::size_t, kSymptoms> by{};
    [[nodiscard]] std::size_t of(Symptom s) const { return by[static_cast<std::size_t>(s)]; }
  };
  Probes service;
  // Of the service probes that failed in no way that has a symptom of its own: why, most frequent
  // first, with the first detail of each, for people; escape it.
  struct Reason {
    model::ProbeReason reason = model::ProbeReason::none;
    std::size_t count = 0;
    std::string_view detail;  // of the evidence
  };
  std::vector<Reason> reasons;
  Probes below;
  double probe_ms = 0;          // median of the service probes that succeeded in the window
  double probe_base_ms = 0;     // 0: not known
  double connect_share = 0;     // of their duration, spent connecting; median
  bool constant_shift = false;  // nearly all are slow by about the same
  bool same_end = false;        // answered together after waiting for different times

  // The load on the target in the window, without slow clients.
  bool loaded = false;
  bool open = false;      // at least one open load
  double asked = 0;       // open loads
  double asked_peak = 0;  // highest of any three seconds
  double completed = 0;
  double ended = 0;
  double due = 0;                                              // completions to expect
  double share_connect = 0, share_5xx = 0, share_timeout = 0;  // of what ended
  std::array<double, model::kLoadErrors> share{};              // each error; with slow clients
  double stalled_share = 0;  // of the seconds: requests open, none completed
  std::uint64_t in_flight_peak = 0;
  double service_ms = 0;       // median of the seconds' medians
  double service_base_ms = 0;  // 0: not known
  double client_lag_ms = 0;    // how late the load generator itself was; the worst second's p99
  // The load outside every episode.
  double well_asked = 0;      // the highest rate of any three seconds that was served well
  double well_completed = 0;  // the highest that was completed
  double well_seconds = 0;
  bool new_high = false;   // the load in the window was above all that was served well
  bool outlasted = false;  // all was well just after the window at no lower rate than in it
  bool capable = false;    // at another time as much was completed as was asked for in the window
  bool behind = false;     // less ended than was asked, or requests queued for connections
  // Requests of slow clients under way: at most in the window, and at most while all was well.
  double paced = 0, well_paced = 0;
  // More of them than the target was ever seen to bear.
  [[nodiscard]] bool crowded() const { return paced > 1.1 * well_paced; }

  // The wire in the window.
  bool wire = false;
  double rst_rate = 0, rst_base = 0;
  double syn_ack_rate = 0;
  std::vector<const Attack*> attacks;  // by others, that cover half of the window
  [[nodiscard]] const Attack* attack(model::Cause cause) const;  // null: none
  std::size_t foreign_detections = 0;  // in the window or up to 5 s before it

  // Scrapes in the window that say something of their page, and by pages.
  struct Page {
    std::string name;
    std::size_t scrapes = 0, up = 0;
    std::size_t says_up = 0;  // that the service runs
    std::string_view word;    // by this metric, of the evidence
  };
  std::vector<Page> pages;
  std::size_t service_up = 0;  // scrapes that say so; 0 where a page says the contrary
  // The page that says so most often; null where service_up is 0.
  [[nodiscard]] const Page* witness() const;
};

Facts gather(const Timeline& timeline, const TargetView& view, const std::vector<Episode>& episodes,
             std::size_t index, const std::vector<Attack>& attacks);

}  // namespace rampart::correlator
