#include "net/http_server.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls.h"
#include "tests/net/http_server_lab.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

std::size_t count(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, at + what.size())) ++n;
  return n;
}

TEST_F(ServerTest, AnswersInTheFormOfTheRequest) {
  EXPECT_EQ(ask("GET /a?b=c HTTP/1.1\r\nHost: x\r\n\r\n", "a?b=c\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 11\r\n"
            "\r\nGET /a?b=c\n");
  EXPECT_FALSE(closed);
  EXPECT_EQ(ask("HEAD / HTTP/1.1\r\n\r\n", "\r\n\r\n"),
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 7\r\n"
            "\r\n");
  const auto closing = ask("GET / HTTP/1.1\r\nConnection: close\r\n\r\n");
  EXPECT_NE(closing.find("\r\nConnection: close\r\n"), std::string::npos) << closing;
  const auto old = ask("GET / HTTP/1.0\r\n\r\n");
  EXPECT_NE(old.find("\r\nConnection: close\r\n"), std::string::npos) << old;
  const auto kept = ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "GET /\n");
  EXPECT_NE(kept.find("\r\nConnection: keep-alive\r\n"), std::string::npos) << kept;
  EXPECT_FALSE(closed);
}

// Only where they are asked for.
TEST_F(ServerTest, HandsOutTheHeader) {
  const std::string text =
      "GET / HTTP/1.1\r\nHost: x\r\nX-Other: y\r\nX-Empty:\r\nX-Two: a \r\nx-two: b\r\n\r\n";
  std::string seen;
  when_request = [&](auto id, auto& request) {
    for (const auto& field : request.fields) seen += fmt::format("{}={},", field.name, field.value);
    seen += fmt::format("{}.", request.field("x-two"));
    server->reply(id, {.body = "last"});
  };
  ask(text, "last");
  EXPECT_EQ(seen, ".");
  HttpServer::Options options;
  options.fields = {"x-two", "x-empty", "host", "x-none", "x-late"};
  listen(options);
  seen.clear();
  ask(text, "last");
  EXPECT_EQ(seen, "host=x,x-empty=,x-two=a,a.") << "of each the first one";
  seen.clear();
  ask("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Late: 1\r\n\r\n",
      "last");
  EXPECT_EQ(seen, ".");
}

TEST_F(ServerTest, RepliesWithFurtherFields) {
  const std::array fields{HttpServer::Field{"location", "/y"}, HttpServer::Field{"x-a", "b"}};
  when_request = [&](auto id, auto&) {
    server->reply(id, {.status = 302, .content_type = {}, .body = "z", .fields = fields});
  };
  EXPECT_EQ(ask("GET / HTTP/1.1\r\n\r\n", "z"),
            "HTTP/1.1 302 Found\r\nContent-Length: 1\r\nlocation: /y\r\nx-a: b\r\n\r\nz");
}

TEST_F(ServerTest, RepliesWithoutBodyHaveNone) {
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    when_request = [&](auto id, auto&) {
      server->reply(id, {.status = status, .body = "not sent", .close = true});
    };
    const auto reply = ask("GET / HTTP/1.1\r\n\r\n");
    EXPECT_EQ(reply.find("Content-Length"), std::string::npos) << reply;
    EXPECT_TRUE(reply.ends_with("\r\n\r\n")) << reply;
  }
}

TEST_F(ServerTest, AnswersThousandsOfPipelinedRequestsInOrder) {
  constexpr int kMany = 20'000;
  std::string all;
  for (int i = 0; i < kMany; ++i) all += fmt::format("GET /{} HTTP/1.1\r\n\r\n", i);
  const auto replies = ask(all, fmt::format("GET /{}\n", kMany - 1));
  EXPECT_EQ(requests, kMany);
  std::size_t at = 0;
  for (int i = 0; i < kMany && at != std::string::npos; ++i)
    at = replies.find(fmt::format("\r\n\r\nGET /{}\n", i), at);
  EXPECT_NE(at, std::string::npos);
}

// More than is kept while a reply is due, and none is lost.
TEST_F(ServerTest, AnswersPipelinedRequestsThatHadToWait) {
  constexpr int kMany = 20'000;
  HttpServer::ExchangeId open = 0;
  struct Later final : Timer::Listener {
    std::function<void()> call;
    void on_timer(Timer&) override { call(); }
  } later;
  Timer timer(loop, later);
  const base::SystemClock clock;
  when_request = [&](auto id, auto&) {
    open = id;
    timer.arm(clock.mono());
  };
  later.call = [&] { server->reply(open, {.body = requests == kMany ? "last" : "x"}); };
  std::string all;
  for (int i = 0; i < kMany; ++i) all += fmt::format("GET /{} HTTP/1.1\r\n\r\n", i);
  const auto replies = ask(all, "last");
  EXPECT_EQ(requests, kMany);
  EXPECT_EQ(count(replies, "HTTP/1.1 200 OK"), static_cast<std::size_t>(kMany));
}

// A client that sends without reading is not answered without bound.
TEST_F(ServerTest, BoundsWhatItQueuesForAClientThatDoesNotRead) {
  const std::string body(1 << 20, 'b');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = body}); };
  std::string all;
  for (int i = 0; i < 40; ++i) all += "GET / HTTP/1.1\r\n\r\n";
  Client client(loop, server->endpoint(), all);
  client.recorder.when_open = [&] {
    client.tcp->pause();
    client.tcp->write(all);
  };
  struct Later final : Timer::Listener {
    explicit Later(Loop& l) : loop(l) {}
    Loop& loop;
    void on_timer(Timer&) override { loop.stop(); }
  } later(loop);
  Timer timer(loop, later);
  timer.arm(base::SystemClock().mono() + std::chrono::milliseconds(100));
  loop.run();
  EXPECT_GT(requests, 0);
  EXPECT_LT(requests, 20);  // what the kernel's buffers take, and a little more
  client.recorder.when_data = [&] {
    if (client.recorder.data.size() > 40 * body.size()) loop.stop();
  };
  client.tcp->resume();
  loop.run();
  EXPECT_EQ(requests, 40);
}

TEST_F(ServerTest, RepliesMayComeOutOfOrderBetweenConnections) {
  std::vector<std::pair<HttpServer::ExchangeId, std::string>> open;
  when_request = [&](auto id, auto& request) {
    open.emplace_back(id, request.path);
    if (open.size() < 3) return;
    for (auto it = open.rbegin(); it != open.rend(); ++it) {
      server->reply(it->first, {.body = it->second});
      server->reply(it->first, {.body = "twice"});  // ignored
    }
  };
  std::vector<std::unique_ptr<Client>> clients;
  int answered = 0;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<Client>(loop, server->endpoint(),
                                               fmt::format("GET /{} HTTP/1.1\r\n\r\n", i)));
    clients.back()->recorder.when_data = [&] {
      if (++answered == 3) loop.stop();
    };
  }
  loop.run();
  for (std::size_t i = 0; i < 3; ++i)
    EXPECT_TRUE(clients[i]->recorder.data.ends_with(fmt::format("\r\n\r\n/{}", i)))
        << clients[i]->recorder.data;
}

TEST_F(ServerTest, AClientThatHasGoneGetsNothing) {
  HttpServer::ExchangeId open = 0;
  auto client = std::make_unique<Client>(loop, server->endpoint(), "GET / HTTP/1.1\r\n\r\n");
  when_request = [&](auto id, auto&) {
    open = id;
    client.reset();
    loop.stop();
  };
  loop.run();
  when_request = nullptr;
  EXPECT_NE(ask("GET /next HTTP/1.1\r\n\r\n", "/next\n"), "");  // by then the end has come
  EXPECT_LE(server->connections(), 1U);
  EXPECT_FALSE(server->waits_for(open));
  server->reply(open, {.body = "late"});
  server->drop(open);
  EXPECT_NE(ask("GET / HTTP/1.1\r\n\r\n", "/\n"), "");
  EXPECT_EQ(gone, std::vector{open});
}

TEST_F(ServerTest, DropClosesWithoutReply) {
  when_request = [&](auto id, auto& request) {
    server->drop(id);
    EXPECT_EQ(request.path, "/drop/a/path/that/fits/no/small/string");
  };
  EXPECT_EQ(ask("GET /drop/a/path/that/fits/no/small/string HTTP/1.1\r\n\r\n"), "");
  EXPECT_EQ(server->connections(), 0U);
  EXPECT_TRUE(gone.empty()) << "the handler knows";
}

// Each client is where it says for as long as the loop runs.
TEST_F(ServerTest, SpeaksNoHttp2WhereItMustNot) {
  HttpServer::Options options;
  options.clear_http2 = false;
  listen(options);
  const std::string preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  EXPECT_TRUE(ask(preface).starts_with("HTTP/1.1 400 "));
  EXPECT_NE(ask("GET / HTTP/1.1\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                "HTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n",
                "/\n")
                .find("HTTP/1.1 200 "),
            std::string::npos);
  EXPECT_EQ(requests, 1);
}

TEST_F(ServerTest, RefusesWhatItDoesNotTake) {
  const struct {
    const char* name;
    std::string request;
    std::string_view status;
  } cases[] = {
      {"garbage", "\x01\x02\x03garbage\r\n\r\n", "400 Bad Request"},
      {"half an http/2 preface", "PRI * HTTP/2.0\r\n\r\nSN\r\n\r\n", "400 Bad Request"},
      {"tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11), "400 Bad Request"},
      {"two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
       "400 Bad Request"},
      {"length and chunked",
       "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "400 Bad Request"},
      {"wrong chunk", "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
       "400 Bad Request"},
      {"long path", "GET /" + std::string(20'000, 'a') + " HTTP/1.1\r\n\r\n", "414 URI Too Long"},
      {"long header", "GET / HTTP/1.1\r\nX: " + std::string(200'000, 'a') + "\r\n\r\n",
       "431 Request Header Fields Too Large"},
      {"announced body", "POST / HTTP/1.1\r\nContent-Length: 1048577\r\n\r\n",
       "413 Payload Too Large"},
      {"chunked body",
       "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n100001\r\n" +
           std::string(0x100001, 'b') + "\r\n0\r\n\r\n",
       "413 Payload Too Large"},
  };
  for (const auto& c : cases) {
    const auto reply = ask(c.request);
    EXPECT_TRUE(reply.starts_with(fmt::format("HTTP/1.1 {}\r\n", c.status)))
        << c.name << ": " << reply;
    EXPECT_EQ(count(reply, "HTTP/1.1"), 1U) << c.name;
  }
  EXPECT_EQ(requests, 0);
}

TEST_F(ServerTest, TakesBodiesUpToItsLimit) {
  const std::string body(1 << 20, 'b');
  EXPECT_TRUE(
      ask(fmt::format("POST /p HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", body.size(), body),
          "POST /p\n")
          .starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(
      ask("POST /c HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "POST /c\n")
          .starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, AnswersExpect) {
  Client client(loop, server->endpoint(),
                "POST / HTTP/1.1\r\nexpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  client.recorder.when_data = [&] {
    if (client.recorder.data == "HTTP/1.1 100 Continue\r\n\r\n")
      client.tcp->write(std::string("ok"));
    if (client.recorder.data.ends_with("POST /\n")) loop.stop();
  };
  loop.run();
  EXPECT_EQ(requests, 1);
  EXPECT_TRUE(ask("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 9999999\r\n\r\n")
                  .starts_with("HTTP/1.1 413"));
  EXPECT_TRUE(ask("POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n")
                  .starts_with("HTTP/1.1 200"));
}

TEST_F(ServerTest, RequestsByteByByte) {
  const std::string text = "POST /slow HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
  Client client(loop, server->endpoint(), "");
  client.recorder.when_open = [&] {
    for (const char c : text) client.tcp->write({&c, 1});
  };
  client.recorder.when_data = [&] { loop.stop(); };
  loop.run();
  EXPECT_TRUE(client.recorder.data.ends_with("POST /slow\n")) << client.recorder.data;
}

// The reply is far above what the kernel takes at once.
TEST_F(ServerTest, ALargeLastReplyArrivesWhole) {
  const std::string body(8 << 20, 'b');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = body, .close = true}); };
  const auto reply = ask("GET / HTTP/1.1\r\n\r\nand bytes that nobody reads");
  EXPECT_TRUE(reply.ends_with("\r\n\r\n" + body)) << reply.size();
}

TEST_F(ServerTest, AClientThatNeverStopsSendingIsCutOff) {
  Client client(loop, server->endpoint(), "garbage\r\n\r\n" + std::string(16 << 20, 'x'));
  client.recorder.when_end = [] {};
  const base::SystemClock clock;
  struct Look final : Timer::Listener {
    std::function<void(Timer&)> call;
    void on_timer(Timer& timer) override { call(timer); }
  } look;
  look.call = [&](Timer& timer) {
    if (client.recorder.data.starts_with("HTTP/1.1 400") && server->connections() == 0)
      loop.stop();
    else
      timer.arm(clock.mono() + std::chrono::milliseconds(1));
  };
  Timer timer(loop, look);
  timer.arm(clock.mono());
  loop.run();
}

TEST_F(ServerTest, MayBeDestroyedInItsHandler) {
  when_request = [&](auto, auto&) { server.reset(); };
  Client client(loop, server->endpoint(), "GET /1 HTTP/1.1\r\n\r\nGET /2 HTTP/1.1\r\n\r\n");
  loop.run();
  EXPECT_EQ(client.recorder.calls, "open end ");
  EXPECT_EQ(requests, 1);
}

struct Caller final : HttpClient::Listener {
  explicit Caller(Loop& l) : loop(l) {}
  void on_ready() override { send(); }
  void on_reply(const HttpClient::Reply& reply) override {
    EXPECT_EQ(reply.status, 200);
    if (++replies == 300)
      loop.stop();
    else
      send();
  }
  void on_http_end(StreamEnd, std::string_view detail) override {
    ADD_FAILURE() << detail;
    loop.stop();
  }
  void send() {
    const std::string_view text = "GET / HTTP/1.1\r\n\r\n";
    client->send({text.data(), text.size()}, false);
  }
  Loop& loop;
  std::unique_ptr<HttpClient> client;
  int replies = 0;
};

TEST(HttpServer, ServesOurOwnClientOverTls) {
  struct Hello final : HttpServer::Handler {
    HttpServer* server = nullptr;
    std::string body = std::string(40'000, 'h');
    void on_request(HttpServer::ExchangeId id, const HttpServer::Request&) override {
      server->reply(id, {.body = body});
    }
  } hello;
  Loop loop;
  const auto context = TlsContext::self_signed_server().value();
  const auto server =
      HttpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, &context, hello).value();
  hello.server = server.get();
  const auto trust = TlsContext::client({.ca_file = "", .insecure = true}).value();
  Caller caller(loop);
  caller.client =
      std::make_unique<HttpClient>(loop, &trust, "localhost", server->endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.replies, 300);
}

}  // namespace
}  // namespace rampart::net
