#include "net/http_client.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include <functional>
#include <memory>
#include <span>
#include <string>

#include "net/loop.h"
#include "net/tls.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using testing::RawServer;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: test\r\n\r\n";

// Sends up to `requests` requests, each after the reply before, and notes what comes. Stops the
// loop after the last reply, with the client gone, and at the end.
struct Caller final : HttpClient::Listener {
  explicit Caller(Loop& l) : loop(l) {}

  void on_ready() override {
    if (when_ready)
      when_ready();
    else
      send();
  }
  void on_reply(const HttpClient::Reply& reply) override {
    log += fmt::format("{}{} ", reply.status, reply.keep_alive ? "" : " close");
    bytes = reply.bytes;
    if (when_reply)
      when_reply();
    else if (++replies < requests && reply.keep_alive)
      send();
    else
      finish();
  }
  void on_http_end(StreamEnd end, std::string_view why) override {
    log += fmt::format("end: {} ", to_string(end));
    detail = why;
    if (when_end) when_end();
    loop.stop();
  }
  void on_header(std::string_view name, std::string_view value) override {
    observed += fmt::format("{}={} ", name, value);
  }
  void on_body(std::span<const char> more) override { body.append(more.data(), more.size()); }

  // The peer's close may come in the same turn as its reply.
  void finish() {
    client.reset();
    loop.stop();
  }
  void send() { client->send({kGet.data(), kGet.size()}, head, observe); }

  Loop& loop;
  std::unique_ptr<HttpClient> client;
  bool head = false;
  bool observe = false;
  int requests = 1;
  int replies = 0;
  std::string log;
  std::string detail;
  std::string observed;
  std::string body;
  std::uint64_t bytes = 0;
  std::function<void()> when_ready, when_reply, when_end;
};

struct ReplyCase {
  const char* name;
  std::string bytes;
  std::string_view log;
  std::string_view detail = "";
  bool head = false;
};

const std::string kOk = "HTTP/1.1 200 OK\r\n";

const ReplyCase kCases[] = {
    {"length", kOk + "Content-Length: 5\r\n\r\nhello", "200 "},
    {"no body", kOk + "Content-Length: 0\r\n\r\n", "200 "},
    {"connection: close", kOk + "Connection: close\r\nContent-Length: 2\r\n\r\nok", "200 close "},
    {"http/1.0", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", "200 close "},
    {"http/1.0 keep-alive",
     "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok", "200 "},
    {"no length: until the end", kOk + "\r\nuntil the end", "200 close "},
    {"no length, no body", kOk + "\r\n", "200 close "},
    {"chunked", kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\n\r\n",
     "200 "},
    {"chunked with trailer",
     kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n", "200 "},
    {"head", kOk + "Content-Length: 5000\r\n\r\n", "200 ", "", true},
    {"head with chunked", kOk + "Transfer-Encoding: chunked\r\n\r\n", "200 ", "", true},
    {"head that sends a body", kOk + "Content-Length: 5\r\n\r\nhello", "end: protocol error ", "",
     true},
    {"204", "HTTP/1.1 204 No Content\r\n\r\n", "204 "},
    {"204 with length", "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", "204 "},
    {"304", "HTTP/1.1 304 Not Modified\r\n\r\n", "304 "},
    {"304 with length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 1234\r\n\r\n", "304 "},
    {"304 chunked", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", "304 "},
    {"100 before", "HTTP/1.1 100 Continue\r\n\r\n" + kOk + "Content-Length: 2\r\n\r\nok", "200 "},
    {"two interim replies",
     "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + kOk +
         "Content-Length: 2\r\n\r\nok",
     "200 "},
    {"an interim reply and no more", "HTTP/1.1 100 Continue\r\n\r\n", "end: answer cut short ",
     "cut short"},
    {"101", "HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
     "101 "},
    {"500", "HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "500 "},
    {"no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200 "},
    {"nothing", "", "end: closed by the peer "},
    {"cut in the status line", "HTTP/1.", "end: answer cut short ", "cut short"},
    {"cut in the header", kOk + "Content-Le", "end: answer cut short ", "cut short"},
    {"cut in the body", kOk + "Content-Length: 50\r\n\r\nhello", "end: answer cut short ",
     "cut short"},
    {"cut in a chunk", kOk + "Transfer-Encoding: chunked\r\n\r\n50\r\nhello",
     "end: answer cut short ", "cut short"},
    {"cut before the last chunk", kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
     "end: answer cut short ", "cut short"},
    {"wrong chunk size", kOk + "Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n",
     "end: protocol error ", "chunk size"},
    {"huge chunk size", kOk + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello\r\n",
     "end: protocol error "},
    {"negative length", kOk + "Content-Length: -5\r\n\r\nhello", "end: protocol error ",
     "content-length"},
    {"huge length", kOk + "Content-Length: 99999999999999999999999\r\n\r\nhello",
     "end: protocol error ", "content-length"},
    {"two lengths", kOk + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
     "end: protocol error ", "content-length"},
    {"length and chunked",
     kOk + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
     "end: protocol error "},
    {"not http", "SSH-2.0-OpenSSH_9.2p1\r\n", "end: protocol error "},
    {"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "end: protocol error "},
    {"status below 100", "HTTP/1.1 042 OK\r\nContent-Length: 0\r\n\r\n", "end: protocol error ",
     "below 100"},
    {"a null in the header", kOk + std::string("X: a\0b\r\n\r\n", 10), "end: protocol error "},
    {"endless header", kOk + "X: " + std::string(200'000, 'a'), "end: protocol error ", "header"},
    {"endless header lines",
     [] {
       std::string s = kOk;
       while (s.size() < 200'000) s += "X-Header: value\r\n";
       return s;
     }(),
     "end: protocol error ", "header"},
    {"endless trailer",
     [] {
       std::string s = kOk + "Transfer-Encoding: chunked\r\n\r\n0\r\n";
       while (s.size() < 200'000) s += "X-Header: value\r\n";
       return s;
     }(),
     "end: protocol error ", "header"},
};

void check(const ReplyCase& c, bool bytewise) {
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    if (bytewise)
      peer.send_bytewise(c.bytes);
    else
      peer.send(c.bytes);
  });
  Loop loop;
  Caller caller(loop);
  caller.head = c.head;
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.log, c.log) << c.name << (bytewise ? ", bytewise: " : ": ") << caller.detail;
  EXPECT_NE(caller.detail.find(c.detail), std::string::npos) << c.name << ": " << caller.detail;
  if (!c.log.starts_with("end")) {
    EXPECT_EQ(caller.bytes, c.bytes.size()) << c.name;
  }
}

TEST(HttpClient, RepliesInOnePiece) {
  for (const auto& c : kCases) check(c, false);
}

TEST(HttpClient, RepliesByteByByte) {
  for (const auto& c : kCases)
    // The one left out is a whole reply or not, as the bytes fall.
    if (c.bytes.size() < 1000 && c.name != std::string_view("head that sends a body"))
      check(c, true);
}

TEST(HttpClient, KeepsTheConnectionForManyRequests) {
  unsigned connections = 0;
  RawServer server([&](RawServer::Peer& peer) {
    ++connections;
    while (!peer.read_until("\r\n\r\n").empty())
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.requests = 500;
    caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
    loop.run();
    EXPECT_EQ(caller.replies, 500) << caller.log;
  }
  EXPECT_EQ(connections, 1U);
}

TEST(HttpClient, TwoRepliesToOneRequestAreAProtocolFailure) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    const std::string reply = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    peer.send(reply + reply + reply);
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.log, "end: protocol error ");
}

TEST(HttpClient, BytesBeforeTheRequestAreAProtocolFailureAndTheLastCall) {
  RawServer server([](RawServer::Peer& peer) {
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
    peer.read_some();  // the test's go-ahead: an idle turn later
    peer.send("ok");
    peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  });
  Loop loop;
  Caller caller(loop);
  caller.when_ready = [] {};
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.log, "end: protocol error ");
  // What a careless owner does: the client is silent all the same.
  caller.send();
  loop.run();
  EXPECT_EQ(caller.log, "end: protocol error ");
}

// Not a reply that ended with the connection, even where data and reset come in one turn.
TEST(HttpClient, AResetLosesTheReply) {
  RawServer server([](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
    peer.reset();
  });
  Loop loop;
  Caller caller(loop);
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.log, "end: connection reset ");
}

TEST(HttpClient, ResetIsTheLastWord) {
  RawServer server([](RawServer::Peer& peer) { peer.read_until("\r\n\r\n"); });
  Loop loop;
  Caller caller(loop);
  HttpClient client(loop, nullptr, "test", server.endpoint(), caller,
                    {.from = base::IpAddress::v4(127, 0, 1, 1)});
  caller.when_ready = [&] { client.reset(); };
  loop.run();  // ends by itself: nothing is left
  EXPECT_EQ(caller.log, "");
}

TEST(HttpClient, RefusedIsItsEnd) {
  Loop loop;
  Caller caller(loop);
  caller.client =
      std::make_unique<HttpClient>(loop, nullptr, "test", RawServer::refusing(), caller);
  loop.run();
  EXPECT_EQ(caller.log, "end: connection refused ");
}

TEST(HttpClient, CountsABodyOfGigabytesInBoundedMemory) {
  constexpr std::uint64_t kBody = 2ULL << 30;
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Length: 2147483648\r\n\r\n";
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    peer.send(head);
    const std::string piece(1 << 20, 'x');
    for (std::uint64_t sent = 0; sent < kBody && peer.send(piece); sent += piece.size()) {
    }
  });
  Loop loop;
  Caller caller(loop);
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  const auto before = mallinfo2().uordblks;
  std::size_t after = 0;
  caller.when_reply = [&] {
    after = mallinfo2().uordblks;
    caller.finish();
  };
  loop.run();
  EXPECT_EQ(caller.log, "200 ");
  EXPECT_EQ(caller.bytes, kBody + head.size());
  EXPECT_LT(after, before + (8U << 20));
}

TEST(HttpClient, SendsALargeRequestWhole) {
  const std::string body(8 << 20, 'b');
  std::size_t arrived = 0;
  RawServer server([&](RawServer::Peer& peer) {
    peer.read_until("\r\n\r\n");
    while (arrived < body.size()) {
      const auto more = peer.read_some();
      if (more.empty()) return;
      arrived += more.size();
    }
    peer.send("HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n");
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.when_ready = [&] {
      caller.client->send(
          fmt::format("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{}", body.size(), body), false);
    };
    caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
    loop.run();
    EXPECT_EQ(caller.log, "201 ");
  }
  EXPECT_EQ(arrived, body.size());
}

struct ObservedCase {
  const char* name;
  std::string bytes;
  std::string_view header;
  std::string_view body = "";
  bool head = false;
};

const ObservedCase kObserved[] = {
    {"length", kOk + "Content-Length: 5\r\n\r\nhello", "Content-Length=5 ", "hello"},
    {"blanks and empty values", kOk + "A: \t b c \t\r\nB:\r\nC:c\r\nContent-Length: 0\r\n\r\n",
     "A=b c B= C=c Content-Length=0 "},
    {"chunked with trailer",
     kOk + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n1;x=y\r\n!\r\n0\r\nX-Sum: 1\r\n\r\n",
     "Transfer-Encoding=chunked ", "hello!"},
    {"interim replies",
     "HTTP/1.1 103 Early Hints\r\nLink: <x>\r\n\r\n" + kOk + "A: b\r\nContent-Length: 2\r\n\r\nok",
     "A=b Content-Length=2 ", "ok"},
    {"folded", kOk + "A: b\r\n c\r\nContent-Length: 0\r\n\r\n", "A=b c Content-Length=0 "},
    {"until the end", kOk + "A: b\r\n\r\nuntil the end", "A=b ", "until the end"},
    {"head", kOk + "Content-Length: 5\r\n\r\n", "Content-Length=5 ", "", true},
    {"no header", kOk + "\r\n", "", ""},
};

TEST(HttpClient, HandsAnObservedReplyOn) {
  for (const auto& c : kObserved) {
    for (const bool bytewise : {false, true}) {
      SCOPED_TRACE(std::string(c.name) + (bytewise ? ", bytewise" : ""));
      RawServer server([&](RawServer::Peer& peer) {
        peer.read_until("\r\n\r\n");
        if (bytewise)
          peer.send_bytewise(c.bytes);
        else
          peer.send(c.bytes);
      });
      Loop loop;
      Caller caller(loop);
      caller.observe = true;
      caller.head = c.head;
      caller.client =
          std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
      loop.run();
      EXPECT_TRUE(caller.log.starts_with("200 ")) << caller.log;
      EXPECT_EQ(caller.observed, c.header);
      EXPECT_EQ(caller.body, c.body);
    }
  }
}

TEST(HttpClient, ObservesOnlyWhatAsksForIt) {
  RawServer server([](RawServer::Peer& peer) {
    for (const char number : {'1', '2', '3'}) {
      peer.read_until("\r\n\r\n");
      peer.send(kOk + "N: " + number + "\r\nContent-Length: 1\r\n\r\n" + number);
    }
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.observe = true;
  caller.when_reply = [&] {
    caller.observe = ++caller.replies == 2;
    if (caller.replies < 3)
      caller.send();
    else
      caller.finish();
  };
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
  loop.run();
  EXPECT_EQ(caller.log, "200 200 200 ");
  EXPECT_EQ(caller.observed, "N=1 Content-Length=1 N=3 Content-Length=1 ");
  EXPECT_EQ(caller.body, "13");
}

TEST(HttpClient, MayBeDestroyedInEachCall) {
  for (const auto* where : {"ready", "reply", "end", "end of a reply without length"}) {
    const std::string place = where;
    RawServer server([&](RawServer::Peer& peer) {
      peer.read_until("\r\n\r\n");
      if (place == "reply") peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
      if (place == "end") peer.send("nonsense\r\n");
      if (place == "end of a reply without length") peer.send("HTTP/1.1 200 OK\r\n\r\nx");
    });
    Loop loop;
    Caller caller(loop);
    const auto destroy = [&] { caller.client.reset(); };
    if (place == "ready")
      caller.when_ready = [&] {
        caller.send();
        destroy();
      };
    caller.when_reply = destroy;
    caller.when_end = destroy;
    caller.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), caller);
    loop.run();
    EXPECT_EQ(caller.client, nullptr) << place;
  }
}

TEST(HttpClient, SendsARequestInParts) {
  std::string seen;
  RawServer server([&](RawServer::Peer& peer) {
    for (int i = 0; i < 2; ++i) {
      seen += peer.read_until("\r\n\r\n");
      peer.send("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    }
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.client = std::make_unique<HttpClient>(loop, nullptr, "", server.endpoint(), caller);
  const auto send_in_parts = [&] {
    caller.client->send(std::span(kGet).first(5), false);
    EXPECT_FALSE(caller.client->heard());
    caller.client->send_more(std::span(kGet).subspan(5, 4));
    caller.client->send_more(std::span(kGet).subspan(9));
  };
  caller.when_ready = send_in_parts;
  caller.when_reply = [&] {
    caller.client->send_more(std::span(kGet).first(5));  // too late: of no request
    if (++caller.replies < 2)
      send_in_parts();
    else
      caller.finish();
  };
  loop.run();
  EXPECT_EQ(caller.log, "200 200 ");
  EXPECT_EQ(seen, std::string(kGet) + std::string(kGet));
}

}  // namespace
}  // namespace rampart::net
