#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "model/outbox.h"
#include "model/plan.h"
#include "net/fd_watcher.h"
#include "net/timer.h"
#include "probe/http_exchange.h"
#include "probe/job.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// Connects, and closes at once: does somebody listen, and how long does the handshake take?
class TcpProbe final : public Job, private net::FdWatcher::Listener, private net::Timer::Listener {
 public:
  TcpProbe(const Context& context, const model::Plan& plan, std::uint32_t index,
           model::Outbox<model::ProbeResult>& results);

  void start(Job::Listener& listener) override;

 private:
  void on_ready(int fd, bool readable, bool writable) override;
  void on_timer(net::Timer& timer) override;
  void connected(int os_error);
  void finish(model::ProbeReason reason, std::string detail);

  const Context& context_;
  const model::ProbeSpec& spec_;
  const model::Target& target_;
  const std::uint32_t index_;
  model::Outbox<model::ProbeResult>& results_;
  net::Timer timer_;
  Descriptor fd_;                          // closed after its watcher
  std::optional<net::FdWatcher> watcher_;  // while connecting
  base::MonoTime start_;
  Job::Listener* listener_ = nullptr;
};

}  // namespace rampart::probe
