#pragma once

#include <optional>

#include "model/load.h"
#include "net/stream.h"

namespace rampart::loadgen {

// What the TLS handshakes of one load on one worker agreed upon. Loop thread only.
class TlsWatch {
 public:
  // A connection has been opened; null or one without TLS counts nothing. Its facts are put in
  // words only where it is the first one since take().
  void opened(const net::Stream* stream, model::LoadCounters& counters);
  // Of the first connection opened since the last call; empty where there was none.
  [[nodiscard]] std::optional<model::TlsFacts> take();

 private:
  std::optional<model::TlsFacts> facts_;
};

}  // namespace rampart::loadgen
