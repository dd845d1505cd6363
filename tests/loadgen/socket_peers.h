#pragma once

#include <functional>
#include <memory>
#include <span>

#include "base/ip_address.h"
#include "net/udp_server.h"
#include "target/echo_server.h"
#include "tests/loadgen/loop_thread.h"

namespace rampart::testing {

// `rampart target --echo` on a free port and a thread; serves from construction to destruction.
class EchoThread {
 public:
  explicit EchoThread(const base::IpAddress& at = base::IpAddress::v4(127, 0, 0, 1))
      : server_(target::EchoServer::listen(thread_.loop(), {at, 0}).value()),
        endpoint_(server_->endpoint()) {
    thread_.start();
  }
  ~EchoThread() { stop(); }
  EchoThread(const EchoThread&) = delete;
  EchoThread& operator=(const EchoThread&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }
  // Ends the service; what it has seen.
  target::EchoServer::Counters stop() {
    thread_.stop();
    if (server_) seen_ = server_->counters();
    server_.reset();
    return seen_;
  }

 private:
  LoopThread thread_;
  std::unique_ptr<target::EchoServer> server_;
  base::Endpoint endpoint_;
  target::EchoServer::Counters seen_;
};

// A UDP peer that answers as the test says, on a thread of its own.
class UdpThread final : private net::UdpServer::Listener {
 public:
  using Answer =
      std::function<void(net::UdpServer&, std::span<const char>, const base::Endpoint& from)>;
  explicit UdpThread(Answer answer)
      : answer_(std::move(answer)),
        server_(net::UdpServer::listen(thread_.loop(), loopback(0), *this).value()),
        endpoint_(server_->endpoint()) {
    thread_.start();
  }
  ~UdpThread() {
    thread_.stop();
    server_.reset();
  }
  UdpThread(const UdpThread&) = delete;
  UdpThread& operator=(const UdpThread&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  void on_datagram(std::span<const char> bytes, const base::Endpoint& from) override {
    answer_(*server_, bytes, from);
  }

  const Answer answer_;
  LoopThread thread_;
  std::unique_ptr<net::UdpServer> server_;
  base::Endpoint endpoint_;
};

}  // namespace rampart::testing
