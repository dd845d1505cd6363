// TcpStream over sockets that somebody else made.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>
#include <utility>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using base::IpAddress;

// Takes one connection.
struct Listening final : TcpServer::Listener {
  explicit Listening(Loop& loop)
      : recorder(loop),
        server(TcpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {
    recorder.when_data = [this] { peer->write(std::exchange(recorder.data, {})); };
    recorder.when_end = [] {};
  }
  void on_accept(std::unique_ptr<TcpStream> stream) override {
    peer = std::move(stream);
    peer->listen_with(recorder);
  }
  StreamRecorder recorder;
  std::unique_ptr<TcpStream> peer;
  std::unique_ptr<TcpServer> server;
};

TEST(MadeSockets, TakesASocketThatWasMadeForIt) {
  Loop loop;
  const Listening echo(loop);
  StreamRecorder client(loop);
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  SocketAddress local = to_sockaddr({IpAddress::v4(127, 0, 0, 9), 0});
  ASSERT_EQ(bind(fd, local.get(), local.length), 0);
  ASSERT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length), 0);
  {
    const auto stream = TcpStream::connect(loop, echo.server->endpoint(), client, {.socket = fd});
    EXPECT_EQ(stream->local_port(), from_sockaddr(local.get()).port);
    client.when_open = [&] { stream->write(std::string("hello")); };
    client.when_data = [&] { loop.stop(); };
    loop.run();
    EXPECT_EQ(client.data, "hello") << client.detail;
  }
}

// It is closed with the stream, also where connecting fails: here an IPv4 socket cannot.
TEST(MadeSockets, ClosesTheSocketThatWasMadeForIt) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  {
    Loop loop;
    StreamRecorder client(loop);
    const auto stream =
        TcpStream::connect(loop, {IpAddress::parse("::1").value(), 1}, client, {.socket = fd});
    loop.run();
    EXPECT_EQ(client.calls, "end ");
  }
  EXPECT_EQ(fcntl(fd, F_GETFD), -1);
}

TEST(MadeSockets, OpensWhatIsConnected) {
  Loop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  ASSERT_EQ(send(ends[1], "hello", 5, 0), 5);  // before anybody reads
  {
    StreamRecorder client(loop);
    const auto stream = TcpStream::open(loop, ends[0], client);
    EXPECT_EQ(client.calls, "") << "called from inside open";
    client.when_open = [&] {
      EXPECT_EQ(client.data, "");
      stream->write(std::string("ping"));
    };
    client.when_data = [&] { loop.stop(); };
    loop.run();
    EXPECT_EQ(client.calls, "open ");
    EXPECT_EQ(client.data, "hello");
    std::array<char, 8> got{};
    EXPECT_EQ(recv(ends[1], got.data(), got.size(), 0), 4);
  }
  loop.run();  // closes
  EXPECT_EQ(fcntl(ends[0], F_GETFD), -1);
  close(ends[1]);
}

TEST(MadeSockets, OpensBeforeItTellsThatThePeerHasGone) {
  Loop loop;
  std::array<int, 2> ends{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()), 0);
  close(ends[1]);
  StreamRecorder client(loop);
  const auto stream = TcpStream::open(loop, ends[0], client);
  client.when_open = [&] { stream->write(std::string("lost")); };
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
}

}  // namespace
}  // namespace rampart::net
