#include "tests/support/raw_server.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <tuple>
#include <utility>

#include "base/assert.h"

namespace rampart::testing {
namespace {

constexpr int kTimeoutMs = 10'000;

// A socket bound to a free port of 127.0.0.1.
std::pair<int, std::uint16_t> bind_loopback() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  RAMPART_ASSERT(fd >= 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof at;
  auto* address = reinterpret_cast<sockaddr*>(&at);
  RAMPART_ASSERT(bind(fd, address, length) == 0);
  RAMPART_ASSERT(getsockname(fd, address, &length) == 0);
  return {fd, ntohs(at.sin_port)};
}

bool wait(int fd, short events, int stop_fd) {
  std::array<pollfd, 2> fds{{{fd, events, 0}, {stop_fd, POLLIN, 0}}};
  return poll(fds.data(), fds.size(), kTimeoutMs) > 0 && fds[1].revents == 0;
}

}  // namespace

bool RawServer::Peer::wait_for(short events) const {
  return fd_ >= 0 && wait(fd_, events, stop_fd_);
}

std::string RawServer::Peer::read_some() {
  if (!rest_.empty()) return std::exchange(rest_, {});
  if (!wait_for(POLLIN)) return {};
  std::string out(65536, '\0');
  const auto n = recv(fd_, out.data(), out.size(), 0);
  out.resize(n > 0 ? static_cast<std::size_t>(n) : 0);
  return out;
}

std::string RawServer::Peer::read_until(std::string_view end) {
  std::string out;
  for (;;) {
    const auto more = read_some();
    if (more.empty()) return out;
    out += more;
    if (const auto at = out.find(end); at != std::string::npos) {
      rest_ = out.substr(at + end.size());
      out.resize(at + end.size());
      return out;
    }
  }
}

bool RawServer::Peer::send(std::string_view bytes) {
  while (!bytes.empty()) {
    if (!wait_for(POLLOUT)) return false;
    const auto n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

bool RawServer::Peer::send_bytewise(std::string_view bytes) {
  const int on = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  for (std::size_t i = 0; i < bytes.size(); ++i)
    if (!send(bytes.substr(i, 1))) return false;
  return true;
}

void RawServer::Peer::wait_for_close() {
  while (!read_some().empty()) {
  }
}

void RawServer::Peer::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

void RawServer::Peer::reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  close();
}

RawServer::RawServer(Script script) : script_(std::move(script)) {
  std::tie(listen_fd_, port_) = bind_loopback();
  RAMPART_ASSERT(listen(listen_fd_, 128) == 0);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  RAMPART_ASSERT(stop_fd_ >= 0);
  thread_ = std::thread([this] { serve(); });
}

RawServer::~RawServer() {
  const std::uint64_t one = 1;
  RAMPART_ASSERT(write(stop_fd_, &one, sizeof one) == sizeof one);
  thread_.join();
  ::close(listen_fd_);
  ::close(stop_fd_);
}

void RawServer::serve() {
  for (unsigned number = 0;; ++number) {
    std::array<pollfd, 2> fds{{{listen_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}}};
    if (poll(fds.data(), fds.size(), -1) < 0 || fds[1].revents != 0) return;
    const int fd = accept4(listen_fd_, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) continue;
    Peer peer(fd, stop_fd_, number);
    script_(peer);
    peer.close();
  }
}

base::Endpoint RawServer::refusing() {
  const auto [fd, port] = bind_loopback();
  ::close(fd);
  return {base::IpAddress::v4(127, 0, 0, 1), port};
}

}  // namespace rampart::testing
