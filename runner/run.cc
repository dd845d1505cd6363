#include "runner/run.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <random>
#include <thread>
#include <utility>

#include "base/log.h"
#include "base/version.h"
#include "correlator/conclude.h"
#include "loadgen/worker.h"
#include "probe/prober.h"
#include "runner/capability.h"
#include "runner/collector.h"
#include "runner/descriptors.h"
#include "runner/find.h"
#include "runner/rings.h"
#include "runner/wire_watch.h"
#include "store/reader.h"
#include "store/writer.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

constexpr base::Nanos kLeadTime = 150ms;   // threads start, pools connect
constexpr base::Nanos kWireTail = 300ms;   // the capture sees the last packets
constexpr base::Nanos kWatch = 20ms;       // how often the main thread looks up
constexpr base::Nanos kShowAfter = 100ms;  // a second is shown once it is known

std::string make_id(base::WallTime now) {
  auto text = base::format_time(now);  // 2026-11-21T01:24:16.123Z
  std::string digits;
  std::copy_if(text.begin(), text.begin() + 19, std::back_inserter(digits),
               [](char c) { return c >= '0' && c <= '9'; });
  return fmt::format("{}-{}-{:04x}", digits.substr(0, 8), digits.substr(8),
                     std::random_device{}() & 0xFFFFU);
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown";
}

// One run: owns the rings and the threads, starts them in the order of the data's flow from its end
// to its beginning, and stops them the other way round.
class Run {
 public:
  Run(const model::Plan& plan, const RunOptions& options, const base::Clock& clock)
      : plan_(plan), options_(options), clock_(clock), rings_(std::max(plan.workers, 1U)) {}

  base::Result<RunOutcome> execute() {
    RAMPART_CHECK(open());
    begin();
    watch();
    return end();
  }

 private:
  base::Status open() {
    record_.id = make_id(clock_.wall());
    record_.version = base::version();
    record_.host = host_name();
    record_.command = options_.command;
    const bool wanted = plan_.sniff.has_value();
    if (wanted && !options_.sniff) record_.notes.push_back("the wire was not watched: --no-sniff");
    if (wanted && options_.sniff) {
      RAMPART_TRY(wire_, WireWatch::open(plan_, rings_, clock_));
    }
    if (!plan_.probes.empty() || !plan_.scrapes.empty() || plan_.canaries)
      prober_ = std::make_unique<probe::Prober>(
          plan_,
          probe::ProberOutboxes{rings_.probes, rings_.scrapes, rings_.canaries,
                                rings_.probe_tuples},
          clock_, record_.id);
    if (!plan_.loads.empty()) RAMPART_CHECK(make_workers());  // opens ICMP sockets
    // Nothing hostile has been read so far, and all threads are still to come.
    RAMPART_CHECK(drop_capabilities(Keep::file_access));
    RAMPART_TRY(auto writer, store::Writer::open(options_.database));
    writer_ = std::make_unique<store::Writer>(std::move(writer));
    return writer_->begin(record_, plan_);
  }

  base::Status make_workers() {
    raise_descriptor_limit();
    if (plan_.find) {
      RAMPART_TRY(find_, Find::make(plan_, rings_, record_.id, clock_));
      return {};
    }
    const auto count = static_cast<std::uint32_t>(rings_.load.size());
    for (std::uint32_t i = 0; i < count; ++i) {
      auto& rings = *rings_.load[i];
      RAMPART_TRY(auto worker,
                  loadgen::Worker::make(plan_, {i, count}, record_.id,
                                        {rings.load, rings.client, rings.tuples}, clock_));
      workers_.push_back(std::move(worker));
    }
    return {};
  }

  void begin() {
    start_ = clock_.mono() + kLeadTime;
    // The first anchor is the run's time zero.
    static_cast<void>(writer_->add(model::ClockAnchor{start_, clock_.wall() + kLeadTime}));
    collector_ = std::make_unique<Collector>(plan_, rings_, *writer_, clock_, start_);
    collector_thread_ =
        std::jthread([this](const std::stop_token& stop) { collector_->run(stop); });
    if (wire_)
      wire_thread_ = std::jthread([this](const std::stop_token& stop) { wire_->run(stop); });
    if (prober_)
      probe_thread_ = std::jthread([this](const std::stop_token& stop) {
        prober_->run(stop, start_, start_ + plan_.duration);
      });
    for (auto& worker : workers_) {
      working_.fetch_add(1);
      load_threads_.emplace_back([this, w = worker.get()](const std::stop_token& stop) {
        w->run(stop, start_);
        working_.fetch_sub(1);
      });
    }
  }

  // Blocks until the run is over, and says why it ended.
  void watch() {
    record_.end = model::RunEnd::completed;
    const auto end = start_ + plan_.duration;
    const bool bounded_by_count =
        !plan_.loads.empty() &&
        std::all_of(plan_.loads.begin(), plan_.loads.end(),
                    [](const auto& l) { return l.arrival.max_requests > 0; });
    auto shown = start_ + kShowAfter;
    for (;;) {
      std::this_thread::sleep_for(kWatch);
      const auto now = clock_.mono();
      if (options_.signals != nullptr && options_.signals->load() > 0) {
        record_.end = model::RunEnd::interrupted;
        record_.end_signal = options_.signal_number->load();
        return;
      }
      if (auto reason = collector_->tripped()) {
        record_.end = model::RunEnd::stopped;
        record_.end_reason = *reason;
        return;
      }
      if (find_ ? searched(now) : working_.load() == 0 && (now >= end || bounded_by_count)) return;
      if (options_.on_progress && now - shown >= 1s) {
        shown += 1s * ((now - shown) / 1s);
        auto progress = collector_->progress();
        if (find_) progress.search = find_->progress();
        options_.on_progress(progress);
      }
    }
  }

  // Goes on with the search; true once it is over, or cannot go on.
  bool searched(base::MonoTime now) {
    const auto over = find_->poll(now);
    if (over) return *over;
    record_.end = model::RunEnd::failed;
    record_.end_reason = over.error().text;
    return true;
  }

  base::Result<RunOutcome> end() {
    const bool early = record_.end != model::RunEnd::completed;
    for (auto& thread : load_threads_) thread.request_stop();
    if (probe_thread_.joinable()) probe_thread_.request_stop();
    load_threads_.clear();  // joins
    if (find_) find_->stop();
    if (probe_thread_.joinable()) probe_thread_.join();
    const auto stop = std::max(clock_.mono(), start_);  // a signal may come before the start
    if (wire_) {
      if (!early) std::this_thread::sleep_for(kWireTail);
      wire_thread_.request_stop();
      wire_thread_.join();
    }
    collector_thread_.request_stop();
    collector_thread_.join();
    return finish(stop);
  }

  base::Result<RunOutcome> finish(base::MonoTime stop) {
    store::Writer::Finish last;
    last.stop = stop;
    last.loads.resize(plan_.loads.size());
    for (const auto& worker : workers_)
      for (std::size_t i = 0; i < last.loads.size(); ++i) {
        const auto& rest = worker->unfinished()[i];
        last.loads[i].requests += rest.in_flight;
        last.loads[i].oldest = std::max(last.loads[i].oldest, rest.oldest);
      }
    if (find_)
      last.loads[plan_.find->load] = {find_->unfinished().in_flight, find_->unfinished().oldest};
    note_dropped_answers();
    last.drops = rings_.drops(wire_ != nullptr);
    if (wire_) {
      last.wire_captured = true;
      last.wire_totals = wire_->totals();
      const auto& notes = wire_->notes();
      record_.notes.insert(record_.notes.end(), notes.begin(), notes.end());
    }
    RunOutcome out{record_.id, record_.end, {}};
    if (const auto& error = collector_->store_error()) {
      record_.end = model::RunEnd::failed;
      record_.end_reason = error->text;
      out.warnings.push_back(error->text);
    }
    if (const auto lost = collector_->lost(); lost > 0) {
      record_.notes.push_back(
          fmt::format("{} records were lost because the store did not take them", lost));
      out.warnings.push_back(record_.notes.back());
    }
    out.end = record_.end;
    if (auto done = writer_->finish(record_, last); !done) {
      out.end = model::RunEnd::failed;
      out.warnings.push_back("the end of the run was not recorded: " + done.error().text);
    }
    return out;
  }

  void note_dropped_answers() {
    for (std::size_t i = 0; i < plan_.loads.size(); ++i) {
      std::uint64_t dropped = 0;
      for (const auto& worker : workers_) dropped += worker->unfinished()[i].answers_dropped;
      if (find_ && plan_.find->load == i) dropped += find_->unfinished().answers_dropped;
      if (dropped > 0)
        record_.notes.push_back(fmt::format(
            "load '{}': this host had no room for {} answers, which count as timeouts: use more "
            "connections, or raise net.core.rmem_max",
            plan_.loads[i].name, dropped));
    }
  }

  const model::Plan& plan_;
  const RunOptions& options_;
  const base::Clock& clock_;
  model::RunRecord record_;
  Rings rings_;
  base::MonoTime start_;
  std::unique_ptr<store::Writer> writer_;
  std::unique_ptr<WireWatch> wire_;
  std::unique_ptr<probe::Prober> prober_;
  std::unique_ptr<Collector> collector_;
  std::vector<std::unique_ptr<loadgen::Worker>> workers_;
  std::unique_ptr<Find> find_;  // instead of workers
  std::atomic<int> working_{0};
  // Threads last: they are joined before what they use goes.
  std::jthread collector_thread_;
  std::jthread wire_thread_;
  std::jthread probe_thread_;
  std::vector<std::jthread> load_threads_;
};

}  // namespace

base::Result<RunOutcome> run(const model::Plan& plan, const RunOptions& options,
                             const base::Clock& clock) {
  if (options.sniff || !plan.canaries) return Run(plan, options, clock).execute();
  // Canaries that nobody can see would make the sniffer look blind.
  auto unwatched = plan;
  unwatched.canaries.reset();
  return Run(unwatched, options, clock).execute();
}

base::Result<model::RunResult> judge(const std::string& database, std::string_view run,
                                     model::Evidence* evidence_out) {
  RAMPART_TRY(auto reader, store::Reader::open(database));
  RAMPART_TRY(auto evidence, reader.load(run));
  auto result = correlator::conclude(evidence);
  if (evidence_out != nullptr) *evidence_out = std::move(evidence);
  return result;
}

base::Status keep_result(const std::string& database, const model::RunResult& result) {
  RAMPART_TRY(auto writer, store::Writer::open(database));
  return writer.save_result(result.run.id, model::to_json(result), result.verdicts);
}

}  // namespace rampart::runner
