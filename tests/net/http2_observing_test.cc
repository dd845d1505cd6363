// What an HTTP/2 client shows of a reply while it comes, and after the request was given up.
#include <fmt/core.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "net/http2_client.h"
#include "net/loop.h"
#include "tests/net/http2_caller.h"
#include "tests/net/http2_frames.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using http2::data;
using http2::headers;
using http2::kStatus200;
using http2::literal;
using http2::Peer;
using testing::RawServer;

TEST(Http2Client, ShowsHeaderBodyAndTrailerWhereAsked) {
  const auto block = kStatus200 + literal("x-csrf", "token") + literal("a", "");
  const auto early = headers(1, literal(":status", "103") + literal("x-csrf", "early")) +
                     headers(1, literal(":status", "100") + literal("a", "early"));
  const auto trailer = headers(1, literal("x-csrf", "late") + literal("set-cookie", "a=1"), true);
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    peer.next(NGHTTP2_HEADERS);
    peer.send(early + headers(1, block) + data(1, "he") + data(1, "llo") + trailer);
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.observe = true;
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 1:200 ");
  EXPECT_EQ(
      caller.observed,
      "1 x-csrf: token\n1 a: \n1 he\n1 llo\n1 trailer x-csrf: late\n1 trailer set-cookie: a=1\n");
  EXPECT_EQ(caller.bytes, early.size() + block.size() + 5 + trailer.size() - 3 * 9);
}

TEST(Http2Client, CancelTellsThePeerAndEndsTheCalls) {
  std::string codes;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    for (int i = 0; i < 3; ++i) peer.next(NGHTTP2_HEADERS);
    peer.send(headers(1, kStatus200 + literal("x-go", "1")));  // the test's go-ahead
    for (auto f = peer.next(NGHTTP2_RST_STREAM); f.type >= 0; f = peer.next(NGHTTP2_RST_STREAM)) {
      codes += fmt::format("{}:{} ", f.stream, static_cast<int>(f.payload.back()));
      if (f.stream == 3)
        peer.send(data(1, "late", true) + headers(3, kStatus200, true) +
                  headers(5, kStatus200 + literal("x-go", "5"), true));
    }
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.requests = 3;
    caller.observe = true;
    caller.when_streams = [&] {
      caller.send_all();
      // Never leaves, and its memory may go at once.
      const auto gone = std::make_unique<Http2Request>(
          Http2Request::Head{.method = "POST", .authority = "gone"}, "body");
      caller.client->send(*gone, Caller::tag(9));
      caller.client->cancel(Caller::tag(9));
    };
    caller.when_observed = [&] {
      if (caller.observed != "1 x-go: 1\n") return;
      caller.client->cancel(Caller::tag(1));
      caller.client->cancel(Caller::tag(2));
      caller.client->cancel(Caller::tag(77));
    };
    caller.when_ended = [&] { caller.finish(); };
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.log, "streams:100 3:200 ");
    EXPECT_EQ(caller.observed, "1 x-go: 1\n3 x-go: 5\n");
  }
  EXPECT_EQ(codes, "1:8 3:8 ");
}

// The next request has the tag of one whose RST_STREAM is on its way.
TEST(Http2Client, HeardSpeaksOfTheRequestThatIsOut) {
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings());
    peer.next(NGHTTP2_HEADERS);
    peer.send(headers(1, kStatus200) + data(1, "x"));
    peer.next(NGHTTP2_HEADERS);
    peer.send(headers(3, kStatus200, true));
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  caller.observe = true;
  std::string heard;
  caller.when_observed = [&] {
    if (!heard.empty()) return;
    auto& client = *caller.client;
    const auto ask = [&] { heard += client.heard(Caller::tag(1)) ? "yes " : "no "; };
    ask();
    client.cancel(Caller::tag(1));
    ask();
    client.send(caller.request, Caller::tag(1));
    ask();
  };
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 1:200 ");
  EXPECT_EQ(heard, "yes no no ");
}

}  // namespace
}  // namespace rampart::net
