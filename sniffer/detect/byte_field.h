#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "sniffer/decode/packet.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// What byte_extract and byte_math have read so far, by ByteVariable.
using ByteValues = std::array<std::uint64_t, kMostByteVariables>;

// A position or length that the rule gives, or that was read: never so far that sums overflow.
std::int64_t resolve(std::int64_t number, ByteVariable from, const ByteValues& values);

struct ByteNumber {
  std::uint64_t value = 0;
  std::int64_t end = 0;  // index after the bytes that were read
};

// Reads a number out of `data`, whose first byte is at `base` of the whole. `at` is the end of the
// match before it, where relative fields begin. Nullopt where bytes are missing or are no digits.
std::optional<ByteNumber> read_number(const ByteField& field, Bytes data, std::uint64_t base,
                                      std::int64_t at, const ByteValues& values);

bool compare(ByteTest::Op op, std::uint64_t a, std::uint64_t b);
// Modulo 2^64; nullopt for a division by zero or a shift of 64 bits and more.
std::optional<std::uint64_t> calculate(ByteMath::Op op, std::uint64_t a, std::uint64_t b);

}  // namespace rampart::sniffer
