#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "loadgen/byte_pace.h"
#include "loadgen/http1_channel.h"
#include "loadgen/pace_wheel.h"
#include "model/plan.h"

namespace rampart::loadgen {

// HTTP/1.1 as a slow client speaks it. The first byte of a request leaves at once, the others at
// the pace; each part is a TLS record where there is TLS. Of an answer the first byte is read at
// once, the others at the pace, so that the receive window closes; that counts bytes of the
// transport, TLS records included. Loop thread only.
class SlowHttp1Channel final : public Http1Channel, private PaceWheel::Listener {
 public:
  SlowHttp1Channel(const Dialling& dialling, const model::Pace& pace, PaceWheel& wheel,
                   Channel::Listener& driver);

  void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) override;
  void send(Exchange& exchange, const Request& request) override;
  void close() override;

 private:
  void on_ready() override;
  void on_reply(const net::HttpClient::Reply& reply) override;
  void on_turn(PaceWheel::Turn& turn, base::MonoTime now) override;

  void write(base::MonoTime now);
  void forget_request();
  [[nodiscard]] std::size_t left() const { return request_.size() - passed_; }

  PaceWheel& wheel_;
  std::optional<BytePace> read_pace_;
  std::optional<BytePace> write_pace_;
  PaceWheel::Turn read_turn_;
  PaceWheel::Turn write_turn_;
  std::size_t receive_buffer_;
  std::string request_;     // a copy: the one that was given is gone before the last piece leaves
  std::size_t passed_ = 0;  // bytes of it
};

}  // namespace rampart::loadgen
