#include "tests/loadgen/load_lab.h"

#include <gtest/gtest.h>

#include <numeric>
#include <utility>

#include "base/assert.h"

namespace rampart::loadgen {

LoadLab::LoadLab(model::Plan plan) : plan_(std::move(plan)) {
  for (std::uint32_t i = 0; i < plan_.workers; ++i) {
    auto& boxes = *boxes_.emplace_back(std::make_unique<Boxes>());
    auto worker = Worker::make(plan_, {i, plan_.workers}, "20260101-000000-abcd",
                               {boxes.load, boxes.client, boxes.tuples}, clock_);
    RAMPART_ASSERT(worker.has_value());
    workers_.push_back(*std::move(worker));
  }
}

LoadLab::~LoadLab() = default;

void LoadLab::start() {
  const auto begin = clock_.mono() + std::chrono::milliseconds(50);
  for (auto& worker : workers_)
    threads_.emplace_back([w = worker.get(), begin](std::stop_token stop) { w->run(stop, begin); });
}

void LoadLab::request_stop() {
  for (auto& thread : threads_) thread.request_stop();
}

void LoadLab::join() {
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

std::uint64_t LoadLab::connects() const {
  std::uint64_t sum = 0;
  for (const auto& boxes : boxes_) sum += boxes->tuples.count.load();
  return sum;
}

Total LoadLab::total(std::uint32_t load) const {
  Total t;
  std::uint64_t level = 0;
  for (const auto& boxes : boxes_) {
    std::vector<std::uint64_t> last(plan_.loads[load].steps.size() + 1);
    for (const auto& interval : boxes->load.records) {
      if (interval->load != load) continue;
      t.counters += interval->counters;
      t.latency.merge(interval->latency);
      t.service.merge(interval->service);
      last[interval->step] = interval->in_flight;
    }
    level += std::accumulate(last.begin(), last.end(), std::uint64_t{0});
  }
  for (const auto& worker : workers_) {
    t.in_flight += worker->unfinished()[load].in_flight;
    t.oldest = std::max(t.oldest, worker->unfinished()[load].oldest);
  }
  const auto& c = t.counters;
  EXPECT_EQ(c.offered, c.started + c.missed);
  EXPECT_EQ(c.started, c.completed + c.failed + t.in_flight);
  EXPECT_EQ(t.in_flight, level) << "the last interval's level";
  EXPECT_EQ(c.failed, std::accumulate(c.errors.begin(), c.errors.end(), std::uint64_t{0}));
  const auto silent = c.error(model::ErrorClass::connect) + c.error(model::ErrorClass::reset) +
                      c.error(model::ErrorClass::tls) + c.error(model::ErrorClass::protocol) +
                      c.error(model::ErrorClass::local);
  EXPECT_EQ(t.latency.count(), c.completed + c.failed - silent);
  EXPECT_EQ(t.service.count(), t.latency.count());
  return t;
}

ClientTotal LoadLab::client() const {
  ClientTotal t;
  for (const auto& boxes : boxes_)
    for (const auto& interval : boxes->client.records) {
      t.length += interval->length;
      t.busy += interval->busy;
      t.cpu += interval->cpu;
      t.loop_lag.merge(interval->loop_lag);
      t.schedule_lag.merge(interval->schedule_lag);
      t.starved += interval->starved;
    }
  return t;
}

std::vector<model::OwnTuple> LoadLab::tuples() const {
  std::vector<model::OwnTuple> all;
  for (const auto& boxes : boxes_)
    all.insert(all.end(), boxes->tuples.records.begin(), boxes->tuples.records.end());
  return all;
}

std::vector<const model::LoadInterval*> LoadLab::intervals(std::uint32_t load) const {
  std::vector<const model::LoadInterval*> all;
  for (const auto& boxes : boxes_)
    for (const auto& interval : boxes->load.records)
      if (interval->load == load) all.push_back(interval.get());
  return all;
}

model::Arrival open_at(double per_second, base::Nanos duration) {
  model::Arrival arrival;
  arrival.stages.push_back({base::Rps{per_second}, base::Rps{per_second}, duration});
  arrival.duration = duration;
  return arrival;
}

model::Arrival exactly(std::uint64_t count, double per_second) {
  auto arrival = open_at(per_second, base::from_seconds(static_cast<double>(count) / per_second) +
                                         std::chrono::seconds(20));
  arrival.max_requests = count;
  return arrival;
}

model::Arrival closed_by(std::uint32_t users, base::Nanos duration) {
  model::Arrival arrival;
  arrival.model = model::Arrival::Model::closed;
  arrival.users = users;
  arrival.duration = duration;
  return arrival;
}

model::Plan plan_for(const base::Endpoint& at) {
  model::Plan plan;
  plan.name = "test";
  model::Target target;
  target.name = "web";
  target.url = {"http", "127.0.0.1", at.port, "/"};
  target.endpoints = {at};
  plan.targets.push_back(target);
  plan.permitted.networks = {{base::IpAddress::v4(127, 0, 0, 0), 8}};
  return plan;
}

model::LoadSpec& add_load(model::Plan& plan, model::Arrival arrival, std::uint32_t connections) {
  model::LoadSpec load;
  load.name = "load " + std::to_string(plan.loads.size());
  plan.duration = std::max(plan.duration, arrival.duration);
  load.arrival = std::move(arrival);
  load.connections = connections;
  load.steps.emplace_back().name = "GET /";
  return plan.loads.emplace_back(std::move(load));
}

model::Plan one_load(const base::Endpoint& at, model::Arrival arrival, std::uint32_t connections) {
  auto plan = plan_for(at);
  add_load(plan, std::move(arrival), connections);
  return plan;
}

}  // namespace rampart::loadgen
