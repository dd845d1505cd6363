#include "loadgen/payload.h"

#include <fmt/core.h>

#include <functional>

#include "base/version.h"

namespace rampart::loadgen {

std::string payload_of(std::size_t bytes, std::string_view run_id) {
  const auto name = fmt::format("rampart/{} run {} ", base::version(), run_id);
  std::string out;
  out.reserve(bytes + name.size());
  while (out.size() < bytes) out += name;
  out.resize(bytes);
  return out;
}

std::uint64_t socket_nonce(std::string_view run_id, std::uint64_t socket) {
  auto z = std::hash<std::string_view>{}(run_id) + (socket + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

}  // namespace rampart::loadgen
