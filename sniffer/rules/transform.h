#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/decode/packet.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What `transforms`, one after the other, make of the bytes. The result is `bytes` itself or lies
// in `scratch`, and holds until either changes; `bytes` must not lie in `scratch`. hot: no
// allocation once scratch has grown, but for the digests, which cost one inside of OpenSSL.
Bytes apply(std::span<const Transform> transforms, Bytes bytes, std::vector<std::uint8_t>& scratch);

}  // namespace rampart::sniffer
