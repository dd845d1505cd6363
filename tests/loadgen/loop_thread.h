#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "net/fd_watcher.h"
#include "net/http_server.h"
#include "net/loop.h"
#include "target/target_server.h"

namespace rampart::testing {

// An event loop on a thread of its own. What lives on the loop is made before start() and destroyed
// after stop().
class LoopThread final : private net::FdWatcher::Listener {
 public:
  LoopThread();
  ~LoopThread() { stop(); }
  LoopThread(const LoopThread&) = delete;
  LoopThread& operator=(const LoopThread&) = delete;

  [[nodiscard]] net::Loop& loop() { return loop_; }
  void start();
  void stop();

 private:
  void on_ready(int fd, bool readable, bool writable) override;

  net::Loop loop_;
  int stop_fd_;
  std::unique_ptr<net::FdWatcher> watcher_;
  std::thread thread_;
};

// `rampart target` on 127.0.0.1 and a thread; serves from construction to destruction.
class TargetThread {
 public:
  explicit TargetThread(target::TargetOptions options = {});
  ~TargetThread();
  TargetThread(const TargetThread&) = delete;
  TargetThread& operator=(const TargetThread&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }

 private:
  base::SystemClock clock_;
  LoopThread thread_;
  std::unique_ptr<target::TargetServer> server_;
  base::Endpoint endpoint_;
};

// An HTTP server that gives every request the same reply, or none.
class ReplyThread final : private net::HttpServer::Handler {
 public:
  struct Options {
    std::uint16_t status = 200;
    bool close = false;
    bool answer = true;
    std::uint16_t port = 0;  // 0: a free one
  };
  explicit ReplyThread(Options options);
  ~ReplyThread();
  ReplyThread(const ReplyThread&) = delete;
  ReplyThread& operator=(const ReplyThread&) = delete;

  [[nodiscard]] const base::Endpoint& endpoint() const { return endpoint_; }
  // Any thread.
  [[nodiscard]] std::uint64_t requests() const { return requests_.load(); }

 private:
  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override;

  const Options options_;
  std::atomic<std::uint64_t> requests_{0};
  LoopThread thread_;
  std::unique_ptr<net::HttpServer> server_;
  base::Endpoint endpoint_;
};

inline base::Endpoint loopback(std::uint16_t port) {
  return {base::IpAddress::v4(127, 0, 0, 1), port};
}

// Returns once `holds`, false after ten seconds.
bool wait_until(const std::function<bool()>& holds);

}  // namespace rampart::testing
