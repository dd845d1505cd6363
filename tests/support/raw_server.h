#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "base/ip_address.h"

namespace rampart::testing {

// A TCP server that says exactly what a test scripts, right or wrong: on 127.0.0.1, a free port and
// a thread of its own, one connection at a time in order of arrival.
//
//   RawServer server([](RawServer::Peer& peer) {
//     peer.read_until("\r\n\r\n");
//     peer.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel");  // and then FIN
//   });
//
// No call blocks longer than ten seconds, nor after the server's destructor has begun.
class RawServer {
 public:
  class Peer {
   public:
    // All that has arrived up to and with `end`; what came so far where the peer closed first.
    std::string read_until(std::string_view end);
    // What one read gives; empty at the end.
    std::string read_some();
    // False where the peer has gone.
    bool send(std::string_view bytes);
    // Each byte in a segment of its own.
    bool send_bytewise(std::string_view bytes);
    // Reads and throws away until the peer closes.
    void wait_for_close();
    // FIN, as also at the end of the script.
    void close();
    // RST.
    void reset();
    // 0 for the first connection.
    [[nodiscard]] unsigned number() const { return number_; }

   private:
    friend class RawServer;
    Peer(int fd, int stop_fd, unsigned number) : fd_(fd), stop_fd_(stop_fd), number_(number) {}
    // False where the wait ended by time, stop or error.
    [[nodiscard]] bool wait_for(short events) const;

    int fd_;
    int stop_fd_;
    unsigned number_;
    std::string rest_;  // read, but after an end that read_until looked for
  };
  using Script = std::function<void(Peer&)>;  // runs on the server's thread

  explicit RawServer(Script script);
  ~RawServer();
  RawServer(const RawServer&) = delete;
  RawServer& operator=(const RawServer&) = delete;

  [[nodiscard]] base::Endpoint endpoint() const {
    return {base::IpAddress::v4(127, 0, 0, 1), port_};
  }
  [[nodiscard]] std::uint16_t port() const { return port_; }

  // A port on 127.0.0.1 that refuses connections.
  static base::Endpoint refusing();

 private:
  void serve();

  Script script_;
  int listen_fd_ = -1;
  int stop_fd_ = -1;  // an eventfd that becomes readable at the end
  std::uint16_t port_ = 0;
  std::thread thread_;
};

}  // namespace rampart::testing
