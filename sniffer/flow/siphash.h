#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>

#include "base/ip_address.h"

namespace rampart::sniffer {

struct HashKey {
  std::uint64_t k0 = 0;
  std::uint64_t k1 = 0;
};

// A key from the kernel's random source, so that nobody outside can aim at one bucket.
[[nodiscard]] HashKey random_hash_key();

// SipHash-1-3 over whole 64-bit words (J.-P. Aumasson, D. J. Bernstein: "SipHash: a fast
// short-input PRF", 2012). hot
class SipHash {
 public:
  explicit SipHash(HashKey key)
      : v0_(key.k0 ^ 0x736f6d6570736575ULL),
        v1_(key.k1 ^ 0x646f72616e646f6dULL),
        v2_(key.k0 ^ 0x6c7967656e657261ULL),
        v3_(key.k1 ^ 0x7465646279746573ULL) {}

  void add(std::uint64_t word) {
    v3_ ^= word;
    round();
    v0_ ^= word;
    ++words_;
  }

  void add(const base::IpAddress& address);

  [[nodiscard]] std::uint64_t finish() {
    add((words_ * 8) << 56U);
    v2_ ^= 0xFF;
    round();
    round();
    round();
    return v0_ ^ v1_ ^ v2_ ^ v3_;
  }

 private:
  void round() {
    v0_ += v1_;
    v1_ = std::rotl(v1_, 13) ^ v0_;
    v0_ = std::rotl(v0_, 32);
    v2_ += v3_;
    v3_ = std::rotl(v3_, 16) ^ v2_;
    v0_ += v3_;
    v3_ = std::rotl(v3_, 21) ^ v0_;
    v2_ += v1_;
    v1_ = std::rotl(v1_, 17) ^ v2_;
    v2_ = std::rotl(v2_, 32);
  }

  std::uint64_t v0_, v1_, v2_, v3_;
  std::uint64_t words_ = 0;
};

}  // namespace rampart::sniffer
