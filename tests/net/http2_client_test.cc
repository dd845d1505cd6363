#include "net/http2_client.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "tests/net/http2_caller.h"
#include "tests/net/http2_frames.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using http2::Peer;
using testing::RawServer;

// What a server may say to `requests` requests, all at once when the last has come.
struct ReplyCase {
  const char* name;
  int requests;
  std::string bytes;
  std::string_view log;
  std::string_view detail = "";
  std::string first = http2::settings();  // before the requests
};

using http2::data;
using http2::goaway;
using http2::headers;
using http2::kStatus200;
using http2::kStatus404;
using http2::literal;
using http2::rst;

const ReplyCase kCases[] = {
    {"header only", 1, headers(1, kStatus200, true), "streams:100 1:200 "},
    {"a body", 1, headers(1, kStatus404) + data(1, "hello", true), "streams:100 1:404 "},
    {"body in pieces", 1,
     headers(1, kStatus200) + data(1, "he") + data(1, "llo") + data(1, "", true),
     "streams:100 1:200 "},
    {"any order", 3,
     headers(5, kStatus200, true) + headers(1, kStatus200) + headers(3, kStatus404, true) +
         data(1, "x", true),
     "streams:100 3:200 2:404 1:200 "},
    {"interim reply", 1, headers(1, literal(":status", "103")) + headers(1, kStatus404, true),
     "streams:100 1:404 "},
    {"trailers", 1, headers(1, kStatus200) + data(1, "x") + headers(1, literal("x-sum", "1"), true),
     "streams:100 1:200 "},
    {"continuation", 1,
     http2::frame(1, 1, 1, kStatus200) + http2::frame(9, 4, 1, literal("x-more", "1")),
     "streams:100 1:200 "},
    {"reset", 2, rst(1, NGHTTP2_INTERNAL_ERROR) + headers(3, kStatus200, true),
     "streams:100 1:reset 2:200 "},
    {"reset in the body", 1, headers(1, kStatus200) + data(1, "x") + rst(1, NGHTTP2_CANCEL),
     "streams:100 1:reset "},
    {"refused", 1, rst(1, NGHTTP2_REFUSED_STREAM), "streams:100 1:refused "},
    {"wrong content-length", 1,
     headers(1, kStatus200 + literal("content-length", "7")) + data(1, "hello", true),
     "streams:100 1:protocol "},
    {"no status", 1, headers(1, literal("x", "y"), true), "streams:100 1:protocol "},
    {"status that is no number", 1, headers(1, literal(":status", "2x0"), true),
     "streams:100 1:protocol "},
    {"upper case name", 1, headers(1, kStatus200 + literal("X-Up", "1"), true),
     "streams:100 1:protocol "},
    {"goaway with replies still to come", 3,
     goaway(3) + headers(1, kStatus200, true) + headers(3, kStatus200, true),
     "streams:100 goaway 3:refused 1:200 2:200 end: closed by the peer ", "GOAWAY with NO_ERROR"},
    {"goaway twice, as in a graceful shutdown", 1,
     goaway(0x7fffffff) + goaway(1) + headers(1, kStatus200, true),
     "streams:100 goaway 1:200 end: closed by the peer ", "GOAWAY"},
    {"goaway with a reason", 1, goaway(0, NGHTTP2_ENHANCE_YOUR_CALM),
     "streams:100 goaway 1:refused end: closed by the peer ", "ENHANCE_YOUR_CALM"},
    {"close", 2, headers(1, kStatus200, true), "streams:100 1:200 end: closed by the peer "},
    {"cut in a frame", 1, headers(1, kStatus200).substr(0, 5),
     "streams:100 end: closed by the peer "},
    {"fewer streams", 1, "", "streams:7 end: closed by the peer ", "", http2::settings({{3, 7}})},
    {"the streams change", 1,
     http2::settings({{3, 9}}) + http2::settings({{3, 9}}) + http2::settings({{3, 1000}}) +
         headers(1, kStatus200, true),
     "streams:50 streams:9 streams:100 1:200 ", "", http2::settings({{3, 50}})},
    {"http/1.1", 1, "", "end: protocol error ", "does not speak HTTP/2",
     "HTTP/1.1 400 Bad Request\r\n\r\n"},
    {"ssh", 1, "", "end: protocol error ", "", "SSH-2.0-OpenSSH_9.2p1\r\n"},
    {"no settings first", 1, "", "end: protocol error ", "", headers(1, kStatus200, true)},
    {"zeros", 1, "", "end: protocol error ", "", std::string(100, '\0')},
    {"a reply that nobody asked for", 1, headers(7, kStatus200, true),
     "streams:100 end: protocol error "},
    {"a push", 1, http2::frame(5, 4, 1, http2::be32(2) + "\x82\x84\x86"),
     "streams:100 end: protocol error ", "", http2::settings() + http2::settings_ack()},
    {"a broken header block", 1, headers(1, "\xff\xff\xff\xff\xff\xff\xff"),
     "streams:100 end: protocol error "},
    {"data on stream 0", 1, data(0, "x"), "streams:100 end: protocol error "},
    {"a frame above the limit", 1, data(1, std::string(17'000, 'x')),
     "streams:100 end: protocol error "},
    {"a window that overflows", 1, http2::window(0, 0x7fffffff),
     "streams:100 end: protocol error "},
    {"endless continuation", 1,
     [] {
       std::string s = http2::frame(1, 1, 1, kStatus200);
       for (int i = 0; i < 5000; ++i)
         s += http2::frame(9, 0, 1, literal("x", std::string(100, 'v')));
       return s;
     }(),
     "streams:100 end: protocol error "},
};

void check(const ReplyCase& c, bool bytewise) {
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    const auto send = [&](const std::string& bytes) {
      if (bytewise)
        raw.send_bytewise(bytes);
      else
        raw.send(bytes);
    };
    send(c.first);
    for (int i = 0; i < c.requests; ++i)
      if (peer.next(NGHTTP2_HEADERS).type < 0) return;
    send(c.bytes);
    if (!c.detail.empty() || c.log.find("closed") == c.log.npos) raw.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.requests = c.requests;
  if (c.log.find("end") != c.log.npos) caller.when_ended = [] {};
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, c.log) << c.name << (bytewise ? ", bytewise: " : ": ") << caller.detail;
  EXPECT_NE(caller.detail.find(c.detail), std::string::npos) << c.name << ": " << caller.detail;
}

TEST(Http2Client, RepliesInOnePiece) {
  for (const auto& c : kCases) check(c, false);
}

TEST(Http2Client, RepliesByteByByte) {
  for (const auto& c : kCases)
    if (c.bytes.size() + c.first.size() < 1000) check(c, true);
}

TEST(Http2Client, RefusedIsItsEnd) {
  Loop loop;
  Caller caller(loop);
  caller.start(RawServer::refusing());
  loop.run();
  EXPECT_EQ(caller.log, "end: connection refused ");
}

TEST(Http2Client, SaysWhatTheRequestHoldsAndLeavesOutWhatHttp2Forbids) {
  http2::Fields got;
  std::string preface;
  std::string body;
  http2::Peer::Frame first;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    preface = peer.preface;
    peer.send(http2::settings());
    first = peer.next(NGHTTP2_SETTINGS);
    const auto frame = peer.next(NGHTTP2_HEADERS);
    got = peer.inflate(frame.payload);
    const auto more = peer.next(NGHTTP2_DATA);
    body = more.payload;
    EXPECT_EQ(more.flags, NGHTTP2_FLAG_END_STREAM);
    peer.send(headers(1, kStatus200, true));
    peer.wait_for_close();
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.request = Http2Request({.method = "POST",
                                   .scheme = "https",
                                   .authority = "a:8443",
                                   .path = "/p?q",
                                   .headers = {{"User-Agent", "x/1"},
                                               {"Connection", "close"},
                                               {"Keep-Alive", "1"},
                                               {"Transfer-Encoding", "chunked"},
                                               {"Upgrade", "h2c"},
                                               {"TE", "gzip"},
                                               {"te", "trailers"},
                                               {"Host", "b"},
                                               {"Content-Length", "999"},
                                               {"X-Empty", ""}}},
                                  "four");
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.log, "streams:100 1:200 ");
  }
  EXPECT_EQ(preface, NGHTTP2_CLIENT_MAGIC);
  EXPECT_EQ(first.payload, std::string("\0\2\0\0\0\0\0\4\x3f\xff\xff\xff", 12));
  const http2::Fields wanted = {{":method", "POST"}, {":scheme", "https"},   {":authority", "b"},
                                {":path", "/p?q"},   {"user-agent", "x/1"},  {"te", "trailers"},
                                {"x-empty", ""},     {"content-length", "4"}};
  EXPECT_EQ(got, wanted);
  EXPECT_EQ(body, "four");
}

// Answers each request with a body of 100 bytes.
void serve_all(RawServer::Peer& raw) {
  Peer peer(raw);
  peer.send(http2::settings({{3, 32}}));
  for (;;) {
    const auto frame = peer.next(NGHTTP2_HEADERS);
    if (frame.type < 0) return;
    peer.send(headers(frame.stream, kStatus200) + data(frame.stream, std::string(100, 'b'), true));
  }
}

TEST(Http2Client, KeepsManyRequestsOutOnOneConnection) {
  RawServer server(serve_all);
  Loop loop;
  Caller caller(loop);
  caller.requests = 5000;
  caller.when_streams = [&] {
    for (int i = 0; i < 32; ++i) caller.send();
  };
  caller.when_ended = [&] {
    if (caller.done == caller.requests)
      caller.finish();
    else if (caller.sent < caller.requests)
      caller.send();
  };
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.done, 5000);
  EXPECT_EQ(caller.bytes, 101U);
}

TEST(Http2Client, SendAfterGoawayIsRefused) {
  RawServer server([](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    peer.next(NGHTTP2_HEADERS);
    peer.send(goaway(1) + http2::frame(NGHTTP2_PING, 0, 0, "12345678"));
    peer.next(NGHTTP2_PING);
    peer.send(headers(1, kStatus200, true));
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.when_ended = [] {};
  caller.when_goaway = [&] { caller.send(); };
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 goaway 2:refused 1:200 end: closed by the peer ");
  caller.send();  // what a careless owner does
  caller.client->cancel(Caller::tag(3));
  EXPECT_EQ(caller.done, 2);
}

TEST(Http2Client, NeedsAServerThatChoosesHttp2) {
  struct Case {
    std::string_view chosen;  // empty: the server knows no ALPN
    bool refuses = false;
  };
  for (const auto& c : {Case{""}, Case{"h2"}, Case{"", true}}) {
    const auto context = TlsContext::self_signed_server().value();
    const auto select = [](SSL*, const unsigned char** out, unsigned char* size,
                           const unsigned char*, unsigned, void* user) {
      const auto& wanted = *static_cast<const Case*>(user);
      *out = reinterpret_cast<const unsigned char*>(wanted.chosen.data());
      *size = static_cast<unsigned char>(wanted.chosen.size());
      if (wanted.refuses) return SSL_TLSEXT_ERR_ALERT_FATAL;
      return wanted.chosen.empty() ? SSL_TLSEXT_ERR_NOACK : SSL_TLSEXT_ERR_OK;
    };
    SSL_CTX_set_alpn_select_cb(context.native(), select, const_cast<Case*>(&c));
    Loop loop;
    struct Server final : TcpServer::Listener, Stream::Listener {
      explicit Server(const TlsContext& c) : tls(c) {}
      void on_accept(std::unique_ptr<TcpStream> tcp) override {
        stream = accept_tls(tls, std::move(tcp), *this);
      }
      void on_open() override {}
      // In answer to the preface.
      void on_data(std::span<const char>) override {
        EXPECT_EQ(stream->alpn(), "h2");
        stream->write(http2::settings() + goaway(0));
      }
      void on_end(StreamEnd, std::string_view) override {}
      const TlsContext& tls;
      std::unique_ptr<Stream> stream;
    } server(context);
    const auto listening =
        TcpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, server).value();
    const auto trust = TlsContext::client({.ca_file = "", .insecure = true}).value();
    Caller caller(loop);
    caller.client = std::make_unique<Http2Client>(loop, &trust, "localhost", listening->endpoint(),
                                                  100, caller);
    loop.run();
    if (c.chosen == "h2") {
      EXPECT_TRUE(caller.log.starts_with("streams:100 goaway ")) << caller.log;
    } else {
      EXPECT_EQ(caller.log, "end: protocol error ") << caller.detail;
      EXPECT_TRUE(caller.detail.starts_with("the server does not speak HTTP/2 (")) << caller.detail;
    }
  }
}

// Each octet of the block gives a field of 4,000 bytes.
TEST(Http2Client, AnEndlessHeaderSectionLosesItsStreamOnly) {
  RawServer server([](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    peer.next(NGHTTP2_HEADERS);
    peer.next(NGHTTP2_HEADERS);
    const std::string value(4000, 'v');
    // With indexing, name of one byte, length 4000 as 127 + 3873.
    const std::string bomb =
        kStatus200 + "\x40\x01x\x7f\xa1\x1e" + value + std::string(10'000, '\xbe');
    peer.send(headers(1, bomb, true) + headers(3, kStatus404, true));
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.requests = 2;
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 2:404 1:protocol ");
}

// The fields and bodies of three requests on one connection, as the server reads them.
std::string read_three(const std::function<void(Http2Request&, int)>& build) {
  std::string seen;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    for (int i = 0; i < 3; ++i) {
      const auto head = peer.next(NGHTTP2_HEADERS);
      for (const auto& [name, value] : peer.inflate(head.payload)) seen += name + "=" + value + ";";
      if ((head.flags & NGHTTP2_FLAG_END_STREAM) == 0) seen += peer.next(NGHTTP2_DATA).payload;
      seen += "\n";
      peer.send(headers(head.stream, kStatus200, true));
    }
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.requests = 3;
  int built = 0;
  const auto next = [&] {
    build(caller.request, built++);
    caller.send();
  };
  caller.when_streams = next;
  caller.when_ended = [&] { caller.done < 3 ? next() : caller.finish(); };
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 1:200 2:200 3:200 ");
  return seen;
}

TEST(Http2Client, ARequestCanBeBuiltAnewInItsMemory) {
  const std::string bodies[] = {std::string(100, 'x'), "", "yy"};
  const auto head = [](int i) {
    return Http2Request::Head{.method = "PUT",
                              .authority = "test",
                              .path = "/" + std::string(static_cast<std::size_t>(9 - 4 * i), 'p'),
                              .headers = {{"X-N", std::to_string(i)},
                                          {"Host", "other"},
                                          {"Connection", "close"},
                                          {"Content-Length", "7"}}};
  };
  const auto anew = read_three([&](Http2Request& request, int i) {
    const auto& body = bodies[i];
    request.clear();
    for (const auto& [name, value] : Http2Request::fields_of(head(i), !body.empty()))
      request.add(name, value);
    request.finish(body);
    EXPECT_EQ(request.size(), Http2Request(head(i), body).size());
  });
  EXPECT_EQ(anew, read_three([&](Http2Request& request, int i) {
              request = Http2Request(head(i), bodies[i]);
            }));
  EXPECT_NE(anew.find(":path=/p;x-n=2;content-length=2;yy\n"), std::string::npos) << anew;
}

// It would be refused for ever.
TEST(Http2Client, ATooLargeHeaderIsSaidToBeSo) {
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    for (;;) {
      const auto frame = peer.next(NGHTTP2_HEADERS);
      if (frame.type < 0) return;
      peer.send(headers(frame.stream, kStatus200, true));
    }
  });
  for (const std::size_t size : {std::size_t{500'000}, std::size_t{1} << 20}) {
    Loop loop;
    Caller caller(loop);
    caller.request =
        Http2Request({.authority = "test", .headers = {{"x", std::string(size, 'x')}}}, "");
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.log, size == 500'000 ? "streams:100 1:200 " : "streams:100 1:too large ");
  }
}

TEST(Http2Client, AReplyBeforeTheBodyHasLeftEndsTheRequest) {
  http2::Peer::Frame end;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    peer.next(NGHTTP2_DATA);
    peer.send(headers(1, literal(":status", "413"), true));
    end = peer.next(NGHTTP2_RST_STREAM);
    peer.send(goaway(1));
    peer.wait_for_close();
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.request =
        Http2Request({.method = "POST", .authority = "test"}, std::string(1 << 20, 'b'));
    caller.when_ended = [] {};
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.log, "streams:100 1:413 goaway end: closed by the peer ");
  }
  EXPECT_EQ(end.stream, 1U);
  EXPECT_EQ(end.payload, http2::be32(NGHTTP2_NO_ERROR));
}

}  // namespace
}  // namespace rampart::net
