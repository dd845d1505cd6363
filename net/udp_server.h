#pragma once

#include <memory>
#include <optional>
#include <span>

#include "base/ip_address.h"
#include "base/result.h"
#include "net/fd_watcher.h"

namespace rampart::net {

class Loop;

// Receives datagrams on one address and answers them. Loop thread only.
class UdpServer final : private FdWatcher::Listener {
 public:
  class Listener {
   public:
    // The bytes hold only during the call.
    virtual void on_datagram(std::span<const char> bytes, const base::Endpoint& from) = 0;

   protected:
    ~Listener() = default;
  };

  // Port 0 takes a free one. The listener must outlive the server.
  static base::Result<std::unique_ptr<UdpServer>> listen(Loop& loop, const base::Endpoint& at,
                                                         Listener& listener);
  ~UdpServer();
  UdpServer(const UdpServer&) = delete;
  UdpServer& operator=(const UdpServer&) = delete;

  // Lost where the socket has no room, as datagrams may be.
  void send(std::span<const char> bytes, const base::Endpoint& to);
  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  UdpServer(Loop& loop, int fd, Listener& listener);
  void on_ready(int fd, bool readable, bool writable) override;

  Loop& loop_;
  Listener& listener_;
  const int fd_;
  base::Endpoint endpoint_;
  std::optional<FdWatcher> watcher_;
};

}  // namespace rampart::net
