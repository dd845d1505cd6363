#include "net/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>
#include <cstdint>
#include <utility>

#include "net/loop.h"

namespace rampart::net {

struct Timer::Handle {
  uv_poll_t poll;     // where fd is one
  uv_timer_t coarse;  // else
  int fd;
  Timer* owner;  // null once the timer is gone
  Listener* listener;
  Loop* loop;
  // Of the one with a descriptor:
  bool armed;
  base::MonoTime due;     // where it is armed
  bool set;               // the kernel's timer
  base::MonoTime set_to;  // where it is set; while armed not later than due

  [[nodiscard]] uv_handle_t* native() {
    return fd >= 0 ? reinterpret_cast<uv_handle_t*>(&poll)
                   : reinterpret_cast<uv_handle_t*>(&coarse);
  }

  bool open_fine() {
    fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fd < 0) return false;
    if (uv_poll_init(loop->native(), &poll, fd) != 0) {
      close(std::exchange(fd, -1));
      return false;
    }
    poll.data = this;
    uv_poll_start(&poll, UV_READABLE, fired);
    uv_unref(native());  // referenced while armed
    return true;
  }

  void set_kernel() {
    // A zero it_value would disarm.
    const auto at = std::max<std::int64_t>(due.time_since_epoch().count(), 1);
    itimerspec spec{};
    spec.it_value.tv_sec = at / 1'000'000'000;
    spec.it_value.tv_nsec = at % 1'000'000'000;
    timerfd_settime(fd, TFD_TIMER_ABSTIME, &spec, nullptr);
    set = true;
    set_to = due;
  }

  void arm_fine(base::MonoTime at) {
    due = at;
    if (!std::exchange(armed, true)) uv_ref(native());
    if (!set || set_to > due) set_kernel();
  }
  // The kernel's timer stays set: most are armed anew before it comes.
  void disarm_fine() {
    if (std::exchange(armed, false)) uv_unref(native());
  }

  void arm_coarse(base::MonoTime at_soonest) {
    constexpr std::int64_t kMilli = 1'000'000;
    // The loop's time is of the same clock, cut to milliseconds.
    uv_update_time(loop->native());
    const auto now = static_cast<std::int64_t>(uv_now(loop->native()));
    const auto count = at_soonest.time_since_epoch().count();
    const auto at = count / kMilli + (count % kMilli > 0 ? 1 : 0);
    // Not in this turn, so that who arms it again and again leaves others theirs.
    const auto left = static_cast<std::uint64_t>(std::max<std::int64_t>(at - now, 1));
    uv_timer_start(&coarse, fired_coarse, left, 0);
  }

  void tell() {
    if (owner != nullptr) listener->on_timer(*owner);
  }
  static void fired(uv_poll_t* poll, int, int) {
    auto* self = static_cast<Handle*>(poll->data);
    self->loop->note_event();
    std::uint64_t expirations = 0;
    if (read(self->fd, &expirations, sizeof expirations) != sizeof expirations) return;
    self->set = false;
    if (!self->armed) return;
    if (self->set_to < self->due) {
      self->set_kernel();
      return;
    }
    self->disarm_fine();
    self->tell();
  }
  static void fired_coarse(uv_timer_t* timer) {
    auto* self = static_cast<Handle*>(timer->data);
    self->loop->note_event();
    self->tell();
  }

  static void closed(uv_handle_t* handle) {
    auto* self = static_cast<Handle*>(handle->data);
    if (self->fd >= 0) close(self->fd);
    delete self;
  }
};

Timer::Timer(Loop& loop, Listener& listener) : handle_(new Handle{}) {
  handle_->owner = this;
  handle_->listener = &listener;
  handle_->loop = &loop;
  if (handle_->open_fine()) return;
  uv_timer_init(loop.native(), &handle_->coarse);
  handle_->coarse.data = handle_;
}

Timer::~Timer() {
  handle_->owner = nullptr;
  uv_close(handle_->native(), Handle::closed);
}

void Timer::arm(base::MonoTime due) {
  if (handle_->fd < 0)
    handle_->arm_coarse(due);
  else
    handle_->arm_fine(due);
}

void Timer::disarm() {
  if (handle_->fd < 0)
    uv_timer_stop(&handle_->coarse);
  else
    handle_->disarm_fine();
}

}  // namespace rampart::net
