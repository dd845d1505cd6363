#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tl/expected.hpp>

#include "base/ip_address.h"
#include "net/fd_watcher.h"
#include "net/stream.h"

namespace rampart::net {

class Loop;

// Why a socket could not be made or connected, in the words of a stream's end.
struct SocketFailure {
  StreamEnd end = StreamEnd::local;
  std::string detail;
};

// What became of one datagram that was to be sent.
struct SendOutcome {
  enum class State : std::uint8_t {
    sent,
    blocked,  // no room now: on_room() says when to try again
    failed    // never left this host: why
  };
  State state = State::sent;
  StreamEnd why = StreamEnd::local;
};

// A datagram socket with one peer: UDP or ICMP. Reads in batches (recvmmsg) into the loop's read
// buffer and is always watched, so that a datagram costs no system call but its own. Loop thread
// only.
class DatagramSocket final : private FdWatcher::Listener {
 public:
  // The socket may be destroyed in every call.
  class Listener {
   public:
    // hot. The bytes hold only during the call. One that is longer than Options::largest comes with
    // one byte more than that.
    virtual void on_datagram(std::span<const char> bytes) = 0;
    // Room again, after `blocked`.
    virtual void on_room() = 0;
    // The network, or this host, could not deliver a datagram that was sent (ICMP error messages,
    // see ip(7), IP_RECVERR). `quoted`: its first bytes as far as they came back, maybe none. The
    // socket goes on.
    virtual void on_undelivered(StreamEnd why, std::span<const char> quoted) = 0;

   protected:
    ~Listener() = default;
  };
  struct Options {
    bool v6 = false;
    int type = 0;      // SOCK_DGRAM, SOCK_RAW
    int protocol = 0;  // as of socket(2)
    std::size_t largest =
        0;  // bytes of a datagram to be received, headers that the socket shows included
    std::uint32_t at_once = 1;  // datagrams that may arrive together: sizes the receive buffer
  };

  // The listener must outlive the socket.
  static tl::expected<std::unique_ptr<DatagramSocket>, SocketFailure> open(Loop& loop,
                                                                           const Options& options,
                                                                           Listener& listener);
  ~DatagramSocket();
  DatagramSocket(const DatagramSocket&) = delete;
  DatagramSocket& operator=(const DatagramSocket&) = delete;

  // Before connect(). Empty: it worked.
  std::optional<SocketFailure> leave_from(const base::IpAddress& address);
  // Sends nothing. Again to change the peer.
  std::optional<SocketFailure> connect(const base::Endpoint& to);
  // hot: at once. What the network said of earlier datagrams does not fail this one.
  SendOutcome send(std::span<const char> bytes);

  // Of UDP; an ICMP datagram socket's echo id. 0 before it has one.
  [[nodiscard]] std::uint16_t local_port() const;
  // Datagrams that came and that the kernel threw away, because the receive buffer was full.
  [[nodiscard]] std::uint64_t dropped() const;
  [[nodiscard]] int native() const { return fd_; }

 private:
  DatagramSocket(Loop& loop, int fd, const Options& options, Listener& listener);
  void on_ready(int fd, bool readable, bool writable) override;
  void receive(const bool& gone);
  void read_errors(const bool& gone);

  Loop& loop_;
  Listener& listener_;
  const int fd_;
  const std::size_t largest_;
  bool blocked_ = false;
  const std::shared_ptr<bool> gone_ = std::make_shared<bool>(false);  // shared with on_ready
  std::optional<FdWatcher> watcher_;
};

}  // namespace rampart::net
