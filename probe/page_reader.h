#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/inflate.h"
#include "probe/exposition.h"

namespace rampart::probe {

// One metrics page from its bytes on the wire to its series: unpacked where it is gzip, counted
// against the limit of the body, and read line by line, so that it is never held whole. Some 1 MiB
// of text is read in one go, however small it was packed and however it is cut into pieces.
class PageReader {
 public:
  // The types are the peer's words. `options` as for ExpositionReader.
  PageReader(std::string_view content_type, std::string_view content_encoding,
             const ExpositionReader::Options& options);

  // How many of the bytes were read: less than all, or none, where enough text was read in one go,
  // so that others get their turn; the rest is to be given again after them. Nothing where no more
  // is wanted.
  std::optional<std::size_t> take(std::string_view bytes);
  // After the last byte, once. An error says what is wrong with the page, or with how it was sent;
  // Errc::config: it is larger than it may be.
  ExpositionPage finish();

 private:
  std::optional<std::size_t> inflate(std::string_view bytes);
  std::optional<std::size_t> give_some(std::string_view bytes);
  bool give(std::string_view bytes);
  bool too_large();
  bool refuse(std::string text, base::Errc code = base::Errc::parse);

  const std::uint64_t limit_;  // bytes, unpacked
  const std::string type_;     // printable
  ExpositionReader reader_;
  std::optional<base::Inflater> inflater_;
  std::vector<std::uint8_t> unpacked_;
  std::uint64_t length_ = 0;    // unpacked
  std::uint64_t received_ = 0;  // as it came
  std::uint64_t turn_ = 0;      // unpacked since others had their turn
  bool refused_ = false;        // by the reader, whose page says why
  std::optional<base::Error> error_;
};

}  // namespace rampart::probe
