#include "net/tcp_stream.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using base::Endpoint;
using base::IpAddress;
using testing::RawServer;

Endpoint loopback(std::uint16_t port = 0) { return {IpAddress::v4(127, 0, 0, 1), port}; }

struct OnAccept final : TcpServer::Listener {
  explicit OnAccept(std::function<void(std::unique_ptr<TcpStream>)> f) : call(std::move(f)) {}
  void on_accept(std::unique_ptr<TcpStream> stream) override { call(std::move(stream)); }
  std::function<void(std::unique_ptr<TcpStream>)> call;
};

// A server in the same loop whose connections send back what they get.
struct Echo {
  Echo(Loop& loop, const Endpoint& at)
      : listener([this, &loop](std::unique_ptr<TcpStream> stream) {
          auto& made =
              peers.emplace_back(std::make_unique<StreamRecorder>(loop), std::move(stream));
          auto* recorder = made.first.get();
          auto* tcp = made.second.get();
          recorder->when_data = [recorder, tcp] { tcp->write(std::exchange(recorder->data, {})); };
          recorder->when_end = [] {};
          tcp->listen_with(*recorder);
        }),
        server(TcpServer::listen(loop, at, listener).value()) {}
  std::vector<std::pair<std::unique_ptr<StreamRecorder>, std::unique_ptr<TcpStream>>> peers;
  OnAccept listener;
  std::unique_ptr<TcpServer> server;
};

TEST(TcpStream, SendsAndReceivesOverBothFamilies) {
  for (const auto* address : {"127.0.0.1", "::1"}) {
    Loop loop;
    const Echo echo(loop, {IpAddress::parse(address).value(), 0});
    EXPECT_NE(echo.server->endpoint().port, 0);
    EXPECT_EQ(base::to_string(echo.server->endpoint().address), address);
    StreamRecorder client(loop);
    const auto stream = TcpStream::connect(loop, echo.server->endpoint(), client);
    EXPECT_EQ(client.calls, "") << "called from inside connect";
    EXPECT_NE(stream->local_port(), 0);
    client.when_open = [&] { stream->write(std::string("ping")); };
    client.when_data = [&] { loop.stop(); };
    loop.run();
    EXPECT_EQ(client.data, "ping");
    EXPECT_EQ(client.calls, "open ");
  }
}

TEST(TcpStream, TellsWhyAConnectionFailed) {
  const struct {
    Endpoint to;
    StreamEnd end;
  } cases[] = {
      {RawServer::refusing(), StreamEnd::refused},
      // The kernel refuses these at once, without a packet.
      {{IpAddress::v4(255, 255, 255, 255), 9}, StreamEnd::unreachable},
      {{IpAddress::v4(224, 0, 0, 1), 9}, StreamEnd::unreachable},
  };
  for (const auto& c : cases) {
    Loop loop;
    StreamRecorder client(loop);
    const auto stream = TcpStream::connect(loop, c.to, client);
    EXPECT_EQ(client.calls, "") << "called from inside connect";
    loop.run();
    EXPECT_EQ(client.calls, "end ");
    EXPECT_EQ(client.end, c.end) << base::to_string(c.to) << ": " << client.detail;
    EXPECT_NE(client.detail, "");
    stream->write(std::string("late"));
    stream->shutdown();
    stream->resume();
    loop.run();
    EXPECT_EQ(client.calls, "end ");
  }
}

TEST(TcpStream, OutOfDescriptorsIsTheLocalSidesFault) {
  Loop loop;
  StreamRecorder client(loop);
  // The undefined behaviour sanitizer takes descriptors of its own when it first meets a type.
  TcpStream::connect(loop, loopback(9), client).reset();
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{3, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  const auto stream = TcpStream::connect(loop, loopback(9), client);
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  stream->write(std::string("lost"));
  stream->shutdown();
  loop.run();
  EXPECT_EQ(client.calls, "end ");
  EXPECT_EQ(client.end, StreamEnd::no_descriptors) << client.detail;
}

TEST(TcpStream, LargeWritesArriveWholeAndDrainIsTold) {
  const std::string big = [] {
    std::string s(12 << 20, '\0');
    for (std::size_t i = 0; i < s.size(); ++i) s[i] = static_cast<char>(i * 31 >> 8);
    return s;
  }();
  std::string arrived;
  std::promise<void> sent;  // what the kernel took; only then the server reads
  RawServer server([&](RawServer::Peer& peer) {
    sent.get_future().wait();
    for (auto more = peer.read_some(); !more.empty(); more = peer.read_some()) arrived += more;
    peer.send("done");
  });
  {
    Loop loop;
    StreamRecorder client(loop);
    const auto stream = TcpStream::connect(loop, server.endpoint(), client);
    client.when_open = [&] {
      stream->write(big);
      EXPECT_GT(stream->queued(), 0U);
      EXPECT_LT(stream->queued(), big.size()) << "nothing was sent at once";
      stream->write(std::string("tail"));
      stream->shutdown();
      sent.set_value();
    };
    client.when_drained = [&] { EXPECT_EQ(stream->queued(), 0U); };
    loop.run();
    EXPECT_EQ(client.calls, "open drained end ");
    EXPECT_EQ(client.end, StreamEnd::eof);
    EXPECT_EQ(client.data, "done");
  }
  EXPECT_TRUE(arrived == big + "tail");
}

TEST(TcpStream, WritesBeforeTheConnectionStandsAreKept) {
  Loop loop;
  const Echo echo(loop, loopback());
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, echo.server->endpoint(), client);
  stream->write(std::string("early "));
  stream->write(std::string("bird"));
  client.when_data = [&] {
    if (client.data.size() == 10) loop.stop();
  };
  loop.run();
  EXPECT_EQ(client.data, "early bird");
}

TEST(TcpStream, AResetIsToldOnceEvenWithWritesInFlight) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_some();
    peer.reset();
  });
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.endpoint(), client);
  client.when_open = [&] { stream->write(std::string(16 << 20, 'x')); };
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
  EXPECT_EQ(client.end, StreamEnd::reset) << client.detail;
  for (int i = 0; i < 3; ++i) stream->write(std::string("into the void"));
  stream->shutdown();
  stream->pause();
  stream->resume();
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
}

// The peer is gone, but this side has not read it yet: the write's error is an end like others, and
// no signal kills the process.
TEST(TcpStream, WritingToATornConnectionIsAnEnd) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("go");
    peer.reset();
  });
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.endpoint(), client);
  client.when_open = [&] {
    stream->pause();
    stream->write(std::string("go"));
    // Until the reset has arrived, so that the next two writes fail.
    while (stream->queued() == 0) stream->write(std::string("x"));
  };
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
  EXPECT_EQ(client.end, StreamEnd::reset) << client.detail;
}

TEST(TcpStream, WhatThePeerSaidBeforeItToreTheConnectionIsHeard) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("go");
    peer.send("because");
    peer.reset();
  });
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.endpoint(), client);
  client.when_open = [&] {
    stream->write(std::string("go"));
    // Until the reset has arrived, so that a write meets it before any read does.
    while (stream->queued() == 0) stream->write(std::string("x"));
  };
  loop.run();
  EXPECT_EQ(client.data, "because");
  EXPECT_EQ(client.calls, "open end ");
  EXPECT_EQ(client.end, StreamEnd::reset) << client.detail;
}

TEST(TcpStream, PausedItDeliversNothing) {
  Loop loop;
  const Echo echo(loop, loopback());
  StreamRecorder client(loop);
  StreamRecorder other(loop);
  const auto stream = TcpStream::connect(loop, echo.server->endpoint(), client);
  std::unique_ptr<TcpStream> witness;
  client.when_open = [&] {
    stream->write(std::string("one"));
    stream->pause();
    witness = TcpStream::connect(loop, echo.server->endpoint(), other);
  };
  other.when_open = [&] { witness->write(std::string("two")); };
  other.when_data = [&] { loop.stop(); };
  loop.run();  // until the second's echo, which comes after the first's
  EXPECT_EQ(client.data, "");
  client.when_data = [&] { loop.stop(); };
  stream->resume();
  loop.run();
  EXPECT_EQ(client.data, "one");
}

TEST(TcpStream, MayBeDestroyedInEachCall) {
  enum class Where { open, data, drained, end };
  for (const auto where : {Where::open, Where::data, Where::drained, Where::end}) {
    Loop loop;
    RawServer server([](RawServer::Peer& peer) {
      peer.send("hello");
      peer.read_until("end");
    });
    StreamRecorder client(loop);
    std::unique_ptr<TcpStream> stream = TcpStream::connect(loop, server.endpoint(), client);
    std::string calls_before;
    const auto destroy = [&] {
      calls_before = client.calls;
      stream.reset();
    };
    client.when_open = [&] { stream->write(std::string(8 << 20, 'x') + "end"); };
    client.when_end = [] {};
    if (where == Where::open)
      client.when_open = [&] {
        stream->write(std::string(8 << 20, 'x'));
        destroy();
      };
    if (where == Where::data) client.when_data = destroy;
    if (where == Where::drained) client.when_drained = destroy;
    if (where == Where::end) client.when_end = destroy;
    loop.run();  // ends by itself: with the stream destroyed, nothing is left
    EXPECT_EQ(client.calls, calls_before) << "called after its end";
    EXPECT_EQ(stream, nullptr);
  }
}

TEST(TcpStream, DestroyedBeforeTheLoopRunsItSaysNothing) {
  Loop loop;
  StreamRecorder client(loop);
  const Echo echo(loop, loopback());
  TcpStream::connect(loop, echo.server->endpoint(), client).reset();
  TcpStream::connect(loop, RawServer::refusing(), client).reset();
  TcpStream::connect(loop, {IpAddress::v4(255, 255, 255, 255), 9}, client).reset();
  // ~Loop runs the rest.
  EXPECT_EQ(client.calls, "");
}

// The address that a peer of this process sees.
std::string peer_of(int fd) {
  SocketAddress peer;
  peer.length = sizeof peer.storage;
  getpeername(fd, reinterpret_cast<sockaddr*>(&peer.storage), &peer.length);
  return base::to_string(from_sockaddr(peer.get()));
}

TEST(TcpStream, LeavesFromTheAddressThatWasAskedFor) {
  for (const auto* from : {"127.0.1.1", "127.0.1.2", "::1"}) {
    const auto address = IpAddress::parse(from).value();
    const int listening = socket(address.v6 ? AF_INET6 : AF_INET, SOCK_STREAM, 0);
    auto at = to_sockaddr({IpAddress::parse(address.v6 ? "::1" : "127.0.0.1").value(), 0});
    ASSERT_EQ(bind(listening, at.get(), at.length), 0);
    ASSERT_EQ(listen(listening, 1), 0);
    getsockname(listening, reinterpret_cast<sockaddr*>(&at.storage), &at.length);
    Loop loop;
    StreamRecorder client(loop);
    client.when_open = [&] { loop.stop(); };
    const auto stream =
        TcpStream::connect(loop, from_sockaddr(at.get()), client, {.from = address});
    loop.run();
    EXPECT_EQ(client.calls, "open ") << client.detail;
    const int accepted = accept(listening, nullptr, nullptr);
    EXPECT_EQ(peer_of(accepted), base::to_string(Endpoint{address, stream->local_port()}));
    close(accepted);
    close(listening);
  }
}

TEST(TcpStream, ASourceThatCannotBeIsToldFromTheLoop) {
  const struct {
    const char* from;
    std::string_view detail;
  } cases[] = {
      {"192.0.2.1", "leave from 192.0.2.1: not an address of this host"},
      {"::1", "leave from ::1: 127.0.0.1 is of another family"},
  };
  for (const auto& c : cases) {
    Loop loop;
    StreamRecorder client(loop);
    const auto from = IpAddress::parse(c.from).value();
    const auto stream = TcpStream::connect(loop, loopback(9), client, {.from = from});
    EXPECT_EQ(client.calls, "") << "called from inside connect";
    loop.run();
    EXPECT_EQ(client.calls, "end ");
    EXPECT_EQ(client.end, StreamEnd::local);
    EXPECT_EQ(client.detail, c.detail);
  }
}

TEST(TcpStream, ResetTearsTheConnectionDownAndSaysNoMore) {
  enum class Where { open, data, after_shutdown, twice };
  for (const auto where : {Where::open, Where::data, Where::after_shutdown, Where::twice}) {
    Loop loop;
    StreamRecorder server(loop);
    StreamRecorder client(loop);
    std::unique_ptr<TcpStream> accepted;
    OnAccept on_accept([&](std::unique_ptr<TcpStream> stream) {
      accepted = std::move(stream);
      accepted->listen_with(server);
      accepted->write(std::string("hello"));
    });
    const auto listening = TcpServer::listen(loop, loopback(), on_accept).value();
    const auto stream = TcpStream::connect(loop, listening->endpoint(), client);
    const auto tear = [&] {
      stream->write(std::string(8 << 20, 'x'));  // more than the kernel takes at once
      if (where == Where::after_shutdown) stream->shutdown();
      stream->reset();
      if (where == Where::twice) stream->reset();
    };
    if (where == Where::data)
      client.when_data = tear;
    else
      client.when_open = tear;
    loop.run();
    EXPECT_EQ(server.end, StreamEnd::reset) << server.detail;
    stream->write(std::string("late"));
    stream->shutdown();
    stream->pause();
    stream->resume();
    EXPECT_EQ(stream->queued(), 0U);
    EXPECT_EQ(client.calls, "open ");
  }
}

TEST(TcpServer, SaysWhichAddressIsTaken) {
  Loop loop;
  OnAccept none([](std::unique_ptr<TcpStream>) {});
  const auto first = TcpServer::listen(loop, loopback(), none);
  ASSERT_TRUE(first) << first.error().text;
  const auto second = TcpServer::listen(loop, (*first)->endpoint(), none);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, base::Errc::io);
  EXPECT_NE(second.error().text.find(base::to_string((*first)->endpoint())), std::string::npos)
      << second.error().text;
  EXPECT_FALSE(TcpServer::listen(loop, {IpAddress::v4(192, 0, 2, 1), 0}, none));
}

TEST(TcpServer, MayBeDestroyedAndMayDropStreamsInOnAccept) {
  Loop loop;
  std::unique_ptr<TcpServer> server;
  int accepted = 0;
  OnAccept once([&](std::unique_ptr<TcpStream>) {
    if (++accepted == 3) server.reset();
  });
  server = TcpServer::listen(loop, loopback(), once).value();
  std::vector<std::unique_ptr<StreamRecorder>> recorders;
  std::vector<std::unique_ptr<TcpStream>> clients;
  int ended = 0;
  for (int i = 0; i < 5; ++i) {
    recorders.push_back(std::make_unique<StreamRecorder>(loop));
    recorders.back()->when_end = [&] {
      if (++ended == 5) loop.stop();
    };
    clients.push_back(TcpStream::connect(loop, server->endpoint(), *recorders.back()));
  }
  loop.run();
  EXPECT_EQ(accepted, 3);
}

TEST(TcpStream, LooksEagerlyForMoreBeforeTheLoopWaits) {
  struct Wait final : Deferred {
    void before_wait() override { call(); }
    std::function<void()> call;
  };
  for (const bool eager : {false, true}) {
    Loop loop;
    StreamRecorder served(loop);
    served.when_end = [] {};
    std::unique_ptr<TcpStream> peer;
    OnAccept accept([&](std::unique_ptr<TcpStream> stream) {
      peer = std::move(stream);
      peer->listen_with(served);
      peer->write(std::string("first"));
    });
    const auto server = TcpServer::listen(loop, loopback(), accept).value();
    std::string order;
    Wait wait;
    wait.call = [&] { order += "wait "; };
    StreamRecorder client(loop);
    auto tcp = TcpStream::connect(loop, server->endpoint(), client);
    if (eager) tcp->read_eagerly();
    client.when_data = [&] {
      order += "data ";
      loop.before_wait(wait);
      if (client.data == "first") {
        peer->write(std::string("second"));
      } else if (client.data == "firstsecond") {
        peer.reset();
      }
    };
    client.when_end = [&] {
      tcp.reset();
      loop.stop();
    };
    loop.run();
    EXPECT_EQ(order, eager ? "data data wait " : "data wait data wait ");
  }
}

}  // namespace
}  // namespace rampart::net
