#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/tcp_stream.h"
#include "net/udp_server.h"

namespace rampart::net {
class Loop;
}

namespace rampart::target {

// Sends back what it receives, over TCP and over UDP on the same port (RFC 862). A client that
// sends without reading its echoes is not read from meanwhile, so memory stays bounded. Loop thread
// only.
class EchoServer final : private net::TcpServer::Listener, private net::UdpServer::Listener {
 public:
  // Port 0 takes one that is free for both.
  static base::Result<std::unique_ptr<EchoServer>> listen(net::Loop& loop,
                                                          const base::Endpoint& at);
  ~EchoServer();

  [[nodiscard]] const base::Endpoint& endpoint() const { return tcp_->endpoint(); }
  struct Counters {
    std::uint64_t connections = 0;  // accepted
    std::uint64_t tcp_bytes = 0;    // received
    std::uint64_t datagrams = 0;
  };
  [[nodiscard]] const Counters& counters() const { return counters_; }

 private:
  class Connection;

  EchoServer() = default;
  void on_accept(std::unique_ptr<net::TcpStream> stream) override;
  void on_datagram(std::span<const char> bytes, const base::Endpoint& from) override;

  Counters counters_;
  std::uint64_t next_ = 0;
  std::unordered_map<std::uint64_t, std::unique_ptr<Connection>> connections_;
  std::unique_ptr<net::TcpServer> tcp_;
  std::unique_ptr<net::UdpServer> udp_;
};

}  // namespace rampart::target
