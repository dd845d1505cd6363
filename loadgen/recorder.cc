#include "loadgen/recorder.h"

namespace rampart::loadgen {

std::unique_ptr<model::LoadInterval> Recorder::take(std::uint32_t step, base::MonoTime start,
                                                    base::Nanos length) {
  auto& from = steps_[step];
  auto out = std::make_unique<model::LoadInterval>();
  out->load = load_;
  out->step = step;
  out->worker = worker_;
  out->start = start;
  out->length = length;
  out->counters = from.now;
  out->in_flight = from.in_flight;
  out->latency = from.latency;
  out->service = from.service;
  from.now = {};
  from.latency.clear();
  from.service.clear();
  return out;
}

}  // namespace rampart::loadgen
