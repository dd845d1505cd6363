#include "probe/icmp_probe.h"

#include <fmt/core.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "base/units.h"
#include "net/loop.h"
#include "net/sockaddr.h"

namespace rampart::probe {

using model::ProbeReason;

IcmpProbe::IcmpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
                     model::Outbox<model::ProbeResult>& results, OwnSockets::IcmpSocket socket)
    : context_(context),
      spec_(plan.probes[index]),
      target_(plan.targets[spec_.target]),
      index_(index),
      results_(results),
      timer_(context.loop, *this),
      socket_(std::move(socket)) {
  static_cast<void>(open());  // start() tries again and reports
}

base::Status IcmpProbe::open() {
  if (watcher_ || target_.endpoints.empty()) return {};
  if (!socket_.fd.valid()) {
    RAMPART_TRY(socket_, context_.sockets.open_icmp(target_.endpoints.front().address));
  }
  // Differs between runs on one host, and between the probes of one run.
  echo_.id = socket_.raw ? net::echo_id(context_.run_id, index_) : socket_.id;
  net::FdWatcher::Listener& self = *this;
  watcher_.emplace(context_.loop, socket_.fd.get(), self);
  return {};
}

void IcmpProbe::start(Job::Listener& listener) {
  listener_ = &listener;
  start_ = context_.clock.mono();
  if (target_.endpoints.empty()) {
    finish(ProbeReason::resolve_failed, fmt::format("{} has no address", target_.url.host));
    return;
  }
  const auto& remote = target_.endpoints.front().address;
  if (auto opened = open(); !opened) {
    finish(reason_of(opened.error()), opened.error().text);
    return;
  }
  const int fd = socket_.fd.get();
  if (!connected_) {
    // Connected, so that only this peer's packets and errors arrive.
    const auto address = net::to_sockaddr({remote, 0});
    if (connect(fd, address.get(), address.length) != 0) {
      fail_with(errno);
      return;
    }
    connected_ = true;
  }
  drop_pending();
  ++echo_.sequence;
  echo_.nonce = static_cast<std::uint64_t>(start_.time_since_epoch().count());
  const auto request = net::write_echo_request(echo_, remote.v6);
  context_.sockets.announce_icmp(remote, echo_.id);
  if (send(fd, request.data(), request.size(), 0) < 0) {
    fail_with(errno);
    return;
  }
  watcher_->watch(true, false);
  timer_.arm(start_ + spec_.timeout);
}

// Answers to earlier requests, and errors about them, which would wake the loop again and again.
void IcmpProbe::drop_pending() {
  std::array<std::uint8_t, 256> buffer;
  constexpr int kMost = 1000;  // per start; a flood of replies must not hold the thread
  for (int i = 0; i < kMost; ++i) {
    const auto data = recv(socket_.fd.get(), buffer.data(), buffer.size(), 0);
    const auto error = recv(socket_.fd.get(), buffer.data(), buffer.size(), MSG_ERRQUEUE);
    if (data < 0 && error < 0) return;
  }
}

void IcmpProbe::on_ready(int fd, bool, bool) {
  const bool v6 = target_.endpoints.front().address.v6;
  std::array<std::uint8_t, 256> buffer;
  constexpr int kMost = 256;  // per turn of the loop
  for (int i = 0; i < kMost; ++i) {
    const auto size = recv(fd, buffer.data(), buffer.size(), 0);
    if (size < 0) {
      if (errno == EAGAIN || errno == EINTR) break;
      fail_with(errno);
      return;
    }
    const auto reply = net::read_echo_reply({buffer.data(), static_cast<std::size_t>(size)}, v6,
                                            socket_.raw && !v6);
    if (reply && *reply == echo_) {
      finish(ProbeReason::none, {});
      return;
    }
  }
  watcher_->watch(true, false);
}

void IcmpProbe::on_timer(net::Timer&) {
  finish(ProbeReason::timeout_first_byte,
         fmt::format("{} sent no echo reply within {}",
                     base::to_string(target_.endpoints.front().address),
                     base::format_duration(spec_.timeout)));
}

void IcmpProbe::fail_with(int os_error) {
  // An ICMP answer to an echo request can only say that the peer was not reached.
  const auto reason =
      os_error == ECONNREFUSED ? ProbeReason::unreachable : connect_reason(os_error);
  finish(reason, fmt::format("ping {}: {}", base::to_string(target_.endpoints.front().address),
                             os_text(os_error)));
}

void IcmpProbe::finish(ProbeReason reason, std::string detail) {
  const auto duration = context_.clock.mono() - start_;
  timer_.disarm();
  if (watcher_) watcher_->watch(false, false);
  const bool success = reason == ProbeReason::none;
  results_.push({.probe = index_,
                 .start = start_,
                 .duration = duration,
                 .success = success,
                 .reason = reason,
                 .detail = std::move(detail),
                 .phases = {.processing = success ? duration : base::Nanos(0)}});
  std::exchange(listener_, nullptr)->on_job_done();
}

}  // namespace rampart::probe
