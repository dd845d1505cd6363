#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace rampart::model {

// Why a probe or a scrape failed. Bounded on purpose: it becomes a label.
enum class ProbeReason : std::uint8_t {
  none,
  resolve_failed,  // no address that may be used, for none of the next three reasons
  dns_nxdomain,    // the target's name does not exist
  dns_timeout,     // no answer from the name servers
  dns_failure,     // the name servers refused, failed or cannot be reached
  connect_refused,
  connect_timeout,
  unreachable,
  tls_expired,
  tls_name_mismatch,
  tls_untrusted,
  tls_handshake,  // any other failure of TLS: the peer does not speak it, or not this version
  tls_alert,      // the peer gave up with an alert
  http_status,
  body_mismatch,
  header_mismatch,
  dns_rcode,           // a DNS answer with a code that is not among the valid ones
  dns_answer,          // a DNS answer whose records are not as asked for
  grpc_status,         // a call of gRPC that ended with another status than OK
  not_serving,         // a service that says of itself that it is not serving
  timeout_first_byte,  // connected, asked, no answer
  timeout_transfer,    // the answer began and did not end
  reset,
  protocol,
  denied,         // a page that answers 401 or 403: it wants other credentials than it was given
  over_limit,     // a page beyond the scenario's own limits, or those of its reader
  not_permitted,  // outside the authorisation, nothing sent
  bad_target,     // the target cannot be read, or its name is none: nothing was sent to it
  bad_module,     // the module cannot be used as it is: a file that it names, its TLS
  local,          // the prober's own trouble: no descriptor, no capability
};
std::string_view to_string(ProbeReason reason);
// Whether the scraper stopped of itself, or was not let in: that says nothing of the page's health.
bool is_scrapers_own(ProbeReason reason);
ProbeReason probe_reason_from(std::string_view name);  // none where unknown

// Zero where the phase was not reached.
struct ProbePhases {
  base::Nanos resolve{0};
  base::Nanos connect{0};
  base::Nanos tls{0};
  base::Nanos processing{0};  // request sent to first byte; icmp: round trip
  base::Nanos transfer{0};
};

struct ProbeResult {
  std::uint32_t probe = 0;  // index into Plan::probes
  base::MonoTime start;
  base::Nanos duration{0};
  bool success = false;
  ProbeReason reason = ProbeReason::none;
  std::string detail;  // for people; may hold the peer's words, so escape it
  ProbePhases phases;
  std::uint16_t status = 0;  // HTTP
};

struct SeriesSample {
  // name{label="value",...}, labels by name, quotes, backslashes and line feeds escaped: the same
  // series is the same text wherever it comes from.
  std::string series;
  double value = 0;
  bool gone = false;  // was on the page before and is no more, or the scrape failed: no value
};

struct ScrapeResult {
  std::uint32_t scrape = 0;  // index into Plan::scrapes
  base::MonoTime start;      // where a Prometheus server was asked, of the point
  base::Nanos duration{0};
  bool up = false;
  ProbeReason reason = ProbeReason::none;
  std::string detail;
  std::vector<SeriesSample> samples;  // only the kept series; of a failed scrape only what is gone
};

}  // namespace rampart::model
