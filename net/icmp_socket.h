#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/datagram_socket.h"
#include "net/icmp_echo.h"

namespace rampart::net {

// Sends ICMP or ICMPv6 echo requests to one peer and hears their replies: over a raw socket, on
// which the kernel lets only replies with its own id through, or, where that is not permitted, over
// a ping socket (net.ipv4.ping_group_range). Loop thread only.
class IcmpSocket final : private DatagramSocket::Listener {
 public:
  struct Options {
    bool v6 = false;
    std::uint16_t id = 0;       // of a raw socket's requests; the kernel chooses a ping socket's
    std::size_t bytes = 56;     // of data in a reply, at most
    std::uint32_t at_once = 1;  // as DatagramSocket::Options
  };
  // Needs CAP_NET_RAW, or a group that may ping, only here; sends nothing. Errc::permission says
  // what to do where it has neither. The listener hears of the data alone, without the headers
  // before it, and of no other message than echo replies.
  static base::Result<std::unique_ptr<IcmpSocket>> open(Loop& loop, const Options& options,
                                                        DatagramSocket::Listener& listener);

  // Before the first send; sends nothing. Again to change the peer, but not where to leave from.
  std::optional<SocketFailure> connect(const base::IpAddress& to,
                                       const std::optional<base::IpAddress>& from = {});
  // hot: a request whose data begins at message[kEchoHeader]; what stands before it is overwritten.
  SendOutcome send(std::span<char> message, std::uint16_t sequence);

  // Of the requests; a ping socket has none before connect().
  [[nodiscard]] std::uint16_t id() const { return id_; }
  [[nodiscard]] std::uint64_t dropped() const { return socket_->dropped(); }
  [[nodiscard]] bool raw() const { return raw_; }

 private:
  IcmpSocket(const Options& options, bool raw, DatagramSocket::Listener& listener)
      : v6_(options.v6), raw_(raw), listener_(listener), id_(options.id) {}

  void on_datagram(std::span<const char> bytes) override;
  void on_room() override { listener_.on_room(); }
  void on_undelivered(StreamEnd why, std::span<const char> quoted) override;

  const bool v6_;
  const bool raw_;
  DatagramSocket::Listener& listener_;
  std::uint16_t id_;
  bool bound_ = false;
  std::unique_ptr<DatagramSocket> socket_;
};

}  // namespace rampart::net
