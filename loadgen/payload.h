#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rampart::loadgen {

// What a socket load sends: the program and the run by name, again and again, so that the owner of
// a server can tell and filter it.
std::string payload_of(std::size_t bytes, std::string_view run_id);

// A number that differs between runs and between the sockets of a run. Splitmix64 (Steele, Lea and
// Flood 2014).
std::uint64_t socket_nonce(std::string_view run_id, std::uint64_t socket);

}  // namespace rampart::loadgen
