#include "loadgen/worker.h"

#include <algorithm>
#include <utility>

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kTick = 10ms;
constexpr base::Nanos kInterval = 1s;
constexpr base::Nanos kDrain = 200ms;

// A load has as many shares as it has workers with a connection and, in the closed loop, a user.
Share share_of(const model::LoadSpec& load, Share worker) {
  auto count = std::min(worker.count, load.connections);
  if (load.arrival.model == model::Arrival::Model::closed)
    count = std::min(count, load.arrival.users);
  return {worker.index, count};
}
// Dealt out one by one.
std::uint32_t connections_of(const model::LoadSpec& load, Share share) {
  if (share.index >= share.count) return 0;
  return load.connections / share.count + (share.index < load.connections % share.count ? 1 : 0);
}

}  // namespace

base::Result<std::unique_ptr<Worker>> Worker::make(const model::Plan& plan, Share share,
                                                   const std::string& run_id, WorkerOutboxes out,
                                                   const base::Clock& clock) {
  std::unique_ptr<Worker> worker(new Worker(plan, share, out, clock));
  for (std::uint32_t i = 0; i < plan.loads.size(); ++i) {
    const auto part = share_of(plan.loads[i], share);
    const auto connections = connections_of(plan.loads[i], part);
    if (connections == 0) continue;
    RAMPART_TRY(auto driver, Driver::make({.plan = plan,
                                           .load = i,
                                           .worker = share.index,
                                           .share = part,
                                           .connections = connections,
                                           .run_id = run_id},
                                          {.loop = worker->loop_,
                                           .clock = clock,
                                           .promptness = worker->promptness_,
                                           .tuples = out.tuples,
                                           .waker = *worker}));
    worker->drivers_.push_back(std::move(driver));
    worker->loads_.push_back(i);
  }
  return worker;
}

Worker::Worker(const model::Plan& plan, Share share, WorkerOutboxes out, const base::Clock& clock)
    : plan_(plan),
      share_(share),
      out_(out),
      clock_(clock),
      due_timer_(loop_, *this),
      tick_timer_(loop_, *this),
      unfinished_(plan.loads.size()) {}

Worker::~Worker() = default;

void Worker::run(std::stop_token stop, base::MonoTime start) {
  stop_ = std::move(stop);
  interval_began_ = start;
  schedule_ends_ = start;
  for (const auto& load : plan_.loads)
    schedule_ends_ = std::max(schedule_ends_, start + load.arrival.duration);
  for (auto& driver : drivers_) driver->start(start);
  if (share_.index == 0) steal_.emplace();
  tick_timer_.arm(clock_.mono() + kTick);
  loop_.run();
  drivers_.clear();
}

void Worker::on_timer(net::Timer& timer) {
  if (&timer == &tick_timer_) {
    loop_.before_wait(*this);
    return;
  }
  const auto now = clock_.mono();
  armed_for_ = base::MonoTime::max();
  for (auto& driver : drivers_) driver->dispatch(now);
}

// After a stall of the client, what has come meanwhile is no time-out. The stall may have been in
// the middle of a turn whose events were fetched before it: only after the next turn, which comes
// at once, everything is heard that had come until now.
void Worker::before_wait() {
  const auto now = clock_.mono();
  if (const auto heard = std::exchange(to_hear_, std::nullopt)) {
    tick(now, *heard);
    return;
  }
  to_hear_ = now;
  loop_.before_wait(*this);
}

// The timer may be set for an earlier moment than needed: then it finds nothing to do and is set
// anew.
void Worker::wake_by(base::MonoTime when) {
  if (when >= armed_for_) return;
  armed_for_ = when;
  due_timer_.arm(when);
}

void Worker::tick(base::MonoTime now, base::MonoTime heard) {
  if (!measuring_ && now >= interval_began_) {
    measuring_ = true;
    cpu_at_ = base::thread_cpu_time();
    static_cast<void>(loop_.take_busy());
    if (steal_) static_cast<void>(steal_->take());
  }
  for (auto& driver : drivers_) {
    driver->tick(now, heard);
    if (stop_.stop_requested()) driver->stop(now);
  }
  const bool stopped = std::all_of(drivers_.begin(), drivers_.end(),
                                   [](const auto& driver) { return driver->stopped(); });
  // What still ends after the stop belongs to the last interval, which is that much longer. A tick
  // that comes late owes the seconds before it all the same.
  while (now - interval_began_ >= kInterval &&
         (!stopped || interval_began_ + kInterval < schedule_ends_))
    report(interval_began_ + kInterval);
  if (stopped && drain_until_ == base::MonoTime::max()) drain_until_ = now + kDrain;
  const bool drained = std::all_of(drivers_.begin(), drivers_.end(),
                                   [](const auto& driver) { return driver->drained(); });
  if (drained || now >= drain_until_) {
    finish(now);
    return;
  }
  tick_timer_.arm(now + kTick);
}

void Worker::report(base::MonoTime until) {
  const auto length = until - interval_began_;
  for (auto& driver : drivers_)
    for (std::uint32_t step = 0; step < driver->steps(); ++step)
      out_.load.push(driver->take(step, interval_began_, until));
  auto busy = loop_.take_busy();
  const auto cpu = base::thread_cpu_time();
  auto client = std::make_unique<model::ClientInterval>();
  client->worker = share_.index;
  client->start = interval_began_;
  client->length = length;
  client->busy = busy.busy;
  client->cpu = cpu - cpu_at_;
  client->loop_lag = std::move(busy.turns);
  client->schedule_lag = promptness_.schedule_lag;
  client->starved = promptness_.starved;
  if (steal_) client->steal = steal_->take();
  out_.client.push(std::move(client));
  promptness_.schedule_lag.clear();
  promptness_.starved = 0;
  cpu_at_ = cpu;
  interval_began_ = until;
}

void Worker::finish(base::MonoTime now) {
  if (now > interval_began_) report(now);
  for (std::size_t i = 0; i < drivers_.size(); ++i) {
    auto& rest = unfinished_[loads_[i]];
    rest.oldest = drivers_[i]->oldest_in_flight(now);
    rest.in_flight = drivers_[i]->in_flight();
    rest.answers_dropped = drivers_[i]->answers_dropped();
  }
  loop_.stop();
}

}  // namespace rampart::loadgen
