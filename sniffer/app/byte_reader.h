#pragma once

#include <cstdint>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// Reads numbers in network order from the front of hostile bytes. What is asked for past the end is
// zero, or empty, and the reader is spent from then on: check ok() once, after a group of reads.
class ByteReader {
 public:
  explicit ByteReader(Bytes bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size(); }
  [[nodiscard]] bool at_end() const { return bytes_.empty(); }
  [[nodiscard]] Bytes rest() const { return bytes_; }

  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u24() { return number(3); }
  std::uint32_t u32() { return number(4); }

  Bytes take(std::size_t size) {
    if (size > bytes_.size()) {
      ok_ = false;
      bytes_ = {};
      return {};
    }
    const auto out = bytes_.first(size);
    bytes_ = bytes_.subspan(size);
    return out;
  }

 private:
  std::uint32_t number(std::size_t size) {
    std::uint32_t out = 0;
    for (const auto byte : take(size)) out = (out << 8U) | byte;
    return out;
  }

  Bytes bytes_;
  bool ok_ = true;
};

}  // namespace rampart::sniffer
