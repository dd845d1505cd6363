#include "net/datagram_socket.h"

#include <fmt/core.h>
#include <linux/errqueue.h>
#include <linux/sock_diag.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/socket_error.h"

namespace rampart::net {
namespace {

constexpr std::size_t kMostPerCall = 32;  // datagrams
constexpr int kRounds = 8;                // calls per turn; then it is the others' turn
constexpr int kMostErrors = 256;          // per turn
constexpr std::size_t kOverhead = 1024;   // of a datagram in the receive buffer, at most

// A datagram has no connection that could be reset: what no ICMP message says is this side's.
StreamEnd end_of(int os_error) {
  const auto end = end_of_socket_error(os_error);
  return end == StreamEnd::reset ? StreamEnd::local : end;
}

SocketFailure failure(int os_error) { return {end_of(os_error), socket_error_text(os_error)}; }

void want_errors(int fd, bool v6) {
  constexpr int kOn = 1;
  if (v6)
    setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &kOn, sizeof kOn);
  else
    setsockopt(fd, IPPROTO_IP, IP_RECVERR, &kOn, sizeof kOn);
}

// The kernel grants what net.core.rmem_max allows.
void grow_receive_buffer(int fd, std::size_t wanted) {
  int now = 0;
  socklen_t length = sizeof now;
  constexpr std::size_t kMost = 64U << 20;
  const int bytes = static_cast<int>(std::min(wanted, kMost));
  if (getsockopt(fd, SOL_SOCKET, SO_RCVBUF, &now, &length) == 0 && now < bytes)
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

const sock_extended_err* error_in(msghdr& message) {
  for (auto* c = CMSG_FIRSTHDR(&message); c != nullptr; c = CMSG_NXTHDR(&message, c)) {
    const bool v4 = c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR;
    const bool v6 = c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR;
    if (v4 || v6) return reinterpret_cast<const sock_extended_err*>(CMSG_DATA(c));
  }
  return nullptr;
}

}  // namespace

tl::expected<std::unique_ptr<DatagramSocket>, SocketFailure> DatagramSocket::open(
    Loop& loop, const Options& options, Listener& listener) {
  const int family = options.v6 ? AF_INET6 : AF_INET;
  const int fd = socket(family, options.type | SOCK_CLOEXEC | SOCK_NONBLOCK, options.protocol);
  if (fd < 0) return tl::unexpected(failure(errno));
  want_errors(fd, options.v6);
  grow_receive_buffer(fd, options.at_once * (options.largest + kOverhead));
  return std::unique_ptr<DatagramSocket>(new DatagramSocket(loop, fd, options, listener));
}

DatagramSocket::DatagramSocket(Loop& loop, int fd, const Options& options, Listener& listener)
    : loop_(loop), listener_(listener), fd_(fd), largest_(options.largest) {
  FdWatcher::Listener& self = *this;
  watcher_.emplace(loop, fd, self);
  watcher_->watch(true, false);
}

DatagramSocket::~DatagramSocket() {
  *gone_ = true;
  watcher_.reset();
  close(fd_);
}

std::optional<SocketFailure> DatagramSocket::leave_from(const base::IpAddress& address) {
  const auto local = to_sockaddr({address, 0});
  if (bind(fd_, local.get(), local.length) == 0) return std::nullopt;
  SocketFailure out{StreamEnd::local, socket_error_text(errno)};
  if (errno == EADDRINUSE) out.end = StreamEnd::no_ports;
  if (errno == EADDRNOTAVAIL) out.detail = "not an address of this host";
  out.detail = fmt::format("leave from {}: {}", base::to_string(address), out.detail);
  return out;
}

std::optional<SocketFailure> DatagramSocket::connect(const base::Endpoint& to) {
  const auto peer = to_sockaddr(to);
  if (::connect(fd_, peer.get(), peer.length) == 0) return std::nullopt;
  // No port of the range is free: udp(7) has no error of its own for it.
  if (errno == EAGAIN) return SocketFailure{StreamEnd::no_ports, "no local port left"};
  return failure(errno);
}

// hot
SendOutcome DatagramSocket::send(std::span<const char> bytes) {
  using State = SendOutcome::State;
  int error = 0;
  // The first tries may only report what happened to earlier datagrams.
  for (int tries = 0; tries < 3; ++tries) {
    if (::send(fd_, bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
      return {State::sent, {}};
    error = errno;
    if (error == EAGAIN) {
      if (!blocked_) watcher_->watch(true, true);
      blocked_ = true;
      return {State::blocked, {}};
    }
  }
  return {State::failed, end_of(error)};
}

std::uint16_t DatagramSocket::local_port() const {
  SocketAddress local;
  local.length = sizeof local.storage;
  if (getsockname(fd_, reinterpret_cast<sockaddr*>(&local.storage), &local.length) != 0) return 0;
  return from_sockaddr(local.get()).port;
}

std::uint64_t DatagramSocket::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> memory{};
  socklen_t length = sizeof memory;
  if (getsockopt(fd_, SOL_SOCKET, SO_MEMINFO, memory.data(), &length) != 0) return 0;
  return memory[SK_MEMINFO_DROPS];
}

// hot
void DatagramSocket::on_ready(int, bool readable, bool writable) {
  const std::shared_ptr<const bool> held = gone_;  // a listener may destroy the socket
  const bool& gone = *held;
  if (readable) receive(gone);
  // Not asked for, it means that errors are waiting.
  if (!gone && writable) read_errors(gone);
  if (!gone && writable && blocked_) {
    blocked_ = false;
    watcher_->watch(true, false);
    listener_.on_room();
  }
}

// hot
void DatagramSocket::receive(const bool& gone) {
  const auto buffer = loop_.read_buffer();
  const auto room = std::min(largest_ + 1, buffer.size());
  const auto count = std::min(buffer.size() / room, kMostPerCall);
  std::array<mmsghdr, kMostPerCall> messages;
  std::array<iovec, kMostPerCall> places;
  for (int round = 0; round < kRounds; ++round) {
    for (std::size_t i = 0; i < count; ++i) {
      places[i] = {buffer.data() + i * room, room};
      messages[i] = {};
      messages[i].msg_hdr.msg_iov = &places[i];
      messages[i].msg_hdr.msg_iovlen = 1;
    }
    const int got =
        recvmmsg(fd_, messages.data(), static_cast<unsigned>(count), MSG_DONTWAIT, nullptr);
    if (got < 0) {
      if (errno == EAGAIN || errno == EINTR) return;
      read_errors(gone);
      if (gone) return;
      continue;
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(got); ++i) {
      listener_.on_datagram({buffer.data() + i * room, messages[i].msg_len});
      if (gone) return;
    }
    if (static_cast<std::size_t>(got) < count) return;
  }
}

void DatagramSocket::read_errors(const bool& gone) {
  const auto buffer = loop_.read_buffer();
  for (int i = 0; i < kMostErrors; ++i) {
    iovec place{buffer.data(), buffer.size()};
    alignas(cmsghdr) std::array<char, 512> control;
    msghdr message{};
    message.msg_iov = &place;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto size = recvmsg(fd_, &message, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (size < 0) return;
    const auto* error = error_in(message);
    if (error == nullptr) continue;
    listener_.on_undelivered(end_of(static_cast<int>(error->ee_errno)),
                             {buffer.data(), static_cast<std::size_t>(size)});
    if (gone) return;
  }
}

}  // namespace rampart::net
