#pragma once

#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rampart::exporter {

// How long a probe may take, as blackbox_exporter finds it: what Prometheus waits, less `offset`
// (seconds), or the module's own limit where that is shorter, or where nothing is left by then.
// `header` is X-Prometheus-Scrape-Timeout-Seconds, in seconds; empty or nought: 120. `module` 0:
// the module has none; then ten minutes at most. Nought: the probe is over at once. Errc::parse
// where the header is no number, in Go's words.
base::Result<base::Nanos> time_limit(std::string_view header, base::Nanos module, double offset);

}  // namespace rampart::exporter
