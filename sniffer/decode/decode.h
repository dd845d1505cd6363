#pragma once

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

enum class Checksums : std::uint8_t { verify, ignore };

// Fills the network and transport fields of `packet` from `frame`; time, number and wire_length are
// the caller's and stay. Pure: no state, no allocation, any bytes are safe. hot
[[nodiscard]] Invalid decode(LinkType link, Bytes frame, Checksums checksums, Packet& packet);

// The same for a datagram that was put together: `packet` is its last fragment, and becomes the
// whole; `bytes` is what its fragments carried.
[[nodiscard]] Invalid decode_datagram(Bytes bytes, Checksums checksums, Packet& packet);

}  // namespace rampart::sniffer
