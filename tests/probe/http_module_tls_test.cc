#include <openssl/ssl.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "http_lab.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "probe/module/gauge.h"
#include "talk_server.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/raw_server.h"
#include "tests/support/scratch_folder.h"

// The http module over TLS.
namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

constexpr auto kDay = 24h;

// Over HTTP/2 where the client wants it.
class Web final : public net::HttpServer::Handler {
 public:
  Web(net::Loop& loop, const std::string& chain, const std::string& key)
      : tls_(net::TlsContext::server(chain, key).value()),
        server_(net::HttpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, &tls_, *this)
                    .value()) {}

  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
    server_->reply(id, {.body = "fine\n"});
  }
  [[nodiscard]] std::string target(const std::string& host = "127.0.0.1") const {
    return "https://" + host + ":" + std::to_string(server_->endpoint().port) + "/";
  }

 private:
  net::TlsContext tls_;
  std::unique_ptr<net::HttpServer> server_;
};

class HttpModuleTls : public ::testing::Test {
 protected:
  HttpModuleTls() {
    tree_.make("root", {.authority = true, .valid_until = 1000 * kDay});
    tree_.make("middle", {.issuer = "root", .authority = true, .valid_until = 500 * kDay});
    // The same key and name, which ends earlier: two ways lead to the root.
    tree_.make("brief",
               {.issuer = "root", .authority = true, .twin = "middle", .valid_until = 5 * kDay});
    make("good", "DNS:web.test,IP:127.0.0.1", {-24h, 10 * kDay});
    module_.http.tls.ca_file = tree_.certificate("root");
  }
  void make(const std::string& name, const std::string& names,
            std::pair<std::chrono::hours, std::chrono::hours> valid) {
    tree_.make(name, {.issuer = "middle",
                      .names = names,
                      .valid_from = valid.first,
                      .valid_until = valid.second});
  }
  [[nodiscard]] Web web(const std::string& name = "good") {
    return {lab_.loop, tree_.chain({name, "middle"}), tree_.key(name)};
  }
  ModuleOutcome run(const std::string& target, base::Nanos timeout = 5s) {
    return lab_.run<HttpModuleProbe>(module_, target, timeout);
  }
  [[nodiscard]] double after(std::chrono::hours time) {
    return unix_seconds(lab_.clock.wall()) + std::chrono::duration<double>(time).count();
  }

  testing::CertificateTree tree_;
  ModuleLab lab_;
  model::BlackboxModule module_ = http_module();
};

// 0 where libcurl made the file, so heeded the variable, and wrote nothing to it.
int probe_with_key_log() {
  const testing::ScratchFolder folder;
  const auto path = folder.file("keylog");
  setenv("SSLKEYLOGFILE", path.c_str(), 1);  // libcurl looks for it when it is first used
  testing::CertificateTree tree;
  tree.make("good", {.names = "IP:127.0.0.1"});
  ModuleLab lab;
  Web server(lab.loop, tree.chain({"good"}), tree.key("good"));
  auto module = http_module();
  module.http.tls.insecure = true;
  const bool success = lab.run<HttpModuleProbe>(module, server.target()).success;
  std::error_code error;
  const auto size = std::filesystem::file_size(path, error);
  return !success ? 1 : error ? 2 : size > 0 ? 3 : 0;
}

// Who sets the variable for another program does not get the secrets of probes. In a process of its
// own, where nobody has used libcurl before.
TEST(HttpModuleTlsSecretsDeathTest, AreInNoFile) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_EXIT(std::exit(probe_with_key_log()), ::testing::ExitedWithCode(0), "");
}

TEST_F(HttpModuleTls, TellsOfTheHandshake) {
  Web server(lab_.loop, tree_.chain({"good", "brief", "middle"}), tree_.key("good"));
  const auto out = run(server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_http_ssl"), 1);
  EXPECT_EQ(value_of(out, "probe_http_version"), 2);
  EXPECT_GT(phase_of(out, "tls"), 0);
  EXPECT_GT(phase_of(out, "connect"), 0);
  EXPECT_GT(phase_of(out, "processing"), 0);
  EXPECT_NEAR(value_of(out, "probe_ssl_earliest_cert_expiry").value_or(0), after(5 * kDay), 120);
  EXPECT_NEAR(value_of(out, "probe_ssl_last_chain_expiry_timestamp_seconds").value_or(0),
              after(10 * kDay), 120);
  EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), 1);
  EXPECT_EQ(value_of(out, "probe_tls_cipher_info", "cipher=\"TLS_AES_256_GCM_SHA384\""), 1);
  EXPECT_EQ(lab_.tls.size(), 1U);
  EXPECT_TRUE(run(server.target()).success);
  EXPECT_EQ(lab_.tls.size(), 1U);  // certificates of CAs are not read again
}

TEST_F(HttpModuleTls, WithoutHttp2) {
  auto server = web();
  module_.http.enable_http2 = false;
  EXPECT_EQ(value_of(run(server.target()), "probe_http_version"), 1.1);
  module_.http.valid_http_versions = {"HTTP/2.0"};
  EXPECT_EQ(run(server.target()).reason, ProbeReason::protocol);
  module_.http.enable_http2 = true;
  EXPECT_TRUE(run(server.target()).success);
}

struct Refusal {
  const char* certificate;
  ProbeReason reason;
  const char* advice;
};

// What was refused is told of all the same.
TEST_F(HttpModuleTls, TellsRefusalsApart) {
  make("expired", "IP:127.0.0.1", {-48h, -1h});
  make("future", "IP:127.0.0.1", {24h, 48h});
  make("elsewhere", "DNS:elsewhere.test", {-24h, 24h});
  make("nameless", "", {-24h, 24h});
  tree_.make("own", {.names = "IP:127.0.0.1"});
  for (const auto& c :
       {Refusal{"expired", ProbeReason::tls_expired, "shows ends on 20"},
        Refusal{"future", ProbeReason::tls_expired, "shows ends on 20"},
        Refusal{"elsewhere", ProbeReason::tls_name_mismatch,
                "it names elsewhere.test: set server_name"},
        Refusal{"nameless", ProbeReason::tls_name_mismatch, "it names no host: set server_name"},
        Refusal{"own", ProbeReason::tls_untrusted,
                "issued by CN=own: name whom to trust in ca_file"}}) {
    auto server = web(c.certificate);
    module_.http.tls.insecure = false;
    const auto out = run(server.target());
    EXPECT_EQ(out.reason, c.reason) << c.certificate << ": " << out.detail;
    EXPECT_NE(out.detail.find(c.advice), std::string::npos) << out.detail;
    EXPECT_EQ(value_of(out, "probe_http_ssl"), 0) << c.certificate;
    EXPECT_EQ(phase_of(out, "connect"), 0) << c.certificate;
    EXPECT_EQ(phase_of(out, "tls"), 0) << c.certificate;
    EXPECT_TRUE(value_of(out, "probe_ssl_earliest_cert_expiry")) << c.certificate;
    EXPECT_FALSE(value_of(out, "probe_ssl_last_chain_expiry_timestamp_seconds")) << c.certificate;
    bool named = false;
    for (const auto& family : out.families)
      named = named || (family.name == "probe_ssl_last_chain_info" &&
                        family.series[0].labels[0].second == tree_.fingerprint(c.certificate));
    EXPECT_TRUE(named) << c.certificate;

    module_.http.tls.insecure = true;
    const auto unchecked = run(server.target());
    EXPECT_TRUE(unchecked.success) << c.certificate << unchecked.detail;
    EXPECT_EQ(value_of(unchecked, "probe_ssl_last_chain_expiry_timestamp_seconds"), -62135596800.0);
  }
}

TEST_F(HttpModuleTls, TheSystemTrustsNoneOfThese) {
  auto server = web();
  module_.http.tls.ca_file.clear();
  EXPECT_EQ(run(server.target()).reason, ProbeReason::tls_untrusted);
}

TEST_F(HttpModuleTls, ChecksTheNameThatItIsToldTo) {
  lab_.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  lab_.zone["other.test. 1"] = {testing::dns_address("127.0.0.1")};
  auto server = web();
  EXPECT_TRUE(run(server.target("web.test")).success);
  EXPECT_EQ(run(server.target("other.test")).reason, ProbeReason::tls_name_mismatch);
  module_.http.headers = {{"Host", "web.test"}};
  EXPECT_TRUE(run(server.target("other.test")).success);
  module_.http.tls.server_name = "other.test";
  EXPECT_EQ(run(server.target("web.test")).reason, ProbeReason::tls_name_mismatch);
  module_.http.tls.server_name = "web.test";
  EXPECT_TRUE(run(server.target("other.test")).success);
  module_.http.tls.server_name = "web.test:443";
  EXPECT_EQ(run(server.target()).reason, ProbeReason::tls_name_mismatch);
}

TEST_F(HttpModuleTls, Versions) {
  auto server = web();
  module_.http.tls.max_version = model::TlsVersion::tls1_2;
  const auto older = run(server.target());
  EXPECT_TRUE(older.success) << older.detail;
  EXPECT_EQ(value_of(older, "probe_tls_version_info", "version=\"TLS 1.2\""), 1);
  module_.http.tls.min_version = module_.http.tls.max_version = model::TlsVersion::tls1_0;
  EXPECT_EQ(run(server.target()).reason, ProbeReason::tls_alert);
}

TEST_F(HttpModuleTls, ShowsItsCertificateWhereItIsAskedFor) {
  tree_.make("client", {.issuer = "root"});
  module_.http.enable_http2 = false;  // the server speaks in lines
  auto asking = net::TlsContext::server(tree_.chain({"good", "middle"}), tree_.key("good")).value();
  TalkServer server(lab_.loop,
                    [](const std::string& line) {
                      return line == "\r" ? TalkServer::Answer{http_text("200 OK", {}, "fine"),
                                                               TalkServer::Answer::Then::close}
                                          : TalkServer::Answer{};
                    },
                    {.tls = &asking, .tls_at_once = true});
  ASSERT_EQ(SSL_CTX_load_verify_file(asking.native(), tree_.certificate("root").c_str()), 1);
  SSL_CTX_set_verify(asking.native(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  const auto without = run("https://" + server.target());
  EXPECT_EQ(without.reason, ProbeReason::tls_alert) << without.detail;
  EXPECT_GT(phase_of(without, "tls"), 0);
  EXPECT_EQ(phase_of(without, "processing"), 0);
  module_.http.tls.certificate_file = tree_.certificate("client");
  module_.http.tls.key_file = tree_.key("client");
  const auto out = run("https://" + server.target());
  EXPECT_TRUE(out.success) << out.detail;
  module_.http.tls.key_file = tree_.key("good");
  const auto wrong = run("https://" + server.target());
  EXPECT_EQ(wrong.reason, ProbeReason::bad_module) << wrong.detail;
}

TEST_F(HttpModuleTls, WhatIsNoTls) {
  ScriptedServer plain(lab_.loop, says("HTTP/1.1 400 Bad\r\nContent-Length: 0\r\n\r\n"));
  const auto silent = run("https://" + base::to_string(plain.endpoint()), 200ms);
  EXPECT_EQ(silent.reason, ProbeReason::timeout_first_byte) << silent.detail;
  EXPECT_EQ(phase_of(silent, "connect"), 0);
  testing::RawServer chatty([](testing::RawServer::Peer& peer) {
    peer.send("220 ready\r\n");
    peer.wait_for_close();
  });
  EXPECT_EQ(run("https://" + base::to_string(chatty.endpoint())).reason,
            ProbeReason::tls_handshake);
  testing::RawServer closing([](testing::RawServer::Peer& peer) { peer.read_some(); });
  EXPECT_EQ(run("https://" + base::to_string(closing.endpoint())).reason,
            ProbeReason::tls_handshake);
  EXPECT_EQ(run("https://" + base::to_string(testing::RawServer::refusing())).reason,
            ProbeReason::connect_refused);
  auto server = web();
  const auto target = server.target();
  EXPECT_FALSE(run("http" + target.substr(5)).success);
}

TEST_F(HttpModuleTls, IsWantedOrNot) {
  auto server = web();
  module_.http.fail_if_not_ssl = true;
  EXPECT_TRUE(run(server.target()).success);
  module_.http.fail_if_ssl = true;
  EXPECT_EQ(run(server.target()).reason, ProbeReason::protocol);
}

TEST_F(HttpModuleTls, OfTheLastHopCounts) {
  auto server = web();
  ScriptedServer to_tls(lab_.loop,
                        says(http_text("302 x", "Location: " + server.target() + "\r\n")));
  const auto there = run(http_target(to_tls.endpoint()));
  EXPECT_TRUE(there.success) << there.detail;
  EXPECT_EQ(value_of(there, "probe_http_ssl"), 1);
  EXPECT_GT(phase_of(there, "tls"), 0);

  module_.http.enable_http2 = false;
  ScriptedServer plain(lab_.loop, says(http_text("200 OK")));
  const auto tls =
      net::TlsContext::server(tree_.chain({"good", "middle"}), tree_.key("good")).value();
  TalkServer from_tls(
      lab_.loop,
      [&plain](const std::string& line) {
        return line == "\r"
                   ? TalkServer::Answer{http_text(
                                            "302 x",
                                            "Location: " + http_target(plain.endpoint()) + "\r\n"),
                                        TalkServer::Answer::Then::close}
                   : TalkServer::Answer{};
      },
      {.tls = &tls, .tls_at_once = true});
  const auto back = run("https://" + from_tls.target());
  EXPECT_TRUE(back.success) << back.detail;
  EXPECT_EQ(value_of(back, "probe_http_ssl"), 0);
  EXPECT_GT(phase_of(back, "tls"), 0);
  EXPECT_FALSE(value_of(back, "probe_ssl_earliest_cert_expiry"));
  ASSERT_EQ(plain.requests().size(), 1U);
  EXPECT_EQ(plain.requests()[0].find("Referer"), std::string::npos);
}

}  // namespace
}  // namespace rampart::probe
