#include "probe/page_reader.h"

#include <fmt/core.h>
#include <strings.h>

#include <limits>

#include "base/units.h"
#include "probe/curl_reason.h"

namespace rampart::probe {
namespace {

// Deflate expands a byte to 1032 at most, so that a slice gives some 256 KiB.
constexpr std::size_t kSlice = 256;

// Bytes of text after which others get their turn: some milliseconds of reading.
constexpr std::size_t kTurn = 1U << 20;

bool is_word(std::string_view text, std::string_view word) {
  return text.size() == word.size() && strncasecmp(text.data(), word.data(), word.size()) == 0;
}

}  // namespace

PageReader::PageReader(std::string_view content_type, std::string_view content_encoding,
                       const ExpositionReader::Options& options)
    : limit_(options.limits.body),
      type_(printable(content_type)),
      reader_(exposition_format(content_type), options) {
  if (is_word(content_encoding, "gzip") || is_word(content_encoding, "x-gzip"))
    inflater_.emplace(base::Inflater::Format::gzip);
  else if (!content_encoding.empty() && !is_word(content_encoding, "identity"))
    refuse(fmt::format("the page is encoded as '{}', which was not asked for",
                       printable(content_encoding)));
}

bool PageReader::refuse(std::string text, base::Errc code) {
  error_ = base::Error{code, std::move(text)};
  return false;
}

std::optional<std::size_t> PageReader::take(std::string_view bytes) {
  if (error_ || refused_) return std::nullopt;
  if (turn_ >= kTurn) {
    turn_ = 0;
    return 0;
  }
  const auto taken = inflater_ ? inflate(bytes) : give_some(bytes);
  if (taken && *taken < bytes.size()) turn_ = 0;
  return taken;
}

std::optional<std::size_t> PageReader::give_some(std::string_view bytes) {
  bytes = bytes.substr(0, kTurn - turn_);
  return give(bytes) ? std::optional(bytes.size()) : std::nullopt;
}

std::optional<std::size_t> PageReader::inflate(std::string_view bytes) {
  std::size_t read = 0;
  while (read < bytes.size() && turn_ < kTurn) {
    const auto slice = bytes.substr(read, kSlice);
    read += slice.size();
    received_ += slice.size();
    if (received_ > limit_) {
      too_large();
      return std::nullopt;
    }
    unpacked_.clear();
    const bool sound =
        inflater_->feed({reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()},
                        std::numeric_limits<std::size_t>::max(), unpacked_);
    if (!give({reinterpret_cast<const char*>(unpacked_.data()), unpacked_.size()}))
      return std::nullopt;
    if (!sound) {
      refuse("the page's gzip encoding is damaged");
      return std::nullopt;
    }
  }
  return read;
}

bool PageReader::give(std::string_view bytes) {
  length_ += bytes.size();
  turn_ += bytes.size();
  if (length_ > limit_) return too_large();
  refused_ = !reader_.feed(bytes);
  return !refused_;
}

bool PageReader::too_large() {
  return refuse(
      fmt::format("the page is larger than {}{}", base::format_bytes(static_cast<double>(limit_)),
                  inflater_ ? " when unpacked" : ""),
      base::Errc::config);
}

ExpositionPage PageReader::finish() {
  // What the reader refused is what is wrong, not that it was then read no further. That the page
  // has no end is the packing's doing where that has none.
  if (!error_ && !refused_ && inflater_ && !inflater_->ended())
    refuse("the page's gzip encoding ends too early");
  auto page = reader_.finish();
  if (error_) page.error = std::move(error_);
  // A page of errors for browsers is told at once by what it says of itself.
  else if (page.error && !type_.empty() && type_.find("text/plain") == std::string::npos)
    page.error->text += fmt::format(" (the page is {})", type_);
  return page;
}

}  // namespace rampart::probe
