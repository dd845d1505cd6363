#pragma once

#include "base/clock.h"

namespace rampart::net {

class Loop;

// One-shot timer with nanosecond resolution (timerfd; libuv's own timers count milliseconds). It
// may be armed, disarmed or destroyed in its own callback. Costs one descriptor; where none is left
// the timer is one of libuv's, which fires up to some milliseconds late and never early.
class Timer {
 public:
  class Listener {
   public:
    virtual void on_timer(Timer& timer) = 0;

   protected:
    ~Listener() = default;
  };

  // The listener must outlive the timer.
  Timer(Loop& loop, Listener& listener);
  ~Timer();
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  // Fires once at `due`, at once where that is past; replaces an earlier due time. hot: one system
  // call, or none where the kernel's timer is set for an earlier time, which is then put off when
  // it comes.
  void arm(base::MonoTime due);
  // No call to the listener after it, even where the timer had just expired. hot: no system call:
  // the loop may wake once for a time that nobody waits for any more.
  void disarm();

 private:
  struct Handle;
  Handle* handle_;  // freed in its close callback
};

}  // namespace rampart::net
