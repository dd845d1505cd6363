#include "probe/tcp_probe.h"

#include <fmt/core.h>

#include <cerrno>
#include <utility>

#include "base/units.h"
#include "net/loop.h"
#include "net/sockaddr.h"

namespace rampart::probe {

using model::ProbeReason;

TcpProbe::TcpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
                   model::Outbox<model::ProbeResult>& results)
    : context_(context),
      spec_(plan.probes[index]),
      target_(plan.targets[spec_.target]),
      index_(index),
      results_(results),
      timer_(context.loop, *this) {}

void TcpProbe::start(Job::Listener& listener) {
  listener_ = &listener;
  start_ = context_.clock.mono();
  if (target_.endpoints.empty()) {
    finish(ProbeReason::resolve_failed, fmt::format("{} has no address", target_.url.host));
    return;
  }
  const auto& to = target_.endpoints.front();
  auto socket = context_.sockets.open_tcp(to, model::Owner::probe);
  if (!socket) {
    finish(reason_of(socket.error()), socket.error().text);
    return;
  }
  fd_ = std::move(socket->fd);
  const auto address = net::to_sockaddr(to);
  const int error = connect(fd_.get(), address.get(), address.length) == 0 ? 0 : errno;
  if (!socket->announced) context_.sockets.announce_tcp(fd_.get(), to, model::Owner::probe);
  if (error != EINPROGRESS) {
    connected(error);
  } else {
    net::FdWatcher::Listener& self = *this;
    watcher_.emplace(context_.loop, fd_.get(), self);
    watcher_->watch(false, true);
    timer_.arm(start_ + spec_.timeout);
  }
}

void TcpProbe::on_ready(int fd, bool, bool) {
  int error = 0;
  socklen_t length = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  connected(error);
}

void TcpProbe::on_timer(net::Timer&) {
  finish(ProbeReason::connect_timeout,
         fmt::format("connect {}: no answer within {}", base::to_string(target_.endpoints.front()),
                     base::format_duration(spec_.timeout)));
}

void TcpProbe::connected(int os_error) {
  if (os_error == 0)
    finish(ProbeReason::none, {});
  else
    finish(connect_reason(os_error),
           fmt::format("connect {}: {}", base::to_string(target_.endpoints.front()),
                       os_text(os_error)));
}

void TcpProbe::finish(ProbeReason reason, std::string detail) {
  const auto duration = context_.clock.mono() - start_;
  timer_.disarm();
  watcher_.reset();
  fd_.reset();
  const bool success = reason == ProbeReason::none;
  results_.push({.probe = index_,
                 .start = start_,
                 .duration = duration,
                 .success = success,
                 .reason = reason,
                 .detail = std::move(detail),
                 .phases = {.connect = success ? duration : base::Nanos(0)}});
  std::exchange(listener_, nullptr)->on_job_done();
}

}  // namespace rampart::probe
