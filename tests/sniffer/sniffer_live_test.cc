#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "replay.h"

// Captures on the loopback interface; needs CAP_NET_RAW.

namespace rampart::sniffer {
namespace {

using namespace test;

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) { EXPECT_GE(fd, 0); }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int fd() const { return fd_; }
  [[nodiscard]] std::uint16_t port() const {
    sockaddr_in name{};
    socklen_t size = sizeof name;
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&name), &size), 0);
    return ntohs(name.sin_port);
  }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

void bind_loopback(const Socket& s) {
  const auto any = loopback(0);
  ASSERT_EQ(bind(s.fd(), reinterpret_cast<const sockaddr*>(&any), sizeof any), 0);
}

TEST(SnifferLive, sees_a_connection_on_loopback) {
  const Socket server(socket(AF_INET, SOCK_STREAM, 0));
  bind_loopback(server);
  ASSERT_EQ(listen(server.fd(), 4), 0);
  const auto port = server.port();

  Recorder seen;
  const base::SystemClock clock;
  PipelineOptions options;
  options.interface = "lo";
  options.filter = "tcp port " + std::to_string(port);
  auto parsed = parse_rules(
      "alert tcp any any -> any any (flow:established,to_server; content:\"needle\"; sid:1;)", "t");
  auto opened = Pipeline::open(options, std::move(parsed.set), seen, clock);
  ASSERT_TRUE(opened) << opened.error().text;
  auto& pipeline = **opened;

  for (const bool own : {true, false}) {
    const Socket client(socket(AF_INET, SOCK_STREAM, 0));
    bind_loopback(client);
    if (own) {
      model::OwnTuple tuple;
      tuple.local_port = client.port();
      tuple.remote = {ip("127.0.0.1"), port};
      tuple.owner = model::Owner::canary;
      pipeline.own(tuple);
    }
    const auto to = loopback(port);
    ASSERT_EQ(connect(client.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    const Socket peer(accept(server.fd(), nullptr, nullptr));
    ASSERT_EQ(send(client.fd(), "a needle", 8, 0), 8);
    std::array<char, 8> buffer{};
    ASSERT_EQ(recv(peer.fd(), buffer.data(), buffer.size(), MSG_WAITALL), 8);
  }
  // Intervals come by the wall clock once everything was seen.
  const auto deadline = clock.mono() + std::chrono::seconds(10);
  std::uint64_t packets = 0;
  while (clock.mono() < deadline && (seen.detections.size() < 2 || packets < 14)) {
    ASSERT_TRUE(pipeline.poll());
    packets = 0;
    for (const auto& i : seen.intervals) packets += i.packets;
  }
  pipeline.finish();
  ASSERT_EQ(seen.detections.size(), 2U);
  EXPECT_EQ(seen.detections[0].owner, model::Owner::canary);
  EXPECT_EQ(seen.detections[1].owner, model::Owner::other);
  std::uint64_t own_syn = 0;
  std::uint64_t syn = 0;
  std::uint64_t others = 0;
  for (const auto& i : seen.intervals) {
    syn += i.syn;
    own_syn += i.own_syn;
    others += i.other_handshakes;
  }
  EXPECT_EQ(syn, 2U);
  EXPECT_EQ(own_syn, 1U);
  EXPECT_EQ(others, 1U);
  EXPECT_EQ(pipeline.totals().dropped_kernel, 0U);
}

TEST(SnifferLive, the_largest_segments_of_loopback_are_whole) {
  const Socket server(socket(AF_INET, SOCK_STREAM, 0));
  bind_loopback(server);
  ASSERT_EQ(listen(server.fd(), 4), 0);
  Recorder seen;
  const base::SystemClock clock;
  PipelineOptions options;
  options.interface = "lo";
  options.filter = "tcp port " + std::to_string(server.port());
  auto opened = Pipeline::open(options, {}, seen, clock);
  ASSERT_TRUE(opened) << opened.error().text;
  auto& pipeline = **opened;

  const Socket client(socket(AF_INET, SOCK_STREAM, 0));
  const auto to = loopback(server.port());
  ASSERT_EQ(connect(client.fd(), reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
  const Socket peer(accept(server.fd(), nullptr, nullptr));
  // Offloading fills segments to the brim only once the congestion window is open.
  constexpr std::size_t kBlock = std::size_t{128} << 10U;
  constexpr std::uint64_t kBlocks = 64;
  std::vector<char> block(kBlock, 'x');
  for (std::uint64_t i = 0; i < kBlocks; ++i) {
    std::size_t sent = 0;
    std::size_t received = 0;
    while (received < kBlock) {
      const auto out = send(client.fd(), block.data(), kBlock - sent, MSG_DONTWAIT);
      if (out > 0) sent += static_cast<std::size_t>(out);
      const auto in = recv(peer.fd(), block.data(), kBlock, MSG_DONTWAIT);
      if (in > 0) received += static_cast<std::size_t>(in);
    }
  }
  const auto deadline = clock.mono() + std::chrono::seconds(10);
  while (clock.mono() < deadline && pipeline.totals().bytes < kBlocks * kBlock)
    ASSERT_TRUE(pipeline.poll());
  pipeline.finish();
  EXPECT_GE(pipeline.totals().bytes, kBlocks * kBlock);
  EXPECT_EQ(pipeline.stats().cut, 0U);
  EXPECT_EQ(pipeline.totals().stream_gaps, 0U);
}

TEST(SnifferLive, silence_gives_empty_intervals) {
  Recorder seen;
  const base::SystemClock clock;
  PipelineOptions options;
  options.interface = "lo";
  options.filter = "ip proto 253";
  const ScratchDir dir;
  options.eve_file = dir.path("eve.json");
  auto opened = Pipeline::open(options, {}, seen, clock);
  ASSERT_TRUE(opened) << opened.error().text;
  const auto deadline = clock.mono() + std::chrono::seconds(10);
  while (clock.mono() < deadline && seen.intervals.size() < 2) ASSERT_TRUE((*opened)->poll());
  ASSERT_GE(seen.intervals.size(), 2U);
  EXPECT_EQ(seen.intervals[1].start - seen.intervals[0].start, std::chrono::seconds(1));
  EXPECT_EQ(seen.intervals[0].packets, 0U);
  (*opened)->finish();
  std::ifstream eve(options.eve_file);
  std::string line;
  ASSERT_TRUE(std::getline(eve, line));
  const auto at = line.find("\"uptime\":");
  ASSERT_NE(at, std::string::npos) << line;
  EXPECT_LE(std::stoul(line.substr(at + 9)), 15U) << "seconds of this capture";
}

}  // namespace
}  // namespace rampart::sniffer
