#include "probe/http_exchange.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>

#include "lab.h"
#include "scripted_server.h"
#include "tests/support/raw_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using ::testing::HasSubstr;
using ::testing::StartsWith;
using namespace std::chrono_literals;
using Answer = ScriptedServer::Answer;
using Then = ScriptedServer::Then;

Answer redirect(const std::string& to, int status = 302) {
  return {"HTTP/1.1 " + std::to_string(status) + " Moved\r\nLocation: " + to +
              "\r\nContent-Length: 0\r\n\r\n",
          Then::close,
          {}};
}
const Answer kOk{"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", Then::close, {}};

HttpAsk ask(const std::string& url, const base::Endpoint& to) {
  HttpAsk out;
  out.url = model::parse_url(url).value();
  out.endpoints = {to};
  out.timeout = 5s;
  out.keep_body = 100;
  return out;
}
std::string url_of(const ScriptedServer& server, const std::string& host = "web.test") {
  return "http://" + host + ":" + std::to_string(server.endpoint().port) + "/";
}

TEST(HttpExchange, FollowsRelativeRedirects) {
  Lab lab;
  ScriptedServer server(lab.loop, [](const std::string& request) {
    if (request.starts_with("GET /a ")) return redirect("/b");
    if (request.starts_with("GET /b ")) return redirect("c?x=1", 308);
    return kOk;
  });
  auto what = ask(url_of(server), server.endpoint());
  what.url.path = "/a";
  const auto answer = lab.ask(what);
  EXPECT_EQ(answer.reason, ProbeReason::none) << answer.detail;
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "ok");
  ASSERT_EQ(server.requests().size(), 3U);
  EXPECT_THAT(server.requests()[2], StartsWith("GET /c?x=1 HTTP/1.1\r\n"));
  EXPECT_EQ(lab.tuples.records.size(), 3U);  // a connection each
  EXPECT_GT(answer.phases.connect, 0ns);
  EXPECT_GE(answer.duration, answer.phases.connect + answer.phases.processing);
}

// Its server has another thread, and may have answered before libcurl goes on from having asked.
TEST(HttpExchange, ProcessingIsAllThatTheServerTook) {
  constexpr auto kTick = 2us;  // of libcurl's clock, at both ends
  const base::SystemClock clock;
  for (int i = 0; i < 50; ++i) {
    std::atomic<base::Nanos> took{};
    testing::RawServer server([&](testing::RawServer::Peer& peer) {
      peer.read_until("\r\n\r\n");
      const auto heard = clock.mono();
      while (clock.mono() - heard < 50us) continue;
      took = clock.mono() - heard;
      peer.send(kOk.say);
    });
    Lab lab;
    const auto answer =
        lab.ask(ask("http://" + base::to_string(server.endpoint()), server.endpoint()));
    ASSERT_EQ(answer.status, 200) << answer.detail;
    EXPECT_GE(answer.phases.processing + kTick, took.load());
    EXPECT_GE(answer.duration, answer.phases.connect + answer.phases.processing);
  }
}

TEST(HttpExchange, GivesUpARedirectLoop) {
  Lab lab;
  ScriptedServer server(lab.loop, redirect("/again"));
  const auto answer = lab.ask(ask(url_of(server), server.endpoint()));
  EXPECT_EQ(answer.reason, ProbeReason::protocol);
  EXPECT_THAT(answer.detail, HasSubstr("more than 10 redirects"));
  EXPECT_EQ(server.requests().size(), 11U);
}

TEST(HttpExchange, LeavesARedirectAloneWhereToldTo) {
  Lab lab;
  ScriptedServer server(lab.loop, redirect("/again"));
  auto what = ask(url_of(server), server.endpoint());
  what.follow_redirects = false;
  const auto answer = lab.ask(what);
  EXPECT_EQ(answer.reason, ProbeReason::none);
  EXPECT_EQ(answer.status, 302);
  EXPECT_EQ(server.requests().size(), 1U);
}

TEST(HttpExchange, RedirectsOnlyToPermittedAddresses) {
  struct Case {
    const char* to;
    ProbeReason reason;
    const char* detail;
  };
  const Case cases[] = {
      {"http://192.0.2.1/", ProbeReason::not_permitted, "192.0.2.1 is not permitted"},
      {"http://[2001:db8::1]/", ProbeReason::not_permitted, "2001:db8::1 is not permitted"},
      {"http://3221225985/", ProbeReason::not_permitted, ""},  // 192.0.2.1 as one number
      {"http://unknown.test/", ProbeReason::not_permitted, "address the plan does not know"},
      {"//unknown.test/", ProbeReason::not_permitted, "address the plan does not know"},
      {"ftp://127.0.0.1/", ProbeReason::protocol, "not an http address"},
      {"file:///etc/passwd", ProbeReason::protocol, "not an http address"},
      {"http://user:pw@127.0.0.1/", ProbeReason::protocol, "not an http address"},
  };
  for (const auto& c : cases) {
    Lab lab;
    ScriptedServer server(lab.loop, redirect(c.to));
    const auto answer = lab.ask(ask(url_of(server), server.endpoint()));
    EXPECT_EQ(answer.reason, c.reason) << c.to << ": " << answer.detail;
    EXPECT_THAT(answer.detail, HasSubstr(c.detail));
    EXPECT_EQ(lab.tuples.records.size(), 1U) << c.to;  // no socket for the second hop
  }
}

TEST(HttpExchange, RedirectsToHostsOfThePlan) {
  Lab lab;
  ScriptedServer second(lab.loop, kOk);
  ScriptedServer first(lab.loop, redirect(url_of(second, "other.test")));
  lab.hosts.emplace("other.test", second.endpoint().address);
  auto what = ask(url_of(first), first.endpoint());
  what.request.headers = {{"Authorization", "Bearer secret"}, {"X-Kept", "1"}};
  const auto answer = lab.ask(what);
  EXPECT_EQ(answer.reason, ProbeReason::none) << answer.detail;
  ASSERT_EQ(second.requests().size(), 1U);
  const auto& request = second.requests()[0];
  EXPECT_THAT(request, HasSubstr("Host: other.test:"));
  EXPECT_THAT(request, HasSubstr("X-Kept: 1"));
  EXPECT_THAT(request, ::testing::Not(HasSubstr("secret")));
  EXPECT_THAT(first.requests().at(0), HasSubstr("secret"));
}

TEST(HttpExchange, CredentialsStayWithTheirOrigin) {
  Lab lab;
  ScriptedServer second(lab.loop, kOk);
  ScriptedServer first(lab.loop, [&](const std::string& request) {
    return redirect(request.starts_with("GET / ") ? "/again" : url_of(second));
  });
  auto what = ask(url_of(first), first.endpoint());
  what.request.headers = {{"Authorization", "Bearer secret"}};
  const auto answer = lab.ask(what);
  EXPECT_EQ(answer.reason, ProbeReason::none) << answer.detail;
  ASSERT_EQ(first.requests().size(), 2U);
  EXPECT_THAT(first.requests()[1], HasSubstr("secret"));
  ASSERT_EQ(second.requests().size(), 1U);  // the same host at another port
  EXPECT_THAT(second.requests()[0], ::testing::Not(HasSubstr("secret")));
}

TEST(HttpExchange, RedirectsChangeTheMethodAsBrowsersDo) {
  struct Case {
    const char* method;
    int status;
    const char* second;
  };
  for (const Case& c :
       {Case{"POST", 301, "GET"}, Case{"POST", 302, "GET"}, Case{"POST", 303, "GET"},
        Case{"POST", 307, "POST"}, Case{"POST", 308, "POST"}, Case{"PUT", 302, "PUT"},
        Case{"PUT", 303, "GET"}, Case{"HEAD", 303, "HEAD"}}) {
    Lab lab;
    ScriptedServer server(lab.loop, [&](const std::string& request) {
      return request.find(" /b ") == std::string::npos ? redirect("/b", c.status) : kOk;
    });
    auto what = ask(url_of(server), server.endpoint());
    what.request.method = c.method;
    if (what.request.method != "HEAD") what.request.body = "abc";
    EXPECT_EQ(lab.ask(what).status, 200);
    ASSERT_EQ(server.requests().size(), 2U);
    EXPECT_THAT(server.requests()[1], StartsWith(std::string(c.second) + " /b ")) << c.status;
  }
}

TEST(HttpExchange, NotPermittedNeverGetsASocket) {
  for (const auto* address : {"192.0.2.1", "2001:db8::1", "0.0.0.0"}) {
    Lab lab;
    const auto answer =
        lab.ask(ask("http://web.test/", {base::IpAddress::parse(address).value(), 80}));
    EXPECT_EQ(answer.reason, ProbeReason::not_permitted) << answer.detail;
    EXPECT_THAT(answer.detail, HasSubstr(address));
    EXPECT_TRUE(lab.tuples.records.empty());
    EXPECT_EQ(answer.phases.connect, 0ns);
  }
}

// True where a TCP socket with this local port is connected or connecting: those that are merely
// bound are not listed.
bool in_use(std::uint16_t port) {
  std::ifstream table("/proc/net/tcp");
  std::string line;
  while (std::getline(table, line)) {
    std::istringstream words(line);
    std::string slot;
    std::string local;
    words >> slot >> local;
    const auto colon = local.find(':');
    if (colon != std::string::npos && std::stoul(local.substr(colon + 1), nullptr, 16) == port)
      return true;
  }
  return false;
}

TEST(HttpExchange, AnnouncesItsPortBeforeConnecting) {
  Lab lab;
  ScriptedServer server(lab.loop, kOk);
  bool connected_before = false;
  lab.tuples.on_push = [&](const model::OwnTuple& tuple) {
    connected_before |= in_use(tuple.local_port);
  };
  auto what = ask(url_of(server), server.endpoint());
  what.owner = model::Owner::canary;
  EXPECT_EQ(lab.ask(what).status, 200);
  EXPECT_FALSE(connected_before);
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  const auto& tuple = lab.tuples.records[0];
  EXPECT_EQ(tuple.remote, server.endpoint());
  EXPECT_EQ(tuple.proto, model::IpProto::tcp);
  EXPECT_EQ(tuple.owner, model::Owner::canary);
  EXPECT_THAT(server.peer_ports(), ::testing::ElementsAre(tuple.local_port));
}

TEST(HttpExchange, IgnoresAProxyOfTheEnvironment) {
  setenv("http_proxy", "http://192.0.2.7:3128", 1);
  Lab lab;
  ScriptedServer server(lab.loop, kOk);
  EXPECT_EQ(lab.ask(ask(url_of(server), server.endpoint())).status, 200);
  unsetenv("http_proxy");
}

TEST(HttpExchange, RefusesALongerBodyWhereToldTo) {
  Lab lab;
  ScriptedServer server(lab.loop, {"HTTP/1.1 200 OK\r\n\r\n", Then::repeat, std::string(512, 'a')});
  auto what = ask(url_of(server), server.endpoint());
  what.refuse_longer = true;
  const auto answer = lab.ask(what);
  EXPECT_EQ(answer.reason, ProbeReason::protocol);
  EXPECT_THAT(answer.detail, HasSubstr("sent more than 100 B"));
}

TEST(HttpExchange, GivenUpIsSilent) {
  Lab lab;
  ScriptedServer server(lab.loop, {"", Then::hold, {}});
  struct Silent final : HttpExchange::Listener {
    void on_answer(HttpAnswer&&) override { ADD_FAILURE() << "an answer after the end"; }
  } silent;
  {
    HttpExchange exchange(lab.context, silent);
    exchange.start(ask(url_of(server), server.endpoint()));
  }
  EXPECT_EQ(lab.ask(ask("http://web.test/", {})).reason, ProbeReason::not_permitted);
}

}  // namespace
}  // namespace rampart::probe
