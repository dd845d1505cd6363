#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "net/loop.h"
#include "net/stream.h"

namespace rampart::net {

// Notes what a stream says, and runs what the test wants at each call. Stops the loop at the end.
struct StreamRecorder final : Stream::Listener {
  explicit StreamRecorder(Loop& l) : loop(l) {}

  void on_open() override {
    calls += "open ";
    if (when_open) when_open();
  }
  void on_data(std::span<const char> bytes) override {
    data.append(bytes.data(), bytes.size());
    if (when_data) when_data();
  }
  void on_drained() override {
    calls += "drained ";
    if (when_drained) when_drained();
  }
  void on_end(StreamEnd why, std::string_view text) override {
    calls += "end ";
    end = why;
    detail = text;
    if (when_end)
      when_end();
    else
      loop.stop();
  }

  Loop& loop;
  std::string calls;  // without on_data, whose number is not fixed
  std::string data;
  StreamEnd end{};
  std::string detail;
  std::function<void()> when_open, when_data, when_drained, when_end;
};

}  // namespace rampart::net
