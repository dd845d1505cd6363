// What /etc/hosts and /etc/resolv.conf say. Needs root; the test enters a mount namespace of its
// own, and puts its files in their places.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "net/name_resolver.h"
#include "tests/support/deadline.h"
#include "tests/support/dns_server.h"
#include "tests/support/scratch_folder.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;

class NameResolverLive : public ::testing::Test, protected NameLookup::Listener {
 protected:
  void SetUp() override {
    if (geteuid() != 0) GTEST_SKIP() << "needs root";
    ASSERT_EQ(unshare(CLONE_NEWNS | CLONE_NEWNET), 0);  // so no query can leave, either
    ASSERT_EQ(mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), 0);
  }
  // Nothing can be mounted over a file that is gone, as the next test of this process would.
  void TearDown() override {
    for (const auto& path : covered_) umount2(path.c_str(), MNT_DETACH);
  }
  void put(const std::string& path, const std::string& text) {
    const auto ours = folder_.write(std::to_string(covered_.size()), text);
    ASSERT_EQ(mount(ours.c_str(), path.c_str(), nullptr, MS_BIND, nullptr), 0);
    covered_.push_back(path);
  }
  void on_names(NameLookup&, NameAnswer&& answer) override {
    answer_ = std::move(answer);
    loop_.stop();
  }
  std::string ask(const std::string& host, AddressFamily family = AddressFamily::any) {
    NameLookup lookup(*resolver_, *this);
    lookup.start(host, family, clock_.mono() + 5s);
    loop_.run();
    if (!answer_) return std::string(to_string(answer_.error().failure));
    std::string out;
    for (const auto& address : *answer_) out += base::to_string(address) + " ";
    return out;
  }

  Loop loop_;
  base::SystemClock clock_;
  std::unique_ptr<NameResolver> resolver_;
  NameAnswer answer_;
  testing::ScratchFolder folder_;
  std::vector<std::string> covered_;  // by files of the folder, one over the other
};

TEST_F(NameResolverLive, ReadsTheHostsFile) {
  put("/etc/hosts", "192.0.2.9 web.test web\n2001:db8::9 web.test\n192.0.2.10 four.test\n");
  put("/etc/resolv.conf", "nameserver 127.0.0.1\n");
  resolver_ = NameResolver::open(loop_, clock_, {}).value();
  const auto both = ask("web.test");
  EXPECT_NE(both.find("192.0.2.9 "), std::string::npos) << both;
  EXPECT_NE(both.find("2001:db8::9 "), std::string::npos) << both;
  EXPECT_EQ(ask("web"), "192.0.2.9 ");
  EXPECT_EQ(ask("web.test", AddressFamily::v6), "2001:db8::9 ");
  EXPECT_EQ(ask("four.test"), "192.0.2.10 ");
  // Not in the file, and nobody listens on port 53.
  EXPECT_EQ(ask("other.test"), "name server failure");
}

TEST_F(NameResolverLive, FollowsResolvConfAndItsChanges) {
  using testing::DnsMessage;
  ASSERT_EQ(std::system("ip link set lo up"), 0);
  testing::DnsServer server(
      loop_,
      [](const testing::DnsQuery& query) {
        return std::vector{DnsMessage(query)
                               .add(DnsMessage::answer, 1, testing::dns_address("192.0.2.1"))
                               .bytes()};
      },
      {.port = 53});
  put("/etc/hosts", "127.0.0.1 localhost\n");
  put("/etc/resolv.conf", "nameserver 127.0.0.1\nsearch one.test\n");
  resolver_ = NameResolver::open(loop_, clock_, {.look_again = 0s}).value();
  EXPECT_EQ(ask("web", AddressFamily::v4), "192.0.2.1 ");
  put("/etc/resolv.conf", "nameserver 127.0.0.1\nsearch two.test\n");
  EXPECT_EQ(ask("web", AddressFamily::v4), "192.0.2.1 ");
  ASSERT_EQ(server.queries.size(), 2U);
  EXPECT_EQ(server.queries[0].name, "web.one.test.");
  EXPECT_EQ(server.queries[1].name, "web.two.test.");
}

TEST_F(NameResolverLive, AsksAsLongAndAsOftenAsResolvConfSays) {
  ASSERT_EQ(std::system("ip link set lo up"), 0);
  testing::DnsServer server(
      loop_, [](const testing::DnsQuery&) { return std::vector<std::string>(); }, {.port = 53});
  put("/etc/hosts", "127.0.0.1 localhost\n");
  put("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n");
  resolver_ = NameResolver::open(loop_, clock_, {}).value();
  const auto begin = clock_.mono();
  EXPECT_EQ(ask("web.test", AddressFamily::v4), "no answer in time");
  EXPECT_LT(clock_.mono() - begin, 4s);  // it waits for five
  EXPECT_EQ(server.queries.size(), 1U);
}

TEST_F(NameResolverLive, HearsOfRefusalAlsoWhereItAsksOnce) {
  ASSERT_EQ(std::system("ip link set lo up"),
            0);  // the refusal of A comes before AAAA is asked for
  put("/etc/hosts", "127.0.0.1 localhost\n");
  put("/etc/resolv.conf", "nameserver 127.0.0.1\noptions timeout:3 attempts:1\n");
  resolver_ = NameResolver::open(loop_, clock_, {}).value();
  const auto begin = clock_.mono();
  EXPECT_EQ(ask("web.test"), "name server failure");
  EXPECT_LT(clock_.mono() - begin, 3s);
}

}  // namespace
}  // namespace rampart::net
