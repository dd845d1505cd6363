// A binary of its own: it replaces operator new to count what each thread allocates.
#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include "net/http2_client.h"
#include "net/http_client.h"
#include "net/loop.h"
#include "net/timer.h"
#include "tests/net/http2_frames.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace {

thread_local std::uint64_t allocations = 0;

void* allocate(std::size_t size) {
  ++allocations;
  void* const out = std::malloc(size);
  if (out == nullptr) throw std::bad_alloc();
  return out;
}

}  // namespace

// GCC 12 takes the pair for a mismatch where it inlines only one of them.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
void* operator new(std::size_t size) { return allocate(size); }
void* operator new[](std::size_t size) { return allocate(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  ++allocations;
  return std::malloc(size);
}
void operator delete(void* p) noexcept { std::free(p); }
void operator delete[](void* p) noexcept { std::free(p); }
void operator delete(void* p, const std::nothrow_t&) noexcept { std::free(p); }
void operator delete(void* p, std::size_t) noexcept { std::free(p); }
void operator delete[](void* p, std::size_t) noexcept { std::free(p); }

namespace rampart::net {
namespace {

using testing::RawServer;

// Gets one page again and again; every tenth request is timed, as a load worker does.
struct Getter final : HttpClient::Listener, Timer::Listener {
  Getter(Loop& l, int warm, int more)
      : loop(l), timer(l, *this), warm_up(warm), requests(warm + more) {}

  void on_ready() override { send(); }
  void on_reply(const HttpClient::Reply& reply) override {
    if (reply.status == 200) ++replies;
    if (replies == warm_up) at_start = allocations;
    if (replies == requests) {
      at_end = allocations;
      loop.stop();
    } else if (replies % 10 == 0) {
      timer.arm(base::MonoTime());
    } else {
      send();
    }
  }
  void on_http_end(StreamEnd, std::string_view detail) override {
    ADD_FAILURE() << detail;
    loop.stop();
  }
  void on_timer(Timer&) override { send(); }
  void send() {
    constexpr std::string_view kText = "GET / HTTP/1.1\r\nHost: test\r\nAccept: */*\r\n\r\n";
    client->send({kText.data(), kText.size()}, false);
  }

  Loop& loop;
  Timer timer;
  std::unique_ptr<HttpClient> client;
  int warm_up;
  int requests;
  int replies = 0;
  std::uint64_t at_start = 0;
  std::uint64_t at_end = 0;
};

TEST(Allocation, CountsItself) {
  const auto before = allocations;
  const auto something = std::make_unique<std::string>(100, 'x');
  EXPECT_EQ(allocations - before, 2U);
}

TEST(Allocation, NoneInAThousandRequestsAfterWarmUp) {
  RawServer server([](RawServer::Peer& peer) {
    const std::string reply =
        "HTTP/1.1 200 OK\r\nServer: test\r\nContent-Length: 2000\r\n\r\n" + std::string(2000, 'x');
    while (!peer.read_until("\r\n\r\n").empty()) peer.send(reply);
  });
  Loop loop;
  Getter getter(loop, 100, 1000);
  getter.client = std::make_unique<HttpClient>(loop, nullptr, "test", server.endpoint(), getter);
  loop.run();
  EXPECT_EQ(getter.replies, 1100);
  EXPECT_GT(getter.at_start, 0U);
  EXPECT_EQ(getter.at_end - getter.at_start, 0U);
}

// 32 streams on one connection; every tenth request is sent from a timer.
struct Http2Getter final : Http2Client::Listener, Timer::Listener {
  Http2Getter(Loop& l, int warm, int more)
      : loop(l), timer(l, *this), warm_up(warm), requests(warm + more) {}

  void on_streams(std::uint32_t streams) override {
    for (std::uint32_t i = 0; i < streams; ++i) client->send(request, this);
  }
  void on_reply(void*, const Http2Client::Reply& reply) override {
    if (reply.status == 200) ++replies;
    if (replies == warm_up) at_start = allocations;
    if (replies == requests) {
      at_end = allocations;
      loop.stop();
    } else if (replies % 10 == 0) {
      ++waiting;
      timer.arm(base::MonoTime());
    } else {
      client->send(request, this);
    }
  }
  void on_lost(void*, Http2Client::Loss) override { ADD_FAILURE(); }
  void on_goaway() override { ADD_FAILURE(); }
  void on_http_end(StreamEnd, std::string_view detail) override {
    ADD_FAILURE() << detail;
    loop.stop();
  }
  void on_timer(Timer&) override {
    for (; waiting > 0; --waiting) client->send(request, this);
  }

  Loop& loop;
  Timer timer;
  Http2Request request{{.authority = "test", .headers = {{"accept", "*/*"}}}, "a body"};
  std::unique_ptr<Http2Client> client;
  int warm_up;
  int requests;
  int replies = 0;
  int waiting = 0;
  std::uint64_t at_start = 0;
  std::uint64_t at_end = 0;
};

TEST(Allocation, NoneInAThousandHttp2RequestsAfterWarmUp) {
  RawServer server([](RawServer::Peer& raw) {
    http2::Peer peer(raw);
    peer.send(http2::settings());
    for (auto f = peer.next(NGHTTP2_DATA); f.type >= 0; f = peer.next(NGHTTP2_DATA))
      peer.send(http2::headers(f.stream, http2::kStatus200 + http2::literal("server", "test")) +
                http2::data(f.stream, std::string(2000, 'x'), true) + http2::window(0, 100));
  });
  Loop loop;
  Http2Getter getter(loop, 200, 1000);
  getter.client =
      std::make_unique<Http2Client>(loop, nullptr, "test", server.endpoint(), 32, getter);
  loop.run();
  EXPECT_GE(getter.replies, 1200);  // and those that came with the last
  EXPECT_GT(getter.at_start, 0U);
  EXPECT_EQ(getter.at_end - getter.at_start, 0U);
}

}  // namespace
}  // namespace rampart::net
