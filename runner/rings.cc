#include "runner/rings.h"

namespace rampart::runner {

model::Drops Rings::drops(bool sniffing) const {
  model::Drops out;
  out.load = trials.dropped();
  for (const auto& worker : load) {
    out.load += worker->load.dropped() + worker->client.dropped();
    if (sniffing) out.wire += worker->tuples.dropped();
  }
  out.probe = probes.dropped() + scrapes.dropped() + canaries.dropped();
  out.wire += wire.dropped() + detections.dropped();
  if (sniffing) out.wire += probe_tuples.dropped();
  return out;
}

}  // namespace rampart::runner
