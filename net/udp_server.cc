#include "net/udp_server.h"

#include <fmt/core.h>
#include <unistd.h>

#include <cerrno>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/socket_error.h"

namespace rampart::net {

base::Result<std::unique_ptr<UdpServer>> UdpServer::listen(Loop& loop, const base::Endpoint& at,
                                                           Listener& listener) {
  const auto failed = [&at] {
    return base::fail(base::Errc::io, fmt::format("listen on udp {}: {}", base::to_string(at),
                                                  socket_error_text(errno)));
  };
  const int fd =
      socket(at.address.v6 ? AF_INET6 : AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0) return failed();
  std::unique_ptr<UdpServer> server(new UdpServer(loop, fd, listener));
  const auto address = to_sockaddr(at);
  if (bind(fd, address.get(), address.length) != 0) return failed();
  SocketAddress local;
  local.length = sizeof local.storage;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0)
    return failed();
  server->endpoint_ = from_sockaddr(local.get());
  return server;
}

UdpServer::UdpServer(Loop& loop, int fd, Listener& listener)
    : loop_(loop), listener_(listener), fd_(fd) {
  FdWatcher::Listener& self = *this;
  watcher_.emplace(loop, fd, self);
  watcher_->watch(true, false);
}

UdpServer::~UdpServer() {
  watcher_.reset();
  close(fd_);
}

void UdpServer::send(std::span<const char> bytes, const base::Endpoint& to) {
  const auto address = to_sockaddr(to);
  static_cast<void>(sendto(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL,
                           address.get(), address.length));
}

void UdpServer::on_ready(int, bool, bool) {
  constexpr int kMost = 256;  // per turn; then it is the others' turn
  const auto buffer = loop_.read_buffer();
  for (int i = 0; i < kMost; ++i) {
    SocketAddress peer;
    peer.length = sizeof peer.storage;
    const auto size = recvfrom(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT,
                               reinterpret_cast<sockaddr*>(&peer.storage), &peer.length);
    if (size < 0) {
      if (errno == EAGAIN) return;
      continue;  // what became of an earlier answer
    }
    listener_.on_datagram({buffer.data(), static_cast<std::size_t>(size)},
                          from_sockaddr(peer.get()));
  }
}

}  // namespace rampart::net
