#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "correlator/baseline.h"
#include "correlator/time_align.h"
#include "model/evidence.h"

namespace rampart::correlator {

// What one observation shows where it shows trouble. Clusters of one symptom become an episode.
enum class Symptom : std::uint8_t {
  refused,       // nobody listens
  silent,        // connected, asked, no answer
  no_connect,    // the connection is not answered at all
  http_5xx,      // the service answers with its own error
  tls_expired,   // certificate past its date
  tls_mismatch,  // certificate for another name
  dns,           // the name does not resolve
  other,         // any other failure
  slow,          // served, but far slower than the baseline, or less than was asked
};
inline constexpr std::size_t kSymptoms = 9;
std::string_view to_string(Symptom symptom);

struct ProbeSight {
  model::TimeSpan span;
  const model::ProbeResult* result = nullptr;
  model::ProbeModule::Kind kind = model::ProbeModule::Kind::http;
  base::Nanos interval{0};
  std::optional<Symptom> symptom;
};

// One second of one load.
struct LoadSight {
  model::TimeSpan span;
  const model::LoadSecond* second = nullptr;
  bool open = true;
  double arrivals = 0;  // flows, or requests where there are none, due in it by the plan; closed: 0
  double asked = 0;     // those times the requests of a flow
  double ended = 0;     // completed and failed
  double due = 0;       // completions to expect in it: as in a typical second, no more than asked
  double base_ms = 0;   // baseline of the service time; 0: not known
  // A slow client by the plan: when its requests end, and whether its connection is kept until
  // then, is its own doing. Its times, timeouts, resets and HTTP 4xx tell nothing of the server.
  bool paced = false;
  std::uint64_t failed = 0;  // of what failed, what may be the server's doing
  std::optional<Symptom> symptom;

  [[nodiscard]] double service_ms() const { return base::millis(second->service.p50); }
};

struct ScrapeSight {
  model::TimeSpan span;
  const model::ScrapeResult* result = nullptr;
  // Whether the page could be read: by us, or by the Prometheus server that was asked.
  bool up = false;
  // The service's own word on the page, such as nginx_up.
  std::optional<bool> service_up;
  std::string_view word{};  // the metric that is that word, of the evidence; empty: none
  // Which of the pages that a Prometheus server scrapes: its job and instance. Else empty.
  std::string page;

  // Whether a failure says anything of the page: not where the scraper itself stopped.
  [[nodiscard]] bool speaks() const { return up || !model::is_scrapers_own(result->reason); }
};

struct WireSight {
  model::TimeSpan span;
  const model::WireInterval* interval = nullptr;
};

// Everything about one target, by time.
struct TargetView {
  std::string name;
  std::uint32_t index = 0;
  std::vector<ProbeSight> probes;  // without those that failed by the prober's own trouble
  std::size_t blind_probes = 0;    // those
  std::vector<LoadSight> load;
  std::vector<ScrapeSight> scrapes;
  std::vector<double> probe_base_ms;  // per Plan::probes; 0: not known
};

// The evidence laid on one time axis. Borrows it.
struct Timeline {
  const model::Evidence& evidence;
  TimeAlign align;
  model::RunTime end{0};
  std::vector<TargetView> targets;  // one per Plan::targets
  std::vector<WireSight> wire;

  [[nodiscard]] const model::Plan& plan() const { return evidence.plan; }
};
// What people know the page as: the scrape's name, of a Prometheus server with the page's own.
std::string name_of(const Timeline& timeline, const ScrapeSight& sight);
Timeline lay_out(const model::Evidence& evidence);

// Lengths of the part that two spans share.
base::Nanos overlap(const model::TimeSpan& a, const model::TimeSpan& b);

}  // namespace rampart::correlator
