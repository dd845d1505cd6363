#pragma once

#include <cstdint>

#include "base/clock.h"
#include "loadgen/intrusive_list.h"

namespace rampart::loadgen {

class Channel;
class Session;

// A place for one request at a time on a channel: what a connection of HTTP/1.1 has one of, and a
// connection of HTTP/2 one for each stream. Lives as long as its channel.
struct Exchange {
  enum class State : std::uint8_t {
    unavailable,  // its channel is not open, or the peer allows fewer
    idle,         // waits for work
    waiting,      // carries a request; its channel is not open yet
    busy,         // its request is out
    held,         // its connection is kept: mode hold
    thinking,     // between two requests of a flow, or before one that was refused is sent again
  };

  Channel* channel = nullptr;
  std::uint32_t index = 0;     // on its channel
  Session* session = nullptr;  // of its flow; null where the load is none
  State state = State::unavailable;
  bool flowing = false;    // in a flow that is not at its end
  bool refused = false;    // thinking: its request counts as in flight
  std::uint32_t step = 0;  // of the flow
  base::MonoTime due;      // intended start of the request
  base::MonoTime sent;
  base::MonoTime deadline;  // thinking: when it ends
  ListLink<Exchange> link;  // idle, busy, or waiting for its channel
  ListLink<Exchange> silent_link;
};

}  // namespace rampart::loadgen
