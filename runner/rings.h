#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "model/evidence.h"
#include "model/load.h"
#include "model/owner.h"
#include "model/probe.h"
#include "model/trial.h"
#include "model/wire.h"
#include "runner/ring.h"

namespace rampart::runner {

// Every ring of a run. Load, probe and wire records go to the collector; tuples go to the sniffer.
struct WorkerRings {
  Ring<std::unique_ptr<model::LoadInterval>> load{256};
  Ring<std::unique_ptr<model::ClientInterval>> client{256};
  Ring<model::OwnTuple> tuples{65536};
};

struct Rings {
  explicit Rings(std::uint32_t workers) {
    for (std::uint32_t i = 0; i < workers; ++i) load.push_back(std::make_unique<WorkerRings>());
  }

  std::vector<std::unique_ptr<WorkerRings>> load;  // one per worker
  Ring<model::ProbeResult> probes{8192};
  Ring<model::ScrapeResult> scrapes{1024};
  Ring<model::CanarySent> canaries{1024};
  Ring<model::Trial> trials{64};
  Ring<model::OwnTuple> probe_tuples{8192};
  Ring<model::WireInterval> wire{256};
  Ring<model::Detection> detections{16384};

  // Records that were thrown away. Lost tuples count as wire: they cost the labels of own traffic.
  [[nodiscard]] model::Drops drops(bool sniffing) const;
};

}  // namespace rampart::runner
