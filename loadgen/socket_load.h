#pragma once

#include <cstdint>
#include <vector>

#include "loadgen/pacer.h"
#include "model/plan.h"

namespace rampart::loadgen {

// Whether a request is the opening of its connection, on which nothing is sent.
[[nodiscard]] inline bool opens(const model::LoadSpec& load) {
  using Mode = model::SocketUse::Mode;
  const auto mode = load.socket.mode;
  return load.protocol == model::Protocol::tcp && mode != Mode::echo && mode != Mode::send;
}

// And the connection is then kept.
[[nodiscard]] inline bool holds(const model::LoadSpec& load) {
  return opens(load) && load.socket.mode == model::SocketUse::Mode::hold;
}

// Whether its connections speak TLS where the target's URL does.
[[nodiscard]] inline bool may_use_tls(const model::LoadSpec& load) {
  if (load.protocol != model::Protocol::tcp) return model::is_http(load.protocol);
  return load.socket.mode != model::SocketUse::Mode::connect;
}

// Requests per connection; 0: no bound.
[[nodiscard]] inline std::uint64_t most_on(const model::LoadSpec& load) {
  if (!opens(load)) return load.requests_per_connection;
  return holds(load) ? 0 : 1;
}

// The place of a load's socket among those of all loads of its protocol, over all workers: `index`
// counts the sockets of one share, and the shares take them in turn. As the sockets of a load are
// dealt out evenly, no two have the same one.
[[nodiscard]] inline std::uint64_t socket_number(const std::vector<model::LoadSpec>& loads,
                                                 std::uint32_t load, Share share,
                                                 std::uint32_t index) {
  std::uint64_t number = share.index + std::uint64_t{index} * share.count;
  for (std::uint32_t i = 0; i < load; ++i)
    if (loads[i].protocol == loads[load].protocol) number += loads[i].connections;
  return number;
}

}  // namespace rampart::loadgen
