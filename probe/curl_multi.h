#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <unordered_map>

#include "base/clock.h"
#include "net/fd_watcher.h"
#include "net/loop.h"
#include "net/timer.h"

namespace rampart::probe {

// libcurl's multi interface on a net::Loop: curl says which sockets and which timeout it waits for,
// the loop tells it when they are ready. Probe thread only; destroyed after every transfer.
class CurlMulti final : private net::FdWatcher::Listener, private net::Timer::Listener {
 public:
  class Transfer {
   public:
    // The transfer is over and already removed; it may start another one, or destroy itself.
    virtual void on_transfer_done(int curl_code) = 0;
    // libcurl waits for this socket of the transfer: connecting it has begun. Often.
    virtual void on_socket(int fd) = 0;

   protected:
    ~Transfer() = default;
  };

  CurlMulti(net::Loop& loop, const base::Clock& clock);
  ~CurlMulti();
  CurlMulti(const CurlMulti&) = delete;
  CurlMulti& operator=(const CurlMulti&) = delete;

  // `easy` is a CURL*. CURLOPT_PRIVATE is taken. The transfer hears of its end from the loop.
  void add(void* easy, Transfer& transfer);
  // Gives it up; no call to the transfer after it.
  void remove(void* easy);
  // Of a transfer that has just put off a piece of its body (CURL_WRITEFUNC_PAUSE): it goes on from
  // the loop, after what else is due, one such transfer at a time.
  void resume_soon(void* easy);

 private:
  // libcurl's time has come already.
  class AtOnce final : public net::Deferred {
   public:
    explicit AtOnce(CurlMulti& of) : of_(of) {}
    void before_wait() override;

   private:
    CurlMulti& of_;
  };

  static int want_socket(void* easy, int fd, int what, void* self, void* per_socket);
  static int want_timer(void* multi, long timeout_ms, void* self);

  void on_ready(int fd, bool readable, bool writable) override;
  void on_timer(net::Timer& timer) override;
  void act(int fd, int events);
  void resume_one();
  void end(void* easy, int curl_code);

  net::Loop& loop_;
  const base::Clock& clock_;
  void* multi_;  // CURLM*
  net::Timer timer_;
  AtOnce at_once_{*this};
  net::Timer turn_;           // of the first of paused_
  std::deque<void*> paused_;  // CURL*
  std::unordered_map<int, std::unique_ptr<net::FdWatcher>> watchers_;
};

}  // namespace rampart::probe
