#include <unistd.h>

#include <array>

#include "http_lab.h"
#include "tests/support/raw_server.h"
#include "tests/support/scratch_folder.h"

// Redirects, cookies and who asks.
namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Then = ScriptedServer::Then;

const auto kOk = says(http_text("200 OK", {}, "fine\n"));

ScriptedServer::Answer leads(const std::string& to, const std::string& status = "302",
                             const std::string& fields = {}) {
  return says(http_text(status + " Moved", "Location: " + to + "\r\n" + fields, "gone"));
}

// `first` to the first request, "fine" to the rest.
class Journey {
 public:
  explicit Journey(ScriptedServer::Answer first)
      : server_(lab.loop, [this, first](const std::string&) {
          return server_.requests().size() == 1 ? first : kOk;
        }) {}

  ModuleOutcome start(const model::BlackboxModule& module = http_module(),
                      const std::string& path = "/a/b?c") {
    return lab.run<HttpModuleProbe>(module, http_target(server_.endpoint(), path));
  }
  [[nodiscard]] std::string second() const {
    return server_.requests().size() > 1 ? server_.requests()[1] : "there is none";
  }
  [[nodiscard]] const ScriptedServer& server() const { return server_; }

  ModuleLab lab;

 private:
  ScriptedServer server_;
};

TEST(HttpRedirect, EachKind) {
  struct Case {
    const char* status;
    const char* method;  // that was asked by
    const char* second;
    bool body;
  };
  for (const Case& c :
       {Case{"301", "GET", "GET /ok", false}, Case{"302", "HEAD", "HEAD /ok", false},
        Case{"303", "POST", "GET /ok", false}, Case{"302", "POST", "GET /ok", false},
        Case{"301", "PUT", "GET /ok", false}, Case{"307", "POST", "POST /ok", true},
        Case{"308", "PUT", "PUT /ok", true}, Case{"307", "GET", "GET /ok", false}}) {
    Journey journey(leads("../ok", c.status));
    auto module = http_module();
    module.http.method = c.method;
    if (std::string(c.method).starts_with('P')) module.http.body = "hello";
    const auto out = journey.start(module);
    EXPECT_TRUE(out.success) << c.status << c.method << out.detail;
    EXPECT_EQ(value_of(out, "probe_http_redirects"), 1);
    EXPECT_EQ(value_of(out, "probe_http_status_code"), 200);
    EXPECT_THAT(journey.second(), StartsWith(c.second)) << c.status << c.method;
    EXPECT_EQ(journey.second().ends_with("hello"), c.body) << c.status << c.method;
    EXPECT_THAT(journey.second(),
                HasSubstr("Referer: " + http_target(journey.server().endpoint(), "/a/b?c\r\n")));
  }
}

TEST(HttpRedirect, PhasesAreSummedAndTheBodyOnTheWayIsNotRead) {
  Journey journey(
      {"HTTP/1.1 302 x\r\nLocation: /ok\r\nContent-Length: 100\r\n\r\n", Then::hold, {}});
  const auto out = journey.start();
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_LT(out.duration, 2s);
  EXPECT_EQ(journey.lab.tuples.records.size(), 2U);
  for (const auto* phase : {"resolve", "connect", "processing", "transfer"})
    EXPECT_GT(phase_of(out, phase), 0) << phase;
}

TEST(HttpRedirect, IsRefused) {
  auto module = http_module();
  module.http.follow_redirects = false;
  Journey refused(leads("/ok"));
  const auto out = refused.start(module);
  EXPECT_EQ(out.reason, ProbeReason::http_status);
  EXPECT_EQ(value_of(out, "probe_http_redirects"), 1);
  EXPECT_EQ(value_of(out, "probe_http_status_code"), 302);
  EXPECT_EQ(value_of(out, "probe_http_content_length"), 4);
  EXPECT_EQ(value_of(out, "probe_http_uncompressed_body_length"), 0);
  EXPECT_GT(phase_of(out, "transfer"), 0);

  module.http.valid_status_codes = {302};
  Journey wanted(leads("/ok"));
  EXPECT_TRUE(wanted.start(module).success);
  module.http.fail_if_body_not_matches = {"gone"};
  Journey unread(leads("/ok"));
  const auto without = unread.start(module);
  EXPECT_EQ(without.reason, ProbeReason::body_mismatch);
  EXPECT_EQ(value_of(without, "probe_failed_due_to_regex"), 1);
}

TEST(HttpRedirect, TenAreEnough) {
  ModuleLab lab;
  int left = 10;
  ScriptedServer server(lab.loop, [&left](const std::string&) {
    return left-- > 0 ? leads("/" + std::to_string(left)) : kOk;
  });
  const auto ten = lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint()));
  EXPECT_TRUE(ten.success) << ten.detail;
  EXPECT_EQ(value_of(ten, "probe_http_redirects"), 10);
  left = 11;
  const auto more = lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint()));
  EXPECT_EQ(more.reason, ProbeReason::protocol);
  EXPECT_THAT(more.detail, HasSubstr("more than 10 redirects"));
  EXPECT_EQ(value_of(more, "probe_http_redirects"), 11);
  EXPECT_EQ(value_of(more, "probe_http_status_code"), 302);
}

TEST(HttpRedirect, WhereItCannotLead) {
  struct Case {
    std::string to;
    ProbeReason reason;
    double redirects;
    double status;
  };
  for (const Case& c :
       {Case{"http://[::bad/", ProbeReason::protocol, 0, 0},
        Case{"ftp://127.0.0.1/", ProbeReason::protocol, 1, 0},
        Case{http_target(testing::RawServer::refusing()), ProbeReason::connect_refused, 1, 0},
        Case{"http://gone.test/", ProbeReason::dns_nxdomain, 1, 0},
        Case{"http://127.0.0.1:99999/", ProbeReason::protocol, 1, 0},
        Case{"http://a..test/", ProbeReason::protocol, 1, 0},
        Case{"", ProbeReason::http_status, 0, 302}}) {
    Journey journey(leads(c.to));
    const auto out = journey.start();
    EXPECT_EQ(out.reason, c.reason) << c.to << ": " << out.detail;
    EXPECT_EQ(value_of(out, "probe_http_redirects"), c.redirects) << c.to;
    EXPECT_EQ(value_of(out, "probe_http_status_code"), c.status) << c.to;
    EXPECT_GT(phase_of(out, "processing"), 0) << c.to;
    EXPECT_EQ(phase_of(out, "transfer") > 0, c.status != 0) << c.to;
  }
}

TEST(HttpRedirect, ToAName) {
  ModuleLab lab;
  lab.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  lab.zone["six.test. 28"] = {testing::dns_address("::1")};
  ScriptedServer server(lab.loop, [&](const std::string& request) {
    const auto port = std::to_string(server.endpoint().port);
    return request.starts_with("GET /first") ? leads("http://web.test:" + port + "/second") : kOk;
  });
  auto module = http_module();
  module.http.headers = {{"Host", "first.test"}};
  const auto out = lab.run<HttpModuleProbe>(module, http_target(server.endpoint(), "/first"));
  EXPECT_TRUE(out.success) << out.detail;
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.requests()[0], HasSubstr("Host: first.test\r\n"));
  EXPECT_THAT(server.requests()[1],
              HasSubstr("Host: web.test:" + std::to_string(server.endpoint().port) + "\r\n"));
}

TEST(HttpRedirect, ARelativeOneKeepsTheHost) {
  auto module = http_module();
  module.http.headers = {{"Host", "first.test"}};
  Journey journey(leads("/ok"));
  EXPECT_TRUE(journey.start(module).success);
  EXPECT_THAT(journey.second(), HasSubstr("Host: first.test\r\n"));
}

TEST(HttpRedirect, Cookies) {
  struct Case {
    const char* cookie;
    bool sent;
  };
  for (const Case& c :
       {Case{"taste=good; Path=/", true}, Case{"taste=good", false},  // of /a alone
        Case{"taste=good; Path=/; Secure", false}, Case{"taste=good; Path=/other", false},
        Case{"taste=good; Path=/; Domain=evil.test", false},
        Case{"taste=good; Path=/; Max-Age=0", false}, Case{"taste=good; Path=/; HttpOnly", true}}) {
    Journey journey(leads("/ok", "302", std::string("Set-Cookie: ") + c.cookie + "\r\n"));
    EXPECT_TRUE(journey.start().success);
    EXPECT_EQ(journey.second().find("Cookie: taste=good\r\n") != std::string::npos, c.sent)
        << c.cookie;
  }
}

// A cookie of the first hop is still known after the second.
TEST(HttpRedirect, CookiesGoOn) {
  ModuleLab lab;
  ScriptedServer server(lab.loop, [](const std::string& request) {
    if (request.starts_with("GET /1")) return leads("/2", "302", "Set-Cookie: a=1; Path=/\r\n");
    if (request.starts_with("GET /2")) return leads("/3", "302", "Set-Cookie: b=2; Path=/\r\n");
    return kOk;
  });
  EXPECT_TRUE(
      lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint(), "/1")).success);
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(server.requests()[2], HasSubstr("a=1"));
  EXPECT_THAT(server.requests()[2], HasSubstr("b=2"));
  // And forgotten with the probe.
  lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint(), "/3"));
  EXPECT_THAT(server.requests()[3], Not(HasSubstr("Cookie")));
}

TEST(HttpRedirect, WhoAsks) {
  const std::string basic = "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n";
  auto by_module = http_module();
  by_module.http.basic_auth = model::BasicAuth{"Aladdin", "open sesame", {}};
  auto by_header = http_module();
  by_header.http.headers = {{"Authorization", "Own x"}, {"Cookie", "c=d"}, {"X-Own", "y"}};
  by_header.http.basic_auth = by_module.http.basic_auth;

  ModuleLab lab;
  lab.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  ScriptedServer other(lab.loop, kOk);
  const auto away = "http://web.test:" + std::to_string(other.endpoint().port) + "/";
  ScriptedServer server(lab.loop, [&away](const std::string& request) {
    return request.starts_with("GET /away")   ? leads(away)
           : request.starts_with("GET /here") ? leads("/ok")
                                              : kOk;
  });
  const auto run = [&](const model::BlackboxModule& module, const std::string& path) {
    EXPECT_TRUE(lab.run<HttpModuleProbe>(module, http_target(server.endpoint(), path)).success);
  };
  run(by_module, "/here");
  EXPECT_THAT(server.requests().at(0), HasSubstr(basic));
  EXPECT_THAT(server.requests().at(1), HasSubstr(basic));
  run(by_module, "/away");
  EXPECT_THAT(other.requests().at(0), HasSubstr(basic));  // as blackbox_exporter does
  run(by_header, "/here");
  EXPECT_THAT(server.requests().at(3), HasSubstr("Authorization: Own x\r\n"));
  EXPECT_THAT(server.requests().at(3), Not(HasSubstr("Basic")));
  EXPECT_THAT(server.requests().at(4), HasSubstr("Authorization: Own x\r\n"));
  run(by_header, "/away");
  EXPECT_THAT(other.requests().at(1), Not(HasSubstr("Own x")));
  EXPECT_THAT(other.requests().at(1), Not(HasSubstr("c=d")));
  EXPECT_THAT(other.requests().at(1), HasSubstr("X-Own: y\r\n"));

  const auto port = ":" + std::to_string(server.endpoint().port);
  const auto named = lab.run<HttpModuleProbe>(
      http_module(), "http://Aladdin:open%20sesame@127.0.0.1" + port + "/here");
  for (const auto& step : named.log) EXPECT_THAT(step, Not(HasSubstr("sesame")));
  EXPECT_THAT(server.requests().at(6), HasSubstr(basic));
  EXPECT_THAT(server.requests().at(7), HasSubstr(basic));
  EXPECT_THAT(server.requests().at(7), Not(HasSubstr("sesame")));
}

// An address has no names below it.
TEST(HttpRedirect, NoNameIsPartOfAnAddress) {
  ModuleLab lab;
  lab.zone["x.127.0.0.1. 1"] = {testing::dns_address("127.0.0.1")};
  std::string away;
  ScriptedServer server(lab.loop, [&away](const std::string& request) {
    return request.starts_with("GET /away") ? leads(away) : kOk;
  });
  away = "http://x.127.0.0.1:" + std::to_string(server.endpoint().port) + "/";
  auto module = http_module();
  module.http.headers = {{"Authorization", "Own x"}};
  const auto out = lab.run<HttpModuleProbe>(module, http_target(server.endpoint(), "/away"));
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(server.requests().at(0), HasSubstr("Own x"));
  EXPECT_THAT(server.requests().at(1), Not(HasSubstr("Own x")));
}

// A file of the module's is read once for a probe.
TEST(HttpRedirect, ASecretIsReadOnce) {
  const testing::ScratchFolder folder;
  const auto path = folder.write("token", "abc\n");
  ModuleLab lab;
  ScriptedServer server(lab.loop, [&path](const std::string& request) {
    unlink(path.c_str());
    return request.starts_with("GET /ok") ? kOk : leads("/ok");
  });
  auto module = http_module();
  module.http.authorization = model::Authorization{"Bearer", {}, path};
  const auto out = lab.run<HttpModuleProbe>(module, http_target(server.endpoint(), "/"));
  EXPECT_TRUE(out.success) << out.detail;
  ASSERT_EQ(server.requests().size(), 2U);
  EXPECT_THAT(server.requests()[1], HasSubstr("Authorization: Bearer abc\r\n"));
}

// A secret is no way to add a field of one's own.
TEST(HttpRedirect, ASecretOfTwoLinesIsRefused) {
  const testing::ScratchFolder folder;
  const auto path = folder.write("lines", "abc\r\nX-Forged: yes\n");
  auto by_file = http_module();
  by_file.http.authorization = model::Authorization{"Bearer", {}, path};
  auto by_type = http_module();
  by_type.http.authorization = model::Authorization{"Bearer\r\nX-Forged: yes\r\nA:", "abc", {}};
  auto by_proxy = http_module();
  by_proxy.http.proxy.url = "http://127.0.0.1:9";
  by_proxy.http.proxy.connect_headers = {{"X-Own", "a\r\nX-Forged: yes"}};
  for (const auto& module : {by_file, by_type, by_proxy}) {
    Journey journey(kOk);
    const auto out = journey.start(module);
    EXPECT_EQ(out.reason, ProbeReason::bad_module) << out.detail;
    EXPECT_THAT(out.detail, HasSubstr("has a control character"));
    EXPECT_THAT(out.detail, Not(HasSubstr("Forged")));
    EXPECT_TRUE(journey.server().requests().empty());
  }
}

// What is permitted holds for the IPv4 address that is meant.
TEST(HttpRedirect, ToAnIpv4AddressInIpv6) {
  ModuleLab lab;
  ScriptedServer other(lab.loop, kOk);
  const auto port = std::to_string(other.endpoint().port);
  for (const auto& [address, reason] :
       {std::pair{"127.0.0.1", ProbeReason::none}, {"192.0.2.1", ProbeReason::not_permitted}}) {
    const auto to = "http://[::ffff:" + std::string(address) + "]:" + port + "/";
    ScriptedServer server(lab.loop, leads(to));
    const auto out = lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint()));
    EXPECT_EQ(out.reason, reason) << out.detail;
  }
  EXPECT_EQ(other.requests().size(), 1U);
}

TEST(HttpRedirect, AMissingSecretIsTold) {
  auto module = http_module();
  module.http.authorization = model::Authorization{"Bearer", {}, "/nonexistent/token"};
  Journey journey(kOk);
  const auto out = journey.start(module);
  EXPECT_EQ(out.reason, ProbeReason::bad_module);
  EXPECT_THAT(out.detail, HasSubstr("/nonexistent/token"));
  EXPECT_EQ(phase_of(out, "connect"), 0);
  EXPECT_TRUE(journey.server().requests().empty());
}

class HttpOAuth2 : public ::testing::Test {
 protected:
  // Takes credentials from the header, from the form, or from neither.
  enum class Takes { header, form, none };

  ModuleOutcome run(Takes takes) {
    takes_ = takes;
    return run_with(http_target(tokens_.endpoint(), "/token"));
  }
  ModuleOutcome run_with(const std::string& token_url, const std::string& secret_file = {}) {
    auto module = http_module();
    module.http.oauth2 = model::OAuth2{.client_id = "me",
                                       .client_secret = "hush",
                                       .client_secret_file = secret_file,
                                       .scopes = {"read"},
                                       .token_url = token_url,
                                       .endpoint_params = {},
                                       .tls = {},
                                       .proxy = {}};
    return lab_.run<HttpModuleProbe>(module, http_target(server_.endpoint()));
  }

  ModuleLab lab_;
  Takes takes_ = Takes::none;
  ScriptedServer tokens_{
      lab_.loop, [this](const std::string& request) {
        const bool header = request.find("Basic bWU6aHVzaA==") != std::string::npos;
        const bool form = request.find("client_secret=hush") != std::string::npos;
        const bool known = (takes_ == Takes::header && header) || (takes_ == Takes::form && form);
        return known ? says(http_text("200 OK", "Content-Type: application/json\r\n",
                                      R"({"access_token": "abc"})"))
                     : says(http_text("401 Who", {}, "{}"));
      }};
  ScriptedServer server_{lab_.loop, kOk};
};

TEST_F(HttpOAuth2, FetchesATokenForEachProbe) {
  for (int i = 1; i <= 2; ++i) {
    EXPECT_TRUE(run(Takes::header).success);
    EXPECT_EQ(tokens_.requests().size(), static_cast<std::size_t>(i));
    EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer abc\r\n"));
  }
  EXPECT_THAT(tokens_.requests()[0], StartsWith("POST /token HTTP/1.1\r\n"));
  EXPECT_THAT(tokens_.requests()[0], HasSubstr("grant_type=client_credentials&scope=read"));
}

TEST_F(HttpOAuth2, TriesTheFormThen) {
  EXPECT_TRUE(run(Takes::form).success);
  EXPECT_EQ(tokens_.requests().size(), 2U);
  EXPECT_THAT(server_.requests().back(), HasSubstr("Authorization: Bearer abc\r\n"));
}

TEST_F(HttpOAuth2, TellsFailuresApart) {
  struct Case {
    ScriptedServer::Answer answer;
    ProbeReason reason;
    const char* detail;
  };
  for (const auto& c : {Case{says(http_text("200 OK", "Content-Type: application/json\r\n", "{}")),
                             ProbeReason::protocol, "token"},
                        Case{says("SSH-2.0-OpenSSH_9.2\r\n"), ProbeReason::protocol, "token_url"},
                        Case{says(""), ProbeReason::reset, "token_url"},
                        // It is not read as JSON, and nobody asks once more.
                        Case{{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n[",
                              ScriptedServer::Then::repeat, std::string(4096, '[')},
                             ProbeReason::protocol,
                             "its answer has more than 65536 bytes"}}) {
    const ScriptedServer broken(lab_.loop, c.answer);
    const auto out = run_with(http_target(broken.endpoint(), "/token"));
    EXPECT_EQ(out.reason, c.reason) << out.detail;
    EXPECT_THAT(out.detail, HasSubstr(c.detail));
  }
  EXPECT_EQ(run_with("http://a..test/token").reason, ProbeReason::bad_module);
  for (const auto* url : {"ftp://web.test/token", "http://:80/", "http://web.test:0/"}) {
    const auto out = run_with(url);
    EXPECT_EQ(out.reason, ProbeReason::bad_module) << url << out.detail;
    EXPECT_THAT(out.detail, HasSubstr("token_url: it is no http or https URL")) << url;
  }
  const auto out = run_with(http_target(tokens_.endpoint()), "/nonexistent/secret");
  EXPECT_EQ(out.reason, ProbeReason::bad_module);
  EXPECT_THAT(out.detail, HasSubstr("token_url: read /nonexistent/secret"));
  EXPECT_TRUE(tokens_.requests().empty());
  EXPECT_TRUE(server_.requests().empty());
}

TEST_F(HttpOAuth2, WithoutATokenNothingIsAsked) {
  const auto out = run(Takes::none);
  EXPECT_EQ(out.reason, ProbeReason::http_status) << out.detail;
  EXPECT_THAT(out.detail, HasSubstr("token_url"));
  EXPECT_THAT(out.detail, HasSubstr("status 401"));
  EXPECT_EQ(phase_of(out, "connect"), 0);
  EXPECT_TRUE(server_.requests().empty());
}

}  // namespace
}  // namespace rampart::probe
