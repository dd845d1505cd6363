#include "loadgen/udp_channel.h"

#include <utility>

#include "net/udp_socket.h"

namespace rampart::loadgen {

std::optional<net::SocketFailure> UdpChannel::dial(const base::Endpoint& to,
                                                   const std::optional<base::IpAddress>& from) {
  auto socket = net::connect_udp(
      loop_, to, *this,
      {.from = from, .largest = bytes_, .at_once = static_cast<std::uint32_t>(exchanges().size())});
  if (!socket) return std::move(socket).error();
  socket_ = *std::move(socket);
  return std::nullopt;
}

void UdpChannel::hang_up() {
  dropped_ = answers_dropped();
  socket_.reset();
}

// hot
net::SendOutcome UdpChannel::transmit(std::span<char> message, std::uint16_t) {
  return socket_->send(message.subspan(kRoom));
}

}  // namespace rampart::loadgen
