// Loads of TCP connections without a protocol above them.
#include "loadgen/tcp_channel.h"

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "base/assert.h"
#include "loadgen/request.h"
#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/loop_thread.h"
#include "tests/loadgen/socket_peers.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::loadgen {
namespace {

using Mode = model::SocketUse::Mode;
using model::LoadError;
using testing::EchoThread;
using testing::RawServer;
using testing::TargetThread;
using namespace std::chrono_literals;

model::Plan tcp_load(const base::Endpoint& at, Mode mode, const model::Arrival& arrival,
                     std::uint32_t connections) {
  auto plan = one_load(at, arrival, connections);
  auto& load = plan.loads[0];
  load.protocol = model::Protocol::tcp;
  load.socket.mode = mode;
  load.steps.clear();
  load.timeout = 1s;
  load.connect_timeout = 1s;
  plan.targets[0].url.scheme = "tcp";
  return plan;
}

TEST(TcpChannel, EachRequestIsAConnection) {
  for (const auto& arrival : {open_at(300, 500ms), closed_by(4, 300ms)}) {
    EchoThread server;
    LoadLab lab(tcp_load(server.endpoint(), Mode::connect, arrival, 4));
    lab.run();
    const auto t = lab.total();
    EXPECT_GT(t.counters.completed, 50U);
    EXPECT_EQ(t.counters.failed, 0U);
    EXPECT_EQ(t.counters.connects, t.counters.completed);
    EXPECT_EQ(t.counters.connections_lost, 0U);
    EXPECT_EQ(t.counters.bytes_out, 0U);
    EXPECT_GT(t.service.min(), 0ns);
    EXPECT_EQ(server.stop().connections, t.counters.completed);
  }
}

TEST(TcpChannel, ARefusedConnectionIsAFailedRequest) {
  const auto at = RawServer::refusing();
  for (const auto& arrival : {exactly(60, 200), closed_by(2, 300ms)}) {
    LoadLab lab(tcp_load(at, Mode::connect, arrival, 2));
    lab.run();
    const auto t = lab.total();
    EXPECT_EQ(t.counters.completed, 0U);
    EXPECT_EQ(t.counters.failed, t.counters.error(LoadError::connect_refused));
    EXPECT_EQ(t.counters.failed, t.counters.started);
    // Users pause after a failure; the clock does not.
    if (arrival.users > 0)
      EXPECT_LE(t.counters.failed, 10U);
    else
      EXPECT_EQ(t.counters.failed, 60U);
  }
}

// A listener whose clients are counted by how they left.
class Accepting {
 public:
  Accepting() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof at;
    auto* address = reinterpret_cast<sockaddr*>(&at);
    RAMPART_ASSERT(bind(fd_, address, length) == 0 && listen(fd_, 1024) == 0);
    RAMPART_ASSERT(getsockname(fd_, address, &length) == 0);
    port_ = ntohs(at.sin_port);
  }
  ~Accepting() { close(fd_); }
  Accepting(const Accepting&) = delete;
  Accepting& operator=(const Accepting&) = delete;

  [[nodiscard]] base::Endpoint endpoint() const { return testing::loopback(port_); }
  // Resets and ends in order among those that have come.
  [[nodiscard]] std::pair<int, int> ends() const {
    std::pair<int, int> out;
    for (;;) {
      const int fd = accept(fd_, nullptr, nullptr);
      if (fd < 0) return out;
      char byte = 0;
      const auto size = recv(fd, &byte, 1, 0);
      if (size < 0 && errno == ECONNRESET) ++out.first;
      if (size == 0) ++out.second;
      close(fd);
    }
  }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

TEST(TcpChannel, ClosesByFinOrByReset) {
  for (const bool reset : {false, true}) {
    const Accepting server;
    auto plan = tcp_load(server.endpoint(), Mode::connect, exactly(30, 100), 2);
    plan.loads[0].socket.close_with_reset = reset;
    LoadLab lab(plan);
    lab.run();
    EXPECT_EQ(lab.total().counters.completed, 30U);
    EXPECT_EQ(server.ends(), reset ? std::pair(30, 0) : std::pair(0, 30));
  }
}

TEST(TcpChannel, HandshakesEndWithTls) {
  TargetThread server({.tls = true});
  auto plan = tcp_load(server.endpoint(), Mode::handshake, exactly(30, 100), 4);
  plan.targets[0].url.scheme = "https";
  plan.targets[0].tls.insecure = true;
  LoadLab lab(plan);
  lab.run();
  EXPECT_EQ(lab.total().counters.completed, 30U);
  EXPECT_EQ(lab.total().counters.connects, 30U);

  plan.targets[0].tls.insecure = false;
  LoadLab untrusted(plan);
  untrusted.run();
  EXPECT_EQ(untrusted.total().counters.error(LoadError::tls_untrusted), 30U);
}

TEST(TcpChannel, HoldsOneConnectionPerUserUntilTheEnd) {
  EchoThread server;
  LoadLab lab(tcp_load(server.endpoint(), Mode::hold, closed_by(50, 500ms), 50));
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.offered, 50U);
  EXPECT_EQ(t.counters.completed, 50U);
  EXPECT_EQ(t.counters.connects, 50U);
  EXPECT_EQ(t.counters.connections_lost, 0U);
  EXPECT_EQ(t.in_flight, 0U);
  EXPECT_EQ(lab.intervals().size(), 1U);
  EXPECT_GE(lab.client().length, 500ms);  // it did not end once all were open
  EXPECT_EQ(server.stop().connections, 50U);
}

TEST(TcpChannel, TheConnectionRatePacesWhatIsHeld) {
  EchoThread server;
  auto plan = tcp_load(server.endpoint(), Mode::hold, closed_by(100, 500ms), 100);
  plan.loads[0].connection_rate = base::Rps{100};
  LoadLab lab(plan);
  lab.run();
  const auto t = lab.total();
  EXPECT_GE(t.counters.completed, 25U);
  EXPECT_LE(t.counters.completed, 56U);
  EXPECT_EQ(t.counters.failed, 0U);
  EXPECT_EQ(t.in_flight + t.counters.completed, 100U);
}

TEST(TcpChannel, AHeldConnectionThatThePeerClosesIsOpenedAgainAfterAPause) {
  RawServer server([](RawServer::Peer& peer) { peer.close(); });
  LoadLab lab(tcp_load(server.endpoint(), Mode::hold, closed_by(4, 1s), 4));
  lab.run();
  const auto& c = lab.total().counters;
  EXPECT_EQ(c.failed, 0U);
  EXPECT_EQ(c.completed, c.connects);
  EXPECT_GE(c.completed, 12U);
  EXPECT_LE(c.completed, 4 * 15U);  // a pause is 75 ms at least
  EXPECT_GE(c.connections_lost + 4, c.completed);
  EXPECT_LE(c.connections_lost, c.completed);
}

// Opens a channel three times and sends one request on each connection as soon as it is open; in
// mode hold, two.
struct Opener final : Channel::Listener {
  Opener(const model::SocketUse& use, const base::Endpoint& to)
      : server(to), channel(dialling, use, data, *this) {}

  void open() {
    ++opened;
    channel.open(server, {});
  }
  void send() {
    inside_send = true;
    channel.send(channel.exchanges().front(), request);
    inside_send = false;
  }
  void on_open(Channel&, std::uint32_t) override { send(); }
  void on_answer(Exchange&, const Answer&) override {
    EXPECT_FALSE(inside_send);
    ++answers;
    if (again) {
      again = false;
      return send();
    }
    channel.close();
    if (opened < 3)
      open();
    else
      loop.stop();
  }
  void on_blocked(Exchange&) override { ADD_FAILURE(); }
  void on_lost(Exchange&, std::optional<LoadError>) override { ADD_FAILURE(); }
  void on_draining(Channel&) override { ADD_FAILURE(); }
  void on_end(Channel&, LoadError why) override {
    ADD_FAILURE() << to_string(why);
    loop.stop();
  }

  net::Loop loop;
  const base::Endpoint server;
  const Dialling dialling{loop, nullptr, ""};
  const std::string data = "rampart";
  const Request request;
  TcpChannel channel;
  bool again = false;
  bool inside_send = false;
  int opened = 0;
  int answers = 0;
};

TEST(TcpChannel, NoAnswerComesFromInsideSend) {
  for (const auto mode : {Mode::connect, Mode::handshake, Mode::hold, Mode::echo, Mode::send}) {
    SCOPED_TRACE(static_cast<int>(mode));
    EchoThread server;
    const model::SocketUse use{.mode = mode, .bytes = 7};
    Opener opener(use, server.endpoint());
    opener.again = mode == Mode::hold;
    opener.open();
    opener.loop.run();
    EXPECT_EQ(opener.answers, mode == Mode::hold ? 4 : 3);
  }
}

TEST(TcpChannel, EchoesComeBackWhole) {
  for (const std::uint32_t bytes : {1U, 64U, 300'000U}) {
    for (const auto& arrival : {open_at(100, 300ms), closed_by(4, 200ms)}) {
      EchoThread server;
      auto plan = tcp_load(server.endpoint(), Mode::echo, arrival, 4);
      plan.loads[0].socket.bytes = bytes;
      LoadLab lab(plan);
      lab.run();
      const auto t = lab.total();
      EXPECT_GT(t.counters.completed, 10U);
      EXPECT_EQ(t.counters.failed, 0U) << bytes;
      EXPECT_EQ(t.counters.connects, 4U);
      EXPECT_EQ(t.counters.bytes_out, t.counters.started * bytes);
      EXPECT_EQ(t.counters.bytes_in, t.counters.completed * bytes);
    }
  }
}

TEST(TcpChannel, OtherBytesAreAWrongEcho) {
  const auto server_of = [](std::string first, std::string answer) {
    return [=](RawServer::Peer& peer) {
      if (!first.empty()) peer.send(first);
      while (!peer.read_some().empty()) peer.send(answer);
    };
  };
  const std::string same = "rampart/";
  const struct {
    std::string greeting;
    std::string answer;
  } cases[] = {{"", "nonsense"},          // as many, but others
               {"", same + same},         // more than was sent
               {"SSH-2.0-x\r\n", same}};  // bytes before the first request
  for (const auto& [greeting, answer] : cases) {
    RawServer server(server_of(greeting, answer));
    auto plan = tcp_load(server.endpoint(), Mode::echo, open_at(50, 200ms), 1);
    plan.loads[0].socket.bytes = 8;
    LoadLab lab(plan);
    lab.run();
    const auto t = lab.total();
    EXPECT_EQ(t.counters.completed, 0U) << answer;
    EXPECT_GT(t.counters.error(LoadError::wrong_echo), 0U) << answer;
    EXPECT_EQ(t.counters.failed, t.counters.error(LoadError::wrong_echo)) << answer;
    EXPECT_GE(t.counters.connects, t.counters.failed) << "each on a fresh connection";
  }
}

TEST(TcpChannel, AnEchoThatEndsEarlyIsClosed) {
  RawServer server([](RawServer::Peer& peer) { peer.read_some(); });
  LoadLab lab(tcp_load(server.endpoint(), Mode::echo, exactly(10, 50), 1));
  lab.run();
  const auto t = lab.total();
  EXPECT_EQ(t.counters.failed, 10U);
  EXPECT_EQ(t.counters.error(LoadError::closed), 10U);
}

TEST(TcpChannel, ASendIsDoneWhenTheKernelHasIt) {
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_close(); });
  for (const auto& arrival : {open_at(1000, 300ms), closed_by(1, 200ms)}) {
    LoadLab lab(tcp_load(server.endpoint(), Mode::send, arrival, 1));
    lab.run();
    const auto t = lab.total();
    EXPECT_GE(t.counters.completed, 200U);
    EXPECT_EQ(t.counters.failed, 0U);
    EXPECT_EQ(t.counters.send_blocked, 0U);
    EXPECT_EQ(t.counters.bytes_out, t.counters.started * 64);
  }
}

TEST(TcpChannel, ASendThatFindsNoRoomWaitsAndIsCounted) {
  // More than both socket buffers hold: the rest waits, but for a peer that reads as fast.
  RawServer server([](RawServer::Peer& peer) { peer.wait_for_close(); });
  auto plan = tcp_load(server.endpoint(), Mode::send, open_at(20, 300ms), 1);
  plan.loads[0].socket.bytes = 16 << 20;
  LoadLab reads(plan);
  reads.run();
  EXPECT_GT(reads.total().counters.completed, 0U);

  const Accepting never;
  auto stuck = tcp_load(never.endpoint(), Mode::send, open_at(20, 200ms), 1);
  stuck.loads[0].socket.bytes = 64 << 20;
  stuck.loads[0].timeout = 100ms;
  LoadLab blocked(stuck);
  blocked.run();
  const auto t = blocked.total();
  EXPECT_EQ(t.counters.completed, 0U);
  EXPECT_GT(t.counters.error(LoadError::timeout), 0U);
  EXPECT_EQ(t.counters.send_blocked, t.counters.started);
}

}  // namespace
}  // namespace rampart::loadgen
