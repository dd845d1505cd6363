#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loadgen/channel.h"
#include "loadgen/echo_book.h"
#include "net/datagram_socket.h"
#include "net/loop.h"

namespace rampart::loadgen {

// Echoes over one datagram socket: an exchange for each request that may be out at a time. What the
// network could not deliver fails its request, or all that are out where it does not say which; the
// socket goes on.
class DatagramChannel : public Channel,
                        protected net::DatagramSocket::Listener,
                        private net::Deferred {
 public:
  void open(const base::Endpoint& to, const std::optional<base::IpAddress>& from) final;
  void send(Exchange& exchange, const Request& request) final;
  bool cancel(Exchange& exchange) final;
  [[nodiscard]] bool heard(const Exchange&) const final { return false; }
  void close() final;

 protected:
  // `data`: as of EchoBook.
  DatagramChannel(net::Loop& loop, std::uint32_t streams, std::uint64_t nonce,
                  const std::string& data, Channel::Listener& driver);

  // Bytes before the data that transmit() may write to.
  static constexpr std::size_t kRoom = 8;

 private:
  // The protocol's part. Sends nothing; empty: it worked.
  virtual std::optional<net::SocketFailure> dial(const base::Endpoint& to,
                                                 const std::optional<base::IpAddress>& from) = 0;
  // hot: `message` is kRoom bytes and the data.
  virtual net::SendOutcome transmit(std::span<char> message, std::uint16_t number) = 0;
  virtual void hang_up() = 0;

  void on_datagram(std::span<const char> bytes) final;
  void on_room() final;
  void on_undelivered(net::StreamEnd why, std::span<const char> quoted) final;
  void before_wait() final;

  // False where the socket has no room.
  bool transmit_on(std::uint32_t place);
  void lose(std::uint32_t place, model::LoadError why);

  net::Loop& loop_;
  EchoBook book_;
  std::vector<std::optional<model::LoadError>> unsent_;  // by place: to be reported
  std::vector<bool> blocked_;                            // by place: waits for room
  std::optional<net::SocketFailure> failure_;            // of open()
  bool opening_ = false;
};

}  // namespace rampart::loadgen
