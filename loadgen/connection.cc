#include "loadgen/connection.h"

#include "loadgen/driver.h"

namespace rampart::loadgen {

void Connection::connect(base::MonoTime now, bool with_request) {
  carries_request_ = with_request;
  state_ = State::connecting;
  const auto& target = driver_.target_;
  const auto& to = target.endpoints[endpoint % target.endpoints.size()];
  net::HttpClient::Listener& listener = *this;
  client_ = std::make_unique<net::HttpClient>(driver_.around_.loop,
                                              driver_.tls_ ? &*driver_.tls_ : nullptr,
                                              driver_.server_name_, to, listener);
  // Without a port nothing was sent: the connect failed at once.
  if (const auto port = client_->local_port(); port != 0)
    driver_.around_.tuples.push({.local_port = port,
                                 .remote = to,
                                 .proto = model::IpProto::tcp,
                                 .owner = model::Owner::load,
                                 .opened = now});
}

void Connection::send(base::MonoTime due, base::MonoTime now) {
  request_ = {due, now};
  carries_request_ = true;
  state_ = State::busy;
  client_->send(driver_.request_bytes_, driver_.head_);
}

void Connection::back_off(base::MonoTime until) {
  client_.reset();
  state_ = State::backing_off;
  deadline = until;
}

void Connection::on_ready() { driver_.on_ready(*this); }
void Connection::on_reply(const net::HttpClient::Reply& reply) { driver_.on_reply(*this, reply); }
void Connection::on_http_end(net::StreamEnd end, std::string_view) { driver_.on_end(*this, end); }

}  // namespace rampart::loadgen
