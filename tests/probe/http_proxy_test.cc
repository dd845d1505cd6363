#include <fmt/core.h>

#include <cstdlib>

#include "http_lab.h"
#include "net/tls.h"
#include "talk_server.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/raw_server.h"

// The http module by way of proxies.
namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Then = TalkServer::Answer::Then;

class HttpProxy : public ::testing::Test {
 protected:
  HttpProxy() {
    tree_.make("root", {.authority = true});
    tree_.make("good", {.issuer = "root", .names = "DNS:web.test,IP:127.0.0.1"});
    tree_.make("proxy", {.issuer = "root", .names = "DNS:proxy.test"});
    good_.emplace(net::TlsContext::server(tree_.chain({"good"}), tree_.key("good")).value());
    proxy_.emplace(net::TlsContext::server(tree_.chain({"proxy"}), tree_.key("proxy")).value());
    module_.http.tls.ca_file = tree_.certificate("root");
    module_.http.enable_http2 = false;  // the servers here speak in lines
    lab_.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
    lab_.zone["proxy.test. 1"] = {testing::dns_address("127.0.0.1")};
  }
  // Takes CONNECT, and is the server itself then, by TLS.
  TalkServer::Script tunnel(const std::string& answer = http_text("200 OK", {}, "fine\n")) {
    return [this, answer](const std::string& line) -> TalkServer::Answer {
      if (line.starts_with("CONNECT ")) connecting_ = true;
      if (line != "\r") return {};
      if (!std::exchange(connecting_, false)) return {answer, Then::close};
      return {"HTTP/1.1 200 Connected\r\nX-Proxy: yes\r\n\r\n", Then::starttls};
    };
  }
  ModuleOutcome run(const std::string& target) {
    return lab_.run<HttpModuleProbe>(module_, target, 2s);
  }

  testing::CertificateTree tree_;
  std::optional<net::TlsContext> good_;
  std::optional<net::TlsContext> proxy_;
  ModuleLab lab_;
  model::BlackboxModule module_ = http_module();
  bool connecting_ = false;
};

// The address that was found and is permitted: the proxy could make another one of the name.
TEST_F(HttpProxy, IsAskedForTheAddress) {
  ScriptedServer proxy(lab_.loop, says(http_text("200 OK", {}, "fine\n")));
  module_.http.proxy.url = http_target(proxy.endpoint(), "");
  EXPECT_TRUE(run("http://web.test:81/a?b").success);
  ASSERT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(proxy.requests()[0], StartsWith("GET http://127.0.0.1:81/a?b HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[0], HasSubstr("Host: web.test:81\r\n"));
  EXPECT_THAT(proxy.requests()[0], Not(HasSubstr("Proxy-Connection")));
  EXPECT_THAT(proxy.requests()[0], Not(HasSubstr("Proxy-Authorization")));
  ASSERT_EQ(lab_.tuples.records.size(), 1U);
  module_.http.headers = {{"Host", "other.test"}};
  EXPECT_TRUE(run("http://web.test:81/").success);
  EXPECT_THAT(proxy.requests().at(1), StartsWith("GET http://127.0.0.1:81/ HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[1], HasSubstr("Host: other.test\r\n"));
  EXPECT_EQ(lab_.tuples.records[0].remote, proxy.endpoint());
}

TEST_F(HttpProxy, HidesTheLookUp) {
  ScriptedServer proxy(lab_.loop, says(http_text("200 OK", {}, "fine\n")));
  module_.http.proxy.url = "http://proxy.test:" + std::to_string(proxy.endpoint().port);
  module_.http.skip_resolve_phase_with_proxy = true;
  const auto out = run("http://web.test/a");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(proxy.requests().at(0), StartsWith("GET http://127.0.0.1/a HTTP/1.1\r\n"));
  EXPECT_THAT(proxy.requests()[0], HasSubstr("Host: web.test\r\n"));
  EXPECT_FALSE(value_of(out, "probe_ip_protocol"));
  EXPECT_EQ(phase_of(out, "resolve"), -1);
  EXPECT_GT(phase_of(out, "connect"), 0);
  const auto unknown = run("http://unknown.test/a");
  EXPECT_EQ(unknown.reason, ProbeReason::dns_nxdomain);
  EXPECT_THAT(unknown.detail, HasSubstr("the proxy is not asked"));
  module_.http.proxy.url.clear();
  EXPECT_EQ(run("http://unknown.test/a").reason, ProbeReason::dns_nxdomain);
  EXPECT_EQ(proxy.requests().size(), 1U);
}

// The environment may have a proxy for one scheme alone.
TEST_F(HttpProxy, ARedirectLeavesIt) {
  TalkServer server(lab_.loop,
                    [](const std::string& line) -> TalkServer::Answer {
                      if (line != "\r") return {};
                      return {http_text("200 OK", {}, "fine\n"), Then::close};
                    },
                    {.tls = &*good_, .tls_at_once = true});
  const auto to = "https://web.test:" + std::to_string(server.endpoint().port) + "/";
  ScriptedServer proxy(lab_.loop, says(http_text("302 Found", "Location: " + to + "\r\n")));
  setenv("http_proxy", http_target(proxy.endpoint(), "").c_str(), 1);
  module_.http.proxy.from_environment = true;
  module_.http.skip_resolve_phase_with_proxy = true;
  const auto out = run("http://web.test/");
  unsetenv("http_proxy");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(proxy.requests().size(), 1U);
  EXPECT_THAT(server.heard, Contains("GET / HTTP/1.1\r"));
  EXPECT_EQ(value_of(out, "probe_http_ssl"), 1);
}

TEST_F(HttpProxy, GetsItsPasswordAndNobodyElseDoes) {
  ScriptedServer proxy(lab_.loop, says(http_text("200 OK")));
  module_.http.proxy.url =
      "http://Aladdin:open%20sesame@127.0.0.1:" + std::to_string(proxy.endpoint().port);
  EXPECT_TRUE(run("http://web.test/").success);
  EXPECT_THAT(proxy.requests().at(0),
              HasSubstr("Proxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
  TalkServer tunnelling(lab_.loop, tunnel(), {.tls = &*good_});
  module_.http.proxy.url = "http://Aladdin:x@" + tunnelling.target();
  EXPECT_TRUE(run("https://web.test/").success);
  const auto asked = std::count_if(
      tunnelling.heard.begin(), tunnelling.heard.end(),
      [](const std::string& line) { return line.starts_with("Proxy-Authorization"); });
  EXPECT_EQ(asked, 1);
}

TEST_F(HttpProxy, TunnelsTls) {
  TalkServer proxy(lab_.loop, tunnel(), {.tls = &*good_});
  module_.http.proxy.url = "http://" + proxy.target();
  module_.http.proxy.connect_headers = {{"X-Connect", "yes"}};
  const auto out = run("https://web.test/a");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_http_ssl"), 1);
  EXPECT_TRUE(value_of(out, "probe_ssl_earliest_cert_expiry"));
  EXPECT_GT(phase_of(out, "tls"), 0);
  ASSERT_FALSE(proxy.heard.empty());
  EXPECT_EQ(proxy.heard[0], "CONNECT 127.0.0.1:443 HTTP/1.1\r");
  EXPECT_THAT(proxy.heard, Contains("X-Connect: yes\r"));
  EXPECT_THAT(proxy.heard, Contains("GET /a HTTP/1.1\r"));
  EXPECT_THAT(proxy.heard, Contains("Host: web.test\r"));

  module_.http.skip_resolve_phase_with_proxy = true;
  proxy.heard.clear();
  lab_.zone["other.test. 1"] = {testing::dns_address("127.0.0.1")};
  EXPECT_EQ(run("https://other.test/").reason, ProbeReason::tls_name_mismatch);
  EXPECT_EQ(proxy.heard.at(0), "CONNECT 127.0.0.1:443 HTTP/1.1\r");
}

TEST_F(HttpProxy, TellsItsFailuresApart) {
  module_.http.proxy.url = http_target(testing::RawServer::refusing(), "");
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::connect_refused);
  ScriptedServer refusing(lab_.loop, says(http_text("403 No", {}, "no\n")));
  module_.http.proxy.url = http_target(refusing.endpoint(), "");
  const auto plain = run("http://web.test/");
  EXPECT_EQ(value_of(plain, "probe_http_status_code"), 403);
  const auto tunnelled = run("https://web.test/");
  EXPECT_EQ(tunnelled.reason, ProbeReason::http_status) << tunnelled.detail;
  EXPECT_THAT(tunnelled.detail, HasSubstr("CONNECT with 403"));
  EXPECT_EQ(value_of(tunnelled, "probe_http_status_code"), 0);
  EXPECT_EQ(phase_of(tunnelled, "connect"), 0);
  module_.http.proxy.url = "http://gone.test";
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::dns_nxdomain);
  module_.http.proxy.url = "ftp://proxy.test";
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::bad_module);
}

TEST_F(HttpProxy, OverTlsIsCheckedForItsOwnName) {
  TalkServer proxy(lab_.loop,
                   [](const std::string& line) -> TalkServer::Answer {
                     if (line != "\r") return {};
                     return {http_text("200 OK", {}, "fine\n"), Then::close};
                   },
                   {.tls = &*proxy_, .tls_at_once = true});
  const auto port = std::to_string(proxy.endpoint().port);
  module_.http.proxy.url = "https://proxy.test:" + port;
  const auto out = run("http://web.test:81/a");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(proxy.heard, Contains("GET http://127.0.0.1:81/a HTTP/1.1\r"));
  EXPECT_EQ(value_of(out, "probe_http_ssl"), 1);  // as blackbox_exporter has it
  EXPECT_EQ(phase_of(out, "tls"), 0);
  module_.http.proxy.url = "https://127.0.0.1:" + port;
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::tls_name_mismatch);
  module_.http.proxy.url = "https://proxy.test:" + port;
  module_.http.tls.ca_file = tree_.certificate("good");
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::tls_untrusted);
}

TEST_F(HttpProxy, Socks5) {
  std::string request;
  testing::RawServer proxy([&request](testing::RawServer::Peer& peer) {
    peer.read_some();  // versions and ways to log in
    peer.send(std::string("\5\0", 2));
    request = peer.read_some();
    peer.send(std::string("\5\0\0\1\0\0\0\0\0\0", 10));
    request += peer.read_until("\r\n\r\n");
    peer.send(http_text("200 OK", {}, "fine\n"));
  });
  module_.http.proxy.url = "socks5://" + base::to_string(proxy.endpoint());
  const auto out = run("http://web.test:81/a");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(request, StartsWith(std::string("\5\1\0\1\x7F\0\0\1\0\x51", 10)));
  EXPECT_THAT(request, HasSubstr("GET /a HTTP/1.1\r\nHost: web.test:81\r\n"));
}

// Neither the proxy nor what it is to ask for may be outside of what is permitted.
TEST_F(HttpProxy, NotPermitted) {
  ScriptedServer proxy(lab_.loop, says(http_text("200 OK")));
  module_.http.proxy.url = http_target(proxy.endpoint(), "");
  EXPECT_EQ(run("http://192.0.2.1/").reason, ProbeReason::not_permitted);
  EXPECT_EQ(run("https://192.0.2.1/").reason, ProbeReason::not_permitted);
  lab_.zone["far.test. 1"] = {testing::dns_address("192.0.2.1")};
  module_.http.skip_resolve_phase_with_proxy = true;
  for (const auto* target : {"http://far.test/", "https://far.test/", "http://192.0.2.1/"})
    EXPECT_EQ(run(target).reason, ProbeReason::not_permitted) << target;
  module_.http.proxy.url = "http://192.0.2.1:3128";
  EXPECT_EQ(run("http://web.test/").reason, ProbeReason::not_permitted);
  EXPECT_TRUE(lab_.tuples.records.empty());
  EXPECT_TRUE(proxy.requests().empty());
}

// It would take the address for its own, whose services trust whoever is there.
TEST_F(HttpProxy, BeyondLoopbackIsNotAskedForLoopback) {
  for (const auto* proxy : {"http://192.0.2.1:3128", "https://192.0.2.1", "socks5://192.0.2.1"}) {
    module_.http.proxy.url = proxy;
    for (const auto* target : {"http://127.0.0.1:6379/", "https://web.test/", "http://[::1]/",
                               "http://[::ffff:127.0.0.1]/"}) {
      const auto out = run(target);
      EXPECT_EQ(out.reason, ProbeReason::not_permitted) << target;
      EXPECT_THAT(out.detail, HasSubstr("is loopback")) << target;
    }
  }
  EXPECT_TRUE(lab_.tuples.records.empty());
}

TEST_F(HttpProxy, NotPermittedAfterARedirect) {
  lab_.zone["far.test. 1"] = {testing::dns_address("192.0.2.1")};
  for (const bool skip : {false, true}) {
    for (const auto* to : {"http://far.test/", "https://far.test/"}) {
      ScriptedServer proxy(lab_.loop,
                           says(http_text("302 Found", fmt::format("Location: {}\r\n", to))));
      module_.http.proxy.url = http_target(proxy.endpoint(), "");
      module_.http.skip_resolve_phase_with_proxy = skip;
      EXPECT_EQ(run("http://web.test/").reason, ProbeReason::not_permitted) << to;
      EXPECT_EQ(proxy.requests().size(), 1U) << to;
    }
  }
}

}  // namespace
}  // namespace rampart::probe
