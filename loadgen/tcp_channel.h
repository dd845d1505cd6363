#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "loadgen/channel.h"
#include "loadgen/dialling.h"
#include "model/plan.h"
#include "net/loop.h"
#include "net/stream.h"

namespace rampart::loadgen {

// A TCP connection, with TLS where the target is https, without a protocol above it: one exchange.
// In the modes connect, handshake and hold the request is the connection itself, which is answered
// as soon as it is open.
class TcpChannel final : public Channel, private net::Stream::Listener, private net::Deferred {
 public:
  // `data`: what an echo or a send carries; borrowed.
  TcpChannel(const Dialling& dialling, const model::SocketUse& use, const std::string& data,
             Channel::Listener& driver)
      : Channel(1, driver), dialling_(dialling), use_(use), data_(data) {}

  void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) override;
  void send(Exchange& exchange, const Request& request) override;
  bool cancel(Exchange&) override { return false; }
  [[nodiscard]] bool heard(const Exchange&) const override { return received_ > 0; }
  void close() override;
  [[nodiscard]] std::uint16_t local_port() const override { return stream_->local_port(); }
  [[nodiscard]] const net::Stream* stream() const override { return stream_.get(); }

 private:
  using Mode = model::SocketUse::Mode;

  void on_open() override;
  void on_data(std::span<const char> bytes) override;
  void on_drained() override;
  void on_end(net::StreamEnd end, std::string_view detail) override;
  void before_wait() override;

  [[nodiscard]] bool carries() const { return use_.mode == Mode::echo || use_.mode == Mode::send; }
  void compare(std::span<const char> bytes);

  const Dialling& dialling_;
  const model::SocketUse& use_;
  const std::string& data_;
  std::unique_ptr<net::Stream> stream_;
  std::size_t received_ = 0;  // of the echo
  bool out_ = false;          // a request
  bool stray_ = false;        // bytes came that nobody asked for: what follows cannot be right
};

}  // namespace rampart::loadgen
