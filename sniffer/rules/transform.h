#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "sniffer/decode/packet.h"
#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// Room to work for one thread; also holds the result of the last apply().
struct TransformScratch {
  std::vector<std::uint8_t> bytes;
  std::unique_ptr<RegexScratch> regex;  // made when a pattern first needs it
};

// What `transforms`, one after the other, make of the bytes. The result is `bytes` itself or lies
// in `scratch`, and holds until either changes; `bytes` must not lie in `scratch`. hot: no
// allocation once scratch has grown, but for the digests, which cost one inside of OpenSSL.
Bytes apply(std::span<const Transform> transforms, Bytes bytes, TransformScratch& scratch);

}  // namespace rampart::sniffer
