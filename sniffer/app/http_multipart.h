#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sniffer/app/file_facts.h"
#include "sniffer/app/transaction.h"
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

// A file of a body, as far as it is there.
struct ShownFile {
  BufferView data;
  std::optional<FileFacts> facts;  // none: not known
};
// The i-th file of an upload, of which `window` is what can be seen. What lies beyond the first
// window is shown as it is, as one file of which nothing else is known.
std::optional<ShownFile> uploaded_file(const BufferView& window, std::string_view boundary,
                                       unsigned i);
// One of its buffers: file_data, file_name or file_facts; nullopt where that is not known. `facts`
// holds what the view of file_facts is of.
std::optional<BufferView> show(const ShownFile& file, BufferId id, std::string& facts);

}  // namespace rampart::sniffer
