// HdrHistogram V2 encoding, from the public format notes in HdrHistogram (CC0): a 40-byte
// big-endian header, then the counts as ZigZag LEB128, where a negative number stands for a run of
// zeros.
#include <zlib.h>

#include <array>
#include <cstring>

#include "base/base64.h"
#include "base/histogram.h"

namespace rampart::base {
namespace {

constexpr std::uint32_t kCookie = 0x1c849303U | 0x10U;
constexpr std::uint32_t kCompressedCookie = 0x1c849304U | 0x10U;
constexpr std::size_t kHeader = 40;
constexpr std::size_t kMaxPayload = kHeader + Histogram::kCells * 9;

void put_u32(std::string& out, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(v >> shift));
}
void put_u64(std::string& out, std::uint64_t v) {
  put_u32(out, static_cast<std::uint32_t>(v >> 32));
  put_u32(out, static_cast<std::uint32_t>(v));
}
std::uint32_t get_u32(std::string_view in, std::size_t at) {
  std::uint32_t v = 0;
  for (std::size_t i = 0; i < 4; ++i) v = v << 8 | static_cast<std::uint8_t>(in[at + i]);
  return v;
}
std::uint64_t get_u64(std::string_view in, std::size_t at) {
  return static_cast<std::uint64_t>(get_u32(in, at)) << 32 | get_u32(in, at + 4);
}

// ZigZag LEB128 of at most nine bytes; the ninth carries eight bits.
void put_zigzag(std::string& out, std::int64_t value) {
  auto v = static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
  for (int i = 0; i < 8; ++i) {
    if (v < 0x80) {
      out.push_back(static_cast<char>(v));
      return;
    }
    out.push_back(static_cast<char>(v | 0x80));
    v >>= 7;
  }
  out.push_back(static_cast<char>(v));
}

bool get_zigzag(std::string_view in, std::size_t& at, std::int64_t& value) {
  std::uint64_t v = 0;
  for (unsigned i = 0; i < 9; ++i) {
    if (at >= in.size()) return false;
    const auto byte = static_cast<std::uint8_t>(in[at++]);
    if (i == 8) {
      v |= static_cast<std::uint64_t>(byte) << 56;
      break;
    }
    v |= static_cast<std::uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) break;
  }
  value = static_cast<std::int64_t>(v >> 1) ^ -static_cast<std::int64_t>(v & 1);
  return true;
}

Result<std::string> inflate(std::string_view in) {
  std::string out(kMaxPayload, '\0');
  auto length = static_cast<uLongf>(out.size());
  const int rc = uncompress(reinterpret_cast<Bytef*>(out.data()), &length,
                            reinterpret_cast<const Bytef*>(in.data()), in.size());
  if (rc != Z_OK) return fail(Errc::parse, "histogram: the compressed payload is damaged");
  out.resize(length);
  return out;
}

// Adds the run-length coded counts of `in`, from `at` on, to `histogram`.
Status decode_counts(std::string_view in, std::size_t at, Histogram& histogram) {
  std::size_t cell = 0;
  while (at < in.size()) {
    std::int64_t count = 0;
    if (!get_zigzag(in, at, count)) return fail(Errc::parse, "histogram: counts end in mid-number");
    if (count < 0) {
      if (count < -static_cast<std::int64_t>(Histogram::kCells))
        return fail(Errc::parse, "histogram: a run of zeros is longer than the range");
      cell += static_cast<std::size_t>(-count);
      continue;
    }
    if (cell >= Histogram::kCells) return fail(Errc::parse, "histogram: more counts than cells");
    if (count > 0) {
      const auto value = std::min(Histogram::lowest_in(cell), Histogram::kHighest);
      histogram.record(Nanos(static_cast<std::int64_t>(value)), static_cast<std::uint64_t>(count));
    }
    ++cell;
  }
  return {};
}

}  // namespace

std::string encode_hdr_v2(const Histogram& histogram) {
  std::string counts;
  const auto cells = histogram.cells();
  if (!histogram.empty()) {
    std::int64_t zeros = 0;
    for (std::size_t i = 0; i <= histogram.highest_used(); ++i) {
      if (cells[i] == 0) {
        ++zeros;
        continue;
      }
      if (zeros > 0) put_zigzag(counts, zeros == 1 ? 0 : -zeros);
      zeros = 0;
      put_zigzag(counts, static_cast<std::int64_t>(cells[i]));
    }
  }
  std::string out;
  put_u32(out, kCookie);
  put_u32(out, static_cast<std::uint32_t>(counts.size()));
  put_u32(out, 0);  // normalizing index offset
  put_u32(out, 3);  // significant digits
  put_u64(out, 1);  // lowest discernible value
  put_u64(out, Histogram::kHighest);
  put_u64(out, std::bit_cast<std::uint64_t>(1.0));  // integer to double conversion ratio
  return out + counts;
}

std::string encode_hdr_v2_compressed(const Histogram& histogram) {
  const auto plain = encode_hdr_v2(histogram);
  std::string packed(compressBound(plain.size()), '\0');
  auto length = static_cast<uLongf>(packed.size());
  compress2(reinterpret_cast<Bytef*>(packed.data()), &length,
            reinterpret_cast<const Bytef*>(plain.data()), plain.size(), Z_DEFAULT_COMPRESSION);
  packed.resize(length);
  std::string out;
  put_u32(out, kCompressedCookie);
  put_u32(out, static_cast<std::uint32_t>(packed.size()));
  return out + packed;
}

std::string encode_hdr_v2_base64(const Histogram& histogram) {
  return to_base64(encode_hdr_v2_compressed(histogram));
}

Result<Histogram> decode_hdr_v2_compressed(std::string_view bytes) {
  if (bytes.size() < 8 || get_u32(bytes, 0) != kCompressedCookie ||
      get_u32(bytes, 4) != bytes.size() - 8)
    return fail(Errc::parse, "histogram: not a compressed HdrHistogram V2 payload");
  RAMPART_TRY(const std::string plain, inflate(bytes.substr(8)));
  if (plain.size() < kHeader || get_u32(plain, 0) != kCookie)
    return fail(Errc::parse, "histogram: not an HdrHistogram V2 payload");
  if (get_u32(plain, 4) != plain.size() - kHeader)
    return fail(Errc::parse, "histogram: the payload length is wrong");
  if (get_u32(plain, 12) != 3 || get_u64(plain, 16) != 1 ||
      get_u64(plain, 24) > Histogram::kHighest)
    return fail(Errc::parse, "histogram: precision or range differ from rampart's");
  Histogram histogram;
  RAMPART_CHECK(decode_counts(plain, kHeader, histogram));
  return histogram;
}

}  // namespace rampart::base
