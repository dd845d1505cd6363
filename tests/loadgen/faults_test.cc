// Servers that refuse, vanish, reset, stall and talk nonsense: every request still ends up in
// exactly one class, and the client neither spins nor gives up.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/assert.h"
#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_certificate.h"

namespace rampart::loadgen {
namespace {

using model::ErrorClass;
using testing::RawServer;
using testing::ReplyThread;
using testing::TargetThread;
using testing::wait_until;
using namespace std::chrono_literals;

// Takes connections (the kernel does) and never answers.
class SilentListener {
 public:
  SilentListener() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    RAMPART_ASSERT(bind(fd_, address, length) == 0 && listen(fd_, 1024) == 0);
    RAMPART_ASSERT(getsockname(fd_, address, &length) == 0);
    port_ = ntohs(at.sin_port);
  }
  ~SilentListener() { close(fd_); }
  SilentListener(const SilentListener&) = delete;
  SilentListener& operator=(const SilentListener&) = delete;

  [[nodiscard]] base::Endpoint endpoint() const { return testing::loopback(port_); }

  // The ports from which clients came, sorted.
  [[nodiscard]] std::vector<std::uint16_t> client_ports() const {
    std::vector<std::uint16_t> ports;
    for (;;) {
      sockaddr_in from{};
      socklen_t length = sizeof from;
      const int fd = accept(fd_, reinterpret_cast<sockaddr*>(&from), &length);
      if (fd < 0) break;
      ports.push_back(ntohs(from.sin_port));
      close(fd);
    }
    std::sort(ports.begin(), ports.end());
    return ports;
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST(Faults, AServerThatRefusesIsTriedAgainWithAPause) {
  LoadLab lab(one_load(RawServer::refusing(), open_at(1000, 1s), 4));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 1000U);
  EXPECT_EQ(total.counters.completed, 0U);
  EXPECT_EQ(total.counters.connects, 0U);
  EXPECT_GT(total.counters.error(ErrorClass::connect), 0U);
  EXPECT_EQ(total.counters.error(ErrorClass::connect), total.counters.failed);
  EXPECT_GT(total.counters.missed, 900U);
  EXPECT_GE(total.counters.connect_failures, 8U);
  EXPECT_LE(total.counters.connect_failures, 60U);  // 100, 200, 400, 800 ms less a quarter
  EXPECT_EQ(total.counters.bytes_out, 0U);
}

TEST(Faults, AServerThatAppearsLaterIsFound) {
  const auto at = RawServer::refusing();
  LoadLab lab(one_load(at, open_at(200, 3s), 4));
  lab.start();
  ASSERT_TRUE(wait_until([&] { return lab.connects() >= 8; }));
  TargetThread server({.listen = at});
  lab.join();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 600U);
  EXPECT_GT(total.counters.completed, 300U);
  EXPECT_GT(total.counters.error(ErrorClass::connect), 0U);
  EXPECT_EQ(total.counters.connects, 4U);
  EXPECT_EQ(total.counters.missed, 0U);
}

TEST(Faults, AServerThatVanishesInMidRunFailsRequestsAndComesBack) {
  auto server = std::make_unique<ReplyThread>(ReplyThread::Options{});
  const auto port = server->endpoint().port;
  LoadLab lab(one_load(server->endpoint(), open_at(500, 4s), 4));
  lab.start();
  ASSERT_TRUE(wait_until([&] { return server->requests() >= 100; }));
  const auto before = lab.connects();
  server.reset();
  ASSERT_TRUE(wait_until([&] { return lab.connects() >= before + 12; }));
  server = std::make_unique<ReplyThread>(ReplyThread::Options{.port = port});
  lab.join();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 2000U);
  EXPECT_GT(total.counters.error(ErrorClass::connect), 0U);
  EXPECT_GT(total.counters.connect_failures, 0U);
  EXPECT_GE(total.counters.connects, 8U);
  EXPECT_GT(server->requests(), 100U);
  EXPECT_LT(total.counters.missed, 100U);
}

TEST(Faults, ResetsInMidRequestAreCountedAsSuch) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.reset();
  });
  LoadLab lab(one_load(server.endpoint(), open_at(50, 1s), 1));
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 50U);
  EXPECT_EQ(total.counters.completed, 0U);
  EXPECT_GT(total.counters.error(ErrorClass::reset), 40U);
  EXPECT_EQ(total.counters.error(ErrorClass::reset), total.counters.failed);
}

TEST(Faults, NonsenseIsAProtocolError) {
  for (const std::string_view reply :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort",
        "HTTP/1.1 two OK\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP/1.1 200 OK\r\n\r\n"}) {
    SCOPED_TRACE(std::string(reply));
    RawServer server([reply](RawServer::Peer& peer) {
      peer.read_until("\r\n\r\n");
      peer.send(reply);
    });
    LoadLab lab(one_load(server.endpoint(), open_at(50, 400ms), 1));
    lab.run();
    const auto total = lab.total();
    EXPECT_EQ(total.counters.completed, 0U);
    EXPECT_GT(total.counters.error(ErrorClass::protocol), 0U);
    EXPECT_EQ(total.counters.error(ErrorClass::protocol), total.counters.failed);
  }
}

// A pool over a server that accepts and closes must not connect as fast as the loop turns.
TEST(Faults, AServerThatClosesWhateverItAcceptsIsMetWithPauses) {
  RawServer server([](RawServer::Peer& peer) { peer.close(); });
  LoadLab idle(one_load(server.endpoint(), open_at(1, 1s), 4));
  idle.run();
  EXPECT_LE(idle.connects(), 60U);
  EXPECT_GE(idle.connects(), 8U);
  static_cast<void>(idle.total());

  LoadLab closed(one_load(server.endpoint(), closed_by(4, 1s), 4));
  closed.run();
  EXPECT_LE(closed.connects(), 60U);
  const auto total = closed.total();
  EXPECT_EQ(total.counters.completed, 0U);
  EXPECT_GT(total.counters.failed, 0U);
}

TEST(Faults, AServerThatNeverAnswersRunsIntoTheTimeout) {
  const SilentListener server;
  auto plan = one_load(server.endpoint(), open_at(100, 1s), 4);
  plan.loads[0].timeout = 200ms;
  LoadLab lab(plan);
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.offered, 100U);
  EXPECT_EQ(total.counters.completed, 0U);
  EXPECT_GE(total.counters.error(ErrorClass::timeout), 8U);
  EXPECT_EQ(total.counters.error(ErrorClass::timeout), total.counters.failed);
  EXPECT_GE(total.service.min(), 199ms);
  EXPECT_LE(total.service.at(50), 400ms);
  EXPECT_GE(total.latency.max(), total.service.min());
  EXPECT_GT(total.counters.missed, 0U);
  EXPECT_GT(lab.client().starved, 0U);
}

TEST(Faults, EveryConnectionIsAnnouncedWithItsPort) {
  const SilentListener server;
  auto plan = one_load(server.endpoint(), open_at(100, 500ms), 6);
  plan.workers = 2;
  plan.loads[0].timeout = 100ms;
  LoadLab lab(plan);
  lab.run();
  std::vector<std::uint16_t> announced;
  for (const auto& tuple : lab.tuples()) {
    EXPECT_EQ(tuple.remote, server.endpoint());
    EXPECT_EQ(tuple.proto, model::IpProto::tcp);
    EXPECT_EQ(tuple.owner, model::Owner::load);
    EXPECT_GT(tuple.opened.time_since_epoch().count(), 0);
    announced.push_back(tuple.local_port);
  }
  std::sort(announced.begin(), announced.end());
  EXPECT_GT(announced.size(), 12U);  // the pool, and again after each timeout
  EXPECT_EQ(announced, server.client_ports());
}

TEST(Faults, ACertificateThatIsNotTrustedIsATlsError) {
  TargetThread server({.tls = true});
  const testing::TestCertificate other;
  auto plan = one_load(server.endpoint(), open_at(100, 1s), 2);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.ca_file = other.certificate();
  LoadLab lab(plan);
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.completed, 0U);
  EXPECT_GT(total.counters.error(ErrorClass::tls), 0U);
  EXPECT_EQ(total.counters.error(ErrorClass::tls), total.counters.failed);
  EXPECT_GT(total.counters.connect_failures, 0U);
  EXPECT_EQ(total.counters.connects, 0U);
}

TEST(Faults, ATrustedCertificateIsAccepted) {
  const testing::TestCertificate certificate;
  TargetThread server(
      {.tls = true, .certificate = certificate.certificate(), .key = certificate.key()});
  auto plan = one_load(server.endpoint(), open_at(100, 500ms), 2);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.ca_file = certificate.certificate();
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 50U);
}

TEST(Faults, PlainTextWhereTlsIsExpectedIsATlsError) {
  ReplyThread server(ReplyThread::Options{});
  auto plan = one_load(server.endpoint(), open_at(100, 500ms), 1);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.insecure = true;
  LoadLab lab(plan);
  lab.run();
  const auto total = lab.total();
  EXPECT_GT(total.counters.error(ErrorClass::tls), 0U);
  EXPECT_EQ(total.counters.completed, 0U);
}

TEST(Faults, TheNextAddressIsTriedWhereOneRefuses) {
  TargetThread server;
  auto plan = one_load(server.endpoint(), open_at(100, 1s), 2);
  plan.targets[0].endpoints.insert(plan.targets[0].endpoints.begin(), RawServer::refusing());
  LoadLab lab(plan);
  lab.run();
  const auto total = lab.total();
  EXPECT_EQ(total.counters.connect_failures, 2U);
  EXPECT_EQ(total.counters.completed, 100U);
}

TEST(Faults, AStopInMidRunReturnsSoonAndReportsWhatIsInFlight) {
  ReplyThread server({.answer = false});
  for (const bool closed : {false, true}) {
    SCOPED_TRACE(closed ? "closed" : "open");
    auto plan = one_load(server.endpoint(), closed ? closed_by(3, 60s) : open_at(100, 60s), 3);
    plan.workers = 2;
    LoadLab lab(plan);
    const auto before = server.requests();
    lab.start();
    ASSERT_TRUE(wait_until([&] { return server.requests() >= before + 3; }));
    const base::SystemClock clock;
    const auto asked = clock.mono();
    lab.request_stop();
    lab.join();
    EXPECT_LT(clock.mono() - asked, 1s);
    const auto total = lab.total();
    EXPECT_EQ(total.in_flight, 3U);
    EXPECT_GE(total.oldest, 200ms);  // the drain
    EXPECT_LT(total.oldest, 15s);
    EXPECT_LT(total.counters.offered, 3000U);
  }
}

TEST(Faults, AStopBeforeTheStartSendsNothing) {
  ReplyThread server(ReplyThread::Options{});
  LoadLab lab(one_load(server.endpoint(), open_at(1000, 60s), 2));
  lab.start();
  lab.request_stop();
  lab.join();
  const auto total = lab.total();
  EXPECT_LE(total.counters.offered, 60U);  // the start is 50 ms ahead, the stop may come after it
  EXPECT_EQ(total.counters.completed, total.counters.started);
}

}  // namespace
}  // namespace rampart::loadgen
