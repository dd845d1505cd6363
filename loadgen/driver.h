#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/histogram.h"
#include "loadgen/channel.h"
#include "loadgen/dialling.h"
#include "loadgen/flow.h"
#include "loadgen/pace_wheel.h"
#include "loadgen/pool.h"
#include "loadgen/recorder.h"
#include "loadgen/schedule.h"
#include "loadgen/tls_watch.h"
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

// One load on one worker: a schedule over a pool of channels. A request that comes due while every
// exchange is busy waits and leaves late, with its latency counted from when it was due; what never
// left by the end is counted as missed. Loop thread only.
class Driver final : private Channel::Listener {
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

  // Opens the pool; the schedule runs from `start`.
  void start(base::MonoTime start);
  // hot: sends what is due on idle exchanges.
  void dispatch(base::MonoTime now);
  // Timeouts, pauses that are over, the end of the schedule. Every few milliseconds. `heard`: what
  // came before that has been told, so that what is awaited since its deadline is late.
  void tick(base::MonoTime now, base::MonoTime heard);
  // No further requests; those in flight may still end. Counts what is missed.
  void stop(base::MonoTime now);

  [[nodiscard]] bool stopped() const { return schedule_.stopped(); }
  // Stopped and nothing in flight.
  [[nodiscard]] bool drained() const { return stopped() && recorder_.in_flight() == 0; }
  [[nodiscard]] std::uint32_t steps() const { return recorder_.steps(); }
  // Once per step and interval, the first step first.
  [[nodiscard]] std::unique_ptr<model::LoadInterval> take(std::uint32_t step, base::MonoTime from,
                                                          base::MonoTime to);
  [[nodiscard]] std::uint64_t in_flight() const { return recorder_.in_flight(); }
  // Age of the oldest request in flight.
  [[nodiscard]] base::Nanos oldest_in_flight(base::MonoTime now) const;
  [[nodiscard]] std::uint64_t answers_dropped() const;

 private:
  Driver(Options options, Surroundings around, std::optional<net::TlsContext> tls,
         std::unique_ptr<Script> script);

  void on_open(Channel& channel, std::uint32_t usable) override;
  void on_sent(Exchange& exchange, std::size_t bytes) override;
  void on_answer(Exchange& exchange, const Answer& answer) override;
  void on_blocked(Exchange& exchange) override { recorder_.blocked(exchange.step); }
  void on_lost(Exchange& exchange, std::optional<model::LoadError> why) override;
  void on_draining(Channel& channel) override;
  void on_end(Channel& channel, model::LoadError why) override;

  base::Result<std::unique_ptr<Channel>> make_channel(std::uint32_t index);
  base::Result<std::unique_ptr<Channel>> make_socket_channel(std::uint32_t index);
  [[nodiscard]] std::uint32_t streams() const;

  // Work for exchanges.
  void start_users(base::MonoTime now);
  void begin(Exchange& exchange, base::MonoTime due, base::MonoTime now);
  void issue(Exchange& exchange, base::MonoTime now);
  void send(Exchange& exchange, base::MonoTime now);
  void unsend(Exchange& exchange);
  void proceed(Exchange& exchange, bool ok, base::MonoTime now);
  void release(Exchange& exchange, base::MonoTime now);
  void next_on(Exchange& exchange, base::MonoTime now);
  void think(Exchange& exchange, base::MonoTime until);
  void end_thoughts(base::MonoTime now);
  void give_up(Exchange& exchange, model::LoadError why, base::MonoTime now);

  // Life of channels.
  void set_usable(Channel& channel, std::uint32_t usable, base::MonoTime now);
  void drain(Channel& channel);
  void settle(Channel& channel, base::MonoTime now);
  void reopen(Channel& channel, base::MonoTime now);
  void revive(Channel& channel, base::MonoTime now);
  void finish(Channel& channel, model::LoadError why, base::MonoTime now);

  void check_timeouts(base::MonoTime now, base::MonoTime heard);
  void want_wake();

  const Options options_;
  const model::LoadSpec& spec_;
  Surroundings around_;
  std::optional<net::TlsContext> tls_;
  Dialling dialling_;
  const std::string payload_;  // tcp, udp, icmp
  Schedule schedule_;
  Flow flow_;
  Recorder recorder_;
  TlsWatch tls_watch_;
  std::unique_ptr<PaceWheel> wheel_;  // of slow clients; else null
  Pool pool_;
  bool per_request_;       // channels are opened for each request, and not before
  std::uint64_t most_on_;  // requests per channel; 0: no bound
  bool opens_;             // a request is the opening of its channel: nothing is sent on it
  bool holds_;             // and then it is kept
  IntrusiveList<Exchange, &Exchange::link> idle_;  // longest idle first
  IntrusiveList<Exchange, &Exchange::link> busy_;  // by deadline: all wait equally long
  IntrusiveList<Exchange, &Exchange::silent_link>
      silent_;                       // no byte yet; by deadline, where bounded
  std::vector<Exchange*> thinking_;  // heap by deadline
};

}  // namespace rampart::loadgen
