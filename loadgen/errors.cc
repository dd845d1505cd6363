#include "loadgen/errors.h"

namespace rampart::loadgen {

model::LoadError error_of(net::StreamEnd end, bool connecting) {
  using model::LoadError;
  using net::StreamEnd;
  switch (end) {
    case StreamEnd::refused: return LoadError::connect_refused;
    case StreamEnd::unreachable: return LoadError::connect_unreachable;
    case StreamEnd::tls: return LoadError::tls_handshake;
    case StreamEnd::protocol: return LoadError::protocol;
    case StreamEnd::local: return LoadError::local;
    case StreamEnd::eof: return connecting ? LoadError::connect_reset : LoadError::closed;
    case StreamEnd::reset: return connecting ? LoadError::connect_reset : LoadError::reset;
  }
  return LoadError::reset;
}

}  // namespace rampart::loadgen
