#pragma once

namespace rampart::net {

class Loop;

// Tells when a descriptor that somebody else owns (a raw socket, one of libcurl's) can be read or
// written, again and again as long as it can. An error state shows as both, until it is read from
// the descriptor. Changing the interest costs two system calls: not for per-request use.
class FdWatcher {
 public:
  class Listener {
   public:
    virtual void on_ready(int fd, bool readable, bool writable) = 0;

   protected:
    ~Listener() = default;
  };

  // Watches nothing yet. The descriptor must be one that epoll takes, have no other watcher on this
  // loop, and stay open until the watcher is destroyed; it may be closed right after. It becomes
  // non-blocking. The listener must outlive the watcher, which may be destroyed in its call.
  FdWatcher(Loop& loop, int fd, Listener& listener);
  ~FdWatcher();
  FdWatcher(const FdWatcher&) = delete;
  FdWatcher& operator=(const FdWatcher&) = delete;

  void watch(bool readable, bool writable);

 private:
  struct Handle;
  Handle* handle_;  // freed in its close callback
};

}  // namespace rampart::net
