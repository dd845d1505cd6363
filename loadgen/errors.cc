#include "loadgen/errors.h"

namespace rampart::loadgen {

model::LoadError error_of(net::StreamEnd end, bool connecting) {
  using model::LoadError;
  using net::StreamEnd;
  switch (end) {
    case StreamEnd::refused: return LoadError::connect_refused;
    case StreamEnd::unreachable: return LoadError::connect_unreachable;
    case StreamEnd::timed_out: return connecting ? LoadError::connect_timeout : LoadError::timeout;
    case StreamEnd::tls: return LoadError::tls_handshake;
    case StreamEnd::tls_alert: return LoadError::tls_alert;
    case StreamEnd::tls_untrusted: return LoadError::tls_untrusted;
    case StreamEnd::tls_expired: return LoadError::tls_expired;
    case StreamEnd::tls_name_mismatch: return LoadError::tls_name_mismatch;
    case StreamEnd::protocol: return LoadError::protocol;
    case StreamEnd::truncated: return LoadError::truncated;
    case StreamEnd::no_ports: return LoadError::no_ports;
    case StreamEnd::no_descriptors: return LoadError::no_descriptors;
    case StreamEnd::local: return LoadError::local;
    case StreamEnd::eof: return connecting ? LoadError::connect_reset : LoadError::closed;
    case StreamEnd::reset: return connecting ? LoadError::connect_reset : LoadError::reset;
  }
  return LoadError::reset;
}

}  // namespace rampart::loadgen
