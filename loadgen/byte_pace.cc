#include "loadgen/byte_pace.h"

#include <algorithm>
#include <cmath>

namespace rampart::loadgen {
namespace {

constexpr double kSegment = 1460;   // bytes of a TCP segment over Ethernet
constexpr double kLongest = 0.25;   // seconds between pieces of more than one byte
constexpr double kShortest = 0.01;  // the tick
constexpr double kMadeUpFor = 0.1;  // seconds
constexpr double kRounding = 1e-6;  // bytes

}  // namespace

BytePace::BytePace(std::uint64_t bytes_per_second)
    : rate_(static_cast<double>(bytes_per_second)),
      piece_(std::max({1.0, rate_ * kShortest, std::min(rate_ * kLongest, kSegment)})) {}

void BytePace::restart(base::MonoTime now) {
  at_ = now;
  credit_ = 0;
}

std::size_t BytePace::take(base::MonoTime now, std::size_t most) {
  credit_ = std::min(credit_ + rate_ * base::seconds(now - at_), piece_ + rate_ * kMadeUpFor);
  at_ = now;
  const double whole = std::floor(std::min(credit_ + kRounding, static_cast<double>(most)));
  credit_ -= whole;
  return static_cast<std::size_t>(whole);
}

base::Nanos BytePace::wait(std::size_t left) const {
  const double wanted = std::min(piece_, static_cast<double>(left));
  return base::from_seconds(std::max(0.0, wanted - credit_) / rate_);
}

}  // namespace rampart::loadgen
