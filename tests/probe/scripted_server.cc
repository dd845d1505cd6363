#include "scripted_server.h"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/assert.h"
#include "net/loop.h"
#include "net/sockaddr.h"

namespace rampart::probe {

ScriptedServer::ScriptedServer(net::Loop& loop, Script script)
    : loop_(loop), script_(std::move(script)) {
  listener_.reset(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  auto at = net::to_sockaddr({base::IpAddress::v4(127, 0, 0, 1), 0});
  RAMPART_ASSERT(bind(listener_.get(), at.get(), at.length) == 0);
  RAMPART_ASSERT(listen(listener_.get(), 64) == 0);
  getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&at.storage), &at.length);
  endpoint_ = net::from_sockaddr(at.get());
  net::FdWatcher::Listener& self = *this;
  watcher_ = std::make_unique<net::FdWatcher>(loop_, listener_.get(), self);
  watcher_->watch(true, false);
}

ScriptedServer::~ScriptedServer() {
  watcher_.reset();
  for (auto& [fd, client] : clients_) client.watcher.reset();
}

void ScriptedServer::on_ready(int fd, bool readable, bool writable) {
  if (fd == listener_.get()) {
    accept_one();
    return;
  }
  auto& client = clients_.at(fd);
  if (readable && !client.answered)
    take(client);
  else if (writable)
    flood(client);
}

void ScriptedServer::accept_one() {
  net::SocketAddress from;
  from.length = sizeof from.storage;
  const int fd = accept4(listener_.get(), reinterpret_cast<sockaddr*>(&from.storage), &from.length,
                         SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (fd < 0) return;
  peer_ports_.push_back(net::from_sockaddr(from.get()).port);
  auto& client = clients_[fd];
  client.fd.reset(fd);
  net::FdWatcher::Listener& self = *this;
  client.watcher = std::make_unique<net::FdWatcher>(loop_, fd, self);
  client.watcher->watch(true, false);
}

// What the request announces behind its head.
static std::size_t body_bytes(const std::string& request) {
  constexpr std::string_view kName = "\r\nContent-Length: ";
  const auto at = request.find(kName);
  return at == std::string::npos ? 0 : std::strtoul(&request[at + kName.size()], nullptr, 10);
}

void ScriptedServer::take(Client& client) {
  char buffer[4096];
  const auto size = recv(client.fd.get(), buffer, sizeof buffer, 0);
  if (size <= 0) {
    client.watcher.reset();
    clients_.erase(client.fd.get());
    return;
  }
  client.request.append(buffer, static_cast<std::size_t>(size));
  const auto head = client.request.find("\r\n\r\n");
  if (head == std::string::npos || client.request.size() - head - 4 < body_bytes(client.request))
    return;
  requests_.push_back(client.request);
  client.answered = true;
  client.answer = script_(client.request);
  answer(client);
}

void ScriptedServer::answer(Client& client) {
  const auto& [say, then, repeat] = client.answer;
  const int fd = client.fd.get();
  static_cast<void>(::send(fd, say.data(), say.size(), MSG_NOSIGNAL));
  client.watcher->watch(false, then == Then::repeat);
  if (then == Then::reset) {
    const linger hard{1, 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  }
  if (then == Then::close || then == Then::reset) {
    client.watcher.reset();
    clients_.erase(fd);
  }
}

void ScriptedServer::flood(Client& client) {
  const auto& more = client.answer.repeat;
  if (::send(client.fd.get(), more.data(), more.size(), MSG_NOSIGNAL) >= 0) return;
  if (errno != EAGAIN) client.watcher->watch(false, false);
}

}  // namespace rampart::probe
