#include "probe/module/tcp_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "module_lab.h"
#include "net/tls.h"
#include "talk_server.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using model::QueryResponse;
using testing::CertificateTree;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::RawServer;
using namespace std::chrono_literals;
using Answer = TalkServer::Answer;
using Then = TalkServer::Answer::Then;

model::BlackboxModule tcp_module(std::vector<QueryResponse> turns = {}) {
  model::BlackboxModule out;
  out.prober = model::BlackboxModule::Prober::tcp;
  out.tcp.query_response = std::move(turns);
  return out;
}

QueryResponse expect(std::string pattern, std::string send = {}) {
  QueryResponse out;
  out.expect = std::move(pattern);
  out.send = std::move(send);
  return out;
}
QueryResponse send(std::string line) { return expect({}, std::move(line)); }
QueryResponse starttls() {
  QueryResponse out;
  out.starttls = true;
  return out;
}

std::string target_of(const RawServer& server) { return base::to_string(server.endpoint()); }

double phase(const ModuleOutcome& outcome, const std::string& name) {
  return value_of(outcome, "probe_tcp_duration_seconds", "phase=\"" + name + "\"").value_or(-1);
}

TEST(TcpModule, ConnectingIsEnough) {
  ModuleLab lab;
  TalkServer server(lab.loop, [](const std::string&) { return Answer{}; }, {});
  const auto out = lab.run<TcpModuleProbe>(tcp_module(), server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(out.reason, ProbeReason::none);
  EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0);
  EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
  EXPECT_EQ(value_of(out, "probe_ip_addr_hash"), 3668918509);
  EXPECT_GT(phase(out, "resolve"), 0);
  EXPECT_GT(phase(out, "connect"), 0);
  EXPECT_EQ(phase(out, "tls"), 0);
  EXPECT_GE(phase(out, "exchange"), 0);
  EXPECT_EQ(out.families.size(), 5U);
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  EXPECT_EQ(lab.tuples.records[0].remote, server.endpoint());
  EXPECT_EQ(lab.tuples.records[0].owner, model::Owner::probe);
  EXPECT_NE(lab.tuples.records[0].local_port, 0);
}

TEST(TcpModule, HearsABannerAndAnswersIt) {
  ModuleLab lab;
  TalkServer server(lab.loop, [](const std::string&) { return Answer{"well\n"}; },
                    {.greeting = "noise\r\nSSH-2.0-OpenSSH_9.2p1 Debian\r\n"});
  auto module = tcp_module(
      {expect("^SSH-(?P<version>[^-]+)-(.*)$", "I heard ${2} of $version"), expect("well")});
  module.tcp.query_response[0].labels = {{"ssh", "${version}"}, {"software", "$2"}};
  const auto out = lab.run<TcpModuleProbe>(module, server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(server.heard, Contains("I heard OpenSSH_9.2p1 Debian of 2.0"));
  EXPECT_EQ(value_of(out, "probe_expect_info", "ssh=\"2.0\",software=\"OpenSSH_9.2p1 Debian\""), 1);
  EXPECT_GT(phase(out, "exchange"), 0);
  EXPECT_THAT(out.log, Contains(HasSubstr("SSH-2.0-OpenSSH")));
}

TEST(TcpModule, PlaysIrc) {
  ModuleLab lab;
  TalkServer server(lab.loop,
                    [](const std::string& line) {
                      if (line.starts_with("USER"))
                        return Answer{":srv NOTICE hi\r\nPING :cookie-7\r\n"};
                      if (line == "PONG cookie-7") return Answer{":srv 001 prober :Welcome\r\n"};
                      return Answer{};
                    },
                    {});
  const auto out = lab.run<TcpModuleProbe>(
      tcp_module({send("NICK prober"), send("USER prober prober prober :prober"),
                  expect("^PING :([^ ]+)$", "PONG ${1}"), expect("^:[^ ]+ 001")}),
      server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(server.heard.size(), 3U);
}

// What was sent is on its way before the probe says that it succeeded.
TEST(TcpModule, SendsBeforeItLeaves) {
  constexpr std::size_t kMuch = 8 << 20;
  ModuleLab lab;
  std::promise<std::string> all;
  const RawServer server([&all](RawServer::Peer& peer) {
    std::string got;
    for (auto more = peer.read_some(); !more.empty(); more = peer.read_some()) got += more;
    all.set_value(got);
  });
  const auto out = lab.run<TcpModuleProbe>(tcp_module({send(std::string(kMuch, 'x')), send("end")}),
                                           target_of(server));
  EXPECT_TRUE(out.success) << out.detail;
  const auto got = all.get_future().get();
  EXPECT_EQ(got.size(), kMuch + 5);
  EXPECT_TRUE(got.ends_with("x\nend\n"));
}

// A peer that listens no more, and one that goes, while much is sent.
TEST(TcpModule, TellsWhatIsNotTaken) {
  const auto module = tcp_module({send(std::string(8 << 20, 'x'))});
  {
    std::promise<void> over;
    const RawServer idle([done = over.get_future().share()](RawServer::Peer&) { done.wait(); });
    ModuleLab lab;
    const auto out = lab.run<TcpModuleProbe>(module, target_of(idle), 200ms);
    over.set_value();
    EXPECT_EQ(out.reason, ProbeReason::timeout_transfer) << out.detail;
    EXPECT_THAT(out.detail, HasSubstr("did not take"));
  }
  const RawServer leaves([](RawServer::Peer& peer) {
    peer.read_some();
    peer.reset();
  });
  ModuleLab lab;
  const auto out = lab.run<TcpModuleProbe>(module, target_of(leaves));
  EXPECT_EQ(out.reason, ProbeReason::reset) << out.detail;
  EXPECT_THAT(out.detail, HasSubstr("send to "));
}

struct Failure {
  const char* what;
  RawServer::Script script;
  std::vector<QueryResponse> turns;
  ProbeReason reason;
  double regex;        // probe_failed_due_to_regex
  const char* detail;  // a part of it
};

TEST(TcpModule, TellsFailuresApart) {
  const auto say = [](const std::string& text) {
    return [text](RawServer::Peer& peer) { peer.send(text); };
  };
  const auto say_and_wait = [](const std::string& text) {
    return [text](RawServer::Peer& peer) {
      peer.send(text);
      peer.wait_for_close();
    };
  };
  const auto endless = [](RawServer::Peer& peer) {
    while (peer.send(std::string(4096, 'x'))) {
    }
  };
  const auto lines = [](RawServer::Peer& peer) {
    while (peer.send("no\nno\nno\nno\n")) {
    }
  };
  const auto resets = [](RawServer::Peer& peer) {
    peer.read_some();
    peer.reset();
  };
  const std::vector<QueryResponse> ready{expect("^220")};
  const Failure cases[] = {
      {"closed", say(""), ready, ProbeReason::body_mismatch, 1, "said nothing"},
      {"closed after another line", say("500 no\n"), ready, ProbeReason::body_mismatch, 1,
       "500 no"},
      {"closed after half a line", say("500"), ready, ProbeReason::body_mismatch, 1, "500"},
      {"silence", say_and_wait(""), ready, ProbeReason::timeout_first_byte, 0, "in time"},
      {"another line", say_and_wait("500 no\n"), ready, ProbeReason::body_mismatch, 0, "500 no"},
      {"half a line", say_and_wait("220"), ready, ProbeReason::timeout_transfer, 0, "in time"},
      {"lines without end", lines, ready, ProbeReason::body_mismatch, 0, "no"},
      {"a line without end", endless, ready, ProbeReason::protocol, 0, "65536"},
      {"a reset", resets, {send("hello"), expect("^220")}, ProbeReason::reset, 0, "reset"},
      {"no second match",
       say("220 a\n"),
       {expect("^220"), expect("^250")},
       ProbeReason::body_mismatch,
       1,
       "said nothing"},
      {"an expression that cannot be read",
       say("220 a\n"),
       {expect("(")},
       ProbeReason::bad_module,
       0,
       "("},
  };
  for (const auto& c : cases) {
    ModuleLab lab;
    const RawServer server(c.script);
    const auto out = lab.run<TcpModuleProbe>(tcp_module(c.turns), target_of(server), 300ms);
    EXPECT_FALSE(out.success) << c.what;
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), c.regex) << c.what;
    EXPECT_THAT(out.detail, HasSubstr(c.detail)) << c.what;
    EXPECT_GT(phase(out, "connect"), 0) << c.what;
    EXPECT_LT(out.duration, 3s) << c.what;
    EXPECT_LT(out.log.size(), 200U) << c.what;
  }
}

// A line without its end counts, too, once the peer has closed.
TEST(TcpModule, TheLastLineNeedsNoEnd) {
  ModuleLab lab;
  const RawServer server([](RawServer::Peer& peer) { peer.send("220 ready"); });
  const auto out = lab.run<TcpModuleProbe>(tcp_module({expect("ready$")}), target_of(server));
  EXPECT_TRUE(out.success) << out.detail;
}

TEST(TcpModule, ShowsNoControlCharacters) {
  ModuleLab lab;
  const RawServer server([](RawServer::Peer& peer) { peer.send("\x1b[31mred\x07\n"); });
  const auto out = lab.run<TcpModuleProbe>(tcp_module({expect("^220")}), target_of(server));
  EXPECT_THAT(out.detail, HasSubstr(".[31mred."));
  for (const auto& line : out.log) EXPECT_EQ(line.find('\x1b'), std::string::npos);
}

TEST(TcpModule, NobodyListens) {
  ModuleLab lab;
  const auto out = lab.run<TcpModuleProbe>(tcp_module(), base::to_string(RawServer::refusing()));
  EXPECT_EQ(out.reason, ProbeReason::connect_refused) << out.detail;
  EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
  EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0);
  EXPECT_GT(phase(out, "connect"), 0);
}

TEST(TcpModule, TakesNamesAndRefusesWhatIsNoTarget) {
  ModuleLab lab;
  TalkServer server(lab.loop, [](const std::string&) { return Answer{}; }, {});
  const auto port = ":" + std::to_string(server.endpoint().port);
  lab.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  EXPECT_TRUE(lab.run<TcpModuleProbe>(tcp_module(), "web.test" + port).success);

  const auto gone = lab.run<TcpModuleProbe>(tcp_module(), "gone.test" + port);
  EXPECT_EQ(gone.reason, ProbeReason::dns_nxdomain) << gone.detail;
  EXPECT_EQ(value_of(gone, "probe_ip_protocol"), 0);
  EXPECT_EQ(phase(gone, "connect"), 0);

  for (const auto* target : {"web.test", "", "web.test:1:2"}) {
    const auto out = lab.run<TcpModuleProbe>(tcp_module(), target);
    EXPECT_EQ(out.reason, ProbeReason::bad_target) << out.detail;
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), std::nullopt) << target;
    EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0) << target;
  }
  for (const auto* target : {"web.test:70000", "web.test:no-such-service"}) {
    const auto out = lab.run<TcpModuleProbe>(tcp_module(), target);
    EXPECT_EQ(out.reason, ProbeReason::bad_target) << out.detail;
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4) << target;
  }
}

TEST(TcpModule, NotPermittedNeverGetsASocket) {
  ModuleLab lab;
  for (const auto* target : {"192.0.2.1:80", "[2001:db8::1]:80"}) {
    const auto out = lab.run<TcpModuleProbe>(tcp_module(), target);
    EXPECT_EQ(out.reason, ProbeReason::not_permitted) << out.detail;
  }
  EXPECT_TRUE(lab.tuples.records.empty());
}

TEST(TcpModule, LeavesFromTheSourceAddress) {
  ModuleLab lab;
  TalkServer server(lab.loop, [](const std::string&) { return Answer{}; }, {});
  auto module = tcp_module();
  module.tcp.source_ip_address = "127.0.0.9";
  EXPECT_TRUE(lab.run<TcpModuleProbe>(module, server.target()).success);
  for (const auto* wrong : {"192.0.2.200", "::1", "nonsense"}) {
    module.tcp.source_ip_address = wrong;
    const auto out = lab.run<TcpModuleProbe>(module, server.target());
    EXPECT_EQ(out.reason, ProbeReason::local) << wrong;
    EXPECT_THAT(out.detail, HasSubstr(wrong));
  }
  EXPECT_EQ(lab.tuples.records.size(), 1U);
}

TEST(TcpModule, ADestroyedProbeIsUnheard) {
  ModuleLab lab;
  TalkServer server(lab.loop, [](const std::string&) { return Answer{}; }, {.greeting = "x\n"});
  const auto module = tcp_module({expect("^220")});
  struct Deaf final : ModuleProbe::Listener {
    void on_outcome(ModuleOutcome&&) override { ADD_FAILURE(); }
  } deaf;
  {
    TcpModuleProbe probe(
        lab.context, {.module = &module, .target = server.target(), .hostname = {}, .timeout = 5s});
    probe.start(deaf);
  }
  EXPECT_TRUE(lab.run<TcpModuleProbe>(tcp_module(), server.target()).success);
}

class TcpModuleTls : public ::testing::Test {
 protected:
  TcpModuleTls() {
    tree_.make("root", {.authority = true, .valid_until = 1000h});
    tree_.make("web",
               {.issuer = "root", .names = "DNS:web.test,IP:127.0.0.1", .valid_until = 240h});
    tree_.make(
        "old",
        {.issuer = "root", .names = "IP:127.0.0.1", .valid_from = -48h, .valid_until = -24h});
    for (const auto* name : {"web", "old"})
      contexts_.emplace(
          name, net::TlsContext::server(tree_.chain({name, "root"}), tree_.key(name)).value());
    lab_.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
    lab_.zone["other.test. 1"] = {testing::dns_address("127.0.0.1")};
  }

  model::BlackboxModule trusting(std::vector<QueryResponse> turns = {}, bool tls = false) const {
    auto out = tcp_module(std::move(turns));
    out.tcp.tls = tls;
    out.tcp.tls_options.ca_file = tree_.certificate("root");
    return out;
  }
  std::unique_ptr<TalkServer> smtp(const std::string& certificate) {
    const auto script = [](const std::string& line) {
      if (line.starts_with("EHLO")) return Answer{"250-here\r\n250-STARTTLS\r\n250 AUTH\r\n"};
      if (line.starts_with("STARTTLS")) return Answer{"220 go on\r\n", Then::starttls};
      return Answer{"221 bye\r\n", Then::close};
    };
    return std::make_unique<TalkServer>(
        lab_.loop, script,
        TalkServer::Options{.greeting = "220 here ESMTP\r\n", .tls = &contexts_.at(certificate)});
  }
  static std::vector<QueryResponse> smtp_turns() {
    return {expect("^220.*ESMTP"), send("EHLO prober\r"), expect("^250-STARTTLS"),
            send("STARTTLS\r"),    expect("^220"),        starttls(),
            send("EHLO prober\r"), expect("^250 AUTH"),   send("QUIT\r"),
            expect("^221")};
  }

  CertificateTree tree_;
  ModuleLab lab_;
  std::map<std::string, net::TlsContext> contexts_;
};

TEST_F(TcpModuleTls, BeginsByStarttls) {
  const auto server = smtp("web");
  const auto out = lab_.run<TcpModuleProbe>(trusting(smtp_turns()), server->target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(server->heard,
            (std::vector<std::string>{"EHLO prober\r", "STARTTLS\r", "EHLO prober\r", "QUIT\r"}));
  EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), 1);
  EXPECT_GT(phase(out, "tls"), 0);
  EXPECT_GT(phase(out, "exchange"), 0);
  EXPECT_GT(out.phases.tls, 0ns);
  for (const auto* name :
       {"probe_ssl_earliest_cert_expiry", "probe_ssl_last_chain_expiry_timestamp_seconds"})
    EXPECT_GT(value_of(out, name).value_or(0), 1e9) << name;
  EXPECT_EQ(value_of(out, "probe_ssl_last_chain_info",
                     "fingerprint_sha256=\"" + tree_.fingerprint("web") +
                         "\",issuer=\"CN=root\",serialnumber=\"02\",subject=\"CN=web\","
                         "subjectalternative=\"web.test\""),
            1);
}

TEST_F(TcpModuleTls, ShowsTheCertificateThatItRefuses) {
  const auto server = smtp("old");
  const auto out = lab_.run<TcpModuleProbe>(trusting(smtp_turns()), server->target());
  EXPECT_EQ(out.reason, ProbeReason::tls_expired) << out.detail;
  EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), 0);
  EXPECT_GT(value_of(out, "probe_ssl_earliest_cert_expiry").value_or(0), 1e9);
  EXPECT_EQ(value_of(out, "probe_ssl_last_chain_expiry_timestamp_seconds"), std::nullopt);
  EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), std::nullopt);
  EXPECT_GT(phase(out, "tls"), 0);
  auto unchecked = trusting(smtp_turns());
  unchecked.tcp.tls_options.insecure = true;
  const auto taken = lab_.run<TcpModuleProbe>(unchecked, server->target());
  EXPECT_TRUE(taken.success) << taken.detail;
  EXPECT_EQ(value_of(taken, "probe_ssl_last_chain_expiry_timestamp_seconds"), -62135596800);
}

TEST_F(TcpModuleTls, BeginsAtOnce) {
  TalkServer server(lab_.loop, [](const std::string&) { return Answer{"221 bye\r\n"}; },
                    {.greeting = "220 here\r\n", .tls = &contexts_.at("web"), .tls_at_once = true});
  const auto out = lab_.run<TcpModuleProbe>(
      trusting({expect("^220"), send("QUIT"), expect("^221")}, true), server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_GT(phase(out, "tls"), 0);

  const auto port = ":" + std::to_string(server.endpoint().port);
  const auto wrong = lab_.run<TcpModuleProbe>(trusting({}, true), "other.test" + port);
  EXPECT_EQ(wrong.reason, ProbeReason::tls_name_mismatch) << wrong.detail;
  EXPECT_TRUE(lab_.run<TcpModuleProbe>(trusting({}, true), "web.test" + port).success);
  // Both say whose certificate it should be, and the module first.
  EXPECT_TRUE(
      lab_.run<TcpModuleProbe>(trusting({}, true), "other.test" + port, 5s, "web.test").success);
  auto named = trusting({}, true);
  named.tcp.tls_options.server_name = "web.test";
  EXPECT_TRUE(lab_.run<TcpModuleProbe>(named, "other.test" + port, 5s, "other.test").success);
}

TEST_F(TcpModuleTls, ReadingWhomToTrustIsNoConnecting) {
  const auto slow = tree_.certificate("root") + ".fifo";
  ASSERT_EQ(mkfifo(slow.c_str(), 0600), 0);
  const auto written = std::async(std::launch::async, [&] {
    std::ofstream out(slow);  // waits for a reader
    std::this_thread::sleep_for(300ms);
    out << std::ifstream(tree_.certificate("root")).rdbuf();
  });
  TalkServer server(lab_.loop, [](const std::string&) { return Answer{}; },
                    {.tls = &contexts_.at("web"), .tls_at_once = true});
  auto module = trusting({}, true);
  module.tcp.tls_options.ca_file = slow;
  const auto out = lab_.run<TcpModuleProbe>(module, server.target());
  ASSERT_TRUE(out.success) << out.detail;
  EXPECT_GE(out.duration - out.phases.connect - out.phases.tls, 300ms);
}

TEST_F(TcpModuleTls, WhatIsNoTlsIsTold) {
  struct Case {
    const char* what;
    RawServer::Script script;
    ProbeReason reason;
  };
  const Case cases[] = {
      {"clear text",
       [](RawServer::Peer& peer) {
         peer.send("220 ready\r\n");
         peer.wait_for_close();
       },
       ProbeReason::tls_handshake},
      {"silence", [](RawServer::Peer& peer) { peer.wait_for_close(); },
       ProbeReason::timeout_first_byte},
      {"a close", [](RawServer::Peer& peer) { peer.read_some(); }, ProbeReason::tls_handshake},
      {"a reset",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.reset();
       },
       ProbeReason::reset},
  };
  for (const auto& c : cases) {
    const RawServer server(c.script);
    const auto out = lab_.run<TcpModuleProbe>(trusting({}, true), target_of(server), 300ms);
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_GT(phase(out, "tls"), 0) << c.what;
    EXPECT_EQ(out.families.size(), 5U) << c.what;
  }
}

// Bytes in clear text behind the line that begins TLS are not taken for what TLS brings: the
// command injection of CVE-2011-0411.
TEST_F(TcpModuleTls, TakesNothingFromBeforeTls) {
  const auto server = std::make_unique<TalkServer>(
      lab_.loop,
      [](const std::string& line) {
        if (line.starts_with("STARTTLS"))
          return Answer{"220 go on\r\n250 AUTH\r\n", Then::starttls};
        return Answer{{}, Then::close};
      },
      TalkServer::Options{.tls = &contexts_.at("web")});
  const auto out = lab_.run<TcpModuleProbe>(
      trusting({send("STARTTLS"), expect("^220"), starttls(), send("QUIT"), expect("^250 AUTH")}),
      server->target(), 500ms);
  EXPECT_FALSE(out.success);
}

TEST_F(TcpModuleTls, StarttlsHasItsMistakes) {
  const auto server = smtp("web");
  TalkServer closes(lab_.loop, [](const std::string&) { return Answer{}; },
                    {.greeting = "220 a", .hang_up = true});
  const auto late =
      lab_.run<TcpModuleProbe>(trusting({expect("^220"), starttls()}), closes.target());
  EXPECT_EQ(late.reason, ProbeReason::reset) << late.detail;
  auto turns = smtp_turns();
  turns.push_back(starttls());
  const auto twice = lab_.run<TcpModuleProbe>(trusting(turns), server->target());
  EXPECT_EQ(twice.reason, ProbeReason::bad_module) << twice.detail;
  auto no_file = trusting({starttls()});
  no_file.tcp.tls_options.ca_file = "/nonexistent.pem";
  const auto missing = lab_.run<TcpModuleProbe>(no_file, server->target());
  EXPECT_EQ(missing.reason, ProbeReason::bad_module);
  EXPECT_THAT(missing.detail, HasSubstr("/nonexistent.pem"));
}

}  // namespace
}  // namespace rampart::probe
