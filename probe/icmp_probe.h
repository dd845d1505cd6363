#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/outbox.h"
#include "model/plan.h"
#include "net/fd_watcher.h"
#include "net/icmp_echo.h"
#include "net/timer.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// One echo request, one reply. The socket is kept. Where none is handed over it is opened at
// construction, and where that failed each start tries again. Answers to earlier requests are
// ignored.
class IcmpProbe final : public Job, private net::FdWatcher::Listener, private net::Timer::Listener {
 public:
  IcmpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
            model::Outbox<model::ProbeResult>& results, OwnSockets::IcmpSocket socket = {});

  void start(Job::Listener& listener) override;

 private:
  void on_ready(int fd, bool readable, bool writable) override;
  void on_timer(net::Timer& timer) override;
  base::Status open();
  void drop_pending();
  void finish(model::ProbeReason reason, std::string detail);
  void fail_with(int os_error);

  const Context& context_;
  const model::ProbeSpec& spec_;
  const model::Target& target_;
  const std::uint32_t index_;
  model::Outbox<model::ProbeResult>& results_;
  net::Timer timer_;
  OwnSockets::IcmpSocket socket_;          // closed after its watcher
  std::optional<net::FdWatcher> watcher_;  // while the socket is open
  bool connected_ = false;
  net::Echo echo_;
  base::MonoTime start_;
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
