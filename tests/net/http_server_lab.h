#pragma once

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "net/timer.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"

namespace rampart::net {

using base::IpAddress;

// A server and raw clients in one loop. Without on_request set, a request is answered at once with
// its method and path.
struct ServerTest : ::testing::Test, HttpServer::Handler {
  ServerTest()
      : server(HttpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, nullptr, *this).value()) {
  }

  void on_request(HttpServer::ExchangeId id, const HttpServer::Request& request) override {
    ++requests;
    if (when_request)
      when_request(id, request);
    else
      server->reply(id, {.body = fmt::format("{} {}\n", request.method, request.path)});
  }

  void on_gone(HttpServer::ExchangeId id) override {
    gone.push_back(id);
    if (when_gone) when_gone();
  }
  void listen(const HttpServer::Options& options) {
    server =
        HttpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, nullptr, *this, options).value();
  }

  struct Client {
    Client(Loop& loop, const base::Endpoint& to, std::string text)
        : recorder(loop), tcp(TcpStream::connect(loop, to, recorder)) {
      recorder.when_open = [this, bytes = std::move(text)] { tcp->write(bytes); };
    }
    StreamRecorder recorder;
    std::unique_ptr<TcpStream> tcp;
  };
  // Sends `text` and gives all that comes until `end` has come or the server closes.
  std::string ask(const std::string& text, std::string_view end) {
    Client client(loop, server->endpoint(), text);
    client.recorder.when_data = [&] {
      if (client.recorder.data.ends_with(end)) loop.stop();
    };
    loop.run();
    closed = client.recorder.calls.ends_with("end ");
    return client.recorder.data;
  }
  // The same until the server closes.
  std::string ask(const std::string& text) {
    Client client(loop, server->endpoint(), text);
    loop.run();
    EXPECT_EQ(client.recorder.end, StreamEnd::eof) << client.recorder.detail;
    return client.recorder.data;
  }

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
  std::function<void()> when_gone;
  std::unique_ptr<HttpServer> server;
  std::vector<HttpServer::ExchangeId> gone;
  int requests = 0;
  bool closed = false;
};

}  // namespace rampart::net
