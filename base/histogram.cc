#include "base/histogram.h"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace rampart::base {

Histogram::Histogram() : cells_(std::make_unique<std::uint64_t[]>(kCells)) {}

Histogram::Histogram(const Histogram& other) : Histogram() { merge(other); }

Histogram& Histogram::operator=(const Histogram& other) {
  if (this != &other) {
    if (!cells_) cells_ = std::make_unique<std::uint64_t[]>(kCells);
    clear();
    merge(other);
  }
  return *this;
}

void Histogram::merge(const Histogram& other) noexcept {
  if (other.empty()) return;
  for (std::size_t i = other.low_; i <= other.high_; ++i) cells_[i] += other.cells_[i];
  low_ = std::min(low_, other.low_);
  high_ = std::max(high_, other.high_);
  total_ += other.total_;
  saturated_ += other.saturated_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() noexcept {
  if (!empty()) std::memset(&cells_[low_], 0, (high_ - low_ + 1) * sizeof(std::uint64_t));
  low_ = kCells;
  high_ = 0;
  total_ = 0;
  saturated_ = 0;
  min_ = ~0ULL;
  max_ = 0;
}

Nanos Histogram::mean() const {
  if (empty()) return Nanos(0);
  double sum = 0;
  for (std::size_t i = low_; i <= high_; ++i) {
    if (cells_[i] == 0) continue;
    const double middle =
        (static_cast<double>(lowest_in(i)) + static_cast<double>(highest_in(i))) / 2;
    sum += static_cast<double>(cells_[i]) * middle;
  }
  return Nanos(std::llround(sum / static_cast<double>(total_)));
}

Nanos Histogram::at(double percentile) const {
  if (empty()) return Nanos(0);
  const double share = std::clamp(percentile, 0.0, 100.0) / 100.0;
  const auto rank = std::max<std::uint64_t>(
      1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(total_) - 1e-9)));
  std::uint64_t seen = 0;
  for (std::size_t i = low_; i <= high_; ++i) {
    seen += cells_[i];
    if (seen >= rank) return Nanos(static_cast<std::int64_t>(std::min(highest_in(i), max_)));
  }
  return max();
}

}  // namespace rampart::base
