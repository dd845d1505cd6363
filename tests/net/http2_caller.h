#pragma once

#include <fmt/core.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "net/http2_client.h"
#include "net/loop.h"

namespace rampart::net {

// Sends `requests` requests once the peer's SETTINGS have come, tagged 1, 2, ..., and notes what
// comes. Stops the loop once all have ended, with the client gone, and at the end.
struct Caller final : Http2Client::Listener {
  explicit Caller(Loop& l) : loop(l), request({.authority = "test"}, "") {}

  void start(const base::Endpoint& to, std::uint32_t streams = 100) {
    client = std::make_unique<Http2Client>(loop, nullptr, "test", to, streams, *this);
  }
  void on_streams(std::uint32_t streams) override {
    log += fmt::format("streams:{} ", streams);
    if (when_streams)
      when_streams();
    else
      send_all();
  }
  void on_reply(void* exchange, const Http2Client::Reply& reply) override {
    log += fmt::format("{}:{} ", number(exchange), reply.status);
    bytes = reply.bytes;
    ended();
  }
  void on_lost(void* exchange, Http2Client::Loss why) override {
    constexpr const char* kNames[] = {"refused", "reset", "protocol", "too large"};
    log += fmt::format("{}:{} ", number(exchange), kNames[static_cast<int>(why)]);
    ended();
  }
  void on_goaway() override {
    log += "goaway ";
    if (when_goaway) when_goaway();
  }
  void on_http_end(StreamEnd end, std::string_view why) override {
    log += fmt::format("end: {} ", to_string(end));
    detail = why;
    if (when_end) when_end();
    loop.stop();
  }
  void on_header(void* exchange, std::string_view name, std::string_view value) override {
    observed += fmt::format("{} {}: {}\n", number(exchange), name, value);
    if (when_observed) when_observed();
  }
  void on_body(void* exchange, std::span<const char> more) override {
    observed +=
        fmt::format("{} {}\n", number(exchange), std::string_view(more.data(), more.size()));
    if (when_observed) when_observed();
  }

  void on_trailer(void* exchange, std::string_view name, std::string_view value) override {
    observed += fmt::format("{} trailer {}: {}\n", number(exchange), name, value);
    if (when_observed) when_observed();
  }

  void send_all() {
    while (sent < requests) send();
  }
  void send() { client->send(request, tag(++sent), observe); }
  void ended() {
    ++done;
    if (when_ended)
      when_ended();
    else if (done == requests)
      finish();
  }
  void finish() {
    client.reset();
    loop.stop();
  }
  static void* tag(int number) {
    return reinterpret_cast<void*>(static_cast<std::uintptr_t>(number));
  }
  static std::uintptr_t number(void* exchange) {
    return reinterpret_cast<std::uintptr_t>(exchange);
  }

  Loop& loop;
  Http2Request request;
  std::unique_ptr<Http2Client> client;
  bool observe = false;
  int requests = 1;
  int sent = 0;
  int done = 0;
  std::string log;
  std::string detail;
  std::string observed;
  std::uint64_t bytes = 0;
  std::function<void()> when_streams, when_ended, when_goaway, when_end, when_observed;
};

}  // namespace rampart::net
