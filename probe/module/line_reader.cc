#include "probe/module/line_reader.h"

#include <algorithm>

namespace rampart::probe {
namespace {

std::string_view without_cr(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

void LineReader::add(std::span<const char> bytes) {
  if (ended_ || too_long_) return;
  bytes_.erase(0, read_);
  found_ -= read_;
  read_ = 0;
  bytes_.append(bytes.data(), bytes.size());
}

std::optional<std::string_view> LineReader::next() {
  if (too_long_) return std::nullopt;
  const std::string_view all(bytes_);
  const auto line_feed = all.find('\n', found_);
  const auto size = std::min(line_feed, all.size()) - read_;
  const bool whole = line_feed != std::string_view::npos;
  if (size + (whole ? 1 : 0) > kLongest || (!whole && size == kLongest)) {
    clear();
    too_long_ = true;
    return std::nullopt;
  }
  found_ = whole ? line_feed + 1 : all.size();
  if (!whole && (!ended_ || size == 0)) return std::nullopt;
  const auto line = all.substr(read_, size);
  read_ = found_;
  return without_cr(line);
}

void LineReader::clear() { *this = LineReader(); }

}  // namespace rampart::probe
