#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <stop_token>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "loadgen/worker.h"
#include "model/load.h"
#include "model/plan.h"

namespace rampart::loadgen {

// An outbox that keeps everything. The producer writes; others read once it has ended.
template <class T>
class Shelf final : public model::Outbox<T> {
 public:
  Shelf() { records.reserve(4096); }
  bool push(T&& record) noexcept override {
    records.push_back(std::move(record));
    count.fetch_add(1);
    return true;
  }
  std::vector<T> records;
  std::atomic<std::uint64_t> count{0};  // any thread
};

// A load over the whole run and all workers, as the store adds it up.
struct Total {
  model::LoadCounters counters;
  std::uint64_t in_flight = 0;
  base::Nanos oldest{0};
  base::Histogram latency;
  base::Histogram service;
};

struct ClientTotal {
  base::Nanos length{0};
  base::Nanos busy{0};
  base::Nanos cpu{0};
  base::Histogram loop_lag;
  base::Histogram schedule_lag;
  std::uint64_t starved = 0;
};

// Runs a plan's loads on Workers with a thread each, as runner does, and keeps what they report.
class LoadLab {
 public:
  explicit LoadLab(model::Plan plan);
  ~LoadLab();
  LoadLab(const LoadLab&) = delete;
  LoadLab& operator=(const LoadLab&) = delete;

  void start();
  void request_stop();
  void join();
  void run() {
    start();
    join();
  }

  // Connections opened so far. Any thread.
  [[nodiscard]] std::uint64_t connects() const;

  // After join(). total() also checks that the records agree with each other.
  [[nodiscard]] Total total(std::uint32_t load = 0) const;
  [[nodiscard]] ClientTotal client() const;
  [[nodiscard]] std::vector<model::OwnTuple> tuples() const;
  [[nodiscard]] std::vector<const model::LoadInterval*> intervals(std::uint32_t load = 0) const;

 private:
  struct Boxes {
    Shelf<std::unique_ptr<model::LoadInterval>> load;
    Shelf<std::unique_ptr<model::ClientInterval>> client;
    Shelf<model::OwnTuple> tuples;
  };

  const model::Plan plan_;
  base::SystemClock clock_;
  std::vector<std::unique_ptr<Boxes>> boxes_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::jthread> threads_;
};

model::Arrival open_at(double per_second, base::Nanos duration);
// So many arrivals, however long the host takes for them: the run ends with the last one's answer.
model::Arrival exactly(std::uint64_t count, double per_second);
model::Arrival closed_by(std::uint32_t users, base::Nanos duration);

// One target, http at `at`, and no load yet.
model::Plan plan_for(const base::Endpoint& at);
model::LoadSpec& add_load(model::Plan& plan, model::Arrival arrival, std::uint32_t connections);
model::Plan one_load(const base::Endpoint& at, model::Arrival arrival, std::uint32_t connections);

}  // namespace rampart::loadgen
