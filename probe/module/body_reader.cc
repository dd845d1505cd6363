#include "probe/module/body_reader.h"

#include <brotli/decode.h>

#include <algorithm>
#include <array>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "base/assert.h"
#include "base/deleter.h"
#include "base/inflate.h"

namespace rampart::probe {
namespace {

// Deflate expands a byte to 1032 at most, so that a slice gives some 256 KiB.
constexpr std::size_t kSlice = 256;

using BrotliPtr = std::unique_ptr<BrotliDecoderState, base::Deleter<BrotliDecoderDestroyInstance>>;

const std::uint8_t* raw(std::string_view bytes) {
  return reinterpret_cast<const std::uint8_t*>(bytes.data());
}

}  // namespace

class BodyReader::Decoder {
 public:
  explicit Decoder(const std::string& compression) {
    using Format = base::Inflater::Format;
    if (compression == "br")
      brotli_.reset(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr));
    else
      inflater_.emplace(compression == "gzip" ? Format::gzip : Format::plain_deflate);
    RAMPART_ASSERT(brotli_ || inflater_);
  }

  // Hands what comes out to `give` in pieces, as long as that returns true. False where the bytes
  // are damaged.
  template <class Give>
  bool feed(std::string_view bytes, Give&& give) {
    return brotli_ ? feed_brotli(bytes, give) : feed_inflater(bytes, give);
  }
  [[nodiscard]] bool ended() const {
    return brotli_ ? BrotliDecoderIsFinished(brotli_.get()) == BROTLI_TRUE : inflater_->ended();
  }

 private:
  template <class Give>
  bool feed_inflater(std::string_view bytes, Give& give) {
    while (!bytes.empty()) {
      const auto slice = bytes.substr(0, kSlice);
      bytes.remove_prefix(slice.size());
      out_.clear();
      const bool sound = inflater_->feed({raw(slice), slice.size()},
                                         std::numeric_limits<std::size_t>::max(), out_);
      if (!out_.empty() && !give({reinterpret_cast<const char*>(out_.data()), out_.size()}))
        return true;
      if (!sound) return false;
    }
    return true;
  }
  template <class Give>
  bool feed_brotli(std::string_view bytes, Give& give) {
    const auto* next = raw(bytes);
    auto left = bytes.size();
    for (;;) {
      std::array<std::uint8_t, 16 * 1024> piece;
      auto* out = piece.data();
      auto room = piece.size();
      const auto state =
          BrotliDecoderDecompressStream(brotli_.get(), &left, &next, &room, &out, nullptr);
      const auto made = piece.size() - room;
      if (made > 0 && !give({reinterpret_cast<const char*>(piece.data()), made})) return true;
      if (state == BROTLI_DECODER_RESULT_ERROR) return false;
      if (state != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return true;
    }
  }

  std::optional<base::Inflater> inflater_;
  BrotliPtr brotli_;
  std::vector<std::uint8_t> out_;
};

BodyReader::BodyReader(const Options& options) : options_(options) {
  const auto& name = options_.compression;
  if (name == "gzip" || name == "deflate" || name == "br")
    decoder_ = std::make_unique<Decoder>(name);
}

BodyReader::~BodyReader() = default;

bool BodyReader::take(std::string_view bytes) {
  received_ += bytes.size();
  if (damaged_ || over_limit_ || swollen_) return false;
  if (!decoder_) return give(bytes);
  std::size_t made = 0;
  damaged_ = !decoder_->feed(bytes, [this, &made](std::string_view piece) {
    made += piece.size();
    swollen_ = (options_.compression == "br" && made > kMostPerTake) ||
               (options_.limit == 0 && length_ + piece.size() > options_.most_grown);
    return !swollen_ && give(piece);
  });
  return !damaged_ && !over_limit_ && !swollen_;
}

bool BodyReader::give(std::string_view bytes) {
  if (options_.limit > 0 && bytes.size() > options_.limit - length_) {
    over_limit_ = true;
    bytes = bytes.substr(0, options_.limit - length_);
  }
  length_ += bytes.size();
  if (options_.keep && kept_.size() < kKept) kept_ += bytes.substr(0, kKept - kept_.size());
  return !over_limit_;
}

BodyReader::Fault BodyReader::fault() const {
  if (over_limit_) return Fault::over_limit;
  if (damaged_) return Fault::damaged;
  if (swollen_) return Fault::swollen;
  return decoder_ && !decoder_->ended() ? Fault::cut : Fault::none;
}

bool BodyReader::unlike_gzip() const {
  return options_.compression == "gzip" && length_ == 0 && fault() != Fault::none;
}

}  // namespace rampart::probe
