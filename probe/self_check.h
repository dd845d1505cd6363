#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/clock.h"
#include "model/outbox.h"
#include "model/plan.h"
#include "model/probe.h"
#include "net/fd_watcher.h"
#include "probe/agenda.h"
#include "probe/descriptor.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// Whether the prober itself is well: four times a second it connects to a port of its own, on
// loopback and on the loop of the probes, and takes the connection in. While that comes late or not
// at all, a probe that waits in vain says nothing of its target. Where it never came the host has
// no loopback to look by, and nothing is known. Probe thread only.
class SelfCheck final : private Agenda::Item, private net::FdWatcher::Listener {
 public:
  static constexpr base::Nanos kEvery = std::chrono::milliseconds(250);
  static constexpr base::Nanos kLate = std::chrono::milliseconds(100);  // up to this it is well

  // All outlive it.
  SelfCheck(net::Loop& loop, Agenda& agenda, OwnSockets& sockets, const base::Clock& clock);
  ~SelfCheck() override;

  // For how long the prober was not well between `since` and now.
  [[nodiscard]] base::Nanos unwell(base::MonoTime since) const;

 private:
  struct Pause {
    base::MonoTime begin, end;
  };
  static constexpr std::size_t kMostPauses = 64;  // that are remembered

  void on_due() override;
  void on_ready(int fd, bool readable, bool writable) override;
  bool listen();
  void connect();
  void reached();

  net::Loop& loop_;
  OwnSockets& sockets_;
  const base::Clock& clock_;
  Descriptor listener_;
  base::Endpoint own_;
  std::optional<net::FdWatcher> watcher_;  // of listener_
  Descriptor fd_;                          // of the check that runs
  base::MonoTime expected_;                // when the next sign of life is due
  bool ever_ = false;                      // there was one
  std::deque<Pause> pauses_;
};

// Tells what waited in vain as the prober's own trouble (ProbeReason::local), which counts neither
// way, where the prober was not well, or had put off what came, for a quarter of the check's
// timeout or longer. What a peer did say stays what it is.
class OwnTrouble {
 public:
  // `self` outlives it.
  explicit OwnTrouble(const SelfCheck& self) : self_(self) {}
  OwnTrouble(const OwnTrouble&) = delete;
  OwnTrouble& operator=(const OwnTrouble&) = delete;
  ~OwnTrouble();  // logs how many were told otherwise

  // Of a check that began at `start`, ends now and has a reason and a detail. What came to it
  // waited for its turn for `put_off`.
  template <class Result>
  void judge(Result& result, base::Nanos timeout, base::Nanos put_off = base::Nanos(0)) {
    if (const auto what = own_trouble(result.reason, result.start, timeout, put_off); !what.empty())
      tell(what, result.reason, result.detail);
  }

 private:
  // Empty where there was none.
  [[nodiscard]] std::string own_trouble(model::ProbeReason reason, base::MonoTime start,
                                        base::Nanos timeout, base::Nanos put_off) const;
  void tell(std::string_view what, model::ProbeReason& reason, std::string& detail);

  const SelfCheck& self_;
  std::uint64_t count_ = 0;
};

// Passes results of probes on, judged.
class CheckedResults final : public model::Outbox<model::ProbeResult> {
 public:
  // `plan` has the timeouts. All outlive it.
  CheckedResults(const model::Plan& plan, OwnTrouble& trouble,
                 model::Outbox<model::ProbeResult>& results)
      : plan_(plan), trouble_(trouble), results_(results) {}
  bool push(model::ProbeResult&& result) noexcept override {
    trouble_.judge(result, plan_.probes[result.probe].timeout);
    return results_.push(std::move(result));
  }

 private:
  const model::Plan& plan_;
  OwnTrouble& trouble_;
  model::Outbox<model::ProbeResult>& results_;
};

}  // namespace rampart::probe
