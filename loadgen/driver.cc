#include "loadgen/driver.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "loadgen/request.h"

namespace rampart::loadgen {
namespace {

using namespace std::chrono_literals;
using model::LoadError;
using State = Connection::State;

constexpr base::Nanos kFirstPause = 100ms;
constexpr base::Nanos kLongestPause = 1s;
constexpr base::Nanos kGrace = 200ms;  // for what was due by the end and has not left yet

LoadError error_of(net::StreamEnd end, bool connecting) {
  if (net::is_tls(end)) return LoadError::tls;
  if (end == net::StreamEnd::protocol) return LoadError::protocol;
  return connecting ? LoadError::connect : LoadError::reset;
}

}  // namespace

base::Result<std::unique_ptr<Driver>> Driver::make(Options options, Surroundings around) {
  const auto& plan = options.plan;
  const auto& target = plan.targets[plan.loads[options.load].target];
  for (const auto& endpoint : target.endpoints)
    if (!plan.permitted.permits(endpoint.address))
      return base::fail(base::Errc::permission,
                        base::to_string(endpoint) + " is not authorised; nothing was sent");
  RAMPART_ASSERT(!target.endpoints.empty());
  std::optional<net::TlsContext> tls;
  if (target.url.tls()) {
    RAMPART_TRY(tls, net::TlsContext::client(
                         {.ca_file = target.tls.ca_file, .insecure = target.tls.insecure}));
  }
  std::unique_ptr<Driver> out(new Driver(std::move(options), around));
  out->tls_ = std::move(tls);
  return out;
}

Driver::Driver(Options options, Surroundings around)
    : options_(std::move(options)),
      spec_(options_.plan.loads[options_.load]),
      target_(options_.plan.targets[spec_.target]),
      around_(around),
      server_name_(target_.tls.server_name.empty() ? target_.url.host : target_.tls.server_name),
      request_bytes_(build_request(target_, spec_.request, options_.run_id)),
      head_(spec_.request.method == "HEAD"),
      closed_loop_(spec_.arrival.model == model::Arrival::Model::closed),
      pacer_(spec_.arrival, options_.share, options_.plan.seed + options_.load),
      counter_(pacer_),
      recorder_(options_.load, options_.worker),
      jitter_(static_cast<std::uint32_t>(options_.plan.seed + options_.worker)) {
  const auto most = spec_.arrival.max_requests;
  bounded_ = most > 0;
  const auto& share = options_.share;
  most_ = most / share.count + (share.index < most % share.count ? 1 : 0);
  remaining_ = most_;
  for (std::uint32_t i = 0; i < options_.connections; ++i)
    connections_.push_back(std::make_unique<Connection>(*this));
}

Driver::~Driver() = default;

void Driver::start(base::MonoTime start) {
  start_ = start;
  end_ = start + spec_.arrival.duration;
  const auto now = around_.clock.mono();
  for (auto& connection : connections_) reconnect(*connection, now);
}

bool Driver::may_start() const { return !stopped_ && (!bounded_ || remaining_ > 0); }

// Asks to be called for the next arrival, where a connection waits for it; where none does, a reply
// will take it.
void Driver::want_wake() {
  if (stopped_ || closed_loop_ || idle_.empty() || !may_start() || pacer_.due() == Pacer::kNever)
    return;
  around_.waker.wake_by(due());
}

void Driver::dispatch(base::MonoTime now) {
  if (closed_loop_) return;
  while (!idle_.empty() && may_start() && pacer_.due() != Pacer::kNever && due() <= now) {
    const auto when = due();
    pacer_.advance();
    Connection& connection = *idle_.pop_front();
    now = around_.clock.mono();
    around_.promptness.schedule_lag.record(now - when);
    issue(connection, when, now);
  }
  want_wake();
}

// A connection is free: the next request in the closed loop; in the open loop the one that waits
// longest.
void Driver::next_on(Connection& connection, base::MonoTime now) {
  if (may_start() && now >= start_) {
    if (closed_loop_) {
      issue(connection, now, now);
      return;
    }
    if (pacer_.due() != Pacer::kNever && due() <= now) {
      const auto when = due();
      pacer_.advance();
      // With another connection idle it was the client that came late, not the pool that was short.
      if (idle_.empty())
        ++around_.promptness.starved;
      else
        around_.promptness.schedule_lag.record(now - when);
      issue(connection, when, now);
      return;
    }
  }
  make_idle(connection);
}

void Driver::issue(Connection& connection, base::MonoTime due, base::MonoTime now) {
  ++started_;
  if (bounded_) --remaining_;
  recorder_.started();
  send(connection, due, now);
}

void Driver::send(Connection& connection, base::MonoTime due, base::MonoTime now) {
  recorder_.sent(request_bytes_.size());
  connection.deadline = now + spec_.timeout;
  busy_.push_back(connection);
  connection.send(due, now);
}

void Driver::make_idle(Connection& connection) {
  connection.become(State::idle);
  idle_.push_back(connection);
  want_wake();
}

void Driver::on_ready(Connection& connection) {
  connecting_.remove(connection);
  recorder_.connected();
  const auto now = around_.clock.mono();
  if (stopped_)
    reconnect(connection, now);  // nothing is sent any more: a request it carries stays in flight
  else if (connection.carries_request())
    send(connection, connection.request().due, now);
  else
    next_on(connection, now);
}

// hot
void Driver::on_reply(Connection& connection, const net::HttpClient::Reply& reply) {
  busy_.remove(connection);
  connection.failures = 0;
  const auto now = around_.clock.mono();
  const auto latency = now - connection.request().due;
  const auto service = now - connection.request().sent;
  connection.request_over();
  if (expected(spec_.request, reply.status)) {
    recorder_.completed(latency, service, reply.bytes);
  } else {
    const auto why = reply.status >= 500 ? LoadError::http_5xx : LoadError::http_4xx;
    recorder_.rejected(why, latency, service, reply.bytes);
  }
  if (!reply.keep_alive)
    reconnect(connection, now);
  else
    next_on(connection, now);
}

void Driver::on_end(Connection& connection, net::StreamEnd end) {
  const auto now = around_.clock.mono();
  const bool connecting = connection.state() == State::connecting;
  if (connecting) {
    connecting_.remove(connection);
    recorder_.connect_failed();
    ++connection.endpoint;
  } else if (connection.state() == State::busy) {
    busy_.remove(connection);
  } else {
    idle_.remove(connection);
  }
  const bool lost = connection.carries_request();
  if (lost) {
    connection.request_over();
    recorder_.lost(error_of(end, connecting));
  }
  // Once it has served, or where the schedule sets the pace, it comes back at once; else a server
  // that closes whatever it accepts would be met as fast as the loop turns.
  const bool served = connection.failures == 0;
  const bool paced = lost && !closed_loop_;
  if (!connecting && (served || paced))
    reconnect(connection, now);
  else
    retry_later(connection, now);
}

void Driver::reconnect(Connection& connection, base::MonoTime now) {
  if (stopped_) {
    connection.close();
    connection.become(State::idle);  // in no list: it is not used again
    return;
  }
  connect(connection, now, false);
}

void Driver::connect(Connection& connection, base::MonoTime now, bool with_request) {
  ++connection.failures;  // until a reply comes
  connection.deadline = now + spec_.connect_timeout;
  connecting_.push_back(connection);
  connection.connect(now, with_request);
}

// Doubles from 100 ms to 1 s, with a quarter of jitter so that a pool does not come back in step.
void Driver::retry_later(Connection& connection, base::MonoTime now) {
  const auto doublings = std::min(connection.failures - 1, 4U);
  const auto pause = std::min(kFirstPause * (1 << doublings), kLongestPause);
  std::uniform_real_distribution<double> spread(0.75, 1.25);
  const auto wait = base::from_seconds(base::seconds(pause) * spread(jitter_));
  connection.back_off(now + wait);
  backing_off_.push_back(connection);
}

// A pause is over: try again, with the request that waits longest where one waits, so that an
// outage shows as failed requests and not only as late ones.
void Driver::revive(Connection& connection, base::MonoTime now) {
  backing_off_.remove(connection);
  const bool waits = !closed_loop_ && pacer_.due() != Pacer::kNever && due() <= now;
  const bool take = may_start() && now >= start_ && (closed_loop_ || waits);
  if (!take) {
    reconnect(connection, now);
    return;
  }
  connection.assign(closed_loop_ ? now : due());
  if (waits) pacer_.advance();
  ++started_;
  if (bounded_) --remaining_;
  recorder_.started();
  connect(connection, now, true);
}

// The deadline of a busy or connecting connection has passed.
void Driver::give_up(Connection& connection, base::MonoTime now) {
  const bool connecting = connection.state() == State::connecting;
  (connecting ? connecting_ : busy_).remove(connection);
  if (connection.carries_request()) {
    const auto tried = connection.deadline - (connecting ? spec_.connect_timeout : spec_.timeout);
    recorder_.timed_out(now - connection.request().due, now - tried);
    connection.request_over();
  }
  connection.close();
  if (connecting) {
    recorder_.connect_failed();
    ++connection.endpoint;
    retry_later(connection, now);
  } else {
    reconnect(connection, now);
  }
}

void Driver::tick(base::MonoTime now) {
  while (!busy_.empty() && busy_.front()->deadline <= now) give_up(*busy_.front(), now);
  while (!connecting_.empty() && connecting_.front()->deadline <= now)
    give_up(*connecting_.front(), now);
  if (stopped_) return;
  for (auto* c = backing_off_.front(); c != nullptr;) {
    auto* next = c->link.next;
    if (c->deadline <= now) revive(*c, now);
    c = next;
  }
  // The closed loop starts here: connections that were ready before the start stand idle.
  if (closed_loop_ && now >= start_)
    while (!idle_.empty() && may_start()) next_on(*idle_.pop_front(), now);
  const bool all_sent = bounded_ && remaining_ == 0;
  const bool waiting = !closed_loop_ && may_start() && pacer_.due() != Pacer::kNever;
  const bool over = now >= end_ && (!waiting || now >= end_ + kGrace);
  if (over || all_sent) stop(all_sent ? now : end_);
}

void Driver::count_offered(base::MonoTime until) {
  if (closed_loop_) {
    recorder_.offered(started_ - offered_);
    offered_ = started_;
    return;
  }
  auto arrivals = counter_.skip_until(until - start_);
  if (bounded_) arrivals = std::min(arrivals, most_ - offered_);
  recorder_.offered(arrivals);
  offered_ += arrivals;
}

void Driver::stop(base::MonoTime now) {
  if (stopped_) return;
  count_offered(std::min(now, end_));
  stopped_ = true;
  // Arrivals that leave in the same instant as the stop are started without having been counted.
  if (started_ > offered_) {
    recorder_.offered(started_ - offered_);
    offered_ = started_;
  }
  recorder_.missed(offered_ - started_);
}

std::unique_ptr<model::LoadInterval> Driver::take(base::MonoTime from, base::MonoTime to) {
  if (!stopped_) count_offered(to);
  return recorder_.take(from, to - from);
}

base::Nanos Driver::oldest_in_flight(base::MonoTime now) const {
  base::Nanos oldest{0};
  for (const auto& c : connections_)
    if (c->carries_request()) oldest = std::max(oldest, now - c->request().due);
  return oldest;
}

}  // namespace rampart::loadgen
