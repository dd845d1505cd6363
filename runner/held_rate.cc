#include "runner/held_rate.h"

#include <algorithm>
#include <utility>

#include "model/outbox.h"
#include "model/trial.h"

namespace rampart::runner {
namespace {

// The searched load and nothing else at one rate.
model::Plan plan_of(const model::Plan& plan, base::Rps rate, std::uint32_t position) {
  auto out = plan;
  const auto& find = *plan.find;
  out.seed = plan.seed + position;
  out.duration = find.step + model::kTrialTail;
  auto& arrival = out.loads[find.load].arrival;
  arrival.stages = {{rate, rate, out.duration}};
  arrival.duration = out.duration;
  return out;
}

}  // namespace

// Stands between one worker and its rings, and sums up the judged part. The worker's thread until
// that has ended.
class HeldRate::Tap {
 public:
  // `last_step` is that of the searched load.
  Tap(WorkerRings& rings, std::uint32_t last_step)
      : last_step_(last_step), load(*this, rings.load), client(*this, rings.client) {}

  void set(base::MonoTime from, base::MonoTime to) {
    from_ = from;
    to_ = to;
  }

  correlator::TrialFigures sum;  // without rate and times

 private:
  template <class Record>
  class Outbox final : public model::Outbox<std::unique_ptr<Record>> {
   public:
    Outbox(Tap& tap, Ring<std::unique_ptr<Record>>& ring) : tap_(tap), ring_(ring) {}
    bool push(std::unique_ptr<Record>&& record) noexcept override {
      tap_.take(*record);
      return ring_.push(std::move(record));
    }

   private:
    Tap& tap_;
    Ring<std::unique_ptr<Record>>& ring_;
  };

  template <class Record>
  [[nodiscard]] bool judged(const Record& r) const {
    return r.start >= from_ && r.start + r.length <= to_;
  }

  void take(const model::LoadInterval& r) noexcept {
    sum.missed += r.counters.missed;
    if (r.start < from_) {
      // Arrivals first, so that the difference never is negative over all steps.
      sum.waiting += r.counters.offered;
      sum.waiting -= std::min(sum.waiting, r.counters.completed + r.counters.failed);
    }
    if (!judged(r)) return;
    sum.counters += r.counters;
    if (r.step == 0) sum.arrivals += r.counters.offered;
    if (r.step == last_step_) sum.finished += r.counters.completed;
    sum.latency.merge(r.latency);
    sum.service.merge(r.service);
  }

  void take(const model::ClientInterval& r) noexcept {
    if (!judged(r)) return;
    busy_ += r.busy;
    sum.busy = base::seconds(busy_) / base::seconds(to_ - from_);
    sum.schedule_lag.merge(r.schedule_lag);
    sum.starved += r.starved;
  }

  const std::uint32_t last_step_;
  base::MonoTime from_;
  base::MonoTime to_;
  base::Nanos busy_{0};

 public:
  Outbox<model::LoadInterval> load;
  Outbox<model::ClientInterval> client;
};

HeldRate::HeldRate(const model::Plan& plan, base::Rps rate, std::uint32_t position)
    : plan_(plan_of(plan, rate, position)),
      rate_(rate),
      warm_up_(model::warm_up(*plan.find)),
      judged_(plan.find->step - warm_up_) {}

HeldRate::~HeldRate() { stop(); }

base::Result<std::unique_ptr<HeldRate>> HeldRate::make(const model::Plan& plan, base::Rps rate,
                                                       std::uint32_t position, Rings& rings,
                                                       const std::string& run_id,
                                                       const base::Clock& clock) {
  std::unique_ptr<HeldRate> out(new HeldRate(plan, rate, position));
  const auto count = static_cast<std::uint32_t>(rings.load.size());
  const auto steps = plan.loads[plan.find->load].steps.size();
  const auto last_step = static_cast<std::uint32_t>(std::max<std::size_t>(steps, 1) - 1);
  for (std::uint32_t i = 0; i < count; ++i) {
    auto& of_worker = *rings.load[i];
    auto& tap = *out->taps_.emplace_back(std::make_unique<Tap>(of_worker, last_step));
    RAMPART_TRY(auto worker,
                loadgen::Worker::make(out->plan_, {i, count}, run_id,
                                      {tap.load, tap.client, of_worker.tuples}, clock));
    out->workers_.push_back(std::move(worker));
  }
  return out;
}

void HeldRate::start(base::MonoTime start) {
  from_ = start + warm_up_;
  for (auto& tap : taps_) tap->set(from_, from_ + judged_);
  working_ = static_cast<int>(workers_.size());
  for (auto& worker : workers_)
    threads_.emplace_back([this, start, w = worker.get()](const std::stop_token& stop) {
      w->run(stop, start);
      working_.fetch_sub(1);
    });
}

void HeldRate::stop() {
  for (auto& thread : threads_) thread.request_stop();
  for (auto& thread : threads_)
    if (thread.joinable()) thread.join();
}

correlator::TrialFigures HeldRate::figures() const {
  correlator::TrialFigures out;
  out.rate = rate_;
  out.from = from_;
  out.to = from_ + judged_;
  for (const auto& tap : taps_) {
    const auto& part = tap->sum;
    out.counters += part.counters;
    out.arrivals += part.arrivals;
    out.finished += part.finished;
    out.waiting += part.waiting;
    out.missed += part.missed;
    out.latency.merge(part.latency);
    out.service.merge(part.service);
    out.schedule_lag.merge(part.schedule_lag);
    out.busy = std::max(out.busy, part.busy);
    out.starved += part.starved;
  }
  out.answers_dropped = unfinished().answers_dropped;
  return out;
}

loadgen::Unfinished HeldRate::unfinished() const {
  loadgen::Unfinished out;
  for (const auto& worker : workers_) {
    const auto& rest = worker->unfinished()[plan_.find->load];
    out.in_flight += rest.in_flight;
    out.oldest = std::max(out.oldest, rest.oldest);
    out.answers_dropped += rest.answers_dropped;
  }
  return out;
}

}  // namespace rampart::runner
