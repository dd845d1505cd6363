#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rampart::probe {

// The body of one answer as it comes: decompressed, counted, and kept where it is to be searched.
// Whatever the body says of its encoding is not looked at, as in blackbox_exporter.
class BodyReader {
 public:
  // Of the decompressed body. What is behind is counted and not kept.
  static constexpr std::size_t kKept = 4 << 20;

  struct Options {
    std::string compression;  // gzip, deflate (without zlib's header), br; else as it comes
    std::uint64_t limit = 0;  // bytes after decompression; 0: none
    bool keep = false;
    // What a body without a limit may grow to: whoever sends little must not cost much.
    std::uint64_t most_grown = 256 << 20;
  };
  // Brotli makes millions of bytes of one; nothing else has its turn meanwhile.
  static constexpr std::size_t kMostPerTake = 16 << 20;
  explicit BodyReader(const Options& options);
  ~BodyReader();
  BodyReader(const BodyReader&) = delete;
  BodyReader& operator=(const BodyReader&) = delete;

  // False where no more is wanted: the bytes are damaged, a limit is reached, or more was made of
  // them than may be, at once (Brotli) or altogether.
  bool take(std::string_view bytes);
  // After the last byte.
  enum class Fault : std::uint8_t { none, damaged, cut, over_limit, swollen };
  [[nodiscard]] Fault fault() const;
  // Asked for as gzip, and what came does not even begin so.
  [[nodiscard]] bool unlike_gzip() const;

  [[nodiscard]] std::uint64_t length() const { return length_; }  // decompressed
  [[nodiscard]] std::uint64_t received() const { return received_; }
  [[nodiscard]] const std::string& kept() const { return kept_; }

 private:
  class Decoder;
  bool give(std::string_view bytes);

  const Options options_;
  std::unique_ptr<Decoder> decoder_;  // null: as it comes
  bool damaged_ = false;
  bool over_limit_ = false;
  bool swollen_ = false;
  std::uint64_t length_ = 0;
  std::uint64_t received_ = 0;
  std::string kept_;
};

}  // namespace rampart::probe
