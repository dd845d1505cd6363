// Echo requests to loopback. Needs root; each test enters a fresh network namespace.
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/icmp_socket.h"
#include "net/loop.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using base::IpAddress;
using State = SendOutcome::State;

struct Recorder final : DatagramSocket::Listener {
  explicit Recorder(Loop& l) : loop(l) {}
  void on_datagram(std::span<const char> bytes) override {
    replies.emplace_back(bytes.data(), bytes.size());
    if (replies.size() >= wanted) loop.stop();
  }
  void on_room() override {}
  void on_undelivered(StreamEnd why, std::span<const char> quoted) override {
    undelivered.push_back(why);
    quotes.emplace_back(quoted.data(), quoted.size());
    loop.stop();
  }
  Loop& loop;
  std::size_t wanted = 1;
  std::vector<std::string> replies;
  std::vector<StreamEnd> undelivered;
  std::vector<std::string> quotes;
};

// Of this thread only.
void give_up_net_raw() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  ASSERT_EQ(syscall(SYS_capget, &header, sets), 0);
  sets[0].effective &= ~(1U << CAP_NET_RAW);
  ASSERT_EQ(syscall(SYS_capset, &header, sets), 0);
}

// A thread of its own: its namespace and capabilities end with it.
template <class Function>
void in_namespace(Function run) {
  if (geteuid() != 0) GTEST_SKIP() << "needs root";
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    ASSERT_EQ(std::system("ip link set lo up"), 0);
    run();
  }).join();
}

void let_everybody_ping() {
  ASSERT_EQ(std::system("sysctl -qw net.ipv4.ping_group_range='0 2147483647'"), 0);
}

const std::vector<IpAddress>& loopbacks() {
  static const std::vector<IpAddress> both{IpAddress::v4(127, 0, 0, 1),
                                           IpAddress::parse("::1").value()};
  return both;
}

SendOutcome ping(IcmpSocket& socket, std::string data, std::uint16_t sequence) {
  data.insert(0, kEchoHeader, '\0');
  return socket.send(data, sequence);
}

void expect_replies(bool raw) {
  for (const auto& to : loopbacks()) {
    Loop loop;
    Recorder recorder(loop);
    const auto socket =
        IcmpSocket::open(loop, {.v6 = to.v6, .id = 0x4321, .bytes = 1000}, recorder).value();
    EXPECT_EQ(socket->raw(), raw);
    ASSERT_FALSE(socket->connect(to)) << base::to_string(to);
    if (raw)
      EXPECT_EQ(socket->id(), 0x4321);
    else
      EXPECT_NE(socket->id(), 0);
    for (const auto size : {1U, 56U, 999U, 1000U}) {  // odd ones for the checksum
      const std::string data(size, 'r');
      EXPECT_EQ(ping(*socket, data, 7).state, State::sent);
      recorder.replies.clear();
      loop.run();
      EXPECT_EQ(recorder.replies, std::vector<std::string>{data}) << base::to_string(to);
    }
  }
}

TEST(IcmpSocketLive, RawSocketsHearTheirReplies) {
  in_namespace([] { expect_replies(true); });
}

TEST(IcmpSocketLive, PingSocketsWhereRawOnesAreNotPermitted) {
  in_namespace([] {
    let_everybody_ping();
    give_up_net_raw();
    expect_replies(false);
  });
}

TEST(IcmpSocketLive, SaysWhatToDoWhereNeitherIsPermitted) {
  in_namespace([] {
    give_up_net_raw();
    Loop loop;
    Recorder recorder(loop);
    const auto failed = IcmpSocket::open(loop, {}, recorder);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code, base::Errc::permission);
    EXPECT_EQ(failed.error().text,
              "open an icmp socket: permission denied: nothing was sent; give rampart CAP_NET_RAW "
              "(setcap cap_net_raw+ep), or let its group into net.ipv4.ping_group_range");
  });
}

// Each socket sees its own id only, although the kernel offers every reply to both.
TEST(IcmpSocketLive, TheKernelKeepsOthersRepliesAway) {
  in_namespace([] {
    for (const auto& to : loopbacks()) {
      Loop loop;
      Recorder mine(loop);
      Recorder theirs(loop);
      const auto a = IcmpSocket::open(loop, {.v6 = to.v6, .id = 1}, mine).value();
      const auto b = IcmpSocket::open(loop, {.v6 = to.v6, .id = 2}, theirs).value();
      ASSERT_FALSE(a->connect(to));
      ASSERT_FALSE(b->connect(to));
      mine.wanted = 9;
      for (int i = 0; i < 3; ++i) EXPECT_EQ(ping(*a, "mine", 1).state, State::sent);
      theirs.wanted = 1;
      EXPECT_EQ(ping(*b, "theirs", 1).state, State::sent);
      loop.run();
      EXPECT_EQ(mine.replies, std::vector<std::string>(3, "mine"));
      EXPECT_EQ(theirs.replies, std::vector<std::string>{"theirs"});
    }
  });
}

TEST(IcmpSocketLive, LeavesFromAGivenAddress) {
  in_namespace([] {
    Loop loop;
    Recorder recorder(loop);
    const auto socket = IcmpSocket::open(loop, {.id = 1}, recorder).value();
    ASSERT_FALSE(socket->connect(loopbacks()[0], IpAddress::v4(127, 0, 5, 5)));
    EXPECT_EQ(ping(*socket, "x", 1).state, State::sent);
    loop.run();
    EXPECT_EQ(recorder.replies.size(), 1U);
    const auto other = IcmpSocket::open(loop, {.id = 2}, recorder).value();
    const auto failed = other->connect(loopbacks()[0], IpAddress::v4(192, 0, 2, 1));
    ASSERT_TRUE(failed);
    EXPECT_EQ(failed->detail, "leave from 192.0.2.1: not an address of this host");
  });
}

// A router that says no.
TEST(IcmpSocketLive, HearsThatThePeerIsUnreachable) {
  in_namespace([] {
    const std::string far = "rampart-icmp-" + std::to_string(getpid());
    const auto run = [](const std::string& command) {
      ASSERT_EQ(std::system(command.c_str()), 0) << command;
    };
    run("ip netns add " + far);
    run("ip link add near type veth peer name far netns " + far);
    run("ip addr add 192.0.2.1/24 dev near && ip link set near up");
    run("ip route add 198.51.100.0/24 via 192.0.2.2");
    run("ip -n " + far + " addr add 192.0.2.2/24 dev far");
    run("ip -n " + far + " link set far up");
    run("ip -n " + far + " route add unreachable 198.51.100.0/24");
    run("ip netns exec " + far + " sysctl -qw net.ipv4.ip_forward=1");
    Loop loop;
    Recorder recorder(loop);
    const auto socket = IcmpSocket::open(loop, {.id = 77}, recorder).value();
    ASSERT_FALSE(socket->connect(IpAddress::v4(198, 51, 100, 9)));
    EXPECT_EQ(ping(*socket, "0123456789abcdef", 1).state, State::sent);
    loop.run();
    EXPECT_EQ(recorder.undelivered, std::vector<StreamEnd>{StreamEnd::unreachable});
    EXPECT_EQ(recorder.quotes, std::vector<std::string>{"0123456789abcdef"});
    run("ip netns del " + far);
  });
}

}  // namespace
}  // namespace rampart::net
