#include "probe/module/http_module.h"

#include <set>

#include "http_lab.h"
#include "tests/support/raw_server.h"
#include "tests/support/scratch_folder.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Then = ScriptedServer::Then;

const auto kOk = says(http_text("200 OK", "Content-Type: text/plain\r\n", "fine\n"));

ModuleOutcome ask(ScriptedServer& server, ModuleLab& lab,
                  const model::BlackboxModule& module = http_module(),
                  const std::string& path = "/ok") {
  return lab.run<HttpModuleProbe>(module, http_target(server.endpoint(), path));
}

// The outcome of one answer.
ModuleOutcome outcome_of(const std::string& answer,
                         const model::BlackboxModule& module = http_module()) {
  ModuleLab lab;
  ScriptedServer server(lab.loop, says(answer));
  return ask(server, lab, module);
}

TEST(HttpModule, TellsOfAnAnswer) {
  ModuleLab lab;
  ScriptedServer server(
      lab.loop,
      says(http_text("200 OK", "Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT\r\n", "fine\n")));
  const auto out = ask(server, lab);
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(out.reason, ProbeReason::none);
  const std::vector<std::pair<std::string, double>> wanted{
      {"probe_failed_due_to_regex", 0},
      {"probe_http_content_length", 5},
      {"probe_http_last_modified_timestamp_seconds", 784887151},
      {"probe_http_redirects", 0},
      {"probe_http_ssl", 0},
      {"probe_http_status_code", 200},
      {"probe_http_uncompressed_body_length", 5},
      {"probe_http_version", 1.1},
      {"probe_ip_protocol", 4},
      {"probe_ip_addr_hash", 3668918509}};
  for (const auto& [name, value] : wanted) EXPECT_EQ(value_of(out, name), value) << name;
  EXPECT_EQ(out.families.size(), wanted.size() + 2);  // and lookup time and phases
  for (const auto* phase : {"connect", "processing", "resolve", "transfer"})
    EXPECT_GT(phase_of(out, phase), 0) << phase;
  EXPECT_EQ(phase_of(out, "tls"), 0);
  EXPECT_GE(out.duration, out.phases.connect + out.phases.processing);
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  EXPECT_EQ(lab.tuples.records[0].remote, server.endpoint());
  EXPECT_EQ(lab.tuples.records[0].local_port, server.peer_ports().at(0));
}

struct Request {
  const char* what;
  std::function<void(model::HttpModule&)> set;
  const char* path;
  std::vector<std::string> parts;      // of what is sent
  std::vector<std::string> none = {};  // what is not
};

TEST(HttpModule, AsksAsTheModuleSays) {
  const std::vector<Request> cases{
      {"nothing set",
       [](auto&) {},
       "/a?b=c#d",
       {"GET /a?b=c HTTP/1.1\r\n", "Host: 127.0.0.1:", "User-Agent: rampart/", "Connection: close"},
       {"Accept", "Authorization", "Content-", "Referer", "X-Rampart"}},
      {"no path", [](auto&) {}, "", {"GET / HTTP/1.1\r\n"}},
      {"odd path", [](auto&) {}, "/\xC3\xBC x%2F", {"GET /%C3%BC%20x/ HTTP/1.1\r\n"}},
      {"dots", [](auto&) {}, "/a/../b/.", {"GET /a/../b/. HTTP/1.1\r\n"}},
      {"headers",
       [](auto& m) {
         m.headers = {{"X-One", "a"},
                      {"x-two", ""},
                      {"User-Agent", "mine/1"},
                      {"connection", "keep-alive"},
                      {"Accept", "text/x"}};
       },
       "/",
       {"X-One: a\r\n", "x-two:", "User-Agent: mine/1\r\n", "connection: keep-alive\r\n",
        "Accept: text/x\r\n"},
       {"rampart/", "close"}},
      {"Host",
       [](auto& m) { m.headers = {{"host", "other.test"}}; },
       "/",
       {"Host: other.test\r\n"},
       {"127.0.0.1"}},
      {"POST without a body",
       [](auto& m) { m.method = "POST"; },
       "/",
       {"POST / ", "Content-Length: 0\r\n"}},
      {"PUT",
       [](auto& m) { m.method = "PUT", m.body = "a\nb"; },
       "/",
       {"PUT / ", "Content-Length: 3\r\n", "\r\n\r\na\nb"},
       {"Content-Type", "Expect"}},
      {"GET with a body",
       [](auto& m) { m.body = "hello"; },
       "/",
       {"GET / ", "Content-Length: 5\r\n", "\r\n\r\nhello"}},
      {"type of a body",
       [](auto& m) { m.method = "POST", m.body = "x", m.headers = {{"Content-Type", "text/x"}}; },
       "/",
       {"Content-Type: text/x\r\n"}},
      {"large body",
       [](auto& m) { m.method = "POST", m.body = std::string(1'500'000, 'x'); },
       "/",
       {"Content-Length: 1500000\r\n"},
       {"Expect"}},
      {"own method",
       [](auto& m) { m.method = "PURGE"; },
       "/",
       {"PURGE / HTTP/1.1\r\n"},
       {"Content-Length"}},
      {"a method in small letters is another one",
       [](auto& m) { m.method = "post"; },
       "/",
       {"post / "},
       {"Content-Length"}},
      {"HEAD", [](auto& m) { m.method = "HEAD"; }, "/", {"HEAD / HTTP/1.1\r\n"}},
      {"compression alone",
       [](auto& m) { m.compression = "gzip"; },
       "/",
       {"GET / "},
       {"Accept-Encoding"}}};
  for (const auto& c : cases) {
    ModuleLab lab;
    ScriptedServer server(lab.loop, kOk);
    auto module = http_module();
    c.set(module.http);
    ask(server, lab, module, c.path);
    ASSERT_EQ(server.requests().size(), 1U) << c.what;
    for (const auto& part : c.parts) EXPECT_THAT(server.requests()[0], HasSubstr(part)) << c.what;
    for (const auto& part : c.none)
      EXPECT_THAT(server.requests()[0], Not(HasSubstr(part))) << c.what;
  }
}

TEST(HttpModule, TheBodyOfAFileIsReadByEachProbe) {
  const testing::ScratchFolder folder;
  const auto path = folder.file("body");
  auto module = http_module();
  module.http.method = "POST";
  module.http.body_file = path;
  for (const auto* text : {"one", "another"}) {
    folder.write("body", text);
    ModuleLab lab;
    ScriptedServer server(lab.loop, kOk);
    EXPECT_TRUE(ask(server, lab, module).success);
    EXPECT_THAT(server.requests()[0], EndsWith(std::string("\r\n\r\n") + text));
  }
}

struct Failure {
  const char* what;
  ScriptedServer::Answer answer;
  ProbeReason reason;
  bool processing = false;  // a byte came
  int status = 0;           // of a head that came
  double length = 0;        // of the body
};

TEST(HttpModule, TellsFailuresApart) {
  const std::string cut = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + std::string(50, 'x');
  const std::string chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
  using enum ProbeReason;
  for (const auto& c : std::vector<Failure>{
           {"closed at once", {"", Then::close, {}}, reset},
           {"reset", {"", Then::reset, {}}, reset},
           {"silent", {"", Then::hold, {}}, timeout_first_byte},
           {"silent within the head",
            {"HTTP/1.1 200 OK\r\nX-", Then::hold, {}},
            timeout_transfer,
            true},
           {"silent within the body", {cut, Then::hold, {}}, timeout_transfer, true, 200, 50},
           {"reset within the body", {cut, Then::reset, {}}, reset, true, 200, 50},
           {"truncated", says(cut), protocol, true, 200, 50},
           {"chunks cut", says(chunked + "5\r\nhello\r\n"), protocol, true, 200, 5},
           {"chunks bad", says(chunked + "zz\r\nhello\r\n0\r\n\r\n"), protocol, true, 200},
           {"garbage", says("this is no HTTP\r\n\r\n"), protocol, true},
           {"no colon", says("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"), protocol, true},
           {"two lengths",
            says("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nabc"), protocol,
            true},
           {"no length", says("HTTP/1.1 200 OK\r\nContent-Length: two\r\n\r\nab"), protocol, true},
           {"head too long", says("HTTP/1.1 200 OK\r\nX: " + std::string(90'000, 'x') + "\r\n\r\n"),
            protocol, true},
           {"endless head", {"HTTP/1.1 200 OK\r\n", Then::repeat, "X: y\r\n"}, protocol, true},
           {"404", says(http_text("404 No", {}, "gone")), http_status, true, 404, 4},
           {"300 is no order", says(http_text("300 x", "Location: /\r\n", "gone")), http_status,
            true, 300, 4}}) {
    ModuleLab lab;
    ScriptedServer server(lab.loop, c.answer);
    const bool endless = c.answer.then == Then::hold;
    const auto out = lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint()),
                                              endless ? base::Nanos(300ms) : base::Nanos(5s));
    EXPECT_FALSE(out.success) << c.what;
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_NE(out.detail, "") << c.what;
    EXPECT_GT(phase_of(out, "connect"), 0) << c.what;
    EXPECT_EQ(phase_of(out, "processing") > 0, c.processing) << c.what;
    EXPECT_EQ(phase_of(out, "transfer") > 0, c.status != 0) << c.what;
    EXPECT_EQ(value_of(out, "probe_http_status_code"), c.status) << c.what;
    EXPECT_EQ(value_of(out, "probe_http_uncompressed_body_length"), c.length) << c.what;
    EXPECT_EQ(value_of(out, "probe_http_version").value_or(0) > 0, c.status != 0) << c.what;
    EXPECT_FALSE(lab.gave_up) << c.what;
  }
}

TEST(HttpModule, NobodyListens) {
  ModuleLab lab;
  const auto out =
      lab.run<HttpModuleProbe>(http_module(), http_target(testing::RawServer::refusing()));
  EXPECT_EQ(out.reason, ProbeReason::connect_refused) << out.detail;
  EXPECT_EQ(phase_of(out, "connect"), 0);
  EXPECT_GT(phase_of(out, "resolve"), 0);
  EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
}

TEST(HttpModule, WhatCannotBeAskedIsTold) {
  struct Case {
    const char* target;
    ProbeReason reason;
    bool phases;  // those of a connection are on the page
  };
  for (const Case& c : {Case{"http://[::1", ProbeReason::bad_target, false},
                        Case{"http://127.0.0.1:port/", ProbeReason::bad_target, false},
                        Case{"http://127.0.0.1/%zz", ProbeReason::bad_target, false},
                        Case{"http://127.0.0.1:99999/", ProbeReason::bad_target, true},
                        Case{"http://", ProbeReason::bad_target, false},
                        Case{"HTTP://127.0.0.1/", ProbeReason::dns_nxdomain, false},
                        Case{"http://a..test/", ProbeReason::bad_target, false}}) {
    ModuleLab lab;
    const auto out = lab.run<HttpModuleProbe>(http_module(), c.target);
    EXPECT_EQ(out.reason, c.reason) << c.target << out.detail;
    EXPECT_EQ(phase_of(out, "connect") >= 0, c.phases) << c.target;
    EXPECT_TRUE(lab.tuples.records.empty());
  }
  auto no_body = http_module();
  no_body.http.body_file = "/nonexistent/body";
  auto no_ca = http_module();
  no_ca.http.tls.ca_file = "/nonexistent/ca";
  auto two_lines = http_module();
  two_lines.http.headers = {{"X-A", "b\r\nX-Evil: c"}};
  for (const auto& module : {no_body, no_ca, two_lines}) {
    ModuleLab lab;
    const auto out = lab.run<HttpModuleProbe>(module, "http://127.0.0.1:1/");
    EXPECT_EQ(out.reason, ProbeReason::bad_module) << out.detail;
    EXPECT_EQ(phase_of(out, "connect"), -1);
    EXPECT_TRUE(lab.tuples.records.empty());
  }
  ModuleLab lab;
  const auto out =
      lab.run<HttpModuleProbe>(http_module(), "http://127.0.0.1:1/", 5s, "web.test\r\nX-Evil: c");
  EXPECT_EQ(out.reason, ProbeReason::bad_module);
  EXPECT_EQ(out.detail, "the host's name has a control character");
  EXPECT_TRUE(lab.tuples.records.empty());
}

// Nobody asked for another protocol: what follows is not waited for.
TEST(HttpModule, ASwitchOfProtocolsIsAStatus) {
  ModuleLab lab;
  const ScriptedServer server(lab.loop,
                              says("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\n"
                                   "Upgrade: other\r\n\r\nother words"));
  const auto out = lab.run<HttpModuleProbe>(http_module(), http_target(server.endpoint()));
  EXPECT_EQ(out.reason, ProbeReason::http_status) << out.detail;
  EXPECT_EQ(value_of(out, "probe_http_status_code"), 101);
}

TEST(HttpModule, Names) {
  ModuleLab lab;
  ScriptedServer server(lab.loop, kOk);
  const auto port = ":" + std::to_string(server.endpoint().port);
  lab.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  const auto out = lab.run<HttpModuleProbe>(http_module(), "web.test" + port + "/x");
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_THAT(server.requests().at(0), HasSubstr("Host: web.test" + port + "\r\n"));
  lab.run<HttpModuleProbe>(http_module(), "web.test" + port, 5s, "front.test");
  EXPECT_THAT(server.requests().at(1), HasSubstr("Host: front.test\r\n"));

  const auto gone = lab.run<HttpModuleProbe>(http_module(), "gone.test");
  EXPECT_EQ(gone.reason, ProbeReason::dns_nxdomain) << gone.detail;
  EXPECT_EQ(value_of(gone, "probe_ip_protocol"), 0);
  EXPECT_GT(phase_of(gone, "resolve"), 0);
  EXPECT_EQ(phase_of(gone, "connect"), -1);
  EXPECT_EQ(value_of(gone, "probe_http_status_code"), 0);

  lab.silent = "silent.test.";
  EXPECT_EQ(lab.run<HttpModuleProbe>(http_module(), "silent.test", 60ms).reason,
            ProbeReason::dns_timeout);
}

TEST(HttpModule, NotPermittedNeverGetsASocket) {
  ModuleLab lab;
  lab.zone["away.test. 1"] = {testing::dns_address("192.0.2.1")};
  ScriptedServer server(lab.loop, [](const std::string& request) {
    const bool to_name = request.starts_with("GET /name");
    return says(http_text(
        "302 x", to_name ? "Location: http://away.test/\r\n" : "Location: http://192.0.2.1/\r\n"));
  });
  for (const auto& target : {std::string("192.0.2.1"), std::string("http://away.test:8080/"),
                             std::string("[2001:db8::1]"), http_target(server.endpoint(), "/name"),
                             http_target(server.endpoint(), "/address")}) {
    lab.tuples.records.clear();
    const auto out = lab.run<HttpModuleProbe>(http_module(), target);
    EXPECT_EQ(out.reason, ProbeReason::not_permitted) << target << out.detail;
    for (const auto& tuple : lab.tuples.records) EXPECT_EQ(tuple.remote, server.endpoint());
  }
}

TEST(HttpModule, ChecksHeadersAndBodies) {
  struct Case {
    const char* what;
    std::function<void(model::HttpModule&)> set;
    ProbeReason reason;
    double regex;
  };
  const auto answer = http_text("200 OK", "X-Kind: one\r\n", "first\nsecond\n");
  using enum ProbeReason;
  for (const auto& c : std::vector<Case>{
           {"body", [](auto& m) { m.fail_if_body_matches = {"second"}; }, body_mismatch, 1},
           {"no body", [](auto& m) { m.fail_if_body_not_matches = {"third"}; }, body_mismatch, 1},
           {"fine", [](auto& m) { m.fail_if_body_not_matches = {"second"}; }, none, 0},
           {"header", [](auto& m) { m.fail_if_header_matches = {{"X-Kind", "one"}}; },
            header_mismatch, 1},
           {"header first",
            [](auto& m) {
              m.fail_if_header_matches = {{"X-Kind", "one"}};
              m.fail_if_body_matches = {"second"};
            },
            header_mismatch, 1},
           {"status first",
            [](auto& m) {
              m.valid_status_codes = {404};
              m.fail_if_body_matches = {"second"};
            },
            http_status, 0},
           {"limit", [](auto& m) { m.body_size_limit = 5; }, protocol, 0},
           {"limit and body",
            [](auto& m) {
              m.body_size_limit = 5;
              m.fail_if_body_not_matches = {"first"};
            },
            protocol, 1},
           {"version", [](auto& m) { m.valid_http_versions = {"HTTP/2.0"}; }, protocol, 0},
           {"no TLS", [](auto& m) { m.fail_if_not_ssl = true; }, protocol, 0},
           {"TLS", [](auto& m) { m.fail_if_ssl = true; }, none, 0},
           {"gzip", [](auto& m) { m.compression = "gzip"; }, protocol, 0},
           {"gzip and body",
            [](auto& m) {
              m.compression = "gzip";
              m.fail_if_body_not_matches = {"first"};
            },
            protocol, 0},
           {"br and body",
            [](auto& m) {
              m.compression = "br";
              m.fail_if_body_not_matches = {"first"};
            },
            protocol, 1}}) {
    auto module = http_module();
    c.set(module.http);
    const auto out = outcome_of(answer, module);
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_EQ(out.success, c.reason == none) << c.what;
    EXPECT_EQ(value_of(out, "probe_failed_due_to_regex"), c.regex) << c.what;
    EXPECT_EQ(value_of(out, "probe_http_status_code"), 200) << c.what;
  }
}

TEST(HttpModule, LimitsWhatExpressionsSeeAndSaysSo) {
  ModuleLab lab;
  testing::RawServer server([](testing::RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(http_text("200 OK", {}, std::string(BodyReader::kKept, 'x') + "end"));
  });
  auto module = http_module();
  module.http.fail_if_body_matches = {"end"};
  const auto out = lab.run<HttpModuleProbe>(module, http_target(server.endpoint()));
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_http_uncompressed_body_length"), BodyReader::kKept + 3);
  EXPECT_THAT(out.log, Contains(HasSubstr("saw its first 4194304 bytes")));
}

TEST(HttpModule, DestroyedWhileItRunsItIsUnheard) {
  ModuleLab lab;
  ScriptedServer server(lab.loop, ScriptedServer::Answer{"", Then::hold, {}});
  struct Ear final : ModuleProbe::Listener {
    void on_outcome(ModuleOutcome&&) override { heard = true; }
    bool heard = false;
  } ear;
  const auto module = http_module();
  const auto target = http_target(server.endpoint());
  const auto made = [&] {
    return std::make_unique<HttpModuleProbe>(
        lab.context,
        ModuleAsk{.module = &module, .target = target, .hostname = {}, .timeout = 30ms});
  };
  auto kept = made();
  kept->start(ear);
  lab.run<HttpModuleProbe>(module, target, 100ms);  // on the same loop
  EXPECT_TRUE(ear.heard);
  ear.heard = false;
  auto dropped = made();
  dropped->start(ear);
  dropped.reset();
  lab.run<HttpModuleProbe>(module, target, 100ms);
  EXPECT_FALSE(ear.heard);
}

}  // namespace
}  // namespace rampart::probe
