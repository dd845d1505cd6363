#include "probe/own_sockets.h"

#include <fmt/core.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/sockaddr.h"

namespace rampart::probe {
namespace {

// 0 where it has none.
std::uint16_t local_port(int fd) {
  net::SocketAddress local;
  local.length = sizeof local.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) return 0;
  return net::from_sockaddr(local.get()).port;
}

base::IpAddress wildcard(bool v6) {
  base::IpAddress out;
  out.v6 = v6;
  return out;
}

tl::unexpected<base::Error> cannot_bind(const std::optional<base::IpAddress>& from, int os_error) {
  if (!from)
    return base::fail(base::Errc::io, fmt::format("take a local port: {}", os_text(os_error)));
  const bool foreign = os_error == EADDRNOTAVAIL;
  return base::fail(base::Errc::io,
                    fmt::format("leave from {}: {}", base::to_string(*from),
                                foreign ? "not an address of this host" : os_text(os_error)));
}

base::Status check_family(const std::optional<base::IpAddress>& from, const base::IpAddress& to) {
  if (!from || from->v6 == to.v6) return {};
  return base::fail(base::Errc::io, fmt::format("leave from {}: {} is of another family",
                                                base::to_string(*from), base::to_string(to)));
}

// A local port, of this address or of any. False: none is free at any.
base::Result<bool> take_port(int fd, const std::optional<base::IpAddress>& from, bool v6) {
  const auto local = net::to_sockaddr({from.value_or(wildcard(v6)), 0});
  if (bind(fd, local.get(), local.length) == 0) return true;
  if (errno == EADDRINUSE && !from) return false;
  return cannot_bind(from, errno);
}

// Raw sockets get every ICMP packet of the host: let only echo replies through.
void filter_echo_replies(int fd, bool v6) {
  if (v6) {
    icmp6_filter filter;
    std::memset(&filter, 0xFF, sizeof filter);  // block all
    filter.icmp6_filt[ICMP6_ECHO_REPLY >> 5] &= ~(1U << (ICMP6_ECHO_REPLY & 31));
    setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof filter);
  } else {
    constexpr int kIcmpFilter = 1;  // ICMP_FILTER of linux/icmp.h, which clashes with ip_icmp.h
    const std::uint32_t blocked = ~(1U << ICMP_ECHOREPLY);
    setsockopt(fd, SOL_RAW, kIcmpFilter, &blocked, sizeof blocked);
  }
}

// As the authorisation file has it.
std::string_view name_of(model::IpProto protocol) {
  if (protocol == model::IpProto::tcp) return "tcp";
  return protocol == model::IpProto::udp ? "udp" : "icmp";
}

}  // namespace

base::Status OwnSockets::check(const base::IpAddress& address, model::IpProto protocol) const {
  if (permitted_.permits(address, protocol)) {
    if (uses_ != nullptr) uses_->emplace_back(address, protocol);
    return {};
  }
  if (permitted_.permits(address))
    return base::fail(base::Errc::permission,
                      fmt::format("{} is permitted, but not by {}: nothing was sent; name the "
                                  "protocol in the authorisation file",
                                  base::to_string(address), name_of(protocol)));
  return base::fail(
      base::Errc::permission,
      fmt::format("{} is not permitted: nothing was sent; name it in the authorisation file",
                  base::to_string(address)));
}

bool OwnSockets::permits(const Uses& uses) const {
  return std::all_of(uses.begin(), uses.end(),
                     [&](const auto& use) { return permitted_.permits(use.first, use.second); });
}

base::Result<OwnSockets::TcpSocket> OwnSockets::open_tcp(
    const base::Endpoint& remote, model::Owner owner, const std::optional<base::IpAddress>& from) {
  RAMPART_CHECK(check(remote.address, model::IpProto::tcp));
  RAMPART_CHECK(check_family(from, remote.address));
  const bool v6 = remote.address.v6;
  Descriptor fd(socket(v6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid())
    return base::fail(base::Errc::io, fmt::format("open a socket: {}", os_text(errno)));
  RAMPART_TRY(const bool bound, take_port(fd.get(), from, v6));
  if (bound) announce_tcp(fd.get(), remote, owner);
  return TcpSocket{std::move(fd), bound};
}

void OwnSockets::announce_tcp(int fd, const base::Endpoint& remote, model::Owner owner) {
  announce_tcp_port(local_port(fd), remote, owner);
}

void OwnSockets::announce_tcp_port(std::uint16_t port, const base::Endpoint& remote,
                                   model::Owner owner) {
  announce(port, remote, model::IpProto::tcp, owner);
}

void OwnSockets::announce(std::uint16_t port, const base::Endpoint& remote, model::IpProto proto,
                          model::Owner owner) {
  if (port != 0) tuples_.push({port, remote, proto, owner, clock_.mono()});
}

base::Result<Descriptor> OwnSockets::open_udp(const base::Endpoint& remote, model::Owner owner,
                                              const std::optional<base::IpAddress>& from) {
  RAMPART_CHECK(check(remote.address, model::IpProto::udp));
  RAMPART_CHECK(check_family(from, remote.address));
  const bool v6 = remote.address.v6;
  Descriptor fd(socket(v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid())
    return base::fail(base::Errc::io, fmt::format("open a socket: {}", os_text(errno)));
  RAMPART_TRY(const bool bound, take_port(fd.get(), from, v6));
  if (!bound) return cannot_bind(from, EADDRINUSE);
  announce(local_port(fd.get()), remote, model::IpProto::udp, owner);
  return fd;
}

base::Result<Descriptor> OwnSockets::open_unix() {
  Descriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid())
    return base::fail(base::Errc::io, fmt::format("open a socket: {}", os_text(errno)));
  return fd;
}

base::Result<OwnSockets::IcmpSocket> OwnSockets::open_icmp(
    const base::IpAddress& remote, const std::optional<base::IpAddress>& from) {
  RAMPART_CHECK(check(remote, model::IpProto::icmp));
  RAMPART_CHECK(check_family(from, remote));
  const int family = remote.v6 ? AF_INET6 : AF_INET;
  const int protocol =
      remote.v6 ? static_cast<int>(IPPROTO_ICMPV6) : static_cast<int>(IPPROTO_ICMP);
  constexpr int kFlags = SOCK_CLOEXEC | SOCK_NONBLOCK;
  IcmpSocket out{Descriptor(socket(family, SOCK_RAW | kFlags, protocol)), true};
  if (!out.fd.valid()) out = {Descriptor(socket(family, SOCK_DGRAM | kFlags, protocol)), false};
  if (!out.fd.valid())
    return base::fail(
        base::Errc::io,
        fmt::format("open an icmp socket: {}: give rampart CAP_NET_RAW, or let its group into "
                    "net.ipv4.ping_group_range",
                    os_text(errno)));
  if (out.raw) {
    filter_echo_replies(out.fd.get(), remote.v6);
    if (from) RAMPART_CHECK(take_port(out.fd.get(), from, remote.v6));
  } else {
    RAMPART_TRY(const bool bound, take_port(out.fd.get(), from, remote.v6));
    if (!bound)
      return base::fail(base::Errc::io, fmt::format("take an echo id: {}", os_text(EADDRINUSE)));
    out.id = local_port(out.fd.get());
  }
  return out;
}

void OwnSockets::announce_icmp(const base::IpAddress& remote, std::uint16_t id) {
  const auto proto = remote.v6 ? model::IpProto::icmp6 : model::IpProto::icmp;
  tuples_.push({id, {remote, 0}, proto, model::Owner::probe, clock_.mono()});
}

std::string os_text(int os_error) {
  std::string text = std::strerror(os_error);
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

model::ProbeReason reason_of(const base::Error& socket_error) {
  return socket_error.code == base::Errc::permission ? model::ProbeReason::not_permitted
                                                     : model::ProbeReason::local;
}

model::ProbeReason connect_reason(int os_error) {
  switch (os_error) {
    case ECONNREFUSED: return model::ProbeReason::connect_refused;
    case ETIMEDOUT: return model::ProbeReason::connect_timeout;
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN:
    case ENONET:
    case EPROTO:
    case EOPNOTSUPP: return model::ProbeReason::unreachable;  // what ICMP errors become, ip(7)
    case ECONNRESET: return model::ProbeReason::reset;
    default: return model::ProbeReason::local;
  }
}

}  // namespace rampart::probe
