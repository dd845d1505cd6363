// Driver: the life of its channels.
#include "loadgen/driver.h"

namespace rampart::loadgen {

using model::LoadError;

void Driver::on_open(Channel& channel, std::uint32_t usable) {
  const auto now = around_.clock.mono();
  if (channel.state == Channel::State::connecting) {
    pool_.opened(channel);
    ++recorder_.connections().connects;
    if (tls_) tls_watch_.opened(channel.stream(), recorder_.connections());
    if (stopped() && !opens_) {
      pool_.end(channel);  // nothing is sent any more: a request it carries stays in flight
      return;
    }
    while (channel.state == Channel::State::open && !channel.waiting.empty())
      send(*channel.waiting.pop_front(), now);
  }
  set_usable(channel, usable, now);
}

void Driver::set_usable(Channel& channel, std::uint32_t usable, base::MonoTime now) {
  channel.usable = usable;
  for (auto& exchange : channel.exchanges()) {
    if (channel.state != Channel::State::open) return;  // it may have sent its last request
    const bool allowed = exchange.index < usable;
    if (allowed && exchange.state == Exchange::State::unavailable) {
      next_on(exchange, now);
    } else if (!allowed && exchange.state == Exchange::State::idle) {
      idle_.remove(exchange);
      exchange.state = Exchange::State::unavailable;
    }
  }
}

// No further requests on this connection. Once those that are out have ended, it is closed.
void Driver::drain(Channel& channel) {
  if (channel.state != Channel::State::open) return;
  channel.state = Channel::State::draining;
  for (auto& exchange : channel.exchanges()) {
    if (exchange.state != Exchange::State::idle) continue;
    idle_.remove(exchange);
    exchange.state = Exchange::State::unavailable;
  }
}

void Driver::on_draining(Channel& channel) {
  drain(channel);
  settle(channel, around_.clock.mono());
}

void Driver::settle(Channel& channel, base::MonoTime now) {
  if (channel.state != Channel::State::draining || channel.busy > 0) return;
  pool_.end(channel);
  reopen(channel, now);
}

// A closed channel: connects, or with a connection for each request waits for one.
void Driver::reopen(Channel& channel, base::MonoTime now) {
  if (stopped()) return;
  if (!per_request_ || !channel.waiting.empty()) {
    pool_.connect(channel);
    return;
  }
  for (auto& exchange : channel.exchanges())
    if (exchange.state == Exchange::State::unavailable) next_on(exchange, now);
}

// A pause is over: try again, with the request that waits longest where one waits, so that an
// outage shows as failed requests and not only as late ones.
void Driver::revive(Channel& channel, base::MonoTime now) {
  auto& exchange = channel.exchanges().front();
  const bool free = exchange.state == Exchange::State::unavailable;
  if (free && channel.waiting.empty() && schedule_.ready(now))
    begin(exchange, schedule_.take(now), now);
  else
    reopen(channel, now);
}

void Driver::on_end(Channel& channel, LoadError why) { finish(channel, why, around_.clock.mono()); }

// The channel has ended, and with it what it carried.
void Driver::finish(Channel& channel, LoadError why, base::MonoTime now) {
  const bool connecting = channel.state == Channel::State::connecting;
  const bool draining = channel.state == Channel::State::draining;
  const bool served = channel.failures == 0;
  bool lost = false;
  const auto lose = [&](Exchange& exchange) {
    if (why == LoadError::connect_timeout)
      recorder_.failed(exchange.step, why, now - exchange.due, now - exchange.sent, 0);
    else
      recorder_.lost(exchange.step, why);
    exchange.flowing = false;
    flow_.end(exchange);
    exchange.state = Exchange::State::unavailable;
    schedule_.end();
    lost = true;
  };
  pool_.end(channel);
  if (connecting)
    while (auto* exchange = channel.waiting.pop_front()) lose(*exchange);
  for (auto& exchange : channel.exchanges()) {
    if (exchange.state == Exchange::State::busy) {
      unsend(exchange);
      lose(exchange);
    } else if (exchange.state == Exchange::State::idle) {
      idle_.remove(exchange);
      exchange.state = Exchange::State::unavailable;
    } else if (exchange.state == Exchange::State::held) {
      exchange.state = Exchange::State::unavailable;
      schedule_.end();
    }
  }
  auto& counters = recorder_.connections();
  if (connecting)
    ++counters.connect_failures;
  else if (!lost && !draining)
    ++counters.connections_lost;
  if (stopped()) return;
  // Once it has served, or where the schedule sets the pace, it comes back at once; else a server
  // that closes whatever it accepts would be met as fast as the loop turns.
  const bool paced = lost && !schedule_.closed_loop();
  const bool at_once = connecting ? per_request_ && paced : (served && !holds_) || paced;
  if (at_once)
    reopen(channel, now);
  else
    pool_.retry_later(channel, now);
}

}  // namespace rampart::loadgen
