#include "runner/collector.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "base/log.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kPoll = 20ms;
constexpr base::Nanos kCommit = 250ms;
constexpr base::Nanos kRetry = 1s;  // after a failed commit
constexpr base::Nanos kAnchor = 10s;
constexpr base::Nanos kSettle = 50ms;  // after a second, until every worker has reported it

}  // namespace

Collector::Collector(const model::Plan& plan, Rings& rings, store::Writer& writer,
                     const base::Clock& clock, base::MonoTime start)
    : plan_(plan),
      rings_(rings),
      writer_(writer),
      clock_(clock),
      start_(start),
      breaker_(plan.stop_when),
      second_began_(start + kSettle) {
  tally_.start = start;
  next_.total = plan.duration;
  next_.probes.resize(plan.probes.size());
  progress_ = next_;
}

template <class T>
void Collector::keep(T&& record) {
  auto added = writer_.add(std::forward<T>(record));
  // The rings may hold more than may wait. A store that fails is asked again by run(), not here.
  if (writer_.much_waits() && !store_fails_) commit();
  if (added) return;
  ++lost_;
  if (!store_error_) store_error_ = added.error();
}

void Collector::run(const std::stop_token& stop) {
  auto committed = clock_.mono();
  auto anchored = committed;
  for (;;) {
    const bool last = stop.stop_requested();
    drain();
    const auto now = clock_.mono();
    if (now - anchored >= kAnchor || last) {
      add_anchor();
      anchored = now;
    }
    if (now - second_began_ >= 1s) end_second(now);
    // A second of load is stored as soon as it is known: a killed run loses no more than that.
    const bool due =
        store_fails_ ? now - committed >= kRetry : now - committed >= kCommit || load_came_;
    if (due || last) {
      commit();
      committed = now;
    }
    if (last) return;
    std::this_thread::sleep_for(kPoll);  // the consumer's pace; producers never wait for it
  }
}

void Collector::add_anchor() {
  const model::ClockAnchor anchor{clock_.mono(), clock_.wall()};
  if (anchor.mono > start_) keep(anchor);  // the first one is the run's time zero
}

void Collector::drain() {
  for (auto& worker : rings_.load) {
    std::unique_ptr<model::LoadInterval> load;
    while (worker->load.pop(load)) {
      take(*load);
      keep(*load);
    }
    std::unique_ptr<model::ClientInterval> client;
    while (worker->client.pop(client)) {
      const double share =
          base::seconds(client->busy) / std::max(base::seconds(client->length), 1e-9);
      next_.busy_percent =
          std::max(worker == rings_.load.front() ? 0 : next_.busy_percent, share * 100);
      keep(*client);
    }
  }
  model::ProbeResult probe;
  while (rings_.probes.pop(probe)) {
    take(probe);
    keep(probe);
  }
  model::ScrapeResult scrape;
  while (rings_.scrapes.pop(scrape)) keep(std::move(scrape));
  model::CanarySent canary;
  while (rings_.canaries.pop(canary)) keep(canary);
  model::Trial trial;
  while (rings_.trials.pop(trial)) keep(trial);
  model::WireInterval wire;
  while (rings_.wire.pop(wire)) keep(wire);
  model::Detection detection;
  while (rings_.detections.pop(detection)) {
    ++next_.alerts;
    keep(detection);
  }
}

// Workers report the same seconds one after the other.
void Collector::take(const model::LoadInterval& record) {
  load_came_ = true;
  next_.errors += record.counters.failed + record.counters.missed;
  second_.ended += record.counters.completed + record.counters.failed;
  second_.failed += record.counters.failed;
  if (record.length < 1s) return show_tally();  // the rest of a run or a trial
  if (record.start > tally_.start) {
    show_tally();
    tally_.start = record.start;
    tally_.offered_rate = 0;
    tally_.achieved_rate = 0;
    tally_.in_flight = 0;
    tally_.latency.clear();
  }
  const double length = std::max(base::seconds(record.length), 1e-9);
  const auto& load = plan_.loads[record.load];
  const bool flows = plan_.find && load.flow;
  if (!flows || record.step == 0)
    tally_.offered_rate += static_cast<double>(record.counters.offered) / length;
  if (!flows || record.step + 1 == load.steps.size())
    tally_.achieved_rate += static_cast<double>(record.counters.completed) / length;
  tally_.in_flight += record.in_flight;
  tally_.latency.merge(record.latency);
}

void Collector::show_tally() {
  next_.second = tally_.start;
  next_.offered_rate = tally_.offered_rate;
  next_.achieved_rate = tally_.achieved_rate;
  next_.in_flight = tally_.in_flight;
  const bool any = !tally_.latency.empty();
  next_.p50 = any ? std::optional(tally_.latency.at(50)) : std::nullopt;
  next_.p99 = any ? std::optional(tally_.latency.at(99)) : std::nullopt;
}

void Collector::take(const model::ProbeResult& record) {
  ++second_.probes;
  if (record.success) ++second_.probes_ok;
  if (record.probe < next_.probes.size()) next_.probes[record.probe] = record.success;
}

void Collector::end_second(base::MonoTime now) {
  second_.length = 1s * ((now - second_began_) / 1s);  // whole seconds, so that none is cut apart
  second_began_ += second_.length;
  auto reason = breaker_.feed(second_);
  second_ = {};
  next_.elapsed = now - start_;
  const std::lock_guard lock(mutex_);
  progress_ = next_;
  if (reason && !tripped_) tripped_ = std::move(reason);
}

void Collector::commit() {
  load_came_ = false;
  auto done = writer_.commit();
  if (done) {
    if (std::exchange(store_fails_, false)) {
      base::log::info("the store takes records again");
      if (lost_ == 0) store_error_.reset();
    }
    return;
  }
  if (!std::exchange(store_fails_, true))
    base::log::error("{}; the run goes on and the records wait in memory", done.error().text);
  if (!store_error_) store_error_ = done.error();
}

Progress Collector::progress() const {
  const std::lock_guard lock(mutex_);
  return progress_;
}

std::optional<std::string> Collector::tripped() const {
  const std::lock_guard lock(mutex_);
  return tripped_;
}

}  // namespace rampart::runner
