#include "net/http2_session.h"

#include <gtest/gtest.h>
#include <malloc.h>
#include <nghttp2/nghttp2.h>

#include <memory>
#include <string>
#include <vector>

#include "net/loop.h"
#include "tests/net/http2_caller.h"
#include "tests/net/http2_frames.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

using http2::data;
using http2::goaway;
using http2::headers;
using http2::kStatus200;
using http2::Peer;
using http2::rst;
using testing::RawServer;

// Keeps what is written; counts as queued what the test says.
struct Sink final : Stream {
  void write(std::span<const char> bytes) override {
    writes.push_back(bytes.size());
    all.append(bytes.data(), bytes.size());
    waiting += kept ? bytes.size() : 0;
  }
  void reset() override {}
  void shutdown() override {}
  [[nodiscard]] std::size_t queued() const override { return waiting; }
  [[nodiscard]] std::uint16_t local_port() const override { return 0; }

  std::vector<std::size_t> writes;
  std::string all;
  bool kept = false;
  std::size_t waiting = 0;
};

struct Http2SessionTest : ::testing::Test {
  Http2SessionTest() {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    session = std::make_shared<Http2Session>(Http2Session::Side::client, callbacks, this);
    nghttp2_submit_settings(session->native(), 0, nullptr, 0);
  }
  // The peer's windows are open for a body of `size` bytes on stream 1.
  void send_body(std::size_t size) {
    body = size;
    const auto first = http2::settings({{4, 1 << 30}}) + http2::window(0, 1 << 30);
    EXPECT_EQ(session->receive(first), Http2Session::Outcome::done);
    const auto read = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t room,
                         std::uint32_t* flags, nghttp2_data_source* source, void*) -> ssize_t {
      auto& rest = *static_cast<std::size_t*>(source->ptr);
      const auto n = std::min(room, rest);
      rest -= n;
      if (rest == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
      return static_cast<ssize_t>(n);
    };
    const nghttp2_data_provider provider{{.ptr = &body}, read};
    submit(&provider);
  }
  void submit(const nghttp2_data_provider* provider = nullptr) {
    std::string method = ":method";
    std::string post = "POST";
    const nghttp2_nv field{reinterpret_cast<std::uint8_t*>(method.data()),
                           reinterpret_cast<std::uint8_t*>(post.data()), 7, 4, 0};
    EXPECT_GT(nghttp2_submit_request(session->native(), nullptr, &field, 1, provider, nullptr), 0);
  }

  Loop loop;
  Sink sink;
  std::shared_ptr<Http2Session> session;
  std::size_t body = 0;
};

TEST_F(Http2SessionTest, WhatIsSubmittedTogetherLeavesInOneWrite) {
  for (int i = 0; i < 100; ++i) submit();
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_EQ(sink.writes.size(), 1U);
  EXPECT_TRUE(sink.all.starts_with(NGHTTP2_CLIENT_MAGIC));
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_EQ(sink.writes.size(), 1U) << "there was nothing more to send";
}

TEST_F(Http2SessionTest, FillsTheBufferBeforeItWrites) {
  send_body(1 << 20);
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_GT(sink.all.size(), 1U << 20);
  EXPECT_LE(sink.writes.size(), 22U);  // three frames of 16 KiB in each
}

TEST_F(Http2SessionTest, LeavesOffWhileMuchIsQueued) {
  send_body(16 << 20);
  sink.kept = true;
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_LT(sink.all.size(), 512U << 10);
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_LT(sink.all.size(), 512U << 10);
  sink.kept = false;
  sink.waiting = 0;  // drained
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_GT(sink.all.size(), 16U << 20);
}

// RFC 9113, 6.10: any number of CONTINUATION frames, in segments of any size. Eight of them are
// taken however they come, and an endless row of them is not.
TEST_F(Http2SessionTest, TakesEightContinuationsByteByByteAndNoEndlessRow) {
  const auto receive = [&](std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i)
      if (const auto outcome = session->receive(bytes.substr(i, 1));
          outcome != Http2Session::Outcome::done)
        return outcome;
    return Http2Session::Outcome::done;
  };
  const auto section = [](std::uint32_t stream, int frames) {
    auto out = http2::frame(NGHTTP2_HEADERS, 1, stream, kStatus200);
    for (int i = 1; i <= frames; ++i)
      out += http2::frame(NGHTTP2_CONTINUATION, i == frames ? NGHTTP2_FLAG_END_HEADERS : 0, stream,
                          http2::literal("x", "y"));
    return out;
  };
  EXPECT_EQ(receive(http2::settings()), Http2Session::Outcome::done);
  for (const std::uint32_t stream : {1U, 3U}) {
    submit();
    EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
    EXPECT_EQ(receive(section(stream, 8)), Http2Session::Outcome::done) << session->error();
  }
  submit();
  EXPECT_EQ(session->send(loop, sink), Http2Session::Outcome::done);
  EXPECT_EQ(receive(section(5, 1000)), Http2Session::Outcome::over);
}

TEST(Http2Client, CountsALargeBodyInBoundedMemory) {
  constexpr std::uint64_t kBody = 1ULL << 30;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings() + http2::settings_ack());
    peer.next(NGHTTP2_HEADERS);
    peer.send(headers(1, kStatus200));
    std::string piece;
    for (int i = 0; i < 64; ++i) piece += data(1, std::string(16384, 'x'));
    // Without a look at the window: it is nearly as large, and opened again on the way.
    for (std::uint64_t sent = 0; sent < kBody && peer.send(piece); sent += 64 * 16384) {
    }
    peer.send(data(1, "", true));
    peer.wait_for_close();
  });
  Loop loop;
  Caller caller(loop);
  const auto before = mallinfo2().uordblks;
  std::size_t after = 0;
  caller.when_ended = [&] {
    after = mallinfo2().uordblks;
    caller.finish();
  };
  caller.start(server.endpoint());
  loop.run();
  EXPECT_EQ(caller.log, "streams:100 1:200 ");
  EXPECT_EQ(caller.bytes, kBody + 1);
  EXPECT_LT(after, before + (8U << 20));
}

TEST(Http2Client, SendsALargeBodyAsThePeerAllows) {
  std::string body(8 << 20, 'b');
  for (std::size_t i = 0; i < body.size(); i += 1000) body[i] = static_cast<char>('a' + i % 26);
  std::string arrived;
  RawServer server([&](RawServer::Peer& raw) {
    Peer peer(raw);
    peer.send(http2::settings({{4, 30'000}}));
    std::size_t open = 30'000;  // the stream's window
    while (arrived.size() < body.size()) {
      const auto frame = peer.next(NGHTTP2_DATA);
      if (frame.type < 0) return;
      EXPECT_LE(frame.payload.size(), open);
      arrived += frame.payload;
      open -= frame.payload.size();
      const auto n = static_cast<std::uint32_t>(frame.payload.size());
      if (n == 0) continue;
      peer.send(http2::window(0, n) + http2::window(1, n));
      open += n;
    }
    peer.send(headers(1, kStatus200, true));
    peer.wait_for_close();
  });
  {
    Loop loop;
    Caller caller(loop);
    caller.request = Http2Request({.method = "PUT", .authority = "test"}, body);
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.log, "streams:100 1:200 ");
  }
  EXPECT_TRUE(arrived == body);
}

TEST(Http2Client, MayBeDestroyedInEachCall) {
  for (const std::string place :
       {"streams", "reply", "lost", "not sent", "goaway", "end", "header", "body"}) {
    RawServer server([&](RawServer::Peer& raw) {
      Peer peer(raw);
      peer.send(http2::settings());
      peer.next(NGHTTP2_HEADERS);
      if (place == "lost") peer.send(rst(1, 1));
      if (place == "goaway" || place == "not sent") peer.send(goaway(1));
      if (place == "end") peer.send("nonsense, and more of it");
      peer.send(headers(1, kStatus200) + data(1, "x") + data(1, "", true));
      peer.wait_for_close();
    });
    Loop loop;
    Caller caller(loop);
    const auto destroy = [&] { caller.finish(); };
    caller.requests = 2;
    caller.observe = place == "header" || place == "body";
    if (place == "streams")
      caller.when_streams = [&] {
        caller.send_all();
        destroy();
      };
    if (place == "goaway") caller.when_goaway = destroy;
    if (place == "not sent") caller.when_goaway = [&] { caller.send(); };
    caller.when_observed = [&] {
      if (place == "header" || caller.observed.ends_with("x\n")) destroy();
    };
    caller.when_ended = [&] {
      if (place != "not sent" || caller.log.find("3:refused") != std::string::npos) destroy();
    };
    caller.when_end = destroy;
    caller.start(server.endpoint());
    loop.run();
    EXPECT_EQ(caller.client, nullptr) << place << ": " << caller.log;
  }
}

}  // namespace
}  // namespace rampart::net
