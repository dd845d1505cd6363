#include "probe/own_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cerrno>

#include "lab.h"
#include "net/sockaddr.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

class OwnSocketsTest : public testing::Test {
 protected:
  base::SystemClock clock_;
  model::Permitted permitted_;
  Kept<model::OwnTuple> tuples_;
  OwnSockets sockets_{permitted_, tuples_, clock_};
};

TEST_F(OwnSocketsTest, BindsAndAnnounces) {
  for (const auto* address : {"127.0.0.1", "::1"}) {
    tuples_.records.clear();
    const base::Endpoint remote{base::IpAddress::parse(address).value(), 80};
    const auto opened = sockets_.open_tcp(remote, model::Owner::canary);
    ASSERT_TRUE(opened) << opened.error().text;
    EXPECT_TRUE(opened->announced);
    net::SocketAddress local;
    local.length = sizeof local.storage;
    getsockname(opened->fd.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
    ASSERT_EQ(tuples_.records.size(), 1U);
    const auto& tuple = tuples_.records[0];
    EXPECT_EQ(tuple.local_port, net::from_sockaddr(local.get()).port);
    EXPECT_NE(tuple.local_port, 0);
    EXPECT_EQ(tuple.remote, remote);
    EXPECT_EQ(tuple.owner, model::Owner::canary);
    EXPECT_LE(tuple.opened, clock_.mono());
  }
}

TEST_F(OwnSocketsTest, TakesNoPortBeforeConnectingWhereNobodyHears) {
  OwnSockets unheard(permitted_, tuples_, clock_, OwnSockets::Heard::no);
  OwnSockets::Uses uses;
  OwnSockets alike(unheard, uses);
  for (auto* sockets : {&unheard, &alike}) {
    const auto opened =
        sockets->open_tcp({base::IpAddress::v4(127, 0, 0, 1), 80}, model::Owner::probe);
    ASSERT_TRUE(opened);
    EXPECT_TRUE(opened->announced);  // there is nothing left to say
    net::SocketAddress local;
    local.length = sizeof local.storage;
    getsockname(opened->fd.get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
    EXPECT_EQ(net::from_sockaddr(local.get()).port, 0);
  }
  EXPECT_TRUE(tuples_.records.empty());
}

TEST_F(OwnSocketsTest, RefusesWhatThePlanDoesNotPermit) {
  permitted_.networks = {base::Cidr::parse("192.0.2.0/28").value()};
  struct Case {
    const char* address;
    bool allowed;
  };
  for (const Case& c : {Case{"127.0.0.1", true}, Case{"192.0.2.1", true}, Case{"192.0.2.16", false},
                        Case{"198.51.100.1", false}, Case{"0.0.0.0", false}, Case{"::", false},
                        Case{"2001:db8::1", false}}) {
    tuples_.records.clear();
    const auto address = base::IpAddress::parse(c.address).value();
    const auto tcp = sockets_.open_tcp({address, 80}, model::Owner::probe);  // not connected
    EXPECT_EQ(tcp.has_value(), c.allowed) << c.address;
    EXPECT_EQ(tuples_.records.size(), c.allowed ? 1U : 0U);
    if (c.allowed) continue;
    const auto udp = sockets_.open_udp({address, 53}, model::Owner::probe);
    ASSERT_FALSE(udp);
    EXPECT_EQ(udp.error().code, base::Errc::permission);
    EXPECT_EQ(tcp.error().code, base::Errc::permission);
    EXPECT_EQ(reason_of(tcp.error()), ProbeReason::not_permitted);
    const auto icmp = sockets_.open_icmp(address);
    ASSERT_FALSE(icmp);
    EXPECT_EQ(icmp.error().code, base::Errc::permission);
  }
}

// By the file's protocols, on loopback as well.
TEST_F(OwnSocketsTest, RefusesProtocolsThatAreNotPermitted) {
  permitted_.protocols = {model::IpProto::udp};
  const base::Endpoint remote{base::IpAddress::v4(127, 0, 0, 1), 53};
  EXPECT_TRUE(sockets_.open_udp(remote, model::Owner::probe));
  const auto tcp = sockets_.open_tcp(remote, model::Owner::probe);
  ASSERT_FALSE(tcp);
  EXPECT_EQ(tcp.error().code, base::Errc::permission);
  EXPECT_NE(tcp.error().text.find("not by tcp"), std::string::npos) << tcp.error().text;
  const auto icmp = sockets_.open_icmp(remote.address);
  ASSERT_FALSE(icmp);
  EXPECT_EQ(icmp.error().code, base::Errc::permission);
}

TEST_F(OwnSocketsTest, UdpIsBoundAndAnnounced) {
  for (const auto* address : {"127.0.0.1", "::1"}) {
    tuples_.records.clear();
    const base::Endpoint remote{base::IpAddress::parse(address).value(), 53};
    const auto fd = sockets_.open_udp(remote, model::Owner::probe);
    ASSERT_TRUE(fd) << fd.error().text;
    net::SocketAddress local;
    local.length = sizeof local.storage;
    getsockname(fd->get(), reinterpret_cast<sockaddr*>(&local.storage), &local.length);
    ASSERT_EQ(tuples_.records.size(), 1U);
    EXPECT_EQ(tuples_.records[0].local_port, net::from_sockaddr(local.get()).port);
    EXPECT_NE(tuples_.records[0].local_port, 0);
    EXPECT_EQ(tuples_.records[0].remote, remote);
    EXPECT_EQ(tuples_.records[0].proto, model::IpProto::udp);
  }
}

TEST_F(OwnSocketsTest, LeavesFromTheAddressThatWasAskedFor) {
  const base::Endpoint remote{base::IpAddress::v4(127, 0, 0, 1), 53};
  const auto from = base::IpAddress::v4(127, 0, 0, 9);
  const auto tcp = sockets_.open_tcp(remote, model::Owner::probe, from);
  const auto udp = sockets_.open_udp(remote, model::Owner::probe, from);
  ASSERT_TRUE(tcp && udp);
  for (const int fd : {tcp->fd.get(), udp->get()}) {
    net::SocketAddress local;
    local.length = sizeof local.storage;
    getsockname(fd, reinterpret_cast<sockaddr*>(&local.storage), &local.length);
    EXPECT_EQ(net::from_sockaddr(local.get()).address, from);
  }
  EXPECT_EQ(tuples_.records.size(), 2U);
  for (const auto* wrong : {"192.0.2.200", "::1"}) {
    const auto address = base::IpAddress::parse(wrong).value();
    const auto refused = sockets_.open_tcp(remote, model::Owner::probe, address);
    ASSERT_FALSE(refused) << wrong;
    EXPECT_EQ(reason_of(refused.error()), ProbeReason::local);
    EXPECT_NE(refused.error().text.find(wrong), std::string::npos) << refused.error().text;
    EXPECT_FALSE(sockets_.open_udp(remote, model::Owner::probe, address));
  }
  EXPECT_EQ(tuples_.records.size(), 2U);
}

TEST_F(OwnSocketsTest, UnixSocketsHaveNothingToAnnounce) {
  const auto fd = OwnSockets::open_unix();
  ASSERT_TRUE(fd);
  int type = 0;
  socklen_t size = sizeof type;
  ASSERT_EQ(getsockopt(fd->get(), SOL_SOCKET, SO_TYPE, &type, &size), 0);
  EXPECT_EQ(type, SOCK_STREAM);
  EXPECT_NE(fcntl(fd->get(), F_GETFL) & O_NONBLOCK, 0);
  EXPECT_TRUE(tuples_.records.empty());
}

// A connection that failed at once has no socket any more.
TEST_F(OwnSocketsTest, AnnouncesNoPortThatIsGone) {
  const base::Endpoint to{base::IpAddress::v4(127, 0, 0, 1), 80};
  sockets_.announce_tcp(-1, to, model::Owner::probe);
  sockets_.announce_tcp_port(0, to, model::Owner::probe);
  EXPECT_TRUE(tuples_.records.empty());
  sockets_.announce_tcp_port(4711, to, model::Owner::probe);
  ASSERT_EQ(tuples_.records.size(), 1U);
  EXPECT_EQ(tuples_.records[0].local_port, 4711);
}

TEST_F(OwnSocketsTest, OutOfDescriptorsIsLocal) {
  rlimit before{};
  getrlimit(RLIMIT_NOFILE, &before);
  rlimit none = before;
  none.rlim_cur = 0;
  setrlimit(RLIMIT_NOFILE, &none);
  const auto fd = sockets_.open_tcp({base::IpAddress::v4(127, 0, 0, 1), 80}, model::Owner::probe);
  setrlimit(RLIMIT_NOFILE, &before);
  ASSERT_FALSE(fd);
  EXPECT_EQ(reason_of(fd.error()), ProbeReason::local);
  EXPECT_TRUE(tuples_.records.empty());
}

TEST_F(OwnSocketsTest, AnnouncesEchoIds) {
  sockets_.announce_icmp(base::IpAddress::v4(127, 0, 0, 1), 77);
  sockets_.announce_icmp(base::IpAddress::parse("::1").value(), 78);
  ASSERT_EQ(tuples_.records.size(), 2U);
  EXPECT_EQ(tuples_.records[0].proto, model::IpProto::icmp);
  EXPECT_EQ(tuples_.records[0].local_port, 77);
  EXPECT_EQ(tuples_.records[0].remote.port, 0);
  EXPECT_EQ(tuples_.records[1].proto, model::IpProto::icmp6);
}

TEST(ConnectReason, Table) {
  struct Case {
    int error;
    ProbeReason reason;
  };
  for (const Case& c :
       {Case{ECONNREFUSED, ProbeReason::connect_refused},
        Case{ETIMEDOUT, ProbeReason::connect_timeout}, Case{EHOSTUNREACH, ProbeReason::unreachable},
        Case{ENETUNREACH, ProbeReason::unreachable}, Case{ECONNRESET, ProbeReason::reset},
        Case{EACCES, ProbeReason::local}, Case{EPERM, ProbeReason::local},
        Case{EADDRNOTAVAIL, ProbeReason::local}, Case{EMFILE, ProbeReason::local}})
    EXPECT_EQ(connect_reason(c.error), c.reason) << c.error;
}

}  // namespace
}  // namespace rampart::probe
