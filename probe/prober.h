#pragma once

#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/outbox.h"
#include "model/owner.h"
#include "model/plan.h"
#include "model/probe.h"
#include "model/wire.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// Where the probe thread puts what it saw. All outlive the Prober.
struct ProberOutboxes {
  model::Outbox<model::ProbeResult>& probes;
  model::Outbox<model::ScrapeResult>& scrapes;
  model::Outbox<model::CanarySent>& canaries;
  // Pushed before the first packet of each connection; those of TCP only where the plan sniffs.
  model::Outbox<model::OwnTuple>& tuples;
};

// Runs a plan's probes, scrapes and canaries: was the target well, seen from outside, during the
// load? One record per check, pushed when the check ends, from the thread that called run(). What
// waited in vain while the prober itself was not well, which it looks after (SelfCheck), or for its
// turn to be read, is told as ProbeReason::local.
//
// Every address is checked against Plan::permitted right before its socket is made. Names are never
// resolved: each target is reached at its first endpoint.
class Prober {
 public:
  // Plan, outboxes and clock outlive the Prober. The clock is read on the axis of CLOCK_MONOTONIC.
  // run_id goes into X-Rampart-Run of every request. Opens the sockets of the icmp probes, so that
  // the privilege for it may be dropped before run(). One that cannot be opened is tried again at
  // each of its starts.
  Prober(const model::Plan& plan, ProberOutboxes outboxes, const base::Clock& clock,
         std::string run_id);

  // Blocks from now until `end`, or until at most 200 ms after a stop was requested. Checks start
  // at a fixed rate from `start`, spread so that they do not fire in step. Probes whose timeout is
  // longer than their interval overlap, up to 32 at once, so that an outage is asked about as often
  // as good times; scrapes and canaries do not. A start that comes due while all that may run at
  // once still run begins when one ends; at most one waits, further ones are skipped, and both are
  // counted and logged. What still runs at the end is given up and not
  // reported; but what Prometheus servers have stored until then is read, for 2 s at most.
  void run(const std::stop_token& stop, base::MonoTime start, base::MonoTime end);

 private:
  const model::Plan& plan_;
  ProberOutboxes outboxes_;
  const base::Clock& clock_;
  std::string run_id_;
  OwnSockets sockets_;
  // By Plan::probes, one for each that may run at once, until run() takes them; not valid where the
  // probe needs none.
  std::vector<std::vector<OwnSockets::IcmpSocket>> icmp_sockets_;
};

}  // namespace rampart::probe
