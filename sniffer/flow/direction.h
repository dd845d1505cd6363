#pragma once

#include <cstddef>
#include <cstdint>

namespace rampart::sniffer {

// Which way a packet of a flow goes. The client is who sent the first packet (or, where the
// capture began in the middle, who is more likely to have).
enum class Direction : std::uint8_t { to_server = 0, to_client = 1 };
constexpr std::size_t index(Direction d) { return static_cast<std::size_t>(d); }
constexpr Direction reverse(Direction d) {
  return d == Direction::to_server ? Direction::to_client : Direction::to_server;
}

}  // namespace rampart::sniffer
