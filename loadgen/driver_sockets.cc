// Driver: the channels of tcp, udp and icmp.
#include <functional>
#include <string>

#include "loadgen/driver.h"
#include "loadgen/icmp_channel.h"
#include "loadgen/payload.h"
#include "loadgen/tcp_channel.h"
#include "loadgen/udp_channel.h"

namespace rampart::loadgen {

base::Result<std::unique_ptr<Channel>> Driver::make_socket_channel(std::uint32_t index) {
  Channel::Listener& self = *this;
  const auto& plan = options_.plan;
  if (spec_.protocol == model::Protocol::tcp)
    return std::make_unique<TcpChannel>(dialling_, spec_.socket, payload_, self);
  // Its place among all sockets of the run's loads.
  std::uint64_t socket = options_.worker + std::uint64_t{index} * plan.workers;
  for (std::uint32_t i = 0; i < options_.load; ++i)
    socket += plan.loads[i].connections + plan.workers;
  const auto nonce = socket_nonce(options_.run_id, socket);
  if (spec_.protocol == model::Protocol::udp)
    return std::make_unique<UdpChannel>(dialling_, streams(), nonce, payload_, self);
  // Probes take the first ids.
  const auto id = std::hash<std::string>{}(options_.run_id) + plan.probes.size() + socket;
  RAMPART_TRY(auto channel, IcmpChannel::make(dialling_,
                                              {.streams = streams(),
                                               .nonce = nonce,
                                               .id = static_cast<std::uint16_t>(id),
                                               .target = plan.targets[spec_.target]},
                                              payload_, self));
  return channel;
}

std::uint64_t Driver::answers_dropped() const {
  std::uint64_t sum = 0;
  for (const auto& channel : pool_.channels()) sum += channel->answers_dropped();
  return sum;
}

}  // namespace rampart::loadgen
