#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/clock.h"
#include "loadgen/intrusive_list.h"
#include "net/http_client.h"

namespace rampart::loadgen {

class Driver;

// One connection of a load's pool, for the whole run: it connects, carries one request at a time,
// and comes back after failures with a growing pause. The Driver decides; this holds the state.
class Connection final : private net::HttpClient::Listener {
 public:
  enum class State : std::uint8_t { connecting, idle, busy, backing_off };

  struct Request {
    base::MonoTime due;   // intended start
    base::MonoTime sent;  // zero while it waits for the connection
  };

  explicit Connection(Driver& driver) : driver_(driver) {}
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Opens anew; with_request: one is carried already and is sent once connected.
  void connect(base::MonoTime now, bool with_request);
  // hot
  void send(base::MonoTime due, base::MonoTime now);
  void back_off(base::MonoTime until);
  // Closes without a word to the driver.
  void close() { client_.reset(); }

  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] bool carries_request() const { return carries_request_; }
  [[nodiscard]] const Request& request() const { return request_; }

  // For the driver's lists and bookkeeping.
  ListLink<Connection> link;
  base::MonoTime deadline;     // connecting, busy: give up; backing off: try again
  std::uint32_t failures = 0;  // connects in a row that no reply has followed
  std::uint32_t endpoint = 0;  // index into the target's addresses
  void assign(base::MonoTime due) {
    request_ = {due, {}};
    carries_request_ = true;
  }
  void request_over() { carries_request_ = false; }
  void become(State state) { state_ = state; }

 private:
  void on_ready() override;
  void on_reply(const net::HttpClient::Reply& reply) override;
  void on_http_end(net::StreamEnd end, std::string_view detail) override;

  Driver& driver_;
  std::unique_ptr<net::HttpClient> client_;
  Request request_;
  bool carries_request_ = false;
  State state_ = State::backing_off;
};

}  // namespace rampart::loadgen
