// Slow clients against real servers: how slow they are, and what servers that do not like them
// cost.
#include "loadgen/slow_http1_channel.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::loadgen {
namespace {

using base::MonoTime;
using model::LoadError;
using testing::RawServer;
using testing::TargetThread;
using namespace std::chrono_literals;

constexpr std::string_view kEmptyAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

// One request after another on one connection: that many, and one more that the stop cuts off, for
// the drain is shorter than these requests.
model::Plan slow_load(const base::Endpoint& at, const model::Pace& pace, std::uint64_t requests = 1,
                      base::Nanos duration = 20s) {
  auto arrival = closed_by(1, duration);
  arrival.max_requests = requests;
  auto plan = one_load(at, arrival, 1);
  plan.loads[0].pace = pace;
  return plan;
}

void post(model::Plan& plan, std::size_t bytes) {
  plan.loads[0].steps[0].request.method = "POST";
  plan.loads[0].steps[0].request.body = std::string(bytes, 'b');
}

struct Piece {
  base::Nanos at;  // since the first
  std::size_t bytes;
};

// Reads a request whose body is `body` bytes of 'b', and says when what came.
std::vector<Piece> read_request(RawServer::Peer& peer, std::size_t body) {
  const base::SystemClock clock;
  std::vector<Piece> pieces;
  std::string all;
  MonoTime first;
  for (;;) {
    const auto more = peer.read_some();
    if (more.empty()) return {};
    const auto now = clock.mono();
    if (pieces.empty()) first = now;
    pieces.push_back({now - first, more.size()});
    all += more;
    const auto header = all.find("\r\n\r\n");
    if (header != std::string::npos && all.size() == header + 4 + body) return pieces;
  }
}

TEST(SlowClient, WritesEvenlyAtItsPace) {
  std::atomic<bool> done{false};
  std::vector<Piece> pieces;
  std::uint64_t size = 0;
  RawServer server([&](RawServer::Peer& peer) {
    if (peer.number() > 0) return;
    pieces = read_request(peer, 1000);
    for (const auto& piece : pieces) size += piece.bytes;
    peer.send(kEmptyAnswer);
    done = true;
    peer.wait_for_close();
  });
  auto plan = slow_load(server.endpoint(), {.write = 600});
  post(plan, 1000);
  LoadLab lab(std::move(plan));
  lab.start();
  ASSERT_TRUE(testing::wait_until([&] { return done.load(); }));
  lab.request_stop();
  lab.join();
  ASSERT_GE(pieces.size(), 6U);
  EXPECT_EQ(pieces[0].bytes, 1U);  // so that it is sent when it is said to be
  const double expected = static_cast<double>(size) / 600;
  EXPECT_GT(base::seconds(pieces.back().at), 0.75 * expected);
  EXPECT_LT(base::seconds(pieces.back().at), 1.5 * expected + 1);
  std::uint64_t sum = 0;
  for (const auto& [at, bytes] : pieces) {
    sum += bytes;
    EXPECT_LE(bytes, 600U);
    // A machine that stalls may read two pieces as one.
    EXPECT_LE(static_cast<double>(sum), 1 + 600 * (base::seconds(at) + 0.6));
  }
}

TEST(SlowClient, WritesSlowlyOverTlsToo) {
  TargetThread server({.tls = true});
  auto plan = one_load(server.endpoint(), open_at(4, 2500ms), 10);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.insecure = true;
  plan.loads[0].pace.write = 500;
  post(plan, 200);
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 10U);
  EXPECT_GE(total.counters.completed, 5U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_GT(total.service.min(), 500ms);  // 300 bytes and more
  EXPECT_LT(total.service.at(50), 2s);
}

// Of requests that are not whole only what has left is counted.
TEST(SlowClient, CountsTheBytesThatHaveLeft) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_close(); });
  auto plan = slow_load(server.endpoint(), {.write = 100}, 1, 1500ms);
  post(plan, 100'000);
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.in_flight, 1U);
  EXPECT_GT(total.counters.bytes_out, 25U);
  EXPECT_LT(total.counters.bytes_out, 1000U);
}

// The point of slow requests: how long a server bears them, and how it ends them.
TEST(SlowClient, AServerThatGivesUpIsCountedByHowItDoes) {
  struct Case {
    const char* name;
    model::Pace pace;
    void (*end)(RawServer::Peer&);
    LoadError error;
  };
  const Case cases[] = {
      {"408",
       {.read = 0, .write = 40},
       [](RawServer::Peer& peer) {
         peer.send(
             "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
       },
       LoadError::http_4xx},
      {"408 that would keep the connection, slow reader",
       {.read = 4000, .write = 40},
       [](RawServer::Peer& peer) {
         peer.send("HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n");
         peer.wait_for_close();
       },
       LoadError::http_4xx},
      {"FIN",
       {.read = 0, .write = 40},
       [](RawServer::Peer& peer) { peer.close(); },
       LoadError::closed},
      {"RST, slow reader",
       {.read = 4000, .write = 40},
       [](RawServer::Peer& peer) { peer.reset(); },
       LoadError::reset},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    std::atomic<int> ended{0};
    RawServer server([&](RawServer::Peer& peer) {
      const base::SystemClock clock;
      if (peer.read_some().empty()) return;
      for (const auto until = clock.mono() + 300ms; clock.mono() < until;)
        if (peer.read_some().empty()) return;
      c.end(peer);
      ++ended;
    });
    LoadLab lab(slow_load(server.endpoint(), c.pace, 2));
    lab.start();
    ASSERT_TRUE(testing::wait_until([&] { return ended.load() >= 2; }));
    lab.request_stop();
    lab.join();
    const auto total = lab.total();
    EXPECT_GE(total.counters.failed, 1U);
    EXPECT_EQ(total.counters.error(c.error), total.counters.failed);
    EXPECT_GE(total.counters.connects, total.counters.failed) << "each on a connection of its own";
    EXPECT_LT(total.counters.bytes_out, 3 * 60U);
  }
}

TEST(SlowClient, TimeoutsApply) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_close(); });
  for (const bool first_byte : {true, false}) {
    auto plan = slow_load(server.endpoint(), {.write = 20});
    (first_byte ? plan.loads[0].first_byte_timeout : plan.loads[0].timeout) = 400ms;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.failed, 1U);
    EXPECT_EQ(total.counters.error(first_byte ? LoadError::first_byte_timeout : LoadError::timeout),
              1U);
    EXPECT_GE(total.service.min(), 399ms);
    EXPECT_LT(total.service.max(), 4s);
  }
}

TEST(SlowClient, ReadsAtItsPace) {
  TargetThread server({.body_bytes = 4000});
  auto plan = one_load(server.endpoint(), open_at(8, 3s), 24);
  plan.loads[0].pace.read = 4000;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 24U);
  EXPECT_GE(total.counters.completed, 12U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_GT(total.service.min(), 900ms);
  EXPECT_LT(total.service.at(50), 1500ms);
}

// The bytes that a server can get rid of while nobody reads them are what both kernels hold.
TEST(SlowClient, ASlowReaderBlocksTheServersSend) {
  constexpr std::uint64_t kBody = 64'000'000;
  for (const std::uint64_t pace : {std::uint64_t{0}, std::uint64_t{5000}}) {
    std::atomic<std::uint64_t> sent{0};
    RawServer server([&](RawServer::Peer& peer) {
      peer.read_until("\r\n\r\n");
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(kBody) + "\r\n\r\n");
      const std::string piece(64'000, 'x');
      for (std::uint64_t i = 0; i < kBody / piece.size() && peer.send(piece); ++i)
        sent += piece.size();
      peer.wait_for_close();
    });
    auto plan = slow_load(server.endpoint(), {.read = pace}, 1, 10s);
    plan.loads[0].timeout = pace > 0 ? 1500ms : 10s;
    plan.loads[0].first_byte_timeout = 500ms;
    LoadLab lab(std::move(plan));
    lab.run();
    const auto total = lab.total();
    if (pace == 0) {
      EXPECT_EQ(total.counters.completed, 1U);
      EXPECT_GE(sent.load(), kBody);
    } else {
      EXPECT_EQ(total.counters.error(LoadError::timeout), 1U) << "its first byte was read at once";
      EXPECT_LT(sent.load(), kBody / 4);
    }
  }
}

// A server may answer before it has the whole request. What is left of it must not be taken for the
// next one.
TEST(SlowClient, AnAnswerToHalfARequestEndsTheConnection) {
  std::atomic<int> answered{0};
  RawServer server([&](RawServer::Peer& peer) {
    if (peer.read_some().empty()) return;
    if (peer.send(kEmptyAnswer)) ++answered;
    peer.wait_for_close();
  });
  LoadLab lab(slow_load(server.endpoint(), {.write = 50}, 5));
  lab.start();
  ASSERT_TRUE(testing::wait_until([&] { return answered.load() >= 4; }));
  lab.request_stop();
  lab.join();
  const auto total = lab.total();
  EXPECT_GE(total.counters.completed, 3U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_GE(total.counters.connects, total.counters.completed);
}

// Fast enough, and kept alive: pace alone costs no connection.
TEST(SlowClient, ManyRequestsShareAConnection) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), open_at(40, 2s), 8);
  plan.loads[0].pace = {.read = 50'000, .write = 20'000};
  plan.workers = 2;
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 80U);
  EXPECT_EQ(total.counters.connects, 8U);
  EXPECT_EQ(total.counters.connections_lost, 0U);
}

TEST(SlowClient, AnIdleConnectionThatThePeerClosesIsNoticed) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(kEmptyAnswer);
    peer.close();
  });
  model::Arrival arrival;
  arrival.replay = {0s, 900ms, 1800ms};
  arrival.duration = 2500ms;
  auto plan = one_load(server.endpoint(), arrival, 1);
  plan.loads[0].pace = {.read = 10'000, .write = 10'000};
  LoadLab lab(std::move(plan));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 3U);
  EXPECT_EQ(total.counters.failed, 0U);
  EXPECT_GE(total.counters.connections_lost, 2U);
}

}  // namespace
}  // namespace rampart::loadgen
