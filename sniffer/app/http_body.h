#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "sniffer/app/http_parser.h"

namespace rampart::sniffer {

// The part of a body that rules look at, as it comes: nothing until HttpBodyLimits::first bytes are
// there or it is whole, then windows, each with all that is new and the end of the one before it.
class HttpBody {
 public:
  // A new body begins. `limits` must outlive it. Memory is kept, up to base::kMostKept.
  void start(const HttpBodyLimits& limits);
  // hot: no allocation once the buffer has grown.
  void append(Bytes bytes);
  void gap(std::uint64_t bytes);
  void finish();  // no more will come

  // True where there is something to look at that was not offered yet; it counts as offered then.
  bool offer();
  // Bytes on the heap.
  [[nodiscard]] std::size_t memory() const { return data_.capacity(); }
  // Bytes that came, also those beyond what is kept.
  [[nodiscard]] std::uint64_t size() const { return total_; }
  // It ended, and no byte of it was lost.
  [[nodiscard]] bool complete() const { return finished_ && !lost_; }
  // What was offered last; holds until the next append() or start().
  [[nodiscard]] std::optional<BufferView> view() const;

 private:
  [[nodiscard]] std::uint64_t end() const { return base_ + data_.size() - gone_; }
  void let_go();

  const HttpBodyLimits* limits_ = nullptr;
  std::vector<std::uint8_t> data_;
  std::size_t gone_ = 0;       // bytes of data_ that no window shows again
  std::uint64_t base_ = 0;     // of data_[gone_] in the body
  std::uint64_t missing_ = 0;  // a gap after data_
  std::uint64_t offered_ = 0;  // end of what was offered
  std::uint64_t before_ = 0;   // the same before the last offer
  bool offered_any_ = false;
  std::uint64_t total_ = 0;
  bool whole_ = false;
  bool whole_offered_ = false;
  bool finished_ = false;
  bool lost_ = false;
};

}  // namespace rampart::sniffer
