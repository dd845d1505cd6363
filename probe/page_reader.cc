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

bool PageReader::refuse(std::string text) {
  error_ = base::Error{base::Errc::parse, std::move(text)};
  return false;
}

bool PageReader::take(std::string_view bytes) {
  if (error_) return false;
  received_ += bytes.size();
  if (received_ > limit_) return too_large();
  return inflater_ ? inflate(bytes) : give(bytes);
}

bool PageReader::inflate(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto slice = bytes.substr(0, kSlice);
    bytes.remove_prefix(slice.size());
    unpacked_.clear();
    const bool sound =
        inflater_->feed({reinterpret_cast<const std::uint8_t*>(slice.data()), slice.size()},
                        std::numeric_limits<std::size_t>::max(), unpacked_);
    if (!give({reinterpret_cast<const char*>(unpacked_.data()), unpacked_.size()})) return false;
    if (!sound) return refuse("the page's gzip encoding is damaged");
  }
  return true;
}

bool PageReader::give(std::string_view bytes) {
  length_ += bytes.size();
  return length_ > limit_ ? too_large() : reader_.feed(bytes);
}

bool PageReader::too_large() {
  return refuse(fmt::format("the page is larger than {}{}",
                            base::format_bytes(static_cast<double>(limit_)),
                            inflater_ ? " when unpacked" : ""));
}

ExpositionPage PageReader::finish() {
  if (!error_ && inflater_ && !inflater_->ended())
    refuse("the page's gzip encoding ends too early");
  auto page = reader_.finish();
  if (error_) page.error = std::move(error_);
  // A page of errors for browsers is told at once by what it says of itself.
  else if (page.error && !type_.empty() && type_.find("text/plain") == std::string::npos)
    page.error->text += fmt::format(" (the page is {})", type_);
  return page;
}

}  // namespace rampart::probe
