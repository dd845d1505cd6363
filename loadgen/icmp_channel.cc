#include "loadgen/icmp_channel.h"

#include <utility>

namespace rampart::loadgen {

base::Result<std::unique_ptr<IcmpChannel>> IcmpChannel::make(const Dialling& dialling,
                                                             const Options& options,
                                                             const std::string& data,
                                                             Channel::Listener& driver) {
  static_assert(kRoom == net::kEchoHeader);
  std::unique_ptr<IcmpChannel> out(new IcmpChannel(dialling, options, data, driver));
  for (const auto& endpoint : options.target.endpoints) {
    auto& socket = out->sockets_[endpoint.address.v6 ? 1 : 0];
    if (socket) continue;
    RAMPART_TRY(socket, net::IcmpSocket::open(dialling.loop,
                                              {.v6 = endpoint.address.v6,
                                               .id = options.id,
                                               .bytes = data.size(),
                                               .at_once = options.streams},
                                              *out));
  }
  return out;
}

std::optional<net::SocketFailure> IcmpChannel::dial(const base::Endpoint& to,
                                                    const std::optional<base::IpAddress>& from) {
  auto& socket = *sockets_[to.address.v6 ? 1 : 0];
  if (from && from->v6 != to.address.v6)
    return net::SocketFailure{net::StreamEnd::local,
                              "the address to leave from is of another family"};
  if (auto failure = socket.connect(to.address, from)) return failure;
  socket_ = &socket;
  return std::nullopt;
}

std::uint64_t IcmpChannel::answers_dropped() const {
  std::uint64_t sum = 0;
  for (const auto& socket : sockets_)
    if (socket) sum += socket->dropped();
  return sum;
}

// hot
net::SendOutcome IcmpChannel::transmit(std::span<char> message, std::uint16_t number) {
  return socket_->send(message, number);
}

}  // namespace rampart::loadgen
