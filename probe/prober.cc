#include "probe/prober.h"

#include <algorithm>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/log.h"
#include "net/loop.h"
#include "net/timer.h"
#include "probe/agenda.h"
#include "probe/canary.h"
#include "probe/curl_multi.h"
#include "probe/http_probe.h"
#include "probe/icmp_probe.h"
#include "probe/own_sockets.h"
#include "probe/range_reading.h"
#include "probe/schedule.h"
#include "probe/scrape.h"
#include "probe/self_check.h"
#include "probe/tcp_probe.h"

namespace rampart::probe {
namespace {

// Copies of one job and their schedule: a start takes a copy that is idle.
class Periodic final : private Agenda::Item {
 public:
  // At least one job.
  Periodic(Agenda& agenda, const base::Clock& clock, std::string name, Schedule schedule,
           std::vector<std::unique_ptr<Job>> jobs)
      : Item(agenda), clock_(clock), name_(std::move(name)), schedule_(schedule) {
    for (auto& job : jobs) lanes_.push_back(std::make_unique<Lane>(*this, std::move(job)));
    wait();
  }
  Periodic(const Periodic&) = delete;
  Periodic& operator=(const Periodic&) = delete;

  ~Periodic() {
    if (schedule_.late() + schedule_.skipped() > 0)
      base::log::warn("{}: {} starts late, {} skipped: checks took longer than their interval",
                      name_, schedule_.late(), schedule_.skipped());
  }

 private:
  class Lane final : private Job::Listener {
   public:
    Lane(Periodic& owner, std::unique_ptr<Job> job) : owner_(owner), job_(std::move(job)) {}
    [[nodiscard]] bool busy() const { return busy_; }
    void start() {
      busy_ = true;
      job_->start(*this);
    }

   private:
    // May be inside start(), so a waiting start begins from the timer.
    void on_job_done() override {
      busy_ = false;
      owner_.wait();
    }
    Periodic& owner_;
    std::unique_ptr<Job> job_;
    bool busy_ = false;
  };

  // Null: all are busy.
  Lane* idle() const {
    const auto found =
        std::find_if(lanes_.begin(), lanes_.end(), [](const auto& lane) { return !lane->busy(); });
    return found == lanes_.end() ? nullptr : found->get();
  }

  void on_due() override {
    Lane* lane = idle();
    bool begin = lane != nullptr && schedule_.take_waiting();
    begin |= schedule_.take(clock_.mono(), lane == nullptr || begin);
    if (lane != nullptr && begin) lane->start();
    wait();
  }

  void wait() {
    if (idle() != nullptr && schedule_.waiting())
      set_due(clock_.mono());
    else if (const auto due = schedule_.next())
      set_due(*due);
  }

  const base::Clock& clock_;
  const std::string name_;
  Schedule schedule_;
  std::vector<std::unique_ptr<Lane>> lanes_;
};

// Stops the loop at the end of the run or soon after the stop token says so.
class StopWatch final : private net::Timer::Listener {
 public:
  StopWatch(net::Loop& loop, const base::Clock& clock, const std::stop_token& stop,
            base::MonoTime end)
      : loop_(loop), clock_(clock), stop_(stop), end_(end), timer_(loop, *this) {
    on_timer(timer_);
  }

 private:
  void on_timer(net::Timer&) override {
    constexpr auto kPoll = std::chrono::milliseconds(100);
    const auto now = clock_.mono();
    if (stop_.stop_requested() || now >= end_)
      loop_.stop();
    else
      timer_.arm(std::min<base::MonoTime>(end_, now + kPoll));
  }

  net::Loop& loop_;
  const base::Clock& clock_;
  const std::stop_token& stop_;
  const base::MonoTime end_;
  net::Timer timer_;
};

HostTable hosts_of(const model::Plan& plan) {
  HostTable out;
  const auto add = [&](const model::Url& url, const std::vector<base::Endpoint>& endpoints) {
    if (!endpoints.empty()) out.emplace(url.host, endpoints.front().address);
  };
  for (const auto& target : plan.targets) add(target.url, target.endpoints);
  for (const auto& scrape : plan.scrapes) add(scrape.url, scrape.endpoints);
  return out;
}

struct NamedJob {
  std::string name;
  base::Nanos interval;
  std::vector<std::unique_ptr<Job>> jobs;
  RangeReading* reading = nullptr;  // among the jobs: has more to read at the end
};

// After the end of the run: what Prometheus servers have stored since they were asked last.
class Closing final : private Job::Listener, private net::Timer::Listener {
 public:
  Closing(net::Loop& loop, const base::Clock& clock, base::MonoTime end)
      : loop_(loop), clock_(clock), end_(end), limit_(loop, *this) {}

  void run(std::span<RangeReading* const> readings) {
    constexpr auto kMost = std::chrono::seconds(2);
    left_ = readings.size() + 1;
    limit_.arm(clock_.mono() + kMost);
    Job::Listener& self = *this;
    for (auto* reading : readings) reading->close(end_, self);
    on_job_done();
    if (left_ > 0) loop_.run();
    if (left_ > 0)
      for (auto* reading : readings) reading->give_up();
  }

 private:
  void on_job_done() override {
    if (--left_ == 0) loop_.stop();
  }
  void on_timer(net::Timer&) override { loop_.stop(); }

  net::Loop& loop_;
  const base::Clock& clock_;
  const base::MonoTime end_;
  net::Timer limit_;
  std::size_t left_ = 0;
};

std::unique_ptr<Job> make_probe(const Context& context, const model::Plan& plan,
                                std::uint32_t index, model::Outbox<model::ProbeResult>& results,
                                OwnSockets::IcmpSocket icmp_socket) {
  switch (plan.probes[index].module.kind) {
    case model::ProbeModule::Kind::http:
      return std::make_unique<HttpProbe>(context, plan, index, results);
    case model::ProbeModule::Kind::tcp:
      return std::make_unique<TcpProbe>(context, plan, index, results);
    case model::ProbeModule::Kind::icmp: break;
  }
  return std::make_unique<IcmpProbe>(context, plan, index, results, std::move(icmp_socket));
}

std::vector<NamedJob> make_jobs(const Context& context, const model::Plan& plan,
                                const ProberOutboxes& outboxes,
                                model::Outbox<model::ProbeResult>& results, OwnTrouble& trouble,
                                base::MonoTime start,
                                std::span<std::vector<OwnSockets::IcmpSocket>> icmp_sockets) {
  std::vector<NamedJob> jobs;
  const auto one = [](std::unique_ptr<Job> job) {
    std::vector<std::unique_ptr<Job>> out;
    out.push_back(std::move(job));
    return out;
  };
  for (std::uint32_t i = 0; i < plan.probes.size(); ++i) {
    std::vector<std::unique_ptr<Job>> copies;
    for (auto& socket : icmp_sockets[i])
      copies.push_back(make_probe(context, plan, i, results, std::move(socket)));
    jobs.push_back({"probe " + plan.probes[i].name, plan.probes[i].interval, std::move(copies)});
  }
  for (std::uint32_t i = 0; i < plan.scrapes.size(); ++i) {
    const auto& spec = plan.scrapes[i];
    if (spec.source == model::ScrapeSpec::Source::prometheus) {
      auto reading =
          std::make_unique<RangeReading>(context, plan, i, start, trouble, outboxes.scrapes);
      auto* const borrowed = reading.get();
      jobs.push_back({spec.name, spec.every, one(std::move(reading)), borrowed});
      continue;
    }
    jobs.push_back({"scrape " + spec.name, spec.interval,
                    one(std::make_unique<Scrape>(context, plan, i, trouble, outboxes.scrapes))});
  }
  if (!plan.canaries) return jobs;
  for (const auto sid : plan.canaries->sids)
    jobs.push_back({"canary " + std::to_string(sid), plan.canaries->every,
                    one(std::make_unique<Canary>(context, plan, sid, outboxes.canaries))});
  return jobs;
}

}  // namespace

Prober::Prober(const model::Plan& plan, ProberOutboxes outboxes, const base::Clock& clock,
               std::string run_id)
    : plan_(plan),
      outboxes_(outboxes),
      clock_(clock),
      run_id_(std::move(run_id)),
      sockets_(plan.permitted, outboxes.tuples, clock,
               plan.sniff ? OwnSockets::Heard::yes : OwnSockets::Heard::no),
      icmp_sockets_(plan.probes.size()) {
  for (std::size_t i = 0; i < plan.probes.size(); ++i) {
    icmp_sockets_[i].resize(at_once(plan.probes[i]));
    const auto& endpoints = plan.targets[plan.probes[i].target].endpoints;
    if (plan.probes[i].module.kind != model::ProbeModule::Kind::icmp || endpoints.empty()) continue;
    for (auto& socket : icmp_sockets_[i])
      if (auto opened = sockets_.open_icmp(endpoints.front().address)) socket = *std::move(opened);
  }
}

void Prober::run(const std::stop_token& stop, base::MonoTime start, base::MonoTime end) {
  net::Loop loop;
  CurlMulti curl(loop, clock_);
  const auto hosts = hosts_of(plan_);
  const Context context{loop, curl, sockets_, clock_, hosts, run_id_};
  Agenda agenda(loop, clock_);
  SelfCheck self(loop, agenda, sockets_, clock_);
  OwnTrouble trouble(self);
  CheckedResults results(plan_, trouble, outboxes_.probes);
  auto jobs = make_jobs(context, plan_, outboxes_, results, trouble, start, icmp_sockets_);
  std::vector<std::unique_ptr<Periodic>> running;
  std::vector<RangeReading*> readings;
  std::vector<std::unique_ptr<Periodic>> reading;
  for (std::size_t i = 0; i < jobs.size(); ++i) {
    auto& [name, interval, copies, closes] = jobs[i];
    const auto first = start + Schedule::offset(i, jobs.size(), std::min(interval, end - start));
    if (closes != nullptr) readings.push_back(closes);
    (closes != nullptr ? reading : running)
        .push_back(std::make_unique<Periodic>(agenda, clock_, std::move(name),
                                              Schedule(first, interval, end), std::move(copies)));
  }
  {
    const StopWatch watch(loop, clock_, stop, end);
    loop.run();
  }
  running.clear();
  if (!readings.empty()) Closing(loop, clock_, std::min(end, clock_.mono())).run(readings);
}

}  // namespace rampart::probe
