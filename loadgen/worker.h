#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/cpu_steal.h"
#include "base/result.h"
#include "loadgen/driver.h"
#include "model/load.h"
#include "model/outbox.h"
#include "model/owner.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/timer.h"

namespace rampart::loadgen {

// Where a worker's records go. The rings belong to runner; one set per worker.
struct WorkerOutboxes {
  model::Outbox<std::unique_ptr<model::LoadInterval>>& load;
  model::Outbox<std::unique_ptr<model::ClientInterval>>& client;
  model::Outbox<model::OwnTuple>& tuples;
};

// What a worker still had in flight at the stop, per load of the plan.
struct Unfinished {
  std::uint64_t in_flight = 0;
  base::Nanos oldest{0};
  std::uint64_t answers_dropped = 0;  // udp, icmp: over the whole run, see Channel
};

// One load thread: a loop, the drivers of every load, a report each second. Shares nothing with the
// other workers. Everything runs on the thread that calls run().
class Worker final : private net::Timer::Listener, private net::Deferred, private Waker {
 public:
  // index of count workers; outboxes and clock must outlive it. Fails where a CA file cannot be
  // read.
  static base::Result<std::unique_ptr<Worker>> make(const model::Plan& plan, Share share,
                                                    const std::string& run_id, WorkerOutboxes out,
                                                    const base::Clock& clock);
  ~Worker();

  // Connects at once, sends from `start` on, returns when every load is over and its last requests
  // have left and ended, or 200 ms have passed for each of the two; at a stop request likewise,
  // within a second.
  void run(std::stop_token stop, base::MonoTime start);

  // After run().
  [[nodiscard]] const std::vector<Unfinished>& unfinished() const { return unfinished_; }

 private:
  Worker(const model::Plan& plan, Share share, WorkerOutboxes out, const base::Clock& clock);

  void on_timer(net::Timer& timer) override;
  void before_wait() override;
  void tick(base::MonoTime now, base::MonoTime heard);
  void wake_by(base::MonoTime when) override;
  void report(base::MonoTime until);
  void finish(base::MonoTime now);

  const model::Plan& plan_;
  const Share share_;
  WorkerOutboxes out_;
  const base::Clock& clock_;
  std::stop_token stop_;
  Promptness promptness_;
  net::Loop loop_;
  net::Timer due_timer_;
  net::Timer tick_timer_;
  std::vector<std::unique_ptr<Driver>> drivers_;
  std::vector<std::uint32_t> loads_;       // the plan's index of each driver
  std::optional<base::MonoTime> to_hear_;  // a tick waits until what came before this is heard
  base::MonoTime interval_began_;
  base::MonoTime schedule_ends_;  // of the longest load
  base::MonoTime armed_for_ = base::MonoTime::max();
  base::MonoTime drain_until_ = base::MonoTime::max();
  bool measuring_ = false;  // connecting ahead of the start is not counted
  base::Nanos cpu_at_{0};
  std::optional<base::StealMeter> steal_;  // of worker 0: one measures for the whole host
  std::vector<Unfinished> unfinished_;
};

}  // namespace rampart::loadgen
