#include "probe/module/unix_module.h"

#include <fmt/core.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

#include "base/log.h"
#include "net/loop.h"
#include "probe/curl_reason.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

struct Refusal {
  ProbeReason reason;
  std::string text;
};

// Whoever asks for a probe names the path, and shall not learn of this host which files it has and
// who may read them: where nothing listens that this process may reach, that is all there is to
// say.
Refusal refusal_of(int os_error) {
  switch (os_error) {
    case EAGAIN: return {ProbeReason::connect_refused, "too many wait there to be accepted"};
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case ELOOP:
    case ENAMETOOLONG:
    case ECONNREFUSED:
    case EPROTOTYPE:
    case EPERM:
      return {ProbeReason::connect_refused, "no stream socket listens there that may be used"};
    default: return {ProbeReason::local, os_text(os_error)};
  }
}

}  // namespace

UnixModuleProbe::UnixModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->unix_socket),
      conversation_(context, *this) {}

void UnixModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  const auto& path = ask_.target;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const bool abstract = path.starts_with('@');
  // A path ends with a zero byte, an abstract name with the address.
  const std::size_t room = sizeof address.sun_path - (abstract ? 0 : 1);
  if (path.empty() || path.size() > room || path.find('\0') != std::string::npos) {
    fail(ProbeReason::bad_target, fmt::format("target '{}': no path of 1 to {} bytes", path, room));
    return;
  }
  std::copy(path.begin(), path.end(), std::begin(address.sun_path));
  if (abstract) address.sun_path[0] = '\0';
  const auto size = offsetof(sockaddr_un, sun_path) + path.size() + (abstract ? 0 : 1);
  auto socket = OwnSockets::open_unix();
  if (!socket) {
    fail(reason_of(socket.error()), socket.error().text);
    return;
  }
  // Done or refused at once: there is no wait for a Unix socket.
  if (connect(socket->get(), reinterpret_cast<const sockaddr*>(&address),
              static_cast<socklen_t>(size)) != 0) {
    const int os_error = errno;
    const auto refusal = refusal_of(os_error);
    base::log::debug("connect {}: {}", printable(path), os_text(os_error));
    fail(refusal.reason, fmt::format("connect {}: {}", path, refusal.text));
    return;
  }
  conversation_.start({.socket = *std::move(socket),
                       .to = {},
                       .peer = path,
                       .turns = &module_.query_response,
                       .tls = module_.tls,
                       .tls_options = &module_.tls_options,
                       .server_name = ask_.hostname,
                       .deadline = out_.start + ask_.timeout});
}

void UnixModuleProbe::on_conversed(Conversed&& conversed) {
  conversed_ = std::move(conversed);
  for (auto& line : conversed_.log) out_.log.push_back(std::move(line));
  if (conversed_.reason != ProbeReason::none) {
    fail(conversed_.reason, std::move(conversed_.detail));
    return;
  }
  out_.success = true;
  finish();
}

void UnixModuleProbe::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.log.push_back("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void UnixModuleProbe::finish() {
  out_.duration = context_.clock.mono() - out_.start;
  out_.phases.connect = conversed_.connect;
  out_.phases.tls = conversed_.tls;
  out_.phases.processing = conversed_.exchange;
  out_.families = conversation_families(conversed_);
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
