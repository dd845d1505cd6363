#include "model/load.h"

#include "model/evidence.h"
#include "model/result.h"

namespace rampart::model {

LoadCounters& LoadCounters::operator+=(const LoadCounters& other) {
  offered += other.offered;
  started += other.started;
  completed += other.completed;
  failed += other.failed;
  missed += other.missed;
  connects += other.connects;
  connect_failures += other.connect_failures;
  connections_lost += other.connections_lost;
  pushed_back += other.pushed_back;
  handshakes += other.handshakes;
  resumed += other.resumed;
  send_blocked += other.send_blocked;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  for (std::size_t i = 0; i < errors.size(); ++i) errors[i] += other.errors[i];
  return *this;
}

std::uint64_t LoadCounters::error(ErrorClass kind) const {
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < errors.size(); ++i)
    if (class_of(static_cast<LoadError>(i)) == kind) sum += errors[i];
  return sum;
}

bool never_answered(const LoadSummary& load) {
  return load.counters.started > 0 && load.counters.completed == 0;
}

Percentiles Percentiles::of(const base::Histogram& h) {
  return {.count = h.count(),
          .mean = h.mean(),
          .p50 = h.at(50),
          .p90 = h.at(90),
          .p95 = h.at(95),
          .p99 = h.at(99),
          .p99_9 = h.at(99.9),
          .max = h.max()};
}

}  // namespace rampart::model
