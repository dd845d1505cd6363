#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "model/probe.h"

namespace rampart::probe {

class CurlEasy;

// What became of one transfer that failed, for people.
struct CurlFailure {
  model::ProbeReason reason = model::ProbeReason::none;
  std::string detail;
};

struct CurlAsked {
  std::string peer;  // what was connected to
  bool tls = false;  // was asked for
  base::Nanos limit{0};
  std::uint64_t body_bytes = 0;  // that came
};

// `code`: a CURLcode, not CURLE_OK.
CurlFailure explain(const CurlEasy& easy, int code, const CurlAsked& asked);

}  // namespace rampart::probe
