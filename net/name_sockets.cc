#include "net/name_sockets.h"

#include <ares.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

namespace rampart::net {
namespace {

int open_socket(int family, int type, int protocol, void*) {
  return ::socket(family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
}

int close_socket(int fd, void*) { return ::close(fd); }

int connect_socket(int fd, const sockaddr* address, socklen_t size, void*) {
  return ::connect(fd, address, size);
}

ssize_t receive(int fd, void* buffer, std::size_t size, int flags, sockaddr* from,
                socklen_t* from_size, void*) {
  return ::recvfrom(fd, buffer, size, flags, from, from_size);
}

ssize_t send(int fd, const iovec* data, int count, void*) {
  msghdr message{};
  message.msg_iov = const_cast<iovec*>(data);  // only read
  message.msg_iovlen = static_cast<std::size_t>(count);
  const auto sent = ::sendmsg(fd, &message, MSG_NOSIGNAL);
  // The error is taken by being told; a stream has none to spare and fails again.
  return sent >= 0 || errno == EAGAIN || errno == EINTR ? sent
                                                        : ::sendmsg(fd, &message, MSG_NOSIGNAL);
}

}  // namespace

const ares_socket_functions& name_sockets() {
  static const ares_socket_functions functions{open_socket, close_socket, connect_socket, receive,
                                               send};
  return functions;
}

}  // namespace rampart::net
