#pragma once

#include <array>
#include <memory>
#include <string>

#include "base/result.h"
#include "loadgen/datagram_channel.h"
#include "loadgen/dialling.h"
#include "model/plan.h"
#include "net/icmp_socket.h"

namespace rampart::loadgen {

// ICMP echoes. Its sockets, one per address family of the target, are opened when it is made,
// while the process may still do so, and kept until its end.
class IcmpChannel final : public DatagramChannel {
 public:
  struct Options {
    std::uint32_t streams;
    std::uint64_t nonce;
    std::uint16_t id;  // of its own in the whole run
    const model::Target& target;
  };
  static base::Result<std::unique_ptr<IcmpChannel>> make(const Dialling& dialling,
                                                         const Options& options,
                                                         const std::string& data,
                                                         Channel::Listener& driver);

  // The echo id.
  [[nodiscard]] std::uint16_t local_port() const override {
    return socket_ != nullptr ? socket_->id() : std::uint16_t{0};
  }
  [[nodiscard]] std::uint64_t answers_dropped() const override;

 private:
  IcmpChannel(const Dialling& dialling, const Options& options, const std::string& data,
              Channel::Listener& driver)
      : DatagramChannel(dialling.loop, options.streams, options.nonce, data, driver) {}

  std::optional<net::SocketFailure> dial(const base::Endpoint& to,
                                         const std::optional<base::IpAddress>& from) override;
  net::SendOutcome transmit(std::span<char> message, std::uint16_t number) override;
  void hang_up() override { socket_ = nullptr; }

  std::array<std::unique_ptr<net::IcmpSocket>, 2> sockets_;  // IPv4, IPv6
  net::IcmpSocket* socket_ = nullptr;                        // the one in use
};

}  // namespace rampart::loadgen
