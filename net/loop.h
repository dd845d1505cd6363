#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "base/clock.h"
#include "base/histogram.h"

struct uv_loop_s;

namespace rampart::net {

// A place in a ring, alone in its own at first. Leaves it when destroyed.
class RingLink {
 public:
  RingLink() = default;
  ~RingLink() { unlink(); }
  RingLink(const RingLink&) = delete;
  RingLink& operator=(const RingLink&) = delete;

  [[nodiscard]] bool alone() const { return next_ == this; }
  [[nodiscard]] RingLink* next() const { return next_; }
  void link_before(RingLink& other);
  void unlink();

 private:
  RingLink* previous_ = this;
  RingLink* next_ = this;
};

// Something to do before a Loop waits.
class Deferred : public RingLink {
 public:
  virtual void before_wait() = 0;

 protected:
  ~Deferred() = default;
};

// An event loop on one thread, over libuv. Everything in net belongs to one Loop, is used on that
// Loop's thread only, and must be destroyed before it. A destroyed object's handle lives on until
// libuv has closed it: ~Loop runs until all are closed, and asserts that no living object is left.
//
// The first Loop makes the process ignore SIGPIPE: a write to a torn connection is an error like
// others.
class Loop {
 public:
  Loop();
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // Runs until stop() or until nothing is left to wait for or to be done before a wait. A timer
  // that is not armed and a watcher without interest are nothing to wait for.
  void run();
  // Makes run() return after the current turn.
  void stop();

  // The loop's thread reads every stream through this one buffer (64 KiB): contents hold only
  // until the callback returns.
  [[nodiscard]] std::span<char> read_buffer() { return {read_buffer_.get(), kBuffer}; }
  // What TLS made of read_buffer(): contents hold as long as those (64 KiB).
  [[nodiscard]] std::span<char> plain_buffer() {
    if (!plain_buffer_) plain_buffer_ = std::make_unique_for_overwrite<char[]>(kBuffer);
    return {plain_buffer_.get(), kBuffer};
  }
  // One to gather in what one call then writes (64 KiB): contents hold only until a listener is
  // called.
  [[nodiscard]] std::span<char> write_buffer() { return {write_buffer_.get(), kBuffer}; }

  // hot: calls it once, before the loop waits next; does nothing where that is due already. What is
  // added in such a call is due one turn later, which then comes at once. Destroyed, it is not
  // called.
  void before_wait(Deferred& deferred);

  // Time not spent waiting for events since the last call, up to now; and the length of each turn
  // that ended in between, whole even where it began before.
  struct Busy {
    base::Nanos busy{0};
    base::Histogram turns;
  };
  [[nodiscard]] Busy take_busy();

  // For net's own files.
  [[nodiscard]] uv_loop_s* native() { return loop_.get(); }
  // hot: every callback from libuv calls this first; it ends the wait that prepare began.
  void note_event() noexcept {
    if (waiting_) end_wait();
  }

 private:
  static constexpr std::size_t kBuffer = 65536;
  struct Hooks;

  void run_deferred();
  void begin_wait() noexcept;
  void end_wait() noexcept;

  base::SystemClock clock_;
  std::unique_ptr<uv_loop_s> loop_;
  Hooks* hooks_ = nullptr;  // freed in its close callback
  std::unique_ptr<char[]> read_buffer_;
  std::unique_ptr<char[]> plain_buffer_;  // with the first TLS connection
  std::unique_ptr<char[]> write_buffer_;
  RingLink deferred_;  // the ring's head
  bool stopped_ = false;
  bool waiting_ = false;
  base::MonoTime turn_began_;
  base::MonoTime busy_since_;  // the part of this turn that take_busy has not handed out yet
  base::Nanos busy_{0};
  base::Histogram turns_;
};

}  // namespace rampart::net
