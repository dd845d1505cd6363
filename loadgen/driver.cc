#include "loadgen/driver.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "loadgen/http1_channel.h"
#include "loadgen/http2_channel.h"
#include "loadgen/payload.h"
#include "loadgen/slow_http1_channel.h"
#include "loadgen/socket_load.h"

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;
using model::LoadError;

constexpr base::Nanos kGrace = 200ms;  // for what was due by the end and has not left yet
constexpr base::Nanos kRefusedPause = 10ms;
constexpr base::Nanos kLostPause = 100ms;  // closed loop, before the next datagram

net::TlsVersion version_of(model::TlsVersion version) {
  switch (version) {
    case model::TlsVersion::any: break;
    case model::TlsVersion::tls1_0: return net::TlsVersion::tls1_0;
    case model::TlsVersion::tls1_1: return net::TlsVersion::tls1_1;
    case model::TlsVersion::tls1_2: return net::TlsVersion::tls1_2;
    case model::TlsVersion::tls1_3: return net::TlsVersion::tls1_3;
  }
  return net::TlsVersion::any;
}

net::TlsClientOptions tls_options_of(const model::TlsOptions& tls) {
  return {.ca_file = tls.ca_file,
          .insecure = tls.insecure,
          .min_version = version_of(tls.min_version),
          .max_version = version_of(tls.max_version),
          .ciphers = tls.ciphers,
          .ciphersuites = tls.ciphersuites,
          .groups = tls.groups,
          .certificate_file = tls.certificate,
          .key_file = tls.key,
          .pin = tls.pin,
          .resumption = tls.resumption};
}

bool later(const Exchange* a, const Exchange* b) { return a->deadline > b->deadline; }

}  // namespace

base::Result<std::unique_ptr<Driver>> Driver::make(Options options, Surroundings around) {
  const auto& plan = options.plan;
  const auto& target = plan.targets[plan.loads[options.load].target];
  for (const auto& endpoint : target.endpoints)
    if (!plan.permitted.permits(endpoint.address))
      return base::fail(base::Errc::permission,
                        base::to_string(endpoint) + " is not authorised; nothing was sent");
  RAMPART_ASSERT(!target.endpoints.empty());
  const auto& load = plan.loads[options.load];
  RAMPART_ASSERT(load.steps.empty() != model::is_http(load.protocol));
  std::optional<net::TlsContext> tls;
  if (target.url.tls() && may_use_tls(load)) {
    RAMPART_TRY(tls, net::TlsContext::client(tls_options_of(target.tls)));
  }
  std::unique_ptr<Script> script;
  if (load.flow) {
    RAMPART_TRY(script, Script::make({.load = load,
                                      .target = target,
                                      .run_id = options.run_id,
                                      .share = options.share,
                                      .seed = plan.seed + options.load,
                                      .clock = around.clock}));
  }
  std::unique_ptr<Driver> driver(
      new Driver(std::move(options), around, std::move(tls), std::move(script)));
  for (std::uint32_t i = 0; i < driver->options_.connections; ++i) {
    RAMPART_TRY(auto channel, driver->make_channel(i));
    driver->pool_.add(std::move(channel));
  }
  return driver;
}

Driver::Driver(Options options, Surroundings around, std::optional<net::TlsContext> tls,
               std::unique_ptr<Script> script)
    : options_(std::move(options)),
      spec_(options_.plan.loads[options_.load]),
      around_(around),
      tls_(std::move(tls)),
      dialling_{around.loop, tls_ ? &*tls_ : nullptr, {}},
      payload_(model::is_http(spec_.protocol) ? std::string()
                                              : payload_of(spec_.socket.bytes, options_.run_id)),
      schedule_(spec_.arrival, options_.share, options_.plan.seed + options_.load,
                most_flows(spec_)),
      flow_(spec_, options_.plan.targets[spec_.target], options_.run_id,
            options_.plan.seed + options_.worker, std::move(script)),
      recorder_(options_.load, options_.worker, flow_.steps()),
      wheel_(spec_.pace.slow() && spec_.protocol == model::Protocol::http1
                 ? std::make_unique<PaceWheel>(around.clock)
                 : nullptr),
      pool_({.spec = spec_,
             .target = options_.plan.targets[spec_.target],
             .worker = options_.worker,
             .workers = options_.share.count,
             .seed = options_.plan.seed},
            {.loop = around.loop, .clock = around.clock, .tuples = around.tuples}),
      per_request_(most_on(spec_) == 1 || holds(spec_)),
      most_on_(most_on(spec_)),
      opens_(opens(spec_)),
      holds_(holds(spec_)) {
  const auto& target = options_.plan.targets[spec_.target];
  dialling_.server_name = target.tls.server_name.empty() ? target.url.host : target.tls.server_name;
  thinking_.reserve(std::size_t{options_.connections} * spec_.streams);
}

Driver::~Driver() = default;

// More exchanges than requests could only wait for the next connection.
std::uint32_t Driver::streams() const {
  return most_on_ == 0
             ? spec_.streams
             : static_cast<std::uint32_t>(std::min<std::uint64_t>(spec_.streams, most_on_));
}

base::Result<std::unique_ptr<Channel>> Driver::make_channel(std::uint32_t index) {
  Channel::Listener& self = *this;
  if (!model::is_http(spec_.protocol)) return make_socket_channel(index);
  if (spec_.protocol == model::Protocol::http2) {
    return std::make_unique<Http2Channel>(dialling_, streams(), self);
  }
  if (wheel_) return std::make_unique<SlowHttp1Channel>(dialling_, spec_.pace, *wheel_, self);
  return std::make_unique<Http1Channel>(dialling_, self);
}

void Driver::start(base::MonoTime start) {
  schedule_.start(start);
  const auto now = around_.clock.mono();
  for (const auto& channel : pool_.channels()) reopen(*channel, now);
}

// Asks to be called for what comes next: a thought that ends, or an arrival where an exchange waits
// for it; where none does, an answer will take it.
void Driver::want_wake() {
  if (stopped()) return;
  if (!thinking_.empty()) around_.waker.wake_by(thinking_.front()->deadline);
  if (!idle_.empty() && schedule_.has_next()) around_.waker.wake_by(schedule_.due());
}

void Driver::dispatch(base::MonoTime now) {
  if (stopped()) return;
  if (holds_) start_users(now);
  if (!thinking_.empty()) end_thoughts(now);
  while (!idle_.empty() && !schedule_.closed_loop() && schedule_.ready(now)) {
    const auto due = schedule_.take(now);
    Exchange& exchange = *idle_.pop_front();
    now = around_.clock.mono();
    around_.promptness.schedule_lag.record(now - due);
    begin(exchange, due, now);
  }
  want_wake();
}

// The closed loop begins. Connections that are then held are opened a few in each turn of the loop,
// else the end of the first handshake would be noticed only after the beginning of the last.
void Driver::start_users(base::MonoTime now) {
  constexpr int kOpenAtOnce = 16;
  for (int i = 0; !idle_.empty() && schedule_.ready(now); ++i) {
    if (holds_ && i == kOpenAtOnce) {
      around_.waker.wake_by(now);
      return;
    }
    now = around_.clock.mono();
    next_on(*idle_.pop_front(), now);
  }
}

// An exchange is free: the next request in the closed loop; in the open loop the one that waits
// longest.
void Driver::next_on(Exchange& exchange, base::MonoTime now) {
  if (schedule_.ready(now)) {
    const auto due = schedule_.take(now);
    // With another exchange idle it was the client that came late, not the pool that was short.
    if (!schedule_.closed_loop()) {
      if (idle_.empty())
        ++around_.promptness.starved;
      else
        around_.promptness.schedule_lag.record(now - due);
    }
    begin(exchange, due, now);
    return;
  }
  exchange.state = Exchange::State::idle;
  idle_.push_back(exchange);
  if (schedule_.has_next()) around_.waker.wake_by(schedule_.due());
}

void Driver::begin(Exchange& exchange, base::MonoTime due, base::MonoTime now) {
  exchange.step = 0;
  exchange.due = due;
  flow_.begin(exchange);
  recorder_.started(0);
  issue(exchange, now);
}

// Sends, or leaves it to the channel to do so once it is open.
void Driver::issue(Exchange& exchange, base::MonoTime now) {
  auto& channel = *exchange.channel;
  exchange.sent = now;
  if (channel.state == Channel::State::open) {
    send(exchange, now);
    return;
  }
  exchange.state = Exchange::State::waiting;
  channel.waiting.push_back(exchange);
  if (channel.state == Channel::State::closed) pool_.connect(channel);
}

// hot
void Driver::send(Exchange& exchange, base::MonoTime now) {
  auto& channel = *exchange.channel;
  const auto& request = flow_.request(exchange);
  exchange.state = Exchange::State::busy;
  exchange.deadline = now + spec_.timeout;
  busy_.push_back(exchange);
  if (spec_.first_byte_timeout > 0ns) silent_.push_back(exchange);
  ++channel.busy;
  ++channel.requests;
  if (most_on_ > 0 && channel.requests >= most_on_) drain(channel);  // this one is the last
  if (!wheel_) recorder_.sent(exchange.step, request.size);
  channel.send(exchange, request);
}

void Driver::on_sent(Exchange& exchange, std::size_t bytes) {
  recorder_.sent(exchange.step, bytes);
}

// hot: takes a request that is out off the books.
void Driver::unsend(Exchange& exchange) {
  busy_.remove(exchange);
  if (spec_.first_byte_timeout > 0ns && silent_.holds(exchange)) silent_.remove(exchange);
  --exchange.channel->busy;
}

// hot
void Driver::on_answer(Exchange& exchange, const Answer& answer) {
  auto& channel = *exchange.channel;
  unsend(exchange);
  channel.failures = 0;
  const auto now = around_.clock.mono();
  const auto latency = now - exchange.due;
  const auto service = now - exchange.sent;
  const auto wrong = flow_.judge(exchange, answer);
  if (wrong)
    recorder_.failed(exchange.step, *wrong, latency, service, answer.bytes);
  else
    recorder_.completed(exchange.step, latency, service, answer.bytes);
  if (holds_) {
    exchange.state = Exchange::State::held;
    return;
  }
  if (!answer.keep_alive) drain(channel);
  proceed(exchange, !wrong, now);
}

// A request has ended: what follows it in its flow, or else the next flow.
void Driver::proceed(Exchange& exchange, bool ok, base::MonoTime now) {
  if (stopped()) return release(exchange, now);
  flow_.forget(exchange);
  const auto pause = flow_.thinks() ? flow_.think_after(exchange.step) : 0ns;
  exchange.flowing = ok && exchange.step + 1 < flow_.steps();
  if (exchange.flowing) ++exchange.step;
  if (pause > 0ns) {
    think(exchange, now + pause);
    settle(*exchange.channel, now);
  } else if (exchange.flowing) {
    exchange.due = now;
    recorder_.offered_step(exchange.step);
    recorder_.started(exchange.step);
    issue(exchange, now);
    settle(*exchange.channel, now);
  } else {
    release(exchange, now);
  }
}

void Driver::think(Exchange& exchange, base::MonoTime until) {
  exchange.state = Exchange::State::thinking;
  exchange.deadline = until;
  thinking_.push_back(&exchange);
  std::push_heap(thinking_.begin(), thinking_.end(), later);
  around_.waker.wake_by(thinking_.front()->deadline);
}

void Driver::end_thoughts(base::MonoTime now) {
  while (!thinking_.empty() && thinking_.front()->deadline <= now) {
    std::pop_heap(thinking_.begin(), thinking_.end(), later);
    auto& exchange = *thinking_.back();
    thinking_.pop_back();
    if (std::exchange(exchange.refused, false)) {
      issue(exchange, now);
    } else if (exchange.flowing) {
      exchange.due = exchange.deadline;
      recorder_.offered_step(exchange.step);
      recorder_.started(exchange.step);
      issue(exchange, now);
    } else {
      release(exchange, now);
    }
  }
}

// An exchange carries nothing any more.
void Driver::release(Exchange& exchange, base::MonoTime now) {
  auto& channel = *exchange.channel;
  exchange.flowing = false;
  flow_.end(exchange);
  schedule_.end();
  const bool open = channel.state == Channel::State::open && exchange.index < channel.usable;
  const bool opens = per_request_ && channel.state == Channel::State::closed;
  if (!stopped() && (open || opens)) return next_on(exchange, now);
  exchange.state = Exchange::State::unavailable;
  settle(channel, now);
}

void Driver::on_lost(Exchange& exchange, std::optional<LoadError> why) {
  const auto now = around_.clock.mono();
  unsend(exchange);
  if (why) {
    recorder_.lost(exchange.step, *why);
    if (stopped() || !schedule_.closed_loop() || model::is_http(spec_.protocol)) {
      proceed(exchange, false, now);
    } else {  // a host that refuses datagrams would be met as fast as the loop turns
      exchange.flowing = false;
      think(exchange, now + kLostPause);
      settle(*exchange.channel, now);
    }
    return;
  }
  // A peer that refuses on an open channel would be met as fast as the loop turns.
  ++recorder_.connections().pushed_back;
  if (stopped()) {
    exchange.state = Exchange::State::waiting;
    exchange.channel->waiting.push_back(exchange);
    return;
  }
  exchange.refused = true;
  think(exchange, now + kRefusedPause);
  settle(*exchange.channel, now);
}

// The deadline of a request has passed: its times are lower bounds.
void Driver::give_up(Exchange& exchange, LoadError why, base::MonoTime now) {
  auto& channel = *exchange.channel;
  unsend(exchange);
  recorder_.failed(exchange.step, why, now - exchange.due, now - exchange.sent, 0);
  if (!channel.cancel(exchange)) drain(channel);
  proceed(exchange, false, now);
}

void Driver::check_timeouts(base::MonoTime now, base::MonoTime heard) {
  while (!busy_.empty() && busy_.front()->deadline <= heard)
    give_up(*busy_.front(), LoadError::timeout, now);
  // From the send on, which may be later than `sent`: a request may have waited for its connection.
  const auto sent_by = heard - spec_.first_byte_timeout;
  while (!silent_.empty() && silent_.front()->deadline - spec_.timeout <= sent_by) {
    auto& exchange = *silent_.front();
    if (exchange.channel->heard(exchange))
      silent_.remove(exchange);
    else
      give_up(exchange, LoadError::first_byte_timeout, now);
  }
  while (auto* channel = pool_.timed_out(heard)) finish(*channel, LoadError::connect_timeout, now);
}

void Driver::tick(base::MonoTime now, base::MonoTime heard) {
  if (wheel_) wheel_->tick(now);
  check_timeouts(now, heard);
  if (stopped()) return;
  pool_.open_queued();
  pool_.wake_rested(now, [&](Channel& channel) { revive(channel, now); });
  // Exchanges that were ready before the start stand idle.
  if (schedule_.closed_loop()) start_users(now);
  // A bound is on flows: the last ones still go on to their ends.
  if (schedule_.finished())
    stop(now);
  else if (schedule_.over(now, kGrace))
    stop(schedule_.ends());
}

void Driver::stop(base::MonoTime now) {
  if (stopped()) return;
  pool_.stop();
  const auto rest = schedule_.stop(now);
  recorder_.offered(rest.offered);
  recorder_.missed(rest.missed);
}

std::unique_ptr<model::LoadInterval> Driver::take(std::uint32_t step, base::MonoTime from,
                                                  base::MonoTime to) {
  if (step == 0 && !stopped()) recorder_.offered(schedule_.count_offered(to));
  auto out = recorder_.take(step, from, to - from);
  if (step == 0) out->tls = tls_watch_.take();
  return out;
}

base::Nanos Driver::oldest_in_flight(base::MonoTime now) const {
  base::Nanos oldest{0};
  for (const auto& channel : pool_.channels())
    for (const auto& e : channel->exchanges())
      if (e.state == Exchange::State::busy || e.state == Exchange::State::waiting || e.refused)
        oldest = std::max(oldest, now - e.due);
  return oldest;
}

}  // namespace rampart::loadgen
