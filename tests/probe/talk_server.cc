#include "talk_server.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/assert.h"

namespace rampart::probe {

struct TalkServer::Peer final : net::Stream::Listener {
  explicit Peer(TalkServer& s) : server(s) {}

  void begin(std::unique_ptr<net::TcpStream> tcp) {
    plain = std::move(tcp);
    if (server.options_.tls_at_once) {
      begin_tls();
    } else {
      plain->listen_with(*this);
      greet();
    }
  }
  void begin_tls() { tls = net::accept_tls(*server.options_.tls, std::move(plain), *this); }
  void greet() {
    net::Stream& stream = *live();
    if (!server.options_.greeting.empty()) stream.write(server.options_.greeting);
    if (server.options_.hang_up) stream.shutdown();
  }
  net::Stream* live() {
    if (tls) return tls.get();
    return plain.get();
  }

  // Of TLS, and of a Unix socket; an accepted TcpStream is open before it comes.
  void on_open() override {
    const bool at_once = server.options_.tls_at_once;
    if (!tls && at_once)
      begin_tls();
    else if (!tls || at_once)
      greet();
  }
  void on_data(std::span<const char> bytes) override {
    pending.append(bytes.data(), bytes.size());
    for (;;) {
      const auto end = pending.find('\n');
      if (end == std::string::npos) return;
      const auto line = pending.substr(0, end);
      pending.erase(0, end + 1);
      server.heard.push_back(line);
      if (!act(server.script_(line))) return;
    }
  }
  // False where the stream is another one now, or none.
  bool act(const Answer& answer) {
    if (!answer.say.empty()) live()->write(answer.say);
    switch (answer.then) {
      case Answer::Then::listen: return true;
      case Answer::Then::close: live()->shutdown(); return true;
      case Answer::Then::reset: live()->reset(); return false;
      case Answer::Then::starttls: begin_tls(); return false;
    }
    return true;
  }
  void on_end(net::StreamEnd, std::string_view) override {}

  TalkServer& server;
  std::string pending;
  std::unique_ptr<net::TcpStream> plain;
  std::unique_ptr<net::Stream> tls;
};

TalkServer::TalkServer(net::Loop& loop, Script script, Options options)
    : loop_(loop), script_(std::move(script)), options_(std::move(options)) {
  if (options_.path.empty())
    tcp_ = net::TcpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, *this).value();
  else
    listen_on(options_.path);
}

TalkServer::~TalkServer() {
  if (!options_.path.empty() && options_.path[0] != '@') unlink(options_.path.c_str());
}

void TalkServer::listen_on(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  RAMPART_ASSERT(path.size() < sizeof address.sun_path);
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  const bool abstract = path[0] == '@';
  if (abstract) address.sun_path[0] = '\0';
  const auto size = offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1);
  unix_ = Descriptor(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  RAMPART_ASSERT(unix_.valid());
  RAMPART_ASSERT(bind(unix_.get(), reinterpret_cast<const sockaddr*>(&address),
                      static_cast<socklen_t>(size)) == 0);
  RAMPART_ASSERT(listen(unix_.get(), 8) == 0);
  net::FdWatcher::Listener& self = *this;
  watcher_.emplace(loop_, unix_.get(), self);
  watcher_->watch(true, false);
}

void TalkServer::on_ready(int fd, bool, bool) {
  const int taken = accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
  if (taken < 0) return;
  auto& peer = *peers_.emplace_back(std::make_unique<Peer>(*this));
  peer.plain = net::TcpStream::open(loop_, taken, peer);
}

void TalkServer::on_accept(std::unique_ptr<net::TcpStream> stream) {
  peers_.emplace_back(std::make_unique<Peer>(*this))->begin(std::move(stream));
}

}  // namespace rampart::probe
