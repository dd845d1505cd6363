#pragma once

#include <memory>
#include <optional>
#include <tl/expected.hpp>

#include "base/ip_address.h"
#include "net/datagram_socket.h"

namespace rampart::net {

struct UdpOptions {
  std::optional<base::IpAddress> from = {};  // an address of this host, of the peer's family
  std::size_t largest = 65507;               // bytes of a datagram to be received
  std::uint32_t at_once = 1;                 // as DatagramSocket::Options
};

// A UDP socket that speaks to one peer and hears nobody else. Sends nothing. A peer without a
// listener shows as on_undelivered with StreamEnd::refused (ICMP port unreachable).
tl::expected<std::unique_ptr<DatagramSocket>, SocketFailure> connect_udp(
    Loop& loop, const base::Endpoint& to, DatagramSocket::Listener& listener,
    const UdpOptions& options = {});

}  // namespace rampart::net
