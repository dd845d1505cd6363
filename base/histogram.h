#pragma once

#include <bit>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"

namespace rampart::base {

// Log-linear histogram of durations from 1 ns to 1 h, relative error at most 0.1 %.
//
// The layout is HdrHistogram's with 3 significant digits and unit magnitude 0 (G. Tene,
// hdrhistogram.org): buckets double in width, each is split into 1024 linear sub-buckets (2048 in
// the first), so a cell is never wider than 1/1024 of its lower bound. Values above the range count
// in the last cell and in saturated(). One thread at a time; memory is allocated once, at
// construction.
class Histogram {
 public:
  static constexpr unsigned kSubBucketBits = 11;
  static constexpr std::uint64_t kSubBuckets = 1ULL << kSubBucketBits;
  static constexpr std::uint64_t kHalf = kSubBuckets / 2;
  static constexpr std::uint64_t kHighest = 3'600'000'000'000ULL;
  static constexpr unsigned kBuckets = std::bit_width(kHighest) - kSubBucketBits + 1;
  static constexpr std::size_t kCells = (kBuckets + 1) * kHalf;

  Histogram();
  Histogram(const Histogram& other);
  Histogram& operator=(const Histogram& other);
  Histogram(Histogram&&) noexcept = default;
  Histogram& operator=(Histogram&&) noexcept = default;
  ~Histogram() = default;

  // hot: no allocation, no branch on the range beyond one clamp. Negative values count as 0.
  void record(Nanos value) noexcept { record(value, 1); }
  void record(Nanos value, std::uint64_t times) noexcept {
    auto v = value.count() < 0 ? 0ULL : static_cast<std::uint64_t>(value.count());
    if (v > kHighest) {
      v = kHighest;
      saturated_ += times;
    }
    add_cell(cell_of(v), times);
    total_ += times;
    if (v < min_) min_ = v;
    if (v > max_) max_ = v;
  }

  void merge(const Histogram& other) noexcept;
  void clear() noexcept;

  [[nodiscard]] std::uint64_t count() const { return total_; }
  [[nodiscard]] std::uint64_t saturated() const { return saturated_; }
  [[nodiscard]] bool empty() const { return total_ == 0; }
  // 0 where the histogram is empty.
  [[nodiscard]] Nanos min() const { return Nanos(empty() ? 0 : static_cast<std::int64_t>(min_)); }
  [[nodiscard]] Nanos max() const { return Nanos(static_cast<std::int64_t>(max_)); }
  [[nodiscard]] Nanos mean() const;
  // The value at or below which `percentile` (0 to 100) of the records lie: the highest value
  // equivalent to the cell in which the record falls, never above max().
  [[nodiscard]] Nanos at(double percentile) const;

  // Cell counts in HdrHistogram order; for codecs.
  [[nodiscard]] std::span<const std::uint64_t> cells() const { return {cells_.get(), kCells}; }
  [[nodiscard]] std::size_t lowest_used() const { return low_; }    // kCells where empty
  [[nodiscard]] std::size_t highest_used() const { return high_; }  // 0 where empty

  static constexpr std::size_t cell_of(std::uint64_t v) noexcept {
    const unsigned bucket =
        v < kSubBuckets ? 0U : static_cast<unsigned>(std::bit_width(v)) - kSubBucketBits;
    return bucket * kHalf + (v >> bucket);
  }
  static constexpr std::uint64_t lowest_in(std::size_t cell) noexcept {
    if (cell < kSubBuckets) return cell;
    const auto bucket = cell / kHalf - 1;
    return (cell - bucket * kHalf) << bucket;
  }
  static constexpr std::uint64_t highest_in(std::size_t cell) noexcept {
    return lowest_in(cell + 1) - 1;
  }

 private:
  void add_cell(std::size_t cell, std::uint64_t times) noexcept {
    cells_[cell] += times;
    if (cell < low_) low_ = cell;
    if (cell > high_) high_ = cell;
  }

  std::unique_ptr<std::uint64_t[]> cells_;
  std::size_t low_ = kCells;  // used range, so that clear and merge touch little memory
  std::size_t high_ = 0;
  std::uint64_t total_ = 0;
  std::uint64_t saturated_ = 0;
  std::uint64_t min_ = ~0ULL;
  std::uint64_t max_ = 0;
};

// HdrHistogram V2 payload (cookie 0x1c849313), uncompressed: what other HdrHistogram tools read.
std::string encode_hdr_v2(const Histogram& histogram);
// The same, zlib-compressed and in base64 (cookie 0x1c849314): the form used in logs and in JSON.
std::string encode_hdr_v2_base64(const Histogram& histogram);
// zlib-compressed without base64: the form used in the store.
std::string encode_hdr_v2_compressed(const Histogram& histogram);
// Reads the compressed form. Only histograms with 3 digits and unit magnitude 0 that fit the range;
// anything else is an error. Minimum and maximum come back as cell bounds.
Result<Histogram> decode_hdr_v2_compressed(std::string_view bytes);

}  // namespace rampart::base
