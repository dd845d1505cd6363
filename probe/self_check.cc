#include "probe/self_check.h"

#include <fmt/core.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/log.h"
#include "base/units.h"
#include "net/sockaddr.h"

namespace rampart::probe {
namespace {

Descriptor tcp_socket() {
  return Descriptor(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

bool waits_in_vain(model::ProbeReason reason) {
  switch (reason) {
    case model::ProbeReason::connect_timeout:
    case model::ProbeReason::timeout_first_byte:
    case model::ProbeReason::timeout_transfer:
    case model::ProbeReason::dns_timeout: return true;
    default: return false;
  }
}

}  // namespace

SelfCheck::SelfCheck(net::Loop& loop, Agenda& agenda, OwnSockets& sockets, const base::Clock& clock)
    : Item(agenda), loop_(loop), sockets_(sockets), clock_(clock), expected_(clock.mono()) {
  set_due(expected_);
}

SelfCheck::~SelfCheck() = default;

// Begins a check. One that has not been reached is given up for it; expected_ stays.
void SelfCheck::on_due() {
  fd_.reset();
  if (listener_.valid() || listen()) connect();
  set_due(clock_.mono() + kEvery);
}

bool SelfCheck::listen() {
  auto fd = tcp_socket();
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  auto* any = reinterpret_cast<sockaddr*>(&address);
  socklen_t length = sizeof address;
  if (!fd.valid() || bind(fd.get(), any, length) != 0 || ::listen(fd.get(), SOMAXCONN) != 0 ||
      getsockname(fd.get(), any, &length) != 0)
    return false;
  listener_ = std::move(fd);
  own_ = {base::IpAddress::v4(127, 0, 0, 1), ntohs(address.sin_port)};
  net::FdWatcher::Listener& self = *this;
  watcher_.emplace(loop_, listener_.get(), self);
  watcher_->watch(true, false);
  return true;
}

// Not by OwnSockets::open_tcp: this is no traffic to a target, and needs no permission.
void SelfCheck::connect() {
  fd_ = tcp_socket();
  if (!fd_.valid()) return;
  const linger at_once{1, 0};  // ends by a reset, which keeps no port
  setsockopt(fd_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  const auto address = net::to_sockaddr(own_);
  if (::connect(fd_.get(), address.get(), address.length) == 0 || errno == EINPROGRESS)
    sockets_.announce_tcp(fd_.get(), own_, model::Owner::probe);
}

// Others may connect to the port as well; they are let go, some at a time.
void SelfCheck::on_ready(int fd, bool, bool) {
  constexpr int kMostAtOnce = 16;
  sockaddr_in own{};
  socklen_t length = sizeof own;
  if (fd_.valid()) getsockname(fd_.get(), reinterpret_cast<sockaddr*>(&own), &length);
  for (int i = 0; i < kMostAtOnce; ++i) {
    sockaddr_in peer{};
    length = sizeof peer;
    const Descriptor other(
        accept4(fd, reinterpret_cast<sockaddr*>(&peer), &length, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!other.valid()) return;
    if (fd_.valid() && peer.sin_port == own.sin_port) return reached();
  }
}

void SelfCheck::reached() {
  fd_.reset();
  const auto now = clock_.mono();
  if (ever_ && now - expected_ > kLate) {
    pauses_.push_back({expected_, now});
    if (pauses_.size() > kMostPauses) pauses_.pop_front();
  }
  ever_ = true;
  expected_ = now + kEvery;
}

base::Nanos SelfCheck::unwell(base::MonoTime since) const {
  base::Nanos out{0};
  const auto add = [&](const Pause& pause) {
    const auto inside = pause.end - std::max(pause.begin, since);
    if (inside > kLate) out += inside;
  };
  for (const auto& pause : pauses_) add(pause);
  if (ever_) add({expected_, clock_.mono()});
  return out;
}

OwnTrouble::~OwnTrouble() {
  if (count_ > 0)
    base::log::warn(
        "{} probes and scrapes that waited in vain count neither as up nor as down: the prober "
        "itself was not well, or busy with other pages",
        count_);
}

std::string OwnTrouble::own_trouble(model::ProbeReason reason, base::MonoTime start,
                                    base::Nanos timeout, base::Nanos put_off) const {
  if (!waits_in_vain(reason)) return {};
  const auto unwell = self_.unwell(start);
  const auto longer = std::max(unwell, put_off);
  if (longer < timeout / 4 || longer <= base::Nanos(0)) return {};
  return fmt::format(
      "{} for {}",
      put_off > unwell ? "waited for its turn to be read" : "the prober itself stood still",
      base::format_duration(longer));
}

void OwnTrouble::tell(std::string_view what, model::ProbeReason& reason, std::string& detail) {
  detail = fmt::format("{} ({}: {})", what, model::to_string(reason), detail);
  reason = model::ProbeReason::local;
  ++count_;
}

}  // namespace rampart::probe
