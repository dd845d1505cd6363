#include "sniffer/app/http_body.h"

#include <algorithm>
#include <utility>

#include "base/reuse.h"

namespace rampart::sniffer {

void HttpBody::start(const HttpBodyLimits& limits) {
  limits_ = &limits;
  if (data_.capacity() > base::kMostKept)
    std::vector<std::uint8_t>().swap(data_);
  else
    data_.clear();
  gone_ = 0;
  base_ = missing_ = offered_ = before_ = total_ = 0;
  offered_any_ = whole_ = whole_offered_ = finished_ = lost_ = false;
}

// Forgets what no window will show again.
void HttpBody::let_go() {
  if (missing_ != 0) {
    base_ = end() + missing_;
    offered_ = std::max(offered_, base_);
    missing_ = 0;
    gone_ = 0;
    data_.clear();
    return;
  }
  if (!offered_any_ || offered_ <= base_ + limits_->window) return;
  const auto from = offered_ - limits_->window;
  gone_ += static_cast<std::size_t>(from - base_);
  base_ = from;
  // The rest is moved only once it is no more than what it moves over.
  if (gone_ < data_.size() - gone_) return;
  data_.erase(data_.begin(), data_.begin() + static_cast<std::ptrdiff_t>(gone_));
  gone_ = 0;
}

// hot
void HttpBody::append(Bytes bytes) {
  total_ += bytes.size();
  if (whole_ || bytes.empty()) return;
  let_go();
  const auto room = limits_->keep - std::min<std::uint64_t>(limits_->keep, end());
  const auto taken = bytes.first(std::min<std::size_t>(bytes.size(), room));
  data_.insert(data_.end(), taken.begin(), taken.end());
  if (taken.size() == room) whole_ = true;
}

void HttpBody::gap(std::uint64_t bytes) {
  total_ += bytes;
  lost_ = lost_ || bytes != 0;
  if (whole_) return;
  missing_ += std::min<std::uint64_t>(bytes, limits_->keep);
  if (end() + missing_ >= limits_->keep) whole_ = true;
}

void HttpBody::finish() { whole_ = finished_ = true; }

bool HttpBody::offer() {
  if (limits_ == nullptr || data_.empty()) return false;
  if (!whole_ && missing_ == 0 && !offered_any_ && end() < limits_->first) return false;
  if (end() <= offered_ && whole_ == whole_offered_) return false;
  before_ = std::exchange(offered_, std::max(offered_, end()));
  offered_any_ = true;
  whole_offered_ = whole_;
  return true;
}

std::optional<BufferView> HttpBody::view() const {
  if (!offered_any_ || data_.empty()) return std::nullopt;
  const auto shown = Bytes(data_).subspan(gone_);
  const auto seen = std::min<std::uint64_t>(before_ - std::min(before_, base_), shown.size());
  return BufferView{shown, base_, whole_, static_cast<std::size_t>(seen)};
}

}  // namespace rampart::sniffer
