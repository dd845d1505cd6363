#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

// Decodes up to the first byte outside of the alphabet of RFC 4648, section 4, and replaces what
// `out` holds. Returns how many bytes of `text` it took. hot: no allocation once `out` has grown.
std::size_t decode_base64(Bytes text, std::vector<std::uint8_t>& out);

}  // namespace rampart::sniffer
