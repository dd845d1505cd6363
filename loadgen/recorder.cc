#include "loadgen/recorder.h"

namespace rampart::loadgen {

std::unique_ptr<model::LoadInterval> Recorder::take(base::MonoTime start, base::Nanos length) {
  auto out = std::make_unique<model::LoadInterval>();
  out->load = load_;
  out->worker = worker_;
  out->start = start;
  out->length = length;
  out->counters = now_;
  out->in_flight = in_flight_;
  out->latency = latency_;
  out->service = service_;
  now_ = {};
  latency_.clear();
  service_.clear();
  return out;
}

}  // namespace rampart::loadgen
