#include "base/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace rampart::base {
namespace {

constexpr int kWindow = 15;
constexpr int kGzip = kWindow + 16;
constexpr int kPlain = -kWindow;

}  // namespace

struct Inflater::Stream {
  explicit Stream(Format wanted) : format(wanted) {
    const int window = format == Format::gzip            ? kGzip
                       : format == Format::plain_deflate ? kPlain
                                                         : kWindow;
    if (inflateInit2(&z, window) != Z_OK) throw std::bad_alloc();
  }
  ~Stream() { inflateEnd(&z); }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  z_stream z{};
  Format format;
  bool begun = false;  // a byte was read
  bool damaged = false;
  bool ended = false;
};

Inflater::Inflater(Format format) : stream_(std::make_unique<Stream>(format)) {}
Inflater::~Inflater() = default;
Inflater::Inflater(Inflater&&) noexcept = default;
Inflater& Inflater::operator=(Inflater&&) noexcept = default;

bool Inflater::feed(std::span<const std::uint8_t> bytes, std::size_t most,
                    std::vector<std::uint8_t>& out) {
  auto& s = *stream_;
  if (bytes.empty()) return !s.damaged;
  // A header of zlib has the method in its low half byte; deflate that begins so is rare.
  constexpr unsigned kMethod = 8, kMask = 15;
  if (!s.begun && s.format == Format::deflate && (bytes[0] & kMask) != kMethod)
    inflateReset2(&s.z, kPlain);
  s.begun = true;
  std::array<std::uint8_t, 16 * 1024> piece;
  s.z.next_in = const_cast<Bytef*>(bytes.data());  // zlib does not write there
  s.z.avail_in = static_cast<uInt>(bytes.size());
  while (!s.damaged && most != 0) {
    s.z.next_out = piece.data();
    s.z.avail_out = static_cast<uInt>(std::min(piece.size(), most));
    const auto room = s.z.avail_out;
    const int state = inflate(&s.z, Z_NO_FLUSH);
    s.ended = state == Z_STREAM_END;
    const std::size_t made = room - s.z.avail_out;
    out.insert(out.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(made));
    most -= made;
    if (state == Z_STREAM_END && s.z.avail_in != 0 && s.format == Format::gzip) {
      inflateReset(&s.z);
      continue;
    }
    const bool wants_more = state == Z_OK && s.z.avail_in == 0 && made < room;
    if (state == Z_STREAM_END || state == Z_BUF_ERROR || wants_more) break;
    s.damaged = state != Z_OK;
  }
  s.z.next_in = nullptr;
  s.z.avail_in = 0;
  return !s.damaged;
}

bool Inflater::ended() const { return stream_->ended && !stream_->damaged; }

}  // namespace rampart::base
