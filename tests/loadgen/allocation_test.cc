// A binary of its own: it replaces operator new to count what each thread allocates and holds.
#include <gtest/gtest.h>
#include <malloc.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/loadgen/scripted_web.h"
#include "tests/loadgen/socket_peers.h"
#include "tests/support/deadline.h"

namespace {

thread_local std::uint64_t allocations = 0;
thread_local std::int64_t held = 0;  // bytes

void* allocate(std::size_t size) {
  ++allocations;
  void* const out = std::malloc(size);
  if (out == nullptr) throw std::bad_alloc();
  held += static_cast<std::int64_t>(malloc_usable_size(out));
  return out;
}

void release(void* p) noexcept {
  held -= static_cast<std::int64_t>(malloc_usable_size(p));
  std::free(p);
}

}  // namespace

// GCC 12 takes the pair for a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void operator delete(void* p) noexcept { release(p); }
void operator delete[](void* p) noexcept { release(p); }
void operator delete(void* p, std::size_t) noexcept { release(p); }
void operator delete[](void* p, std::size_t) noexcept { release(p); }

namespace rampart::loadgen {
namespace {

using testing::EchoThread;
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
    failed += record->counters.failed;
    most_held = std::max(most_held, held);
    record.reset();
    return true;
  }
  std::array<std::uint64_t, 16> at{};
  std::array<std::uint64_t, 16> requests{};
  std::size_t reports = 0;
  std::uint64_t failed = 0;
  std::int64_t most_held = 0;
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

// What a run allocates, for requests that allocate `per_request` at most.
void expect_at_most(std::uint64_t per_request, const model::Plan& plan) {
  const base::SystemClock clock;
  CountingOutbox load;
  Nowhere<std::unique_ptr<model::ClientInterval>> client;
  Nowhere<model::OwnTuple> tuples;
  auto worker = Worker::make(plan, {0, 1}, "r", {load, client, tuples}, clock);
  ASSERT_TRUE(worker.has_value());
  (*worker)->run({}, clock.mono());
  ASSERT_GE(load.reports, 4U);
  const std::uint64_t places = std::uint64_t{plan.loads[0].connections} * plan.loads[0].streams;
  std::uint64_t requests = 0;
  std::uint64_t reports = 0;
  std::uint64_t made = 0;
  for (std::size_t i = 2; i < load.reports; ++i, ++reports) {
    requests += load.requests[i];
    made += load.at[i] - load.at[i - 1];
  }
  EXPECT_GT(made, 0U);                          // the count works
  ASSERT_GT(requests, 4 * places * kPerPlace);  // one a request would be seen
  EXPECT_LE(made, reports * kPerReport + places * kPerPlace + requests * per_request)
      << requests << " requests";
  EXPECT_EQ(load.failed, 0U);
}

// tcp, udp or icmp: echoes, in both loops.
void expect_none_per_echo(model::Protocol protocol) {
  EchoThread server;
  const bool tcp = protocol == model::Protocol::tcp;
  for (const auto& arrival : {open_at(2000, 4s), closed_by(tcp ? 8 : 64, 4s)}) {
    auto plan = one_load(server.endpoint(), arrival, 8);
    auto& load = plan.loads[0];
    load.protocol = protocol;
    load.steps.clear();
    load.socket.mode = model::SocketUse::Mode::echo;
    if (!tcp) load.streams = 8;
    plan.targets[0].url.scheme = to_string(protocol);
    expect_at_most(0, plan);
  }
}

void expect_none_per_request(const model::Arrival& arrival,
                             model::Protocol protocol = model::Protocol::http1,
                             const model::Pace& pace = {}) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), arrival, 8);
  plan.loads[0].protocol = protocol;
  plan.loads[0].pace = pace;
  if (protocol == model::Protocol::http2) plan.loads[0].streams = 8;
  expect_at_most(0, plan);
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

// A flow of two requests with variables everywhere, and cookies; the first answer gives `extract`.
void expect_of_flow(std::uint64_t per_request, const model::Extract& extract) {
  testing::ScriptedWeb web([n = 0](const testing::ScriptedWeb::Request& request) mutable {
    testing::ScriptedWeb::Reply reply;
    if (request.method != "GET") return reply;
    const auto number = std::to_string(n++);
    reply.headers = {{"x-csrf", "a token that no short string holds, number " + number},
                     {"set-cookie", "session=as long as a session is, with its number " + number}};
    reply.body = R"({"user": {"name": "a name that is long enough to be kept elsewhere", "id": )" +
                 number + "}}";
    return reply;
  });
  for (const auto protocol : {model::Protocol::http1, model::Protocol::http2}) {
    SCOPED_TRACE(static_cast<int>(protocol));
    auto plan = one_load(web.endpoint(), open_at(250, 4s), 4);
    auto& load = plan.loads[0];
    load.protocol = protocol;
    load.flow = load.cookies = true;
    load.steps.resize(2);
    load.steps[0].request.path = "/login?user={{users.name}}";
    load.steps[0].extract = {extract};
    load.steps[0].expect_body = "user.*name";
    load.steps[1].request.method = "POST";
    load.steps[1].request.path = "/buy/{{flow.number}}";
    load.steps[1].request.headers = {{"X-Value", "{{v}}"}, {"Cookie", "mine={{flow.number}}"}};
    load.steps[1].request.body = "value={{v}}&user={{users.name}}";
    using Rows = std::vector<std::vector<std::string>>;
    load.data = {{.name = "users",
                  .file = {},
                  .order = model::DataSet::Order::random,
                  .columns = {"name"},
                  .rows = std::make_shared<const Rows>(Rows{{"alice"}, {"bob and others"}})}};
    expect_at_most(per_request, plan);
  }
}

TEST(Allocation, NonePerRequestOfAFlowWithAHeader) {
  expect_of_flow(0, {"v", model::Extract::From::header, "X-Csrf"});
}

TEST(Allocation, NonePerRequestOfAFlowWithARegularExpression) {
  expect_of_flow(0, {"v", model::Extract::From::regex, "\"name\": \"([^\"]*)"});
}

// The document is parsed whole: 29 for this one, in every other request.
TEST(Allocation, AFewPerRequestOfAFlowWithJson) {
  expect_of_flow(15, {"v", model::Extract::From::json, "/user/name"});
}

// One request at a time, on each of the connections in turn.
TEST(Allocation, LargeAnswersHoldMemoryOnlyWhileTheyAreRead) {
  constexpr std::int64_t kBody = 900'000;
  constexpr std::uint32_t kConnections = 64;
  testing::ScriptedWeb web([](const testing::ScriptedWeb::Request&) {
    return testing::ScriptedWeb::Reply{.body = std::string(kBody, 'x')};
  });
  for (const auto protocol : {model::Protocol::http1, model::Protocol::http2}) {
    for (const bool right : {true, false}) {
      SCOPED_TRACE(std::string(to_string(protocol)) + (right ? "" : ", another status expected"));
      auto plan = one_load(web.endpoint(), open_at(40, 2500ms), kConnections);
      auto& load = plan.loads[0];
      load.protocol = protocol;
      load.flow = true;
      load.steps[0].extract = {{"v", model::Extract::From::regex, "^x"}};
      if (!right) load.steps[0].request.expect_status = {404};
      const base::SystemClock clock;
      CountingOutbox out;
      Nowhere<std::unique_ptr<model::ClientInterval>> client;
      Nowhere<model::OwnTuple> tuples;
      auto worker = Worker::make(plan, {0, 1}, "r", {out, client, tuples}, clock);
      ASSERT_TRUE(worker.has_value());
      const auto before = held;
      (*worker)->run({}, clock.mono());
      EXPECT_EQ(out.failed, right ? 0U : 100U);
      EXPECT_LT(out.most_held - before, kBody * kConnections / 4);
    }
  }
}

TEST(Allocation, NonePerTcpEcho) { expect_none_per_echo(model::Protocol::tcp); }

TEST(Allocation, NonePerUdpEcho) { expect_none_per_echo(model::Protocol::udp); }

TEST(Allocation, NonePerIcmpEcho) {
  // As the socket is opened: raw, else a ping socket.
  int fd = socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_ICMP);
  if (fd < 0) GTEST_SKIP() << "no icmp socket: needs CAP_NET_RAW or net.ipv4.ping_group_range";
  close(fd);
  expect_none_per_echo(model::Protocol::icmp);
}

}  // namespace
}  // namespace rampart::loadgen
