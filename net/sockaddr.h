#pragma once

// Private to net and probe sources: it brings the system's socket headers.
#include <netinet/in.h>
#include <sys/socket.h>

#include <cstring>

#include "base/ip_address.h"

namespace rampart::net {

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t length = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

// `scope`: of an IPv6 address, net::zone_index; 0: none.
inline SocketAddress to_sockaddr(const base::Endpoint& endpoint, std::uint32_t scope = 0) {
  SocketAddress out;
  if (endpoint.address.v6) {
    auto* in6 = reinterpret_cast<sockaddr_in6*>(&out.storage);
    in6->sin6_family = AF_INET6;
    in6->sin6_port = htons(endpoint.port);
    in6->sin6_scope_id = scope;
    std::memcpy(&in6->sin6_addr, endpoint.address.bytes.data(), 16);
    out.length = sizeof(sockaddr_in6);
  } else {
    auto* in = reinterpret_cast<sockaddr_in*>(&out.storage);
    in->sin_family = AF_INET;
    in->sin_port = htons(endpoint.port);
    std::memcpy(&in->sin_addr, endpoint.address.bytes.data(), 4);
    out.length = sizeof(sockaddr_in);
  }
  return out;
}

// Anything but IPv4 and IPv6 comes back as 0.0.0.0:0.
inline base::Endpoint from_sockaddr(const sockaddr* address) {
  base::Endpoint out;
  if (address->sa_family == AF_INET6) {
    const auto* in6 = reinterpret_cast<const sockaddr_in6*>(address);
    out.address.v6 = true;
    std::memcpy(out.address.bytes.data(), &in6->sin6_addr, 16);
    out.port = ntohs(in6->sin6_port);
  } else if (address->sa_family == AF_INET) {
    const auto* in = reinterpret_cast<const sockaddr_in*>(address);
    std::memcpy(out.address.bytes.data(), &in->sin_addr, 4);
    out.port = ntohs(in->sin_port);
  }
  return out;
}

}  // namespace rampart::net
