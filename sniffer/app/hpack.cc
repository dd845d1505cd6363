#include "sniffer/app/hpack.h"

#include <nghttp2/nghttp2.h>

#include <algorithm>
#include <new>
#include <optional>

namespace rampart::sniffer {
namespace {

std::string_view as_text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An integer with a prefix of five bits (RFC 7541, section 5.1), taken off the front.
std::optional<std::uint64_t> take_number(Bytes& bytes) {
  constexpr std::uint64_t kPrefix = 31;
  constexpr unsigned kMostShift = 56;
  std::uint64_t out = bytes[0] & kPrefix;
  bytes = bytes.subspan(1);
  if (out < kPrefix) return out;
  for (unsigned shift = 0; !bytes.empty() && shift <= kMostShift; shift += 7) {
    const std::uint64_t byte = bytes[0];
    bytes = bytes.subspan(1);
    out += (byte & 0x7FU) << shift;
    if ((byte & 0x80U) == 0) return out;
  }
  return std::nullopt;
}

}  // namespace

void Hpack::Destroy::operator()(nghttp2_hd_inflater* inflater) const noexcept {
  nghttp2_hd_inflate_del(inflater);
}

Hpack::Hpack() {
  nghttp2_hd_inflater* inflater = nullptr;
  if (nghttp2_hd_inflate_new(&inflater) != 0) throw std::bad_alloc();
  inflater_.reset(inflater);
}

Hpack::~Hpack() = default;

bool Hpack::read(Bytes block, Fields& fields) {
  while (true) {
    nghttp2_nv field{};
    int flags = 0;
    const auto used =
        nghttp2_hd_inflate_hd2(inflater_.get(), &field, &flags, block.data(), block.size(), 1);
    if (used < 0) return false;
    block = block.subspan(std::min(static_cast<std::size_t>(used), block.size()));
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) != 0)
      fields.on_field(as_text(field.name, field.namelen), as_text(field.value, field.valuelen));
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) break;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0 && block.empty()) break;
  }
  return nghttp2_hd_inflate_end_headers(inflater_.get()) == 0;
}

void Hpack::set_table_size(std::uint32_t size) {
  nghttp2_hd_inflate_change_table_size(inflater_.get(), std::min(size, kMostTable));
}

std::size_t Hpack::memory() const {
  return nghttp2_hd_inflate_get_dynamic_table_size(inflater_.get());
}

std::vector<std::uint64_t> Hpack::size_updates(Bytes block) {
  constexpr unsigned kMask = 0xE0, kUpdate = 0x20;
  constexpr std::size_t kMost = 8;
  std::vector<std::uint64_t> out;
  while (!block.empty() && (block[0] & kMask) == kUpdate && out.size() < kMost) {
    const auto size = take_number(block);
    if (!size) break;
    out.push_back(*size);
  }
  return out;
}

}  // namespace rampart::sniffer
