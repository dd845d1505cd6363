#include "net/fd_watcher.h"

#include <uv.h>

#include "base/assert.h"
#include "net/loop.h"

namespace rampart::net {

struct FdWatcher::Handle {
  uv_poll_t poll;
  int fd;
  Loop* loop;
  Listener* listener;  // null once the watcher is gone
  int interest = 0;

  static void ready(uv_poll_t* poll, int status, int events) {
    auto* self = static_cast<Handle*>(poll->data);
    self->loop->note_event();
    if (self->listener == nullptr) return;
    // libuv stops watching on an error state (an ICMP error on a socket, say) without saying which;
    // the next read or write reports it.
    if (status < 0) uv_poll_start(poll, self->interest, ready);
    const bool readable = status < 0 || (events & UV_READABLE) != 0;
    const bool writable = status < 0 || (events & UV_WRITABLE) != 0;
    self->listener->on_ready(self->fd, readable, writable);
  }
};

FdWatcher::FdWatcher(Loop& loop, int fd, Listener& listener) : handle_(new Handle{}) {
  handle_->fd = fd;
  handle_->loop = &loop;
  handle_->listener = &listener;
  RAMPART_ASSERT(uv_poll_init(loop.native(), &handle_->poll, fd) == 0);
  handle_->poll.data = handle_;
}

FdWatcher::~FdWatcher() {
  handle_->listener = nullptr;
  uv_poll_stop(&handle_->poll);  // forgets the descriptor at once
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_->poll),
           [](uv_handle_t* h) { delete static_cast<Handle*>(h->data); });
}

void FdWatcher::watch(bool readable, bool writable) {
  handle_->interest = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
  if (handle_->interest == 0)
    uv_poll_stop(&handle_->poll);
  else
    uv_poll_start(&handle_->poll, handle_->interest, Handle::ready);
}

}  // namespace rampart::net
