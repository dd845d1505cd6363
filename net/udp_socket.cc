#include "net/udp_socket.h"

#include <sys/socket.h>

#include <utility>

namespace rampart::net {

tl::expected<std::unique_ptr<DatagramSocket>, SocketFailure> connect_udp(
    Loop& loop, const base::Endpoint& to, DatagramSocket::Listener& listener,
    const UdpOptions& options) {
  auto socket = DatagramSocket::open(loop,
                                     {.v6 = to.address.v6,
                                      .type = SOCK_DGRAM,
                                      .protocol = 0,
                                      .largest = options.largest,
                                      .at_once = options.at_once},
                                     listener);
  if (!socket) return socket;
  if (options.from)
    if (auto failure = (*socket)->leave_from(*options.from))
      return tl::unexpected(*std::move(failure));
  if (auto failure = (*socket)->connect(to)) return tl::unexpected(*std::move(failure));
  return socket;
}

}  // namespace rampart::net
