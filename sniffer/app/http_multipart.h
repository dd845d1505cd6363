#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

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

// Of one file, what the buffer `id` of it is: file_data, file_name or file_facts. `kept` holds what
// the view of file_facts is of.
BufferView file_buffer(BufferId id, const BufferView& data, const FileFacts& facts,
                       std::string& kept);

// The files of one upload. A body is divided as far as its first window goes; what comes after that
// is shown as it is, and of the files what the first window told stays known.
class UploadFiles {
 public:
  void clear() { known_.clear(); }
  [[nodiscard]] std::size_t memory() const;
  // `window` may be the first one, and others follow.
  void note(const BufferView& window, std::string_view boundary);
  // The i-th of those buffers.
  [[nodiscard]] std::optional<BufferView> buffer(BufferId id, const BufferView& window,
                                                 std::string_view boundary, unsigned i,
                                                 std::string& kept) const;

 private:
  struct Known {
    std::string name;
    std::uint64_t size;  // so far, where it is not whole
    bool whole;
  };
  std::vector<Known> known_;
};

}  // namespace rampart::sniffer
