#include "net/peer_chain.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using base::IpAddress;
using testing::CertificateTree;
using namespace std::chrono_literals;

// Takes one connection after the other.
struct Server final : TcpServer::Listener {
  Server(Loop& l, const std::string& chain, const std::string& key)
      : loop(l),
        context(TlsContext::server(chain, key).value()),
        server(TcpServer::listen(l, {IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}
  void on_accept(std::unique_ptr<TcpStream> tcp) override {
    recorder = std::make_unique<StreamRecorder>(loop);
    recorder->when_end = [] {};
    stream = accept_tls(context, std::move(tcp), *recorder);
  }
  Loop& loop;
  TlsContext context;
  std::unique_ptr<StreamRecorder> recorder;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<TcpServer> server;
};

struct Met {
  bool open = false;
  StreamEnd end{};
  std::string detail;
  std::optional<PeerChain> chain;
};

class PeerChainTest : public ::testing::Test {
 protected:
  PeerChainTest() {
    tree_.make("root", {.authority = true, .valid_until = 1000h});
    tree_.make("middle", {.issuer = "root", .authority = true, .valid_until = 300h});
    tree_.make("web", {.issuer = "middle",
                       .names = "DNS:web.test,IP:127.0.0.1,DNS:*.web.test",
                       .valid_until = 500h});
    tree_.make("stranger", {.names = "DNS:web.test", .authority = true});
  }

  // Shows the chain with the key of its first one.
  Met meet(const std::vector<std::string_view>& shown, TlsClientOptions options,
           const std::string& name = "web.test") {
    Loop loop;
    const Server server(loop, tree_.chain(shown), tree_.key(shown.at(0)));
    StreamRecorder client(loop);
    client.when_open = [&] { loop.stop(); };
    options.keep_chain = true;
    const auto context = TlsContext::client(options).value();
    const auto stream = connect_tls(loop, context, name, server.server->endpoint(), client);
    EXPECT_FALSE(peer_chain(*stream)) << "before the handshake";
    loop.run();
    return {client.calls == "open ", client.end, client.detail, peer_chain(*stream)};
  }
  TlsClientOptions trusting(std::string_view name) const {
    return {.ca_file = tree_.certificate(name)};
  }

  static void expect_hours(std::chrono::sys_seconds at, std::chrono::hours from_now) {
    const auto now = base::SystemClock().wall().time_since_epoch();
    EXPECT_LT(std::chrono::abs(at.time_since_epoch() - now - from_now), 120s);
  }

  CertificateTree tree_;
};

TEST_F(PeerChainTest, TellsWhatTheServerShowed) {
  const auto met = meet({"web", "middle"}, trusting("root"));
  EXPECT_TRUE(met.open) << met.detail;
  ASSERT_TRUE(met.chain);
  EXPECT_EQ(met.chain->fingerprint, tree_.fingerprint("web"));
  EXPECT_EQ(met.chain->serial, "03");
  EXPECT_EQ(met.chain->subject, "CN=web");
  EXPECT_EQ(met.chain->issuer, "CN=middle");
  EXPECT_EQ(met.chain->dns_names, (std::vector<std::string>{"web.test", "*.web.test"}));
  expect_hours(met.chain->first_not_after, 300h);
  ASSERT_TRUE(met.chain->way_not_after);
  expect_hours(*met.chain->way_not_after, 300h);
}

TEST_F(PeerChainTest, TellsItAlsoWhereTheServerWasRefused) {
  tree_.make("old",
             {.issuer = "root", .names = "DNS:web.test", .valid_from = -48h, .valid_until = -24h});
  const struct {
    std::vector<std::string_view> shown;
    std::string_view trusted, name;
    StreamEnd end;
  } cases[] = {{{"web", "middle"}, "stranger", "web.test", StreamEnd::tls_untrusted},
               {{"web"}, "root", "web.test", StreamEnd::tls_untrusted},
               {{"web", "middle"}, "root", "elsewhere.test", StreamEnd::tls_name_mismatch},
               {{"old"}, "root", "web.test", StreamEnd::tls_expired}};
  for (const auto& c : cases) {
    const auto met = meet(c.shown, trusting(c.trusted), std::string(c.name));
    EXPECT_FALSE(met.open);
    EXPECT_EQ(met.end, c.end) << met.detail;
    ASSERT_TRUE(met.chain) << met.detail;
    EXPECT_EQ(met.chain->fingerprint, tree_.fingerprint(c.shown.at(0)));
    EXPECT_FALSE(met.chain->way_not_after);
  }
}

TEST_F(PeerChainTest, WithoutAnyCheckThereIsNoWay) {
  const auto met = meet({"stranger"}, {.insecure = true}, "elsewhere.test");
  EXPECT_TRUE(met.open) << met.detail;
  ASSERT_TRUE(met.chain);
  EXPECT_EQ(met.chain->subject, "CN=stranger");
  EXPECT_FALSE(met.chain->way_not_after);
}

// A server that changes to another CA shows two certificates of its intermediate for a while.
TEST_F(PeerChainTest, OfTwoWaysTheLongerOneCounts) {
  tree_.make("brief", {.issuer = "root", .authority = true, .twin = "middle", .valid_until = 100h});
  for (const auto& shown : {std::vector<std::string_view>{"web", "brief", "middle"},
                            std::vector<std::string_view>{"web", "middle", "brief"}}) {
    const auto met = meet(shown, trusting("root"));
    ASSERT_TRUE(met.chain && met.chain->way_not_after) << met.detail;
    expect_hours(met.chain->first_not_after, 100h);
    expect_hours(*met.chain->way_not_after, 300h);
  }
}

// An intermediate of the right name with another key leads nowhere, though it holds longer.
TEST_F(PeerChainTest, AWayThatNobodySignedIsNone) {
  tree_.make("forged", {.authority = true, .valid_until = 2000h});
  CertificateTree other;
  other.make("root", {.authority = true, .valid_until = 1000h});
  other.make("middle", {.issuer = "root", .authority = true, .valid_until = 900h});
  Loop loop;
  const auto both = tree_.chain({"web", "middle"});
  std::ofstream(both, std::ios::app) << std::ifstream(other.certificate("middle")).rdbuf();
  const Server server(loop, both, tree_.key("web"));
  StreamRecorder client(loop);
  client.when_open = [&] { loop.stop(); };
  const auto context =
      TlsContext::client({.ca_file = tree_.certificate("root"), .keep_chain = true}).value();
  const auto stream = connect_tls(loop, context, "web.test", server.server->endpoint(), client);
  loop.run();
  const auto chain = peer_chain(*stream);
  ASSERT_TRUE(chain && chain->way_not_after) << client.detail;
  expect_hours(*chain->way_not_after, 300h);
}

TEST_F(PeerChainTest, ModernChecksAreThoseOfGo) {
  tree_.make("web.test", {.issuer = "root"});  // the name is its subject's alone
  tree_.make("part", {.issuer = "root", .names = "DNS:w*.lab.test"});
  const struct {
    std::vector<std::string_view> shown;
    std::string_view trusted;
    const char* name;
    bool plain, modern;
  } cases[] = {{{"web.test"}, "root", "web.test", true, false},
               {{"part"}, "root", "web.lab.test", true, false},
               {{"web"}, "middle", "web.test", false, true},  // an anchor that another one signed
               {{"web", "middle"}, "root", "a.web.test", true, true}};
  for (const auto& c : cases) {
    auto options = trusting(c.trusted);
    EXPECT_EQ(meet(c.shown, options, c.name).open, c.plain) << c.shown.at(0);
    options.modern_checks = true;
    EXPECT_EQ(meet(c.shown, options, c.name).open, c.modern) << c.shown.at(0);
  }
}

TEST_F(PeerChainTest, KeepsNothingUnasked) {
  Loop loop;
  const Server server(loop, tree_.chain({"web", "middle"}), tree_.key("web"));
  StreamRecorder client(loop);
  client.when_open = [&] { loop.stop(); };
  const auto context = TlsContext::client(trusting("root")).value();
  const auto stream = connect_tls(loop, context, "web.test", server.server->endpoint(), client);
  loop.run();
  EXPECT_EQ(client.calls, "open ");
  EXPECT_FALSE(peer_chain(*stream));
}

TEST_F(PeerChainTest, APinLooksAtNoChain) {
  const auto context = TlsContext::client(
      {.pin = "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", .keep_chain = true});
  ASSERT_FALSE(context);
  EXPECT_EQ(context.error().code, base::Errc::config);
}

}  // namespace
}  // namespace rampart::net
