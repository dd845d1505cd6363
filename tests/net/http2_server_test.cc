#include <fmt/core.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timer.h"
#include "net/tls.h"
#include "tests/net/http2_caller.h"
#include "tests/net/http2_frames.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;
using base::IpAddress;

// A server and clients in one loop. Without when_request set, a request is answered at once with
// its method and path.
struct Http2ServerTest : ::testing::Test, HttpServer::Handler {
  void listen(const TlsContext* tls = nullptr) {
    server = HttpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, tls, *this).value();
  }
  Http2ServerTest() { listen(); }

  void on_request(HttpServer::ExchangeId id, const HttpServer::Request& request) override {
    ++requests;
    if (when_request)
      when_request(id, request);
    else
      server->reply(id, {.body = fmt::format("{} {}\n", request.method, request.path)});
  }

  void on_gone(HttpServer::ExchangeId id) override { gone.push_back(id); }

  // Sends `n` times the request that `caller` holds, and gives what became of them.
  std::string ask(int n = 1) {
    caller = std::make_unique<Caller>(loop);
    caller->request = Http2Request(head, body);
    caller->requests = n;
    caller->observe = true;
    caller->start(server->endpoint(), 1000);
    loop.run();
    return caller->log;
  }
  // A client that says exactly these bytes after the preface.
  struct Raw {
    Raw(Loop& loop, const base::Endpoint& to, const std::string& text)
        : recorder(loop), tcp(TcpStream::connect(loop, to, recorder)) {
      recorder.when_open = [this, text] { tcp->write(NGHTTP2_CLIENT_MAGIC + text); };
    }
    // Frames of this type so far.
    [[nodiscard]] int count(int type) const {
      int n = 0;
      for (std::size_t at = 0; at + 9 <= recorder.data.size();) {
        const auto byte = [&](std::size_t i) {
          return static_cast<std::size_t>(static_cast<std::uint8_t>(recorder.data[at + i]));
        };
        if (byte(3) == static_cast<std::size_t>(type)) ++n;
        at += 9 + (byte(0) << 16 | byte(1) << 8 | byte(2));
      }
      return n;
    }
    StreamRecorder recorder;
    std::unique_ptr<TcpStream> tcp;
  };
  // Lets the loop run for a while.
  void wait(base::Nanos length) {
    struct Later final : Timer::Listener {
      explicit Later(Loop& l) : loop(l) {}
      Loop& loop;
      void on_timer(Timer&) override { loop.stop(); }
    } later(loop);
    Timer timer(loop, later);
    timer.arm(base::SystemClock().mono() + length);
    loop.run();
  }

  Loop loop;
  std::function<void(HttpServer::ExchangeId, const HttpServer::Request&)> when_request;
  std::unique_ptr<HttpServer> server;
  std::unique_ptr<Caller> caller;
  Http2Request::Head head{.authority = "test", .path = "/a?b=c"};
  std::string body;
  std::vector<HttpServer::ExchangeId> gone;
  int requests = 0;
};

// :method GET, :scheme http, :path /, :authority
const std::string kGet = "\x82\x86\x84" + std::string("\x41\x01") + "t";

TEST_F(Http2ServerTest, AnswersWithTheFieldsOfHttp1) {
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  EXPECT_EQ(caller->observed,
            "1 content-type: text/plain; charset=utf-8\n1 content-length: 11\n"
            "1 GET /a?b=c\n\n");
  head.method = "HEAD";
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  EXPECT_TRUE(caller->observed.ends_with("content-length: 12\n")) << caller->observed;
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    when_request = [&](auto id, auto&) {
      server->reply(id, {.status = status, .body = "not sent"});
    };
    EXPECT_EQ(ask(), fmt::format("streams:128 1:{} ", status));
    EXPECT_EQ(caller->observed, "");
  }
}

TEST_F(Http2ServerTest, ServesManyStreamsOverTlsAndPlain) {
  const auto context = TlsContext::self_signed_server().value();
  const auto trust = TlsContext::client({.ca_file = "", .insecure = true}).value();
  const std::string large(40'000, 'h');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  for (const bool tls : {false, true}) {
    if (tls) listen(&context);
    Caller many(loop);
    many.requests = 500;
    many.when_streams = [&] {
      while (many.sent < 100) many.send();
    };
    many.when_ended = [&] {
      if (many.done == many.requests)
        many.finish();
      else if (many.sent < many.requests)
        many.send();
    };
    many.client = std::make_unique<Http2Client>(loop, tls ? &trust : nullptr, "localhost",
                                                server->endpoint(), 100, many);
    loop.run();
    EXPECT_EQ(many.done, 500) << many.log;
    EXPECT_EQ(many.log.find("lost"), std::string::npos);
    EXPECT_GT(many.bytes, large.size());
  }
}

TEST_F(Http2ServerTest, SpeaksHttp1OnTheSamePort) {
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  StreamRecorder recorder(loop);
  const auto tcp = TcpStream::connect(loop, server->endpoint(), recorder);
  recorder.when_open = [&] {  // one letter of the preface is no HTTP/2 yet
    for (const char c : std::string_view("PUT /x HTTP/1.1\r\nContent-Length: 0\r\n\r\n"))
      tcp->write({&c, 1});
  };
  recorder.when_data = [&] { loop.stop(); };
  loop.run();
  EXPECT_TRUE(recorder.data.ends_with("\r\n\r\nPUT /x\n")) << recorder.data;
}

TEST_F(Http2ServerTest, RequestsByteByByte) {
  const std::string all = NGHTTP2_CLIENT_MAGIC + http2::settings() + http2::headers(1, kGet) +
                          http2::data(1, "x", true);
  StreamRecorder recorder(loop);
  const auto tcp = TcpStream::connect(loop, server->endpoint(), recorder);
  recorder.when_open = [&] {
    for (const char c : all) tcp->write({&c, 1});
  };
  recorder.when_data = [&] {
    if (recorder.data.ends_with("GET /\n")) loop.stop();
  };
  loop.run();
  EXPECT_EQ(requests, 1);
}

TEST_F(Http2ServerTest, RepliesMayComeInAnyOrder) {
  std::vector<HttpServer::ExchangeId> open;
  when_request = [&](auto id, auto&) {
    open.push_back(id);
    if (open.size() < 3) return;
    for (auto it = open.rbegin(); it != open.rend(); ++it) {
      server->reply(*it, {.status = 404, .body = ""});
      server->reply(*it, {.body = "twice"});  // ignored
      server->drop(*it);                      // so is this
    }
  };
  EXPECT_EQ(ask(3), "streams:128 3:404 2:404 1:404 ");
}

TEST_F(Http2ServerTest, DropResetsTheStreamAlone) {
  when_request = [&](auto id, auto& request) {
    if (requests == 2)
      server->drop(id);
    else
      server->reply(id, {});
    EXPECT_EQ(request.path, "/a?b=c");
  };
  EXPECT_EQ(ask(3), "streams:128 1:200 2:reset 3:200 ");
}

TEST_F(Http2ServerTest, SendsALargeBodyAsTheClientAllows) {
  const std::string large(8 << 20, 'l');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  EXPECT_EQ(ask(2).size(), std::string("streams:128 1:200 2:200 ").size());
  // With windows of 64 KiB, opened by hand.
  Raw raw(loop, server->endpoint(), http2::settings() + http2::headers(1, kGet, true));
  std::size_t opened = 0;
  raw.recorder.when_data = [&] {
    if (raw.recorder.data.size() > large.size()) loop.stop();
    if (const auto more = raw.recorder.data.size() - opened; more > 10'000) {
      const auto n = static_cast<std::uint32_t>(more);
      raw.tcp->write(http2::window(0, n) + http2::window(1, n));
      opened += more;
    }
  };
  loop.run();
  EXPECT_GT(raw.recorder.data.size(), large.size());
}

// A client that sends without reading is not answered without bound.
TEST_F(Http2ServerTest, BoundsWhatItKeepsForAClientThatDoesNotRead) {
  const std::string large(1 << 20, 'b');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  std::string all = http2::settings({{4, 0x7fffffff}}) + http2::window(0, 0x7f000000);
  for (std::uint32_t i = 0; i < 40; ++i) all += http2::headers(2 * i + 1, kGet, true);
  Raw raw(loop, server->endpoint(), "");
  raw.recorder.when_open = [&] {
    raw.tcp->pause();
    raw.tcp->write(NGHTTP2_CLIENT_MAGIC + all);
  };
  wait(100ms);
  EXPECT_GT(requests, 0);
  EXPECT_LT(requests, 20);  // what the kernel's buffers take, and a little more
  raw.recorder.when_data = [&] {
    if (raw.recorder.data.size() > 40 * large.size()) loop.stop();
  };
  raw.tcp->resume();
  loop.run();
  EXPECT_EQ(requests, 40);
}

// Nor is one that only wants answers to its pings.
TEST_F(Http2ServerTest, DoesNotReadFromAClientThatDoesNotReadEither) {
  const std::string large(16 << 20, 'b');
  when_request = [&](auto id, auto&) { server->reply(id, {.body = large}); };
  Raw raw(loop, server->endpoint(), "");
  std::string pings;
  for (int i = 0; i < 2000; ++i) pings += http2::frame(NGHTTP2_PING, 0, 0, "12345678");
  raw.recorder.when_open = [&] {
    raw.tcp->pause();
    raw.tcp->write(NGHTTP2_CLIENT_MAGIC + http2::settings({{4, 0x7fffffff}}) +
                   http2::window(0, 0x7f000000) + http2::headers(1, kGet, true));
  };
  wait(50ms);
  for (int i = 0; i < 200; ++i) raw.tcp->write(pings);
  wait(100ms);
  EXPECT_GT(raw.tcp->queued(), 100'000U);
}

TEST_F(Http2ServerTest, RefusesWhatItDoesNotTakeAndKeepsTheConnection) {
  const auto path = head.path;
  head.path = "/" + std::string(20'000, 'a');
  EXPECT_EQ(ask(2), "streams:128 1:414 2:414 ");
  head.path = path;
  head.headers = {{"x", std::string(30'000, 'a')}, {"y", std::string(30'000, 'b')}};
  head.headers.push_back({"z", std::string(1000, 'c')});
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  body = std::string((1 << 20) + 1, 'b');
  head = {.method = "POST", .authority = "test"};
  EXPECT_EQ(ask(2), "streams:128 1:413 2:413 ");
  body.pop_back();
  EXPECT_EQ(ask(2), "streams:128 1:200 2:200 ");
  EXPECT_EQ(requests, 3);
}

TEST_F(Http2ServerTest, RefusesWhatTellsItsSizeLate) {
  // Fields of 4,000 bytes for each octet; and a body without length.
  const auto bomb =
      kGet + "\x40\x01x\x7f\xa1\x1e" + std::string(4000, 'v') + std::string(1000, '\xbe');
  std::string all = http2::settings() + http2::headers(1, bomb, true) + http2::headers(3, kGet);
  for (int i = 0; i < 65; ++i) all += http2::data(3, std::string(16384, 'b'));
  Raw raw(loop, server->endpoint(), all + http2::headers(5, kGet, true));
  raw.recorder.when_data = [&] {
    if (raw.recorder.data.ends_with("GET /\n")) loop.stop();
  };
  loop.run();
  EXPECT_EQ(requests, 1);
  EXPECT_EQ(raw.count(NGHTTP2_HEADERS), 3);
  EXPECT_EQ(raw.count(NGHTTP2_RST_STREAM), 0);
  // The long body goes on for ever.
  std::string more;
  for (int i = 0; i < 400; ++i) more += http2::data(3, std::string(16384, 'b'));
  raw.tcp->write(more + http2::headers(7, kGet, true));
  raw.recorder.when_data = [&] {
    if (raw.count(NGHTTP2_HEADERS) == 4) loop.stop();
  };
  loop.run();
  EXPECT_EQ(requests, 2);
  EXPECT_EQ(raw.count(NGHTTP2_RST_STREAM), 1);
  EXPECT_EQ(raw.count(NGHTTP2_GOAWAY), 0);
}

// Small ones as well: each takes room beside its text.
TEST_F(Http2ServerTest, CountsFieldsAgainstTheLimitOfHeaders) {
  const auto ask_with = [&](std::size_t fields) {
    // "accept-encoding: gzip, deflate" of the static table: an octet for 28 and the field.
    Raw raw(loop, server->endpoint(),
            http2::settings() + http2::headers(1, kGet + std::string(fields, '\x90'), true));
    raw.recorder.when_data = [&] {
      if (raw.count(NGHTTP2_HEADERS) == 1) loop.stop();
    };
    loop.run();
  };
  ask_with(1300);
  EXPECT_EQ(requests, 1);
  ask_with(1400);
  EXPECT_EQ(requests, 1) << "80 KiB hold 1365 of them";
}

// A path of 4,000 bytes for each octet, in as many requests as may be open, none of which ends.
TEST_F(Http2ServerTest, BoundsWhatOpenRequestsHold) {
  // :method GET, :scheme http, :authority t without indexing
  const auto get = "\x82\x86\x01\x01" + std::string("t");
  const auto first = get + "\x44\x7f\xa1\x1e" + "/" + std::string(3999, 'a');
  std::string all = http2::settings() + http2::headers(1, first);
  for (std::uint32_t stream = 3; stream < 256; stream += 2)
    all += http2::headers(stream, get + "\xbe");
  Raw raw(loop, server->endpoint(), all + http2::data(1, "", true));
  raw.recorder.when_data = [&] {
    if (raw.count(NGHTTP2_DATA) == requests) loop.stop();
  };
  while (requests == 0) loop.run();
  EXPECT_EQ(raw.count(NGHTTP2_HEADERS), 64) << "256 KiB hold 65 of the 128";
  EXPECT_EQ(raw.count(NGHTTP2_GOAWAY), 0);
  // What has ended leaves room for another one.
  raw.tcp->write(http2::rst(3, NGHTTP2_CANCEL) + http2::headers(257, get + "\xbe", true));
  while (requests == 1) loop.run();
  EXPECT_EQ(requests, 2);
}

TEST_F(Http2ServerTest, HandsOutTheFieldsThatAreWanted) {
  HttpServer::Options options;
  options.fields = {"x-two"};
  server =
      HttpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, nullptr, *this, options).value();
  std::string seen;
  when_request = [&](auto, auto& request) {
    for (const auto& field : request.fields) seen += fmt::format("{}={},", field.name, field.value);
    loop.stop();
  };
  const auto block = kGet + http2::literal("x-one", "a") + http2::literal("x-two", "b") +
                     http2::literal("x-two", "c");
  Raw raw(loop, server->endpoint(), http2::settings() + http2::headers(1, block, true));
  loop.run();
  EXPECT_EQ(seen, "x-two=b,");
}

TEST_F(Http2ServerTest, IsNoProxy) {
  // :method CONNECT, :authority t
  const auto connect = http2::literal(":method", "CONNECT") + "\x41\x01t";
  Raw raw(loop, server->endpoint(), http2::settings() + http2::headers(1, connect));
  raw.recorder.when_data = [&] {
    if (raw.count(NGHTTP2_HEADERS) == 1) loop.stop();
  };
  loop.run();
  EXPECT_NE(raw.recorder.data.find("\x8c"), std::string::npos) << ":status 400";
  EXPECT_EQ(requests, 0);
}

TEST_F(Http2ServerTest, AnswersExpect) {
  head = {.method = "POST", .authority = "test", .headers = {{"expect", "100-continue"}}};
  body = "ok";
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  EXPECT_TRUE(caller->observed.starts_with("1 content-type: ")) << caller->observed;

  // :method POST, :scheme http, :path /, :authority
  const auto post = "\x83\x86\x84\x41\x01t" + http2::literal("expect", "100-continue");
  Raw raw(loop, server->endpoint(), http2::settings() + http2::headers(1, post));
  raw.recorder.when_data = [&] {
    if (raw.count(NGHTTP2_HEADERS) == 1) loop.stop();
  };
  loop.run();
  const std::string status100 = "\x48\x82\x08\x01";  // the index of :status, "100" by Huffman
  EXPECT_NE(raw.recorder.data.find(http2::headers(1, status100)), std::string::npos);
}

TEST_F(Http2ServerTest, ClosesAfterAReplyThatSaysSo) {
  when_request = [&](auto id, auto&) { server->reply(id, {.body = "", .close = true}); };
  caller = std::make_unique<Caller>(loop);
  caller->requests = 2;
  caller->when_ended = [] {};
  caller->start(server->endpoint());
  loop.run();
  EXPECT_EQ(caller->log, "streams:100 1:200 goaway 2:200 end: closed by the peer ");
  caller.reset();
  wait(10ms);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Http2ServerTest, TellsItsClientsWhenItStops) {
  when_request = [&](auto, auto&) {
    if (requests == 2) server.reset();
  };
  caller = std::make_unique<Caller>(loop);
  caller->requests = 2;
  caller->start(server->endpoint());
  loop.run();
  EXPECT_TRUE(caller->log.starts_with("streams:100 goaway ")) << caller->log;
}

TEST_F(Http2ServerTest, AClientThatHasGoneGetsNothing) {
  HttpServer::ExchangeId open = 0;
  when_request = [&](auto id, auto&) {
    open = id;
    caller->finish();
  };
  ask();
  when_request = nullptr;
  EXPECT_EQ(ask(), "streams:128 1:200 ");
  EXPECT_EQ(gone, std::vector{open});
  server->reply(open, {.body = "late"});
  server->drop(open);
  EXPECT_EQ(ask(), "streams:128 1:200 ");
}

// Reset while it waits for its answer, or before it was handed out.
TEST_F(Http2ServerTest, AStreamThatIsResetGetsNothing) {
  HttpServer::ExchangeId open = 0;
  when_request = [&](auto id, auto&) { open = id; };
  Raw raw(loop, server->endpoint(),
          http2::settings() + http2::headers(1, kGet, true) + http2::headers(3, kGet, true) +
              http2::rst(1, NGHTTP2_CANCEL));
  wait(20ms);
  EXPECT_EQ(requests, 1);
  raw.tcp->write(http2::rst(3, NGHTTP2_CANCEL));
  wait(20ms);
  EXPECT_EQ(gone, std::vector{open}) << "the other one was never handed out";
  server->reply(open, {.body = "late"});
  when_request = nullptr;
  raw.tcp->write(http2::headers(5, kGet, true));
  wait(20ms);
  EXPECT_EQ(raw.count(NGHTTP2_HEADERS), 1);
  EXPECT_EQ(raw.count(NGHTTP2_GOAWAY), 0);
}

// One whose request is not complete, one that waits for its answer, one without a stream.
TEST_F(Http2ServerTest, ClosesConnectionsThatKeepItWaiting) {
  when_request = [&](auto id, auto& request) {
    if (request.path == "/") server->reply(id, {.body = "idle\n"});
  };
  const std::string wait_for = "\x82\x86\x44\x02/w\x41\x01t";
  Raw slow(loop, server->endpoint(), http2::settings() + http2::headers(1, kGet));
  Raw waits(loop, server->endpoint(), http2::settings() + http2::headers(1, wait_for, true));
  Raw idle(loop, server->endpoint(), http2::settings() + http2::headers(1, kGet, true));
  for (auto* raw : {&slow, &waits, &idle}) raw->recorder.when_end = [] {};
  wait(20ms);
  ASSERT_EQ(requests, 2);
  const auto begin = base::MonoTime(1ns);
  for (const auto& [later, left] :
       {std::pair{0ns, 3U}, std::pair{HttpServer::kPatience, 3U},
        std::pair{HttpServer::kPatience + 1ns, 2U}, std::pair{HttpServer::kIdle, 2U},
        std::pair{HttpServer::kIdle + 1ns, 1U}}) {
    server->prune(begin + later);
    EXPECT_EQ(server->connections(), left);
  }
  EXPECT_TRUE(gone.empty());
}

TEST_F(Http2ServerTest, EndsAConnectionThatIsNoHttp2) {
  for (const auto& bytes :
       {std::string("garbage that is no frame at all"), http2::headers(1, kGet, true),
        http2::settings() + http2::data(0, "x"), http2::settings() + http2::headers(2, kGet, true),
        http2::settings() + http2::headers(1, "\xff\xff\xff\xff\xff\xff", true),
        http2::settings() + http2::window(0, 0x7fffffff)}) {
    Raw raw(loop, server->endpoint(), bytes);
    loop.run();
    EXPECT_EQ(raw.recorder.end, StreamEnd::eof) << raw.recorder.detail;
    EXPECT_EQ(raw.count(NGHTTP2_GOAWAY), 1);
  }
  EXPECT_EQ(requests, 0);
  wait(10ms);
  EXPECT_EQ(server->connections(), 0U);
}

TEST_F(Http2ServerTest, AClientThatResetsWithoutEndIsCutOff) {
  std::string all = http2::settings();
  for (std::uint32_t i = 0; i < 20'000; ++i)
    all += http2::headers(2 * i + 1, kGet, true) + http2::rst(2 * i + 1, NGHTTP2_CANCEL);
  Raw raw(loop, server->endpoint(), all);
  loop.run();
  EXPECT_EQ(raw.count(NGHTTP2_GOAWAY), 1);
  EXPECT_LT(requests, 20'000);
}

}  // namespace
}  // namespace rampart::net
