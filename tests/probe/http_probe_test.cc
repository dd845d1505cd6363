#include "probe/http_probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "lab.h"
#include "scripted_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::HasSubstr;
using namespace std::chrono_literals;
using Then = ScriptedServer::Then;

std::string ok(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

struct Case {
  const char* name;
  ScriptedServer::Answer answer;
  ProbeReason reason;
  std::uint16_t status;
  const char* detail;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

class HttpProbeAnswers : public testing::TestWithParam<Case> {};

TEST_P(HttpProbeAnswers, AreJudged) {
  const auto& c = GetParam();
  Lab lab;
  ScriptedServer server(lab.loop, c.answer);
  // Only who waits in vain has little time: a busy host must not make a timeout of an answer.
  const bool waits =
      c.reason == ProbeReason::timeout_first_byte || c.reason == ProbeReason::timeout_transfer;
  lab.add_probe("http://web.test/", server.endpoint(), waits ? base::Nanos(150ms) : 5s);
  const auto result = lab.run_http();
  EXPECT_FALSE(lab.gave_up);
  EXPECT_EQ(result.reason, c.reason) << to_string(result.reason) << ": " << result.detail;
  EXPECT_EQ(result.success, c.reason == ProbeReason::none);
  EXPECT_EQ(result.status, c.status);
  EXPECT_THAT(result.detail, HasSubstr(c.detail));
  EXPECT_GT(result.phases.connect, 0ns);
  EXPECT_EQ(result.phases.tls, 0ns);
  const bool answered = !c.answer.say.empty();
  EXPECT_EQ(result.phases.processing > 0ns, answered);
  EXPECT_LT(result.duration, waits ? 2s : 5s);
  EXPECT_EQ(server.requests().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(
    Table, HttpProbeAnswers,
    testing::Values(
        Case{"healthy", {ok("hello"), Then::hold, {}}, ProbeReason::none, 200, ""},
        Case{"until_close",
             {"HTTP/1.0 200 OK\r\n\r\nhello", Then::close, {}},
             ProbeReason::none,
             200,
             ""},
        Case{"no_content",
             {"HTTP/1.1 204 No Content\r\n\r\n", Then::hold, {}},
             ProbeReason::none,
             204,
             ""},
        Case{"interim",
             {"HTTP/1.1 103 Early Hints\r\n\r\n" + ok("x"), Then::hold, {}},
             ProbeReason::none,
             200,
             ""},
        Case{"s503",
             {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", Then::hold, {}},
             ProbeReason::http_status,
             503,
             "status 503, expected 2xx or 3xx"},
        Case{"hang",
             {"", Then::hold, {}},
             ProbeReason::timeout_first_byte,
             0,
             "sent no answer within 150 ms"},
        Case{"closed_unanswered", {"", Then::close, {}}, ProbeReason::reset, 0, ""},
        Case{"reset", {"", Then::reset, {}}, ProbeReason::reset, 0, ""},
        Case{"reset_in_body",
             {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal", Then::reset, {}},
             ProbeReason::reset,
             200,
             ""},
        Case{"cut_short",
             {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal", Then::close, {}},
             ProbeReason::protocol,
             200,
             ""},
        Case{"stall_in_header",
             {"HTTP/1.1 200 OK\r\nContent-", Then::hold, {}},
             ProbeReason::timeout_transfer,
             200,
             "began to answer"},
        Case{"stall_in_body",
             {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhal", Then::hold, {}},
             ProbeReason::timeout_transfer,
             200,
             "after 3 bytes"},
        Case{"two_gib",
             {"HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\nx", Then::hold, {}},
             ProbeReason::timeout_transfer,
             200,
             "after 1 bytes"},
        Case{"garbage",
             {"\x01\x02 this is not http\r\n\r\n", Then::hold, {}},
             ProbeReason::protocol,
             0,
             ""},
        Case{"ssh", {"SSH-2.0-OpenSSH_9.2\r\n", Then::hold, {}}, ProbeReason::protocol, 0, ""},
        Case{"bad_status",
             {"HTTP/1.1 abc OK\r\n\r\n", Then::hold, {}},
             ProbeReason::protocol,
             0,
             ""},
        Case{"wrong_chunk",
             {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello\r\n",
              Then::hold,
              {}},
             ProbeReason::protocol,
             200,
             "chunk"},
        Case{"negative_length",
             {"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhi", Then::hold, {}},
             ProbeReason::protocol,
             200,
             ""},
        Case{"endless_header",
             {"HTTP/1.1 200 OK\r\n", Then::repeat, "X-Filler: aaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"},
             ProbeReason::protocol,
             200,
             "more than 80 KiB"},
        Case{"endless_header_line",
             {"HTTP/1.1 200 OK\r\nX: ", Then::repeat, std::string(4096, 'a')},
             ProbeReason::protocol,
             200,
             ""},
        Case{"endless_body",
             {"HTTP/1.1 200 OK\r\n\r\n", Then::repeat, std::string(4096, 'a')},
             ProbeReason::timeout_transfer,
             200,
             "began to answer"}),
    [](const auto& param) { return param.param.name; });

TEST(HttpProbe, Refused) {
  Lab lab;
  base::Endpoint gone;
  {
    const ScriptedServer server(lab.loop, ScriptedServer::Answer{});
    gone = server.endpoint();
  }
  lab.add_probe("http://web.test/", gone);
  const auto result = lab.run_http();
  EXPECT_EQ(result.reason, ProbeReason::connect_refused);
  EXPECT_EQ(result.detail, "connect " + base::to_string(gone) + ": connection refused");
  EXPECT_EQ(result.phases.connect, 0ns);
  EXPECT_LT(result.duration, 2s);
}

TEST(HttpProbe, WithoutAddressIsNotResolved) {
  Lab lab;
  lab.add_probe("http://web.test/", {});
  lab.plan.targets[0].endpoints.clear();
  const auto result = lab.run_http();
  EXPECT_EQ(result.reason, ProbeReason::resolve_failed);
  EXPECT_TRUE(lab.tuples.records.empty());
}

TEST(HttpProbe, SendsWhatTheModuleSays) {
  Lab lab;
  ScriptedServer server(lab.loop, {ok("created"), Then::hold, {}});
  auto& spec = lab.add_probe("http://web.test:8081/ignored", server.endpoint());
  spec.module.request.method = "PUT";
  spec.module.request.path = "/a/../b?q=%20";
  spec.module.request.headers = {{"X-Thing", "one"}, {"X-Empty", ""}, {"user-agent", "mine"}};
  spec.module.request.body = "hello";
  EXPECT_TRUE(lab.run_http().success);
  ASSERT_EQ(server.requests().size(), 1U);
  const auto& request = server.requests()[0];
  EXPECT_THAT(request, testing::StartsWith("PUT /a/../b?q=%20 HTTP/1.1\r\n"));
  for (const auto* line :
       {"Host: web.test:8081\r\n", "X-Thing: one\r\n", "X-Empty:\r\n", "user-agent: mine\r\n",
        "X-Rampart-Run: 20261121-020000-test\r\n", "Content-Length: 5\r\n"})
    EXPECT_THAT(request, HasSubstr(line));
  for (const auto* absent : {"Content-Type", "Expect", "rampart/"})
    EXPECT_THAT(request, testing::Not(HasSubstr(absent)));
}

TEST(HttpProbe, SaysWhoItIs) {
  Lab lab;
  ScriptedServer server(lab.loop, {ok(""), Then::hold, {}});
  lab.add_probe("http://web.test/", server.endpoint()).module.request.method = "HEAD";
  EXPECT_TRUE(lab.run_http().success);
  EXPECT_THAT(server.requests().at(0), testing::StartsWith("HEAD / HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests().at(0), HasSubstr("User-Agent: rampart/"));
}

struct BodyCase {
  const char* pattern;
  std::string body;
  ProbeReason reason;
  const char* detail;
};

TEST(HttpProbe, BodyMatches) {
  const std::string mebi(1 << 20, 'a');
  const std::vector<BodyCase> cases{
      {"^hel+o$", "hello", ProbeReason::none, ""},
      {"wor", "hello world", ProbeReason::none, ""},
      {"(?i)HELLO", "hello", ProbeReason::none, ""},
      {"^world", "hello", ProbeReason::body_mismatch, "body of 5 bytes does not match ^world"},
      {".", "", ProbeReason::body_mismatch, "body of 0 bytes"},
      {"(unclosed", "hello", ProbeReason::local, "not a regular expression"},
      {"b$", mebi + "b", ProbeReason::body_mismatch, "1048577 bytes (first MiB searched)"},
      {"a$", mebi + "b", ProbeReason::none, ""},
  };
  for (const auto& c : cases) {
    Lab lab;
    ScriptedServer server(lab.loop, [&](const std::string&) {
      // What one send does not take is repeated in vain; Connection: close ends the body.
      return ScriptedServer::Answer{ok(c.body), Then::close, {}};
    });
    lab.add_probe("http://web.test/", server.endpoint()).module.body_matches = c.pattern;
    const auto result = lab.run_http();
    EXPECT_EQ(result.reason, c.reason) << c.pattern << ": " << result.detail;
    EXPECT_THAT(result.detail, HasSubstr(c.detail));
  }
}

TEST(HttpProbe, EveryPatternOfAPlanIsChecked) {
  EXPECT_TRUE(check_pattern("^a+$"));
  EXPECT_EQ(check_pattern("(a").error().text,
            "not a regular expression that RE2 reads: missing ): (a");
  model::Plan plan;
  plan.probes.emplace_back().name = "p";
  auto& load = plan.loads.emplace_back();
  load.name = "shop";
  auto& step = load.steps.emplace_back();
  step.name = "GET /";
  step.extract = {{"id", model::Extract::From::json, "(a"},
                  {"id", model::Extract::From::regex, "a"}};
  EXPECT_TRUE(check_patterns(plan));
  step.extract[1].expression = "a)";
  EXPECT_THAT(check_patterns(plan).error().text,
              HasSubstr("load 'shop', step 'GET /': extract.id is not a regular expression"));
  step.expect_body = "[";
  EXPECT_THAT(check_patterns(plan).error().text,
              HasSubstr("load 'shop', step 'GET /': expect.body is not a regular expression"));
  plan.probes[0].module.body_matches = "*";
  EXPECT_THAT(check_patterns(plan).error().text,
              HasSubstr("probe 'p': body_matches is not a regular expression"));
}

TEST(HttpProbe, ExpectedStatus) {
  Lab lab;
  ScriptedServer server(lab.loop, {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", Then::hold, {}});
  auto& wanted = lab.add_probe("http://web.test/", server.endpoint()).module.request.expect_status;
  wanted = {401, 404};
  EXPECT_TRUE(lab.run_http().success);
  wanted = {200, 201};
  const auto result = lab.run_http();
  EXPECT_EQ(result.reason, ProbeReason::http_status);
  EXPECT_EQ(result.detail, "status 404, expected 200, 201");
}

}  // namespace
}  // namespace rampart::probe
