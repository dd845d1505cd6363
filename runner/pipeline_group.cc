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
  std::optional<base::Error> error;  // once `ended`
  std::atomic<bool> ended{false};
  std::deque<model::OwnTuple> waiting;  // guarded by wake_
  std::jthread thread;                  // last: it is joined first

 private:
  PipelineGroup& group_;
};

PipelineGroup::PipelineGroup(sniffer::PipelineListener& listener, unsigned members)
    : listener_(listener), merger_(members, [this](const auto& i) { listener_.on_interval(i); }) {}

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
  std::unique_ptr<PipelineGroup> out(new PipelineGroup(listener, threads));
  if (threads == 1) {
    RAMPART_TRY(out->single_,
                sniffer::Pipeline::open(std::move(options), std::move(rules), listener, clock));
    return out;
  }
  std::vector<sniffer::PipelineListener*> listeners;
  for (unsigned i = 0; i < threads; ++i) {
    out->members_.push_back(std::make_unique<Member>(*out));
    listeners.push_back(out->members_.back().get());
  }
  RAMPART_TRY(auto pipelines, sniffer::Pipeline::open_shared(options, std::move(rules), listeners, clock));
  for (unsigned i = 0; i < threads; ++i) out->members_[i]->pipeline = std::move(pipelines[i]);
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
}

void PipelineGroup::set_rules_failed(std::uint64_t count) {
  if (single_)
    single_->set_rules_failed(count);
  else
    members_.front()->pipeline->set_rules_failed(count);
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
  return out.stats;
}

const sniffer::PatternLoad& PipelineGroup::pattern_load() const {
  return (single_ ? single_ : members_.front()->pipeline)->pattern_load();
}

const std::string& PipelineGroup::warning() const {
  if (single_) return single_->warning();
  for (const auto& member : members_)
    if (!member->pipeline->warning().empty()) return member->pipeline->warning();
  return members_.front()->pipeline->warning();
}

std::uint64_t PipelineGroup::lost() const {
  std::uint64_t out = 0;
  for (const auto& member : members_)
    out += member->intervals.dropped() + member->detections.dropped();
  return out;
}

}  // namespace rampart::runner
