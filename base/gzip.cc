#include "base/gzip.h"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <new>

#include "base/assert.h"

namespace rampart::base {

std::string gzip(std::string_view text) {
  constexpr int kLeastWindow = 9, kMostWindow = 15;
  constexpr int kMostMemory = 8;       // zlib's default, with the largest window
  constexpr int kGzip = 16;            // with its header and trailer
  constexpr std::size_t kAhead = 262;  // that zlib leaves free
  // A window that holds the text finds nearly what the largest one would, and needs no 256 KiB.
  const int window =
      std::clamp(static_cast<int>(std::bit_width(text.size() + kAhead)), kLeastWindow, kMostWindow);
  const int memory = std::min(window - 6, kMostMemory);  // a block of symbols as large
  z_stream z{};
  if (deflateInit2(&z, Z_BEST_SPEED, Z_DEFLATED, window + kGzip, memory, Z_DEFAULT_STRATEGY) !=
      Z_OK)
    throw std::bad_alloc();
  std::string out(deflateBound(&z, text.size()), '\0');
  z.next_in =
      reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib does not write there
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  const int state = deflate(&z, Z_FINISH);
  out.resize(z.total_out);
  deflateEnd(&z);
  RAMPART_ASSERT(state == Z_STREAM_END);
  return out;
}

bool is_gzip(std::string_view bytes) { return bytes.starts_with("\x1f\x8b"); }

}  // namespace rampart::base
