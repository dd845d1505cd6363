#include "probe/module/stream_reason.h"

namespace rampart::probe {

model::ProbeReason reason_of(net::StreamEnd end) {
  using model::ProbeReason;
  using net::StreamEnd;
  switch (end) {
    case StreamEnd::refused: return ProbeReason::connect_refused;
    case StreamEnd::unreachable: return ProbeReason::unreachable;
    case StreamEnd::timed_out: return ProbeReason::connect_timeout;
    case StreamEnd::eof:
    case StreamEnd::truncated:
    case StreamEnd::reset: return ProbeReason::reset;
    case StreamEnd::tls: return ProbeReason::tls_handshake;
    case StreamEnd::tls_alert: return ProbeReason::tls_alert;
    case StreamEnd::tls_untrusted: return ProbeReason::tls_untrusted;
    case StreamEnd::tls_expired: return ProbeReason::tls_expired;
    case StreamEnd::tls_name_mismatch: return ProbeReason::tls_name_mismatch;
    case StreamEnd::no_ports:
    case StreamEnd::no_descriptors:
    case StreamEnd::local: return ProbeReason::local;
    case StreamEnd::protocol: return ProbeReason::protocol;
  }
  return ProbeReason::protocol;
}

}  // namespace rampart::probe
