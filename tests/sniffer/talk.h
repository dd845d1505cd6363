#pragma once

#include <string>
#include <utility>

#include "replay.h"

namespace rampart::sniffer::test {

inline constexpr std::uint8_t kData = tcp_flag::kAck | tcp_flag::kPsh;
inline constexpr std::uint8_t kEnd = tcp_flag::kAck | tcp_flag::kFin;

// A TCP conversation, step by step, for a pipeline with rules. `Self` is the derived class, so that
// its own steps can follow.
template <class Self>
struct TalkSteps {
  Replay run;
  TcpTalk talk;

  explicit TalkSteps(std::string rules) {
    run.rules = std::move(rules);
    run.add(talk.handshake());
  }
  Self& client(const std::string& text) {
    run.add(talk.from_client(kData, text));
    return self();
  }
  Self& server(const std::string& text) {
    run.add(talk.from_server(kData, text));
    return self();
  }
  Self& client_ends() {
    run.add(talk.from_client(kEnd));
    return self();
  }
  Self& server_ends() {
    run.add(talk.from_server(kEnd));
    return self();
  }

 private:
  Self& self() { return static_cast<Self&>(*this); }
};

}  // namespace rampart::sniffer::test
