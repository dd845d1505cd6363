#pragma once

#include <memory>
#include <string>

#include "loadgen/datagram_channel.h"
#include "loadgen/dialling.h"

namespace rampart::loadgen {

// Echoes over one UDP socket.
class UdpChannel final : public DatagramChannel {
 public:
  UdpChannel(const Dialling& dialling, std::uint32_t streams, std::uint64_t nonce,
             const std::string& data, Channel::Listener& driver)
      : DatagramChannel(dialling.loop, streams, nonce, data, driver),
        loop_(dialling.loop),
        bytes_(data.size()) {}

  [[nodiscard]] std::uint16_t local_port() const override {
    return socket_ ? socket_->local_port() : std::uint16_t{0};
  }
  [[nodiscard]] std::uint64_t answers_dropped() const override {
    return dropped_ + (socket_ ? socket_->dropped() : 0);
  }

 private:
  std::optional<net::SocketFailure> dial(const base::Endpoint& to,
                                         const std::optional<base::IpAddress>& from) override;
  net::SendOutcome transmit(std::span<char> message, std::uint16_t number) override;
  void hang_up() override;

  net::Loop& loop_;
  const std::size_t bytes_;
  std::unique_ptr<net::DatagramSocket> socket_;
  std::uint64_t dropped_ = 0;  // by the sockets before this one
};

}  // namespace rampart::loadgen
