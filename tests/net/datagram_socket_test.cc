#include "net/datagram_socket.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/udp_server.h"
#include "net/udp_socket.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using base::Endpoint;
using base::IpAddress;
using State = SendOutcome::State;

const IpAddress kLoopback4 = IpAddress::v4(127, 0, 0, 1);
const IpAddress kLoopback6 = IpAddress::parse("::1").value();

struct Recorder final : DatagramSocket::Listener {
  explicit Recorder(Loop& l) : loop(l) {}
  void on_datagram(std::span<const char> bytes) override {
    datagrams.emplace_back(bytes.data(), bytes.size());
    if (datagrams.size() >= wanted) loop.stop();
    if (when_datagram) when_datagram();
  }
  void on_room() override { ++room; }
  void on_undelivered(StreamEnd why, std::span<const char> quoted) override {
    undelivered.push_back(why);
    quotes.emplace_back(quoted.data(), quoted.size());
    loop.stop();
  }
  Loop& loop;
  std::size_t wanted = 1;
  std::vector<std::string> datagrams;
  std::vector<StreamEnd> undelivered;
  std::vector<std::string> quotes;
  int room = 0;
  std::function<void()> when_datagram;
};

struct Echo final : UdpServer::Listener {
  void on_datagram(std::span<const char> bytes, const Endpoint& from) override {
    peers.push_back(from);
    server->send(bytes, from);
  }
  std::unique_ptr<UdpServer> server;
  std::vector<Endpoint> peers;
};

std::unique_ptr<Echo> echo_at(Loop& loop, const IpAddress& address) {
  auto echo = std::make_unique<Echo>();
  echo->server = UdpServer::listen(loop, {address, 0}, *echo).value();
  return echo;
}

// A port of this host on which nothing listens.
Endpoint closed_port(Loop& loop) { return echo_at(loop, kLoopback4)->server->endpoint(); }

TEST(UdpSocket, SendsAndReceives) {
  for (const auto& address : {kLoopback4, kLoopback6}) {
    Loop loop;
    Recorder recorder(loop);
    const auto echo = echo_at(loop, address);
    const auto socket = connect_udp(loop, echo->server->endpoint(), recorder).value();
    const auto port = socket->local_port();
    EXPECT_NE(port, 0);
    EXPECT_EQ(socket->send(std::string("hello")).state, State::sent);
    loop.run();
    EXPECT_EQ(recorder.datagrams, std::vector<std::string>{"hello"});
    EXPECT_EQ(echo->peers, (std::vector<Endpoint>{{address, port}}));
  }
}

TEST(UdpSocket, ReadsManyInOneTurn) {
  Loop loop;
  Recorder recorder(loop);
  recorder.wanted = 100;
  const auto echo = echo_at(loop, kLoopback4);
  const auto socket =
      connect_udp(loop, echo->server->endpoint(), recorder, {.largest = 64, .at_once = 100})
          .value();
  for (int i = 0; i < 100; ++i) EXPECT_EQ(socket->send(std::to_string(i)).state, State::sent);
  loop.run();
  ASSERT_EQ(recorder.datagrams.size(), 100U);
  for (std::size_t i = 0; i < 100; ++i) EXPECT_EQ(recorder.datagrams[i], std::to_string(i));
}

TEST(UdpSocket, TellsWhatIsLongerThanAgreed) {
  Loop loop;
  Recorder recorder(loop);
  recorder.wanted = 2;
  const auto echo = echo_at(loop, kLoopback4);
  const auto socket = connect_udp(loop, echo->server->endpoint(), recorder, {.largest = 4}).value();
  EXPECT_EQ(socket->send(std::string("1234")).state, State::sent);
  EXPECT_EQ(socket->send(std::string("1234567")).state, State::sent);
  loop.run();
  EXPECT_EQ(recorder.datagrams, (std::vector<std::string>{"1234", "12345"}));
}

TEST(UdpSocket, HearsThatNobodyListensAndGoesOn) {
  Loop loop;
  Recorder recorder(loop);
  const auto to = closed_port(loop);
  const auto socket = connect_udp(loop, to, recorder).value();
  for (const std::string text : {"first", "second"}) {
    EXPECT_EQ(socket->send(text).state, State::sent);
    loop.run();
    ASSERT_FALSE(recorder.undelivered.empty());
    EXPECT_EQ(recorder.undelivered.back(), StreamEnd::refused);
    EXPECT_EQ(recorder.quotes.back(), text);
  }
  EXPECT_EQ(recorder.undelivered.size(), 2U);
  // The port opens: the same socket reaches it.
  Echo echo;
  echo.server = UdpServer::listen(loop, to, echo).value();
  EXPECT_EQ(socket->send(std::string("third")).state, State::sent);
  loop.run();
  EXPECT_EQ(recorder.datagrams, std::vector<std::string>{"third"});
}

TEST(UdpSocket, AnErrorOfAnEarlierDatagramDoesNotFailTheNext) {
  Loop loop;
  Recorder recorder(loop);
  const auto socket = connect_udp(loop, closed_port(loop), recorder).value();
  // On loopback the answer is there before send() returns, and unread.
  for (int i = 0; i < 5; ++i) EXPECT_EQ(socket->send(std::string("x")).state, State::sent);
  loop.run();
  EXPECT_EQ(recorder.undelivered.size(), 5U);
}

TEST(UdpSocket, SaysWhatCannotLeaveThisHost) {
  Loop loop;
  Recorder recorder(loop);
  const auto echo = echo_at(loop, kLoopback4);
  const auto socket = connect_udp(loop, echo->server->endpoint(), recorder).value();
  const auto outcome = socket->send(std::string(65508, 'x'));
  EXPECT_EQ(outcome.state, State::failed);
  EXPECT_EQ(outcome.why, StreamEnd::local);
}

TEST(UdpSocket, LeavesFromAGivenAddress) {
  Loop loop;
  Recorder recorder(loop);
  const auto echo = echo_at(loop, kLoopback4);
  const auto from = IpAddress::v4(127, 0, 3, 4);
  const auto socket = connect_udp(loop, echo->server->endpoint(), recorder, {.from = from}).value();
  EXPECT_EQ(socket->send(std::string("x")).state, State::sent);
  loop.run();
  EXPECT_EQ(echo->peers, (std::vector<Endpoint>{{from, socket->local_port()}}));

  for (const auto* wrong : {"192.0.2.1", "2001:db8::1"}) {
    const auto failed = connect_udp(loop, echo->server->endpoint(), recorder,
                                    {.from = IpAddress::parse(wrong).value()});
    ASSERT_FALSE(failed) << wrong;
    EXPECT_EQ(failed.error().end, StreamEnd::local);
    EXPECT_TRUE(failed.error().detail.starts_with(std::string("leave from ") + wrong))
        << failed.error().detail;
  }
}

TEST(UdpSocket, CountsWhatItHadNoRoomFor) {
  Loop loop;
  Recorder recorder(loop);
  const auto echo = echo_at(loop, kLoopback4);
  const auto socket = connect_udp(loop, echo->server->endpoint(), recorder).value();
  const Endpoint self{kLoopback4, socket->local_port()};
  EXPECT_EQ(socket->dropped(), 0U);
  // Nobody reads meanwhile: more than any receive buffer that the kernel grants.
  for (int i = 0; i < 40'000 && socket->dropped() == 0; ++i)
    echo->server->send(std::string(8000, 'x'), self);
  EXPECT_GT(socket->dropped(), 0U);
}

TEST(UdpSocket, MayBeDestroyedInItsCalls) {
  Loop loop;
  Recorder recorder(loop);
  const auto echo = echo_at(loop, kLoopback4);
  auto socket = connect_udp(loop, echo->server->endpoint(), recorder).value();
  for (int i = 0; i < 3; ++i) EXPECT_EQ(socket->send(std::string("x")).state, State::sent);
  recorder.when_datagram = [&] { socket.reset(); };
  loop.run();
  EXPECT_EQ(recorder.datagrams.size(), 1U);
}

TEST(UdpServer, NamesTheAddressThatIsTaken) {
  Loop loop;
  const auto echo = echo_at(loop, kLoopback4);
  Echo second;
  const auto& at = echo->server->endpoint();
  const auto failed = UdpServer::listen(loop, at, second);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().text,
            "listen on udp " + base::to_string(at) + ": address already in use");
}

}  // namespace
}  // namespace rampart::net
