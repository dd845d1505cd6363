#include "loadgen/slow_http1_channel.h"

#include <algorithm>
#include <limits>
#include <span>

#include "base/reuse.h"
#include "loadgen/request.h"

namespace rampart::loadgen {
namespace {

constexpr auto kAnyNumber = std::numeric_limits<std::size_t>::max();

// A second's worth, so that the peer notices within seconds. A fast reader gets what the kernel
// gives everyone, which does not grow as long as little is read.
std::size_t receive_buffer_for(std::uint64_t bytes_per_second) {
  constexpr std::uint64_t kLeast = 2048;
  constexpr std::uint64_t kMost = 65536;
  if (bytes_per_second == 0 || bytes_per_second > kMost) return 0;
  return static_cast<std::size_t>(std::max(bytes_per_second, kLeast));
}

std::optional<BytePace> pace_of(std::uint64_t bytes_per_second) {
  if (bytes_per_second == 0) return std::nullopt;
  return BytePace(bytes_per_second);
}

}  // namespace

SlowHttp1Channel::SlowHttp1Channel(const Dialling& dialling, const model::Pace& pace,
                                   PaceWheel& wheel, Channel::Listener& driver)
    : Http1Channel(dialling, driver),
      wheel_(wheel),
      read_pace_(pace_of(pace.read)),
      write_pace_(pace_of(pace.write)),
      read_turn_(*this),
      write_turn_(*this),
      receive_buffer_(receive_buffer_for(pace.read)) {}

void SlowHttp1Channel::open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) {
  connect(to, {.from = from, .receive_buffer = receive_buffer_});
}

void SlowHttp1Channel::close() {
  read_turn_.cancel();
  write_turn_.cancel();
  forget_request();
  Http1Channel::close();
}

void SlowHttp1Channel::forget_request() {
  base::empty_out(request_);
  passed_ = 0;
}

void SlowHttp1Channel::on_ready() {
  if (read_pace_) client().limit_reading(1);
  Http1Channel::on_ready();
}

void SlowHttp1Channel::send(Exchange& exchange, const Request& request) {
  const auto now = wheel_.now();
  if (read_pace_) {
    read_pace_->restart(now);
    wheel_.ask(read_turn_, now + read_pace_->wait(kAnyNumber));
  }
  request_.assign(request.bytes);
  passed_ = write_pace_ ? std::min<std::size_t>(1, request_.size()) : request_.size();
  client().send(std::span(request_).first(passed_), request.head, request.observe);
  listener().on_sent(exchange, passed_);
  if (left() == 0) return;
  write_pace_->restart(now);
  wheel_.ask(write_turn_, now + write_pace_->wait(left()));
}

void SlowHttp1Channel::on_turn(PaceWheel::Turn& turn, base::MonoTime now) {
  if (&turn == &write_turn_) {
    write(now);
    return;
  }
  if (const auto bytes = read_pace_->take(now, kAnyNumber); bytes > 0)
    client().limit_reading(bytes);
  wheel_.ask(read_turn_, now + read_pace_->wait(kAnyNumber));
}

// The next piece, once the kernel has taken the one before.
void SlowHttp1Channel::write(base::MonoTime now) {
  if (client().stream().queued() == 0) {
    const auto bytes = write_pace_->take(now, left());
    client().send_more(std::span(request_).subspan(passed_, bytes));
    passed_ += bytes;
    listener().on_sent(exchanges().front(), bytes);
  }
  if (left() > 0) wheel_.ask(write_turn_, now + write_pace_->wait(left()));
}

void SlowHttp1Channel::on_reply(const net::HttpClient::Reply& reply) {
  read_turn_.cancel();
  write_turn_.cancel();
  if (read_pace_) client().limit_reading(1);  // an idle connection that the peer closes is noticed
  // An answer to the half of a request: the next one would be taken for the other half.
  auto known = reply;
  known.keep_alive = reply.keep_alive && left() == 0;
  forget_request();
  Http1Channel::on_reply(known);
}

}  // namespace rampart::loadgen
