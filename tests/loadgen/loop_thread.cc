#include "tests/loadgen/loop_thread.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <utility>

#include "base/assert.h"

namespace rampart::testing {

LoopThread::LoopThread() : stop_fd_(eventfd(0, EFD_CLOEXEC)) {
  RAMPART_ASSERT(stop_fd_ >= 0);
  net::FdWatcher::Listener& listener = *this;
  watcher_ = std::make_unique<net::FdWatcher>(loop_, stop_fd_, listener);
  watcher_->watch(true, false);
}

void LoopThread::start() {
  thread_ = std::thread([this] { loop_.run(); });
}

void LoopThread::stop() {
  if (stop_fd_ < 0) return;
  const std::uint64_t one = 1;
  RAMPART_ASSERT(write(stop_fd_, &one, sizeof one) == sizeof one);
  if (thread_.joinable()) thread_.join();
  watcher_.reset();
  close(std::exchange(stop_fd_, -1));
}

void LoopThread::on_ready(int, bool, bool) { loop_.stop(); }

TargetThread::TargetThread(target::TargetOptions options) {
  if (options.listen == base::Endpoint{}) options.listen = loopback(0);
  auto server = target::TargetServer::listen(thread_.loop(), std::move(options), clock_);
  RAMPART_ASSERT(server.has_value());
  server_ = *std::move(server);
  endpoint_ = server_->endpoint();
  thread_.start();
}

TargetThread::~TargetThread() {
  thread_.stop();
  server_.reset();
}

ReplyThread::ReplyThread(Options options) : options_(options) {
  auto server = net::HttpServer::listen(thread_.loop(), loopback(options.port), nullptr, *this);
  RAMPART_ASSERT(server.has_value());
  server_ = *std::move(server);
  endpoint_ = server_->endpoint();
  thread_.start();
}

ReplyThread::~ReplyThread() {
  thread_.stop();
  server_.reset();
}

void ReplyThread::on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) {
  requests_.fetch_add(1);
  if (options_.answer)
    server_->reply(id, {.status = options_.status, .body = "hello", .close = options_.close});
}

bool wait_until(const std::function<bool()>& holds) {
  constexpr auto kPause = std::chrono::milliseconds(2);
  for (int tries = 0; tries < 5000; ++tries) {
    if (holds()) return true;
    std::this_thread::sleep_for(kPause);
  }
  return false;
}

}  // namespace rampart::testing
