#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "loadgen/connection.h"
#include "loadgen/pacer.h"
#include "loadgen/recorder.h"
#include "model/outbox.h"
#include "model/owner.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/tls.h"

namespace rampart::loadgen {

// How promptly requests left, over all drivers of a worker.
struct Promptness {
  base::Histogram schedule_lag;  // send - due where a connection stood idle
  std::uint64_t starved = 0;     // due while every connection was busy
};

// Calls a driver's dispatch() at a time. Implemented by the worker, for all of its drivers.
class Waker {
 public:
  virtual void wake_by(base::MonoTime when) = 0;  // hot

 protected:
  ~Waker() = default;
};

// One load on one worker: a schedule over a pool of connections. A request that comes due while
// every connection is busy waits and leaves late, with its latency counted from when it was due;
// what never left by the end is counted as missed. Loop thread only.
class Driver {
 public:
  struct Options {
    const model::Plan& plan;
    std::uint32_t load;
    std::uint32_t worker;
    Share share;  // among the workers that have connections of this load
    std::uint32_t connections;
    std::string run_id;
  };
  struct Surroundings {
    net::Loop& loop;
    const base::Clock& clock;
    Promptness& promptness;
    model::Outbox<model::OwnTuple>& tuples;
    Waker& waker;
  };

  static base::Result<std::unique_ptr<Driver>> make(Options options, Surroundings around);
  ~Driver();
  Driver(const Driver&) = delete;
  Driver& operator=(const Driver&) = delete;

  // Opens the pool; the schedule runs from `start`.
  void start(base::MonoTime start);
  // hot: sends what is due on idle connections.
  void dispatch(base::MonoTime now);
  // Timeouts, pauses that are over, the end of the schedule. Every few milliseconds.
  void tick(base::MonoTime now);
  // No further requests; those in flight may still end. Counts what is missed.
  void stop(base::MonoTime now);

  [[nodiscard]] bool stopped() const { return stopped_; }
  // Stopped and nothing in flight.
  [[nodiscard]] bool drained() const { return stopped_ && recorder_.in_flight() == 0; }
  [[nodiscard]] std::unique_ptr<model::LoadInterval> take(base::MonoTime from, base::MonoTime to);
  [[nodiscard]] std::uint64_t in_flight() const { return recorder_.in_flight(); }
  // Age of the oldest request in flight.
  [[nodiscard]] base::Nanos oldest_in_flight(base::MonoTime now) const;

 private:
  friend class Connection;

  Driver(Options options, Surroundings around);

  // From connections.
  void on_ready(Connection& connection);
  void on_reply(Connection& connection, const net::HttpClient::Reply& reply);
  void on_end(Connection& connection, net::StreamEnd end);

  void next_on(Connection& connection, base::MonoTime now);
  void issue(Connection& connection, base::MonoTime due, base::MonoTime now);
  void send(Connection& connection, base::MonoTime due, base::MonoTime now);
  void make_idle(Connection& connection);
  void reconnect(Connection& connection, base::MonoTime now);
  void connect(Connection& connection, base::MonoTime now, bool with_request);
  void retry_later(Connection& connection, base::MonoTime now);
  void revive(Connection& connection, base::MonoTime now);
  void give_up(Connection& connection, base::MonoTime now);
  void want_wake();
  void count_offered(base::MonoTime until);
  [[nodiscard]] bool may_start() const;
  [[nodiscard]] base::MonoTime due() const { return start_ + pacer_.due(); }

  using List = IntrusiveList<Connection, &Connection::link>;

  const Options options_;
  const model::LoadSpec& spec_;
  const model::Target& target_;
  Surroundings around_;
  std::optional<net::TlsContext> tls_;
  std::string server_name_;
  std::string request_bytes_;
  bool head_ = false;
  bool closed_loop_ = false;
  Pacer pacer_;    // what to send next
  Pacer counter_;  // a copy that counts what came due
  Recorder recorder_;
  std::mt19937 jitter_;
  base::MonoTime start_;
  base::MonoTime end_;
  std::uint64_t most_ = 0;       // this share of max_requests; only where bounded
  std::uint64_t remaining_ = 0;  // of it
  std::uint64_t offered_ = 0;
  std::uint64_t started_ = 0;
  bool bounded_ = false;
  bool stopped_ = false;
  List idle_;         // longest idle first
  List connecting_;   // by deadline: all wait equally long
  List busy_;         // by deadline
  List backing_off_;  // any order; few
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace rampart::loadgen
