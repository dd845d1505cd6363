#pragma once

#include <cstddef>
#include <string_view>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer {

inline constexpr std::size_t kNowhere = ~std::size_t{0};

// The first place at or after `from` where `literal`, which is not empty, lies wholly before `to`
// and within `data`; else kNowhere. `nocase`: ASCII letters of both stand for either case.
//
// The literal's first and last byte are compared at 16 places at a time, the bytes between only
// where both are there (W. Mula, "SIMD-friendly algorithms for substring searching", 2016). hot
std::size_t find_bytes(Bytes data, std::size_t from, std::size_t to, std::string_view literal,
                       bool nocase);

}  // namespace rampart::sniffer
