#pragma once

#include <cstdint>
#include <vector>

#include "sniffer/decode/packet.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/flow/reassembler.h"

namespace rampart::sniffer {

// The last part of one direction of a stream, kept so that a rule may match across segments.
class StreamWindow {
 public:
  // How far back a rule can look from the newest bytes, at least.
  static constexpr std::size_t kHistory = 4096;

  // The view that ends with `bytes`; holds until the next call. Where the budget is spent the view
  // is of `bytes` alone. hot: grows to its size once, then allocates no more.
  Buffer append(Bytes bytes, MemoryBudget& budget);
  // That many bytes are missing: what came before can no longer be part of a match.
  void gap(std::uint64_t bytes);
  // A message begins at that stream offset: nothing before is shown any more, and the view's places
  // count from there. The offset is at most end(). Gives by how much the places fell; 0 where that
  // message, or a later one, had begun before.
  std::uint64_t begin_message(std::uint64_t at);
  // Whether `bytes` are others than those that begin `back` bytes before the end. Where the window
  // does not have them any more: false.
  [[nodiscard]] bool differs(std::uint64_t back, Bytes bytes) const;
  // The stream is over, and another may begin. The budget has everything back; with `keep` memory
  // of usual size stays here for it, so that short connections do not allocate.
  void release(MemoryBudget& budget, bool keep);

  [[nodiscard]] std::uint64_t begin() const { return base_; }
  [[nodiscard]] std::uint64_t end() const { return base_ + bytes_.size(); }

 private:
  std::vector<std::uint8_t> bytes_;
  std::uint64_t base_ = 0;   // stream offset of bytes_[0]
  std::uint64_t start_ = 0;  // that of the message's first byte; at most end()
  std::size_t charged_ = 0;  // what the budget was asked for
};

}  // namespace rampart::sniffer
