// A reader that is as slow as it wants to be, and a peer that feels it.
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <optional>
#include <string>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using base::IpAddress;
using testing::RawServer;

// With nothing to read and nothing to write the loop has nothing to wait for.
TEST(SlowReading, ReadsNoMoreThanItMay) {
  RawServer server([](RawServer::Peer& peer) { peer.send(std::string(400'000, 'x')); });
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.endpoint(), client);
  client.when_open = [&] { stream->limit_reading(100); };
  loop.run();
  EXPECT_EQ(client.data.size(), 100U);
  stream->limit_reading(1);
  loop.run();
  EXPECT_EQ(client.data.size(), 101U);
  client.when_data = [&] {
    if (client.data.size() == 111) stream->limit_reading(199'999);  // from inside the call
  };
  stream->limit_reading(10);
  loop.run();
  EXPECT_EQ(client.data.size(), 200'110U);
  EXPECT_EQ(client.calls, "open ");
  client.when_data = nullptr;
  stream->limit_reading(1'000'000);
  loop.run();
  EXPECT_EQ(client.data.size(), 400'000U);
  EXPECT_EQ(client.end, StreamEnd::eof);
  stream->limit_reading(1);
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
}

TEST(SlowReading, AnEndIsNoticedOnceAByteMayBeRead) {
  RawServer server([](RawServer::Peer& peer) {
    peer.send("x");
    peer.read_until("!");
    peer.reset();
  });
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.endpoint(), client);
  client.when_open = [&] { stream->limit_reading(1); };
  loop.run();
  EXPECT_EQ(client.data, "x");
  stream->write(std::string("!"));
  loop.run();
  EXPECT_EQ(client.calls, "open ");
  stream->limit_reading(1);
  loop.run();
  EXPECT_EQ(client.end, StreamEnd::reset) << client.calls;
}

// What a peer can send that is not read: its own send buffer and the receive buffer here.
TEST(SlowReading, ASmallReceiveBufferStopsThePeerSoon) {
  const auto taken = [](std::size_t receive_buffer, const std::optional<IpAddress>& from) {
    const int listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    SocketAddress at = to_sockaddr({IpAddress::v4(127, 0, 0, 1), 0});
    auto* address = reinterpret_cast<sockaddr*>(&at.storage);
    EXPECT_EQ(bind(listening, address, at.length), 0);
    EXPECT_EQ(listen(listening, 1), 0);
    EXPECT_EQ(getsockname(listening, address, &at.length), 0);
    Loop loop;
    StreamRecorder client(loop);
    const auto stream = TcpStream::connect(loop, from_sockaddr(address), client,
                                           {.from = from, .receive_buffer = receive_buffer});
    client.when_open = [&] {
      stream->pause();
      loop.stop();
    };
    loop.run();
    EXPECT_EQ(client.calls, "open ") << client.detail;
    const int peer = accept(listening, nullptr, nullptr);
    constexpr int kSmall = 4096;
    setsockopt(peer, SOL_SOCKET, SO_SNDBUF, &kSmall, sizeof kSmall);
    const std::string piece(512, 'x');
    std::size_t sum = 0;
    for (ssize_t n = 0; n >= 0; sum += static_cast<std::size_t>(n > 0 ? n : 0))
      n = send(peer, piece.data(), piece.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    close(peer);
    close(listening);
    return sum;
  };
  for (const std::optional<IpAddress>& from :
       {std::optional<IpAddress>(), std::optional(IpAddress::v4(127, 0, 1, 9))}) {
    EXPECT_LT(taken(2048, from), 20'000U);
    EXPECT_GT(taken(0, from), 20'000U);
  }
}

}  // namespace
}  // namespace rampart::net
