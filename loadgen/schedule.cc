#include "loadgen/schedule.h"

#include <algorithm>

namespace rampart::loadgen {
namespace {

// Of two bounds, of which 0 is none.
std::uint64_t lower_of(std::uint64_t a, std::uint64_t b) {
  return a == 0 || b == 0 ? std::max(a, b) : std::min(a, b);
}

}  // namespace

Schedule::Schedule(const model::Arrival& arrival, Share share, std::uint64_t seed,
                   std::uint64_t most)
    : closed_loop_(arrival.model == model::Arrival::Model::closed),
      bounded_(arrival.max_requests > 0 || most > 0),
      length_(arrival.duration),
      pacer_(arrival, share, seed),
      counter_(pacer_) {
  most = lower_of(most, arrival.max_requests);
  most_ = most / share.count + (share.index < most % share.count ? 1 : 0);
  remaining_ = most_;
  users_ = arrival.users / share.count + (share.index < arrival.users % share.count ? 1 : 0);
}

void Schedule::start(base::MonoTime start) {
  start_ = start;
  end_ = start + length_;
}

base::MonoTime Schedule::take(base::MonoTime now) {
  ++taken_;
  ++active_;
  if (bounded_) --remaining_;
  if (closed_loop_) return now;
  const auto when = due();
  pacer_.advance();
  return when;
}

bool Schedule::over(base::MonoTime now, base::Nanos grace) const {
  return now >= end_ && (!has_next() || now >= end_ + grace);
}

std::uint64_t Schedule::count_offered(base::MonoTime until) {
  std::uint64_t arrivals = 0;
  if (closed_loop_) {
    arrivals = taken_ - offered_;
  } else {
    arrivals = counter_.skip_until(until - start_);
    if (bounded_) arrivals = std::min(arrivals, most_ - offered_);
  }
  offered_ += arrivals;
  return arrivals;
}

Schedule::Rest Schedule::stop(base::MonoTime now) {
  if (stopped_) return {};
  Rest rest;
  // What is due at the very end has come due, too.
  rest.offered = count_offered(std::min(now, end_) + base::Nanos(1));
  stopped_ = true;
  // Arrivals taken in the same instant as the stop have not been counted.
  if (taken_ > offered_) {
    rest.offered += taken_ - offered_;
    offered_ = taken_;
  }
  rest.missed = offered_ - taken_;
  return rest;
}

}  // namespace rampart::loadgen
