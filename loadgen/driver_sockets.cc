// Driver: the channels of tcp, udp and icmp.
#include "loadgen/driver.h"
#include "loadgen/icmp_channel.h"
#include "loadgen/payload.h"
#include "loadgen/socket_load.h"
#include "loadgen/tcp_channel.h"
#include "loadgen/udp_channel.h"
#include "net/icmp_echo.h"

namespace rampart::loadgen {

base::Result<std::unique_ptr<Channel>> Driver::make_socket_channel(std::uint32_t index) {
  Channel::Listener& self = *this;
  const auto& plan = options_.plan;
  if (spec_.protocol == model::Protocol::tcp)
    return std::make_unique<TcpChannel>(dialling_, spec_.socket, payload_, self);
  const auto number = socket_number(plan.loads, options_.load, options_.share, index);
  if (spec_.protocol == model::Protocol::udp) {
    const auto nonce = socket_nonce(options_.run_id, number);
    return std::make_unique<UdpChannel>(dialling_, streams(), nonce, payload_, self);
  }
  constexpr std::uint64_t kBehindUdp = std::uint64_t{1} << 32;
  const auto nonce = socket_nonce(options_.run_id, kBehindUdp + number);
  // Probes take the first ids.
  const auto id = net::echo_id(options_.run_id, plan.probes.size() + number);
  RAMPART_TRY(
      auto channel,
      IcmpChannel::make(
          dialling_,
          {.streams = streams(), .nonce = nonce, .id = id, .target = plan.targets[spec_.target]},
          payload_, self));
  return channel;
}

std::uint64_t Driver::answers_dropped() const {
  std::uint64_t sum = 0;
  for (const auto& channel : pool_.channels()) sum += channel->answers_dropped();
  return sum;
}

}  // namespace rampart::loadgen
