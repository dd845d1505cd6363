#include "loadgen/http1_channel.h"

#include "loadgen/errors.h"
#include "loadgen/request.h"
#include "loadgen/session.h"

namespace rampart::loadgen {

void Http1Channel::open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) {
  connect(to, {.from = from});
}

void Http1Channel::connect(const base::Endpoint& to, const net::ConnectOptions& options) {
  net::HttpClient::Listener& self = *this;
  client_ = std::make_unique<net::HttpClient>(dialling_.loop, dialling_.tls, dialling_.server_name,
                                              to, self, options);
}

// hot
void Http1Channel::send(Exchange& exchange, const Request& request) {
  client_->send(request.bytes, request.head, request.observe);
  if (client_->queued() > 0) listener().on_blocked(exchange);
}

void Http1Channel::on_ready() { listener().on_open(*this, 1); }

// hot
void Http1Channel::on_reply(const net::HttpClient::Reply& reply) {
  listener().on_answer(exchanges().front(), {reply.status, reply.keep_alive, reply.bytes});
}

void Http1Channel::on_header(std::string_view name, std::string_view value) {
  exchanges().front().session->on_header(name, value);
}

void Http1Channel::on_body(std::span<const char> bytes) {
  exchanges().front().session->on_body(bytes);
}

void Http1Channel::on_http_end(net::StreamEnd end, std::string_view) {
  listener().on_end(*this, error_of(end, state == State::connecting));
}

}  // namespace rampart::loadgen
