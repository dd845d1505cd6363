// A binary of its own: it replaces operator new to count what each thread allocates.
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/support/deadline.h"

namespace {

thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  void* const out = std::malloc(size);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}

}  // namespace

// GCC 12 takes the pair for a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace rampart::loadgen {
namespace {

using testing::TargetThread;
using namespace std::chrono_literals;

// Runs one worker on this thread and notes, each time it reports, what the thread has allocated.
class CountingOutbox final : public model::Outbox<std::unique_ptr<model::LoadInterval>> {
 public:
  bool push(std::unique_ptr<model::LoadInterval>&& record) noexcept override {
    if (reports < at.size()) {
      at[reports] = allocations;
      requests[reports] = record->counters.completed;
      ++reports;
    }
    record.reset();
    return true;
  }
  std::array<std::uint64_t, 16> at{};
  std::array<std::uint64_t, 16> requests{};
  std::size_t reports = 0;
};

template <class T>
class Nowhere final : public model::Outbox<T> {
 public:
  bool push(T&&) noexcept override { return true; }
};

// What a report costs: two records and four histograms, with some room.
constexpr std::uint64_t kPerReport = 16;
// What each of the most requests at once may cost over the whole run, however late it is that a
// stalled machine first has so many: a slot, a stream and its frames. None of it is per request.
constexpr std::uint64_t kPerPlace = 8;

void expect_none_per_request(const model::Arrival& arrival,
                             model::Protocol protocol = model::Protocol::http1,
                             const model::Pace& pace = {}) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), arrival, 8);
  plan.loads[0].protocol = protocol;
  plan.loads[0].pace = pace;
  if (protocol == model::Protocol::http2) plan.loads[0].streams = 8;
  const base::SystemClock clock;
  CountingOutbox load;
  Nowhere<std::unique_ptr<model::ClientInterval>> client;
  Nowhere<model::OwnTuple> tuples;
  auto worker = Worker::make(plan, {0, 1}, "r", {load, client, tuples}, clock);
  ASSERT_TRUE(worker.has_value());
  (*worker)->run({}, clock.mono());
  ASSERT_GE(load.reports, 4U);
  const std::uint64_t places = 8 * plan.loads[0].streams;
  std::uint64_t requests = 0;
  std::uint64_t reports = 0;
  std::uint64_t made = 0;
  for (std::size_t i = 2; i < load.reports; ++i, ++reports) {
    requests += load.requests[i];
    made += load.at[i] - load.at[i - 1];
  }
  EXPECT_GT(made, 0U);                          // the count works
  ASSERT_GT(requests, 4 * places * kPerPlace);  // one a request would be seen
  EXPECT_LE(made, reports * kPerReport + places * kPerPlace) << requests << " requests";
}

TEST(Allocation, NonePerRequestInTheOpenLoop) { expect_none_per_request(open_at(2000, 4s)); }

TEST(Allocation, NonePerRequestInTheClosedLoop) { expect_none_per_request(closed_by(8, 4s)); }

TEST(Allocation, NonePerRequestWithPoissonArrivals) {
  auto arrival = open_at(2000, 4s);
  arrival.distribution = model::Arrival::Distribution::poisson;
  expect_none_per_request(arrival);
}

TEST(Allocation, NonePerRequestOfSlowClients) {
  expect_none_per_request(closed_by(8, 6s), model::Protocol::http1, {.read = 0, .write = 50'000});
  expect_none_per_request(closed_by(8, 6s), model::Protocol::http1, {.read = 100'000, .write = 0});
}

TEST(Allocation, NonePerRequestOfHttp2) {
  expect_none_per_request(open_at(2000, 4s), model::Protocol::http2);
  expect_none_per_request(closed_by(64, 4s), model::Protocol::http2);
}

}  // namespace
}  // namespace rampart::loadgen
