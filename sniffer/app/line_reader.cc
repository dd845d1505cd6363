#include "sniffer/app/line_reader.h"

#include <algorithm>

#include "base/reuse.h"

namespace rampart::sniffer {

void LineReader::clear() {
  base::empty_out(pending_);
  dropped_ = 0;
  ended_ = false;
}

void LineReader::keep(std::string_view text) {
  // One more than the bound, so that a CR before the LF does not count.
  const auto room = most_ + 1 - std::min(most_ + 1, pending_.size());
  pending_.append(text.substr(0, room));
  dropped_ += text.size() - std::min(text.size(), room);
}

// hot
std::optional<LineReader::Line> LineReader::next(Bytes& bytes) {
  if (ended_) clear();
  const std::string_view all(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const auto end = all.find('\n');
  const auto text = all.substr(0, end);
  if (end == std::string_view::npos) {
    keep(text);
    bytes = {};
    return std::nullopt;
  }
  bytes = bytes.subspan(text.size() + 1);
  Line out{text};
  if (!pending_.empty()) {
    keep(text);
    out = {pending_, dropped_ != 0, dropped_};
    ended_ = true;
  }
  if (!out.text.empty() && out.text.back() == '\r') out.text.remove_suffix(1);
  if (out.text.size() > most_) {
    out.too_long = true;
    out.cut += out.text.size() - most_;
    out.text = out.text.substr(0, most_);
  }
  return out;
}

}  // namespace rampart::sniffer
