#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace rampart::base {

// Decompresses what comes in pieces: zlib (RFC 1950), gzip (RFC 1952), several of its members one
// after the other, and, where neither header is there, plain deflate (RFC 1951). Any bytes are
// safe. Holds some 48 KiB. One thread.
class Inflater {
 public:
  // gzip: a header is required. deflate: with or without the header of zlib, as senders differ.
  // plain_deflate: without one.
  enum class Format : std::uint8_t { gzip, deflate, plain_deflate };
  explicit Inflater(Format format);
  ~Inflater();
  Inflater(Inflater&&) noexcept;
  Inflater& operator=(Inflater&&) noexcept;

  // Appends what comes out, `most` bytes at most; the rest of the piece is lost then. False where
  // the bytes are damaged, from then on always.
  bool feed(std::span<const std::uint8_t> bytes, std::size_t most, std::vector<std::uint8_t>& out);
  // Whether the compressed data is whole: nothing is missing behind what was fed.
  [[nodiscard]] bool ended() const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;
};

}  // namespace rampart::base
