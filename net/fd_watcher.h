#pragma once

namespace rampart::net {

class Loop;

// Tells when a descriptor that somebody else owns (a raw socket, one of libcurl's) can be read or
// written. Changing the interest costs two system calls: not for per-request use.
class FdWatcher {
 public:
  class Listener {
   public:
    virtual void on_ready(int fd, bool readable, bool writable) = 0;

   protected:
    ~Listener() = default;
  };

  // The descriptor must stay open until the watcher is destroyed; it may be closed right after.
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
