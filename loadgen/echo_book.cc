#include "loadgen/echo_book.h"

#include <cstring>

#include "base/assert.h"

namespace rampart::loadgen {

EchoBook::EchoBook(std::uint32_t places, std::uint64_t nonce, const std::string& data)
    : nonce_(nonce), data_(data), tokens_(places, kNone) {
  RAMPART_ASSERT(places <= kMostPlaces && data.size() >= kToken);
}

// hot
void EchoBook::begin(std::uint32_t place) { tokens_[place] = ++begun_ << 16 | place; }

// hot
void EchoBook::write(std::uint32_t place, std::span<char> out) const {
  const auto token = tokens_[place] ^ nonce_;
  std::memcpy(out.data(), &token, kToken);
  std::memcpy(out.data() + kToken, data_.data() + kToken, data_.size() - kToken);
}

// hot
std::optional<std::uint32_t> EchoBook::find(std::span<const char> reply) const {
  if (reply.size() < kToken) return std::nullopt;
  std::uint64_t token = 0;
  std::memcpy(&token, reply.data(), kToken);
  token ^= nonce_;
  const auto place = static_cast<std::uint32_t>(token & 0xFFFFU);
  if (place >= tokens_.size() || tokens_[place] == kNone || tokens_[place] != token)
    return std::nullopt;
  return place;
}

// hot
bool EchoBook::intact(std::span<const char> reply) const {
  return reply.size() == data_.size() &&
         std::memcmp(reply.data() + kToken, data_.data() + kToken, data_.size() - kToken) == 0;
}

}  // namespace rampart::loadgen
