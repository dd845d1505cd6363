#include "loadgen/http2_channel.h"

#include "loadgen/errors.h"
#include "loadgen/request.h"
#include "loadgen/session.h"

namespace rampart::loadgen {

void Http2Channel::open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) {
  net::Http2Client::Listener& self = *this;
  client_ = std::make_unique<net::Http2Client>(dialling_.loop, dialling_.tls, dialling_.server_name,
                                               to, static_cast<std::uint32_t>(exchanges().size()),
                                               self, net::ConnectOptions{.from = from});
}

// hot
void Http2Channel::send(Exchange& exchange, const Request& request) {
  if (client_->queued() > 0) listener().on_blocked(exchange);
  client_->send(*request.http2, &exchange, request.observe);
}

bool Http2Channel::cancel(Exchange& exchange) {
  client_->cancel(&exchange);
  return true;
}

void Http2Channel::on_streams(std::uint32_t streams) { listener().on_open(*this, streams); }

// hot
void Http2Channel::on_reply(void* exchange, const net::Http2Client::Reply& reply) {
  listener().on_answer(*static_cast<Exchange*>(exchange), {reply.status, true, reply.bytes});
}

void Http2Channel::on_lost(void* exchange, net::Http2Client::Loss why) {
  using Loss = net::Http2Client::Loss;
  std::optional<model::LoadError> error;
  if (why == Loss::reset) error = model::LoadError::stream_reset;
  if (why == Loss::protocol || why == Loss::too_large) error = model::LoadError::protocol;
  listener().on_lost(*static_cast<Exchange*>(exchange), error);
}

void Http2Channel::on_header(void* exchange, std::string_view name, std::string_view value) {
  static_cast<Exchange*>(exchange)->session->on_header(name, value);
}

void Http2Channel::on_body(void* exchange, std::span<const char> bytes) {
  static_cast<Exchange*>(exchange)->session->on_body(bytes);
}

void Http2Channel::on_goaway() { listener().on_draining(*this); }

void Http2Channel::on_http_end(net::StreamEnd end, std::string_view) {
  listener().on_end(*this, error_of(end, state == State::connecting));
}

}  // namespace rampart::loadgen
