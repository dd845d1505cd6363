#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// multipart/form-data (RFC 7578), as far as rules on uploaded files need it. Any bytes are safe.

// The boundary of a Content-Type; empty where it is another type or has none.
std::string_view multipart_boundary(std::string_view content_type);

struct MultipartFile {
  Bytes bytes;
  bool whole;  // its end is there
  std::string_view name;
};
// The i-th part that has a file name; nullopt also beyond the 16th, so that the work is bounded.
std::optional<MultipartFile> multipart_file(Bytes body, std::string_view boundary, unsigned i);

}  // namespace rampart::sniffer
