#include "target/echo_server.h"

#include <gtest/gtest.h>

#include <string>

#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/udp_socket.h"
#include "tests/support/deadline.h"

namespace rampart::target {
namespace {

const base::Endpoint kAnyPort{base::IpAddress::v4(127, 0, 0, 1), 0};

// Sends `size` bytes over TCP.
struct TcpClient final : net::Stream::Listener {
  TcpClient(net::Loop& l, const base::Endpoint& to, std::size_t size)
      : loop(l), sent(size, 'e'), stream(net::TcpStream::connect(l, to, *this)) {}
  void on_open() override { stream->write(sent); }
  void on_data(std::span<const char> bytes) override {
    received.append(bytes.data(), bytes.size());
    if (received.size() >= sent.size()) loop.stop();
  }
  void on_end(net::StreamEnd, std::string_view) override {
    ended = true;
    loop.stop();
  }
  net::Loop& loop;
  std::string sent;
  std::string received;
  bool ended = false;
  std::unique_ptr<net::TcpStream> stream;
};

struct UdpClient final : net::DatagramSocket::Listener {
  explicit UdpClient(net::Loop& l) : loop(l) {}
  void on_datagram(std::span<const char> bytes) override {
    received.assign(bytes.data(), bytes.size());
    loop.stop();
  }
  void on_room() override {}
  void on_undelivered(net::StreamEnd, std::span<const char>) override { loop.stop(); }
  net::Loop& loop;
  std::string received;
};

TEST(EchoServer, TcpAndUdpOnOnePort) {
  net::Loop loop;
  const auto server = EchoServer::listen(loop, kAnyPort).value();
  // More than the buffers of both sockets hold: reading must stop and go on.
  for (const std::size_t size : {std::size_t{1}, std::size_t{20} << 20}) {
    TcpClient client(loop, server->endpoint(), size);
    loop.run();
    EXPECT_EQ(client.received.size(), size);
    EXPECT_EQ(client.received, client.sent);
    EXPECT_FALSE(client.ended);
  }
  UdpClient client(loop);
  const auto socket = net::connect_udp(loop, server->endpoint(), client).value();
  EXPECT_EQ(socket->send(std::string("datagram")).state, net::SendOutcome::State::sent);
  loop.run();
  EXPECT_EQ(client.received, "datagram");
  EXPECT_EQ(server->counters().connections, 2U);
  EXPECT_EQ(server->counters().tcp_bytes, (20U << 20) + 1);
  EXPECT_EQ(server->counters().datagrams, 1U);
}

TEST(EchoServer, NamesThePortThatIsTaken) {
  net::Loop loop;
  const auto server = EchoServer::listen(loop, kAnyPort).value();
  const auto second = EchoServer::listen(loop, server->endpoint());
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find(base::to_string(server->endpoint())), std::string::npos);
}

}  // namespace
}  // namespace rampart::target
