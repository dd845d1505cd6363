#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// Cuts a stream into lines that end with LF or CRLF. Of a line that is longer than the bound only
// its beginning is kept.
class LineReader {
 public:
  explicit LineReader(std::size_t most) : most_(most) {}

  struct Line {
    std::string_view text;  // without its end; holds until the next call
    bool too_long = false;
    std::uint64_t cut = 0;  // bytes at its end that are left out, a CR among them
  };
  // Takes from the front of `bytes` up to and with the next line end; nullopt where it has not come
  // yet, and everything was taken. hot: a line in one piece is not copied.
  std::optional<Line> next(Bytes& bytes);

  // What came of a line that has not ended.
  [[nodiscard]] std::string_view open() const {
    return ended_ ? std::string_view{} : std::string_view(pending_);
  }
  // Bytes of that which are left out.
  [[nodiscard]] std::uint64_t open_cut() const { return ended_ ? 0 : dropped_; }
  void clear();
  [[nodiscard]] std::size_t memory() const { return pending_.capacity(); }

 private:
  void keep(std::string_view text);

  std::size_t most_;
  std::string pending_;
  std::uint64_t dropped_ = 0;  // bytes behind pending_
  bool ended_ = false;         // pending_ was handed out
};

}  // namespace rampart::sniffer
