#include "loadgen/tcp_channel.h"

#include <cstring>

#include "loadgen/errors.h"
#include "loadgen/request.h"
#include "net/tcp_stream.h"

namespace rampart::loadgen {

void TcpChannel::open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) {
  net::Stream::Listener& self = *this;
  const net::ConnectOptions options{.from = from};
  received_ = 0;
  out_ = false;
  stray_ = false;
  if (dialling_.tls != nullptr)
    stream_ =
        net::connect_tls(dialling_.loop, *dialling_.tls, dialling_.server_name, to, self, options);
  else
    stream_ = net::TcpStream::connect(dialling_.loop, to, self, options);
}

void TcpChannel::close() {
  unlink();
  out_ = false;
  if (!stream_) return;
  if (use_.close_with_reset)
    stream_->reset();
  else if (dialling_.tls != nullptr && (state == State::open || state == State::draining))
    stream_->shutdown();  // close_notify before the FIN
  stream_.reset();
}

// Answers at once where the request is the connection, and not once the loop waits: what else comes
// in this turn is not part of its time.
void TcpChannel::on_open() {
  listener().on_open(*this, 1);
  if (!carries()) before_wait();
}

// hot
void TcpChannel::send(Exchange& exchange, const Request&) {
  out_ = true;
  received_ = 0;
  if (!carries()) {
    dialling_.loop.before_wait(*this);  // unless on_open() comes first
    return;
  }
  stream_->write(data_);
  if (stream_->queued() > 0)
    listener().on_blocked(exchange);
  else if (use_.mode == Mode::send)
    dialling_.loop.before_wait(*this);  // never from inside send()
}

// The connection stands, or all bytes are with the kernel.
void TcpChannel::before_wait() {
  if (!out_) return;
  out_ = false;
  listener().on_answer(exchanges().front(), {});
}

void TcpChannel::on_drained() {
  if (use_.mode == Mode::send) before_wait();
}

// hot
void TcpChannel::on_data(std::span<const char> bytes) {
  if (use_.mode != Mode::echo) return;  // what the peer has to say is not judged
  if (!out_)
    stray_ = true;
  else
    compare(bytes);
}

// hot
void TcpChannel::compare(std::span<const char> bytes) {
  const auto left = data_.size() - received_;
  const bool same = !stray_ && bytes.size() <= left &&
                    std::memcmp(bytes.data(), data_.data() + received_, bytes.size()) == 0;
  received_ += bytes.size();
  if (same && bytes.size() < left) return;
  out_ = false;
  Answer answer{.keep_alive = same, .bytes = received_};
  if (!same) answer.wrong = model::LoadError::wrong_echo;
  listener().on_answer(exchanges().front(), answer);
}

void TcpChannel::on_end(net::StreamEnd end, std::string_view) {
  listener().on_end(*this, error_of(end, state == State::connecting));
}

}  // namespace rampart::loadgen
