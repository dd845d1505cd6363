#include "sniffer/detect/stream_window.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kUsual = 4 * StreamWindow::kHistory;  // of memory

}  // namespace

Buffer StreamWindow::append(Bytes bytes, MemoryBudget& budget) {
  // Old bytes go only when they are twice as many as needed, so that moving them stays rare.
  if (bytes_.size() > 2 * kHistory) {
    const auto surplus = bytes_.size() - kHistory;
    bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<std::ptrdiff_t>(surplus));
    base_ += surplus;
  }
  const auto needed = bytes_.size() + bytes.size();
  if (needed > charged_) {
    const auto wanted = std::max({needed, std::min(2 * charged_, kUsual), bytes_.capacity()});
    if (!budget.take(wanted - charged_)) {
      const auto before = end();
      const auto start = start_;
      release(budget, false);
      base_ = before + bytes.size();
      start_ = start;
      return {bytes, before - start, 0};
    }
    bytes_.reserve(wanted);
    charged_ = wanted;
  }
  const auto fresh = bytes_.size();
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
  const auto hidden = start_ > base_ ? static_cast<std::size_t>(start_ - base_) : 0;
  return {Bytes(bytes_).subspan(hidden), base_ + hidden - start_, fresh - hidden};
}

void StreamWindow::gap(std::uint64_t bytes) {
  base_ = end() + bytes;
  bytes_.clear();
}

std::uint64_t StreamWindow::begin_message(std::uint64_t at) {
  const auto before = start_;
  start_ = std::max(before, std::min(at, end()));
  return start_ - before;
}

bool StreamWindow::differs(std::uint64_t back, Bytes bytes) const {
  if (back > bytes_.size()) {
    const auto lost = back - bytes_.size();
    if (lost >= bytes.size()) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(lost));
    back = bytes_.size();
  }
  const auto size = std::min<std::uint64_t>(back, bytes.size());
  return !std::equal(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(size),
                     bytes_.end() - static_cast<std::ptrdiff_t>(back));
}

void StreamWindow::release(MemoryBudget& budget, bool keep) {
  budget.give_back(charged_);
  charged_ = 0;
  if (keep && bytes_.capacity() <= kUsual)
    bytes_.clear();
  else
    std::vector<std::uint8_t>().swap(bytes_);
  base_ = start_ = 0;
}

}  // namespace rampart::sniffer
