// What only a network of its own shows: no port left, no answer. Needs root; each test enters a
// fresh network namespace.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "net/sockaddr.h"
#include "net/tcp_stream.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using base::IpAddress;

class SocketsLive : public ::testing::Test {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    run("ip link set lo up");
  }
  static void run(const std::string& command) {
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
  }
  static void set(const std::string& setting, const std::string& value) {
    std::ofstream file("/proc/sys/net/" + setting);
    file << value << std::flush;
    ASSERT_TRUE(file) << setting;
  }
};

struct Keeping final : TcpServer::Listener {
  void on_accept(std::unique_ptr<TcpStream> stream) override { kept.push_back(std::move(stream)); }
  std::vector<std::unique_ptr<TcpStream>> kept;
};

// One source address has as many connections to one peer as there are ports, each further address
// as many again.
TEST_F(SocketsLive, PortsRunOutPerSourceAddress) {
  set("ipv4/ip_local_port_range", "40000 40003");
  Loop loop;
  Keeping keeping;
  const auto server = TcpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 8080}, keeping).value();
  std::vector<std::unique_ptr<StreamRecorder>> clients;
  std::vector<std::unique_ptr<TcpStream>> streams;
  for (const auto* from : {"127.0.1.1", "127.0.1.2"}) {
    for (int i = 0; i < 5; ++i) {
      auto& client = *clients.emplace_back(std::make_unique<StreamRecorder>(loop));
      client.when_open = [&] { loop.stop(); };
      streams.push_back(TcpStream::connect(loop, server->endpoint(), client,
                                           {.from = IpAddress::parse(from).value()}));
      loop.run();
      if (i < 4) {
        EXPECT_EQ(client.calls, "open ") << i << ": " << client.detail;
        EXPECT_GE(streams.back()->local_port(), 40000);
        EXPECT_LE(streams.back()->local_port(), 40003);
      } else {
        EXPECT_EQ(client.calls, "end ");
        EXPECT_EQ(client.end, StreamEnd::no_ports) << client.detail;
      }
    }
  }
}

// After a close with FIN the port waits in TIME_WAIT; after a reset it is free.
TEST_F(SocketsLive, AResetLeavesNoTimeWait) {
  set("ipv4/ip_local_port_range", "40000 40000");
  set("ipv4/tcp_tw_reuse", "0");
  Loop loop;
  Keeping keeping;
  const auto server = TcpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 8080}, keeping).value();
  const auto connect = [&](bool with_reset) {
    StreamRecorder client(loop);
    client.when_open = [&] { loop.stop(); };
    const auto stream =
        TcpStream::connect(loop, server->endpoint(), client, {.from = IpAddress::v4(127, 0, 1, 1)});
    loop.run();
    if (client.calls != "open ") return client.end;
    if (with_reset) {
      stream->reset();
    } else {
      StreamRecorder peer(loop);
      keeping.kept.back()->listen_with(peer);
      peer.when_end = [&] { keeping.kept.back()->shutdown(); };
      stream->shutdown();
      loop.run();  // until the peer's FIN
    }
    keeping.kept.clear();
    return StreamEnd::eof;
  };
  for (int i = 0; i < 3; ++i) EXPECT_EQ(connect(true), StreamEnd::eof) << i;
  EXPECT_EQ(connect(false), StreamEnd::eof);
  EXPECT_EQ(connect(false), StreamEnd::no_ports);
}

// A listener whose queue is full does not answer a SYN.
TEST_F(SocketsLive, NoAnswerIsNotUnreachable) {
  set("ipv4/tcp_syn_retries", "1");
  set("ipv4/tcp_syn_linear_timeouts", "0");
  const int listening = socket(AF_INET, SOCK_STREAM, 0);
  auto at = to_sockaddr({IpAddress::v4(127, 0, 0, 1), 8080});
  ASSERT_EQ(bind(listening, at.get(), at.length), 0);
  ASSERT_EQ(listen(listening, 0), 0);
  const int filler = socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(connect(filler, at.get(), at.length), 0);
  const struct {
    IpAddress to;
    StreamEnd end;
  } cases[] = {
      {IpAddress::v4(127, 0, 0, 1), StreamEnd::timed_out},
      {IpAddress::v4(198, 51, 100, 1), StreamEnd::unreachable},  // no route
  };
  for (const auto& c : cases) {
    Loop loop;
    StreamRecorder client(loop);
    const auto stream = TcpStream::connect(loop, {c.to, 8080}, client);
    loop.run();
    EXPECT_EQ(client.calls, "end ");
    EXPECT_EQ(client.end, c.end) << client.detail;
  }
  close(filler);
  close(listening);
}

}  // namespace
}  // namespace rampart::net
