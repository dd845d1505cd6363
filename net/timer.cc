#include "net/timer.h"

#include <sys/timerfd.h>
#include <unistd.h>
#include <uv.h>

#include <algorithm>

#include "base/assert.h"
#include "net/loop.h"

namespace rampart::net {

struct Timer::Handle {
  uv_poll_t poll;
  int fd;
  Timer* owner;  // null once the timer is gone
  Listener* listener;
  Loop* loop;

  static void fired(uv_poll_t* poll, int, int) {
    auto* self = static_cast<Handle*>(poll->data);
    self->loop->note_event();
    std::uint64_t expirations = 0;
    if (read(self->fd, &expirations, sizeof expirations) != sizeof expirations) return;
    uv_unref(reinterpret_cast<uv_handle_t*>(poll));
    if (self->owner != nullptr) self->listener->on_timer(*self->owner);
  }

  static void closed(uv_handle_t* handle) {
    auto* self = static_cast<Handle*>(handle->data);
    close(self->fd);
    delete self;
  }
};

Timer::Timer(Loop& loop, Listener& listener) : handle_(new Handle{}) {
  handle_->owner = this;
  handle_->listener = &listener;
  handle_->loop = &loop;
  handle_->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  RAMPART_ASSERT(handle_->fd >= 0);  // a few per thread, made before the connections
  RAMPART_ASSERT(uv_poll_init(loop.native(), &handle_->poll, handle_->fd) == 0);
  handle_->poll.data = handle_;
  uv_poll_start(&handle_->poll, UV_READABLE, Handle::fired);
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle_->poll));  // referenced while armed
}

Timer::~Timer() {
  handle_->owner = nullptr;
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll), Handle::closed);
}

void Timer::arm(base::MonoTime due) {
  // A zero it_value would disarm.
  const auto at = std::max<std::int64_t>(due.time_since_epoch().count(), 1);
  itimerspec spec{};
  spec.it_value.tv_sec = at / 1'000'000'000;
  spec.it_value.tv_nsec = at % 1'000'000'000;
  timerfd_settime(handle_->fd, TFD_TIMER_ABSTIME, &spec, nullptr);
  uv_ref(reinterpret_cast<uv_handle_t*>(&handle_->poll));
}

void Timer::disarm() {
  const itimerspec spec{};
  timerfd_settime(handle_->fd, 0, &spec, nullptr);
  uv_unref(reinterpret_cast<uv_handle_t*>(&handle_->poll));
}

}  // namespace rampart::net
