#pragma once

#include <string>
#include <vector>

#include "base/clock.h"
#include "exporter/history.h"
#include "model/blackbox.h"

namespace rampart::exporter {

// What the start page tells.
struct StartPage {
  const model::BlackboxConfig& config;
  base::WallTime loaded;  // the configuration
  std::string complaint;  // why the last reload failed; empty: it did not
  std::vector<const PastProbe*> probes;
  std::size_t running = 0;
};

// HTML without scripts. Its links are relative, so it must be asked for with a slash at the end.
std::string render_start_page(const StartPage& page);

}  // namespace rampart::exporter
