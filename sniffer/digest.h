#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

enum class DigestKind : std::uint8_t { md5, sha1, sha256 };

struct Digest {
  std::array<std::uint8_t, 32> bytes{};
  std::size_t size = 0;  // 16, 20 or 32; 0 where the library refuses, as it does MD5 in FIPS mode
  [[nodiscard]] Bytes view() const { return Bytes(bytes).first(size); }
};

// RFC 1321 and FIPS 180-4: fingerprints to compare, not a protection of anything.
[[nodiscard]] Digest digest_of(DigestKind kind, Bytes bytes);

[[nodiscard]] std::string to_hex(Bytes bytes);  // lower case

}  // namespace rampart::sniffer
