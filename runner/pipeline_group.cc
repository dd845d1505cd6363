#include "runner/pipeline_group.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <stop_token>
#include <utility>

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kLook = 20ms;             // how often the caller's thread looks for records
constexpr std::size_t kMostWaiting = 131072;    // own tuples, as many as a pipeline remembers
constexpr std::size_t kMostDetections = 16384;  // that wait for the caller's thread
constexpr std::size_t kMostIntervals = 4096;
// 8 MiB of each member: what a member with 400,000 of them per second sees while another, which has
// nothing to do, waits to end the same second.
constexpr std::size_t kMostObservations = 131072;

}  // namespace

// One pipeline of several, and the way from its thread to the caller's.
class PipelineGroup::Member final : public sniffer::PipelineListener {
 public:
  explicit Member(PipelineGroup& group) : group_(group) {}

  void on_wake() override { group_.wake(*this); }
  void on_interval(const model::WireInterval& interval) override {
    intervals.push(model::WireInterval(interval));
  }
  void on_detection(const model::Detection& detection) override {
    detections.push(model::Detection(detection));
  }
  void on_observation(const sniffer::Observation& observation) override {
    observations.push(observation);
  }

  void run(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      const auto state = pipeline->poll();
      if (!state) error = state.error();
      if (!state || *state == sniffer::PollState::finished) break;
    }
    ended.store(true, std::memory_order_release);
  }

  std::unique_ptr<sniffer::Pipeline> pipeline;
  Ring<model::WireInterval> intervals{kMostIntervals};
  Ring<model::Detection> detections{kMostDetections};
  ObservationRing observations{kMostObservations};
  std::optional<base::Error> error;  // once `ended`
  std::atomic<bool> ended{false};
  std::deque<model::OwnTuple> waiting;  // guarded by wake_
  std::jthread thread;                  // last: it is joined first

 private:
  PipelineGroup& group_;
};

PipelineGroup::PipelineGroup(sniffer::PipelineListener& listener, unsigned threads)
    : listener_(listener),
      members_(make_members(threads)),
      merger_(threads, [this](const auto& i) { listener_.on_interval(i); }),
      observations_(rings(), [this](const auto& o) { watch_->on_observation(o); }) {}

std::vector<std::unique_ptr<PipelineGroup::Member>> PipelineGroup::make_members(unsigned threads) {
  std::vector<std::unique_ptr<Member>> out;
  for (unsigned i = 0; i < threads; ++i) out.push_back(std::make_unique<Member>(*this));
  return out;
}

std::vector<ObservationRing*> PipelineGroup::rings() const {
  std::vector<ObservationRing*> out;
  for (const auto& member : members_) out.push_back(&member->observations);
  return out;
}

PipelineGroup::~PipelineGroup() {
  for (auto& member : members_) member->thread = {};  // stops and joins
}

base::Result<std::unique_ptr<PipelineGroup>> PipelineGroup::open(
    sniffer::PipelineOptions options, sniffer::RuleSet rules, unsigned threads,
    sniffer::PipelineListener& listener, const base::Clock& clock) {
  if (threads == 0 || threads > kMostThreads)
    return base::fail(base::Errc::config,
                      fmt::format("threads: {} is not between 1 and {}", threads, kMostThreads));
  if (threads > 1 && options.interface.empty())
    return base::fail(base::Errc::config,
                      "a capture file is read by one thread; more of them share an interface");
  std::unique_ptr<PipelineGroup> out(new PipelineGroup(listener, threads == 1 ? 0 : threads));
  if (threads == 1) {
    RAMPART_TRY(out->single_,
                sniffer::Pipeline::open(std::move(options), std::move(rules), listener, clock));
    return out;
  }
  std::vector<sniffer::PipelineListener*> listeners;
  for (const auto& member : out->members_) listeners.push_back(member.get());
  RAMPART_TRY(auto shared, sniffer::Pipeline::open_shared(options, std::move(rules), listeners,
                                                          listener, clock));
  for (unsigned i = 0; i < threads; ++i)
    out->members_[i]->pipeline = std::move(shared.pipelines[i]);
  out->watch_ = std::move(shared.watch);
  return out;
}

// On a member's thread.
void PipelineGroup::wake(Member& member) {
  std::deque<model::OwnTuple> mine;
  {
    const std::lock_guard lock(wake_);
    listener_.on_wake();  // which calls own()
    mine.swap(member.waiting);
  }
  for (const auto& tuple : mine) member.pipeline->own(tuple);
}

void PipelineGroup::own(const model::OwnTuple& tuple) {
  if (single_) {
    single_->own(tuple);
    return;
  }
  // Inside of on_wake() the lock is held; before and after the threads' time there is no other.
  for (auto& member : members_) {
    if (member->waiting.size() == kMostWaiting) member->waiting.pop_front();
    member->waiting.push_back(tuple);
  }
}

void PipelineGroup::start() {
  started_ = true;
  for (auto& member : members_)
    member->thread =
        std::jthread([m = member.get()](const std::stop_token& stop) { m->run(stop); });
}

base::Result<sniffer::PollState> PipelineGroup::poll() {
  if (single_) return single_->poll();
  if (!started_) start();
  std::this_thread::sleep_for(kLook);  // the consumer's pace; the members never wait for it
  drain();
  // One that ended leaves its flows unwatched, so that all end.
  for (const auto& member : members_)
    if (member->ended.load(std::memory_order_acquire)) {
      if (member->error) return base::fail(*member->error);
      return sniffer::PollState::finished;
    }
  return sniffer::PollState::running;
}

void PipelineGroup::drain() {
  model::WireInterval interval;
  model::Detection detection;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    auto& member = *members_[i];
    while (member.detections.pop(detection)) listener_.on_detection(detection);
    while (member.intervals.pop(interval)) merger_.add(i, interval);
  }
  observations_.drain();
}

void PipelineGroup::finish() {
  if (std::exchange(finished_, true)) return;
  if (single_) {
    listener_.on_wake();  // what was announced last
    single_->finish();
    return;
  }
  for (auto& member : members_) member->thread.request_stop();
  for (auto& member : members_)
    if (member->thread.joinable()) member->thread.join();
  listener_.on_wake();
  for (auto& member : members_)
    for (const auto& tuple : std::exchange(member->waiting, {})) member->pipeline->own(tuple);
  // The first one last: its statistics event is for all.
  for (std::size_t i = members_.size(); i-- > 0;) {
    if (i == 0) {
      sniffer::PipelineCounts others;
      for (std::size_t j = 1; j < members_.size(); ++j)
        others += {members_[j]->pipeline->totals(), members_[j]->pipeline->stats()};
      members_[i]->pipeline->finish(others);
    } else {
      members_[i]->pipeline->finish({});
    }
    drain();
    merger_.ended(i);
  }
  finish_watch();
}

// Once all threads and pipelines have ended.
void PipelineGroup::finish_watch() {
  if (!watch_) return;
  for (bool all = false; !all;) {
    all = true;
    for (std::size_t i = 0; i < members_.size(); ++i) {
      if (members_[i]->observations.settle())
        observations_.ended(i);
      else
        all = false;
    }
    observations_.drain();
  }
  watch_->finish();
}

void PipelineGroup::set_rules_failed(std::uint64_t count) {
  if (single_)
    single_->set_rules_failed(count);
  else
    members_.front()->pipeline->set_rules_failed(count);
}

base::Status PipelineGroup::reopen_eve() const {
  return (single_ ? single_ : members_.front()->pipeline)->reopen_eve();
}

model::WireTotals PipelineGroup::totals() const {
  if (single_) return single_->totals();
  sniffer::PipelineCounts out;
  for (const auto& member : members_) out += {member->pipeline->totals(), {}};
  return out.totals;
}

sniffer::PipelineStats PipelineGroup::stats() const {
  if (single_) return single_->stats();
  sniffer::PipelineCounts out;
  for (const auto& member : members_) out += {{}, member->pipeline->stats()};
  if (watch_) out += {{}, watch_->stats()};
  return out.stats;
}

const sniffer::PatternLoad& PipelineGroup::pattern_load() const {
  return (single_ ? single_ : members_.front()->pipeline)->pattern_load();
}

std::string PipelineGroup::warning() const {
  if (single_) return single_->warning();
  for (const auto& member : members_)
    if (!member->pipeline->warning().empty()) return member->pipeline->warning();
  return watch_ ? watch_->warning() : std::string();
}

std::uint64_t PipelineGroup::lost() const {
  std::uint64_t out = 0;
  for (const auto& member : members_)
    out +=
        member->intervals.dropped() + member->detections.dropped() + member->observations.dropped();
  return out;
}

}  // namespace rampart::runner
