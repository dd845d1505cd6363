#include "net/fd_watcher.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "net/loop.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::net {
namespace {

struct Recorder final : FdWatcher::Listener {
  void on_ready(int fd, bool readable, bool writable) override {
    calls += std::string(readable ? "r" : "") + (writable ? "w" : "") + " ";
    if (call) call(fd);
  }
  std::string calls;
  std::function<void(int)> call;
};

struct SocketPair {
  SocketPair() { EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds.data()), 0); }
  ~SocketPair() {
    for (const int fd : fds)
      if (fd >= 0) close(fd);
  }
  std::array<int, 2> fds{-1, -1};
};

TEST(FdWatcher, TellsReadableAndWritable) {
  Loop loop;
  SocketPair pair;
  Recorder recorder;
  recorder.call = [&](int) { loop.stop(); };
  FdWatcher watcher(loop, pair.fds[0], recorder);
  watcher.watch(false, true);
  loop.run();
  ASSERT_EQ(write(pair.fds[1], "x", 1), 1);
  watcher.watch(true, false);
  loop.run();
  loop.run();  // still unread, so still readable
  watcher.watch(true, true);
  loop.run();
  EXPECT_EQ(recorder.calls, "w r r rw ");
}

TEST(FdWatcher, WithoutInterestItHoldsNothing) {
  Loop loop;
  SocketPair pair;
  Recorder recorder;
  FdWatcher watcher(loop, pair.fds[0], recorder);
  watcher.watch(true, true);
  watcher.watch(false, false);
  loop.run();
  EXPECT_EQ(recorder.calls, "");
}

TEST(FdWatcher, MayBeDestroyedInItsCallbackAndTheDescriptorReusedRightAfter) {
  Loop loop;
  Recorder recorder;
  for (int i = 0; i < 20; ++i) {
    SocketPair pair;
    auto watcher = std::make_unique<FdWatcher>(loop, pair.fds[0], recorder);
    recorder.calls.clear();
    int calls = 0;
    recorder.call = [&](int fd) {
      if (++calls == 2) {
        loop.stop();
        return;
      }
      watcher.reset();
      close(fd);
      // The same number, with a watcher of its own in the same turn.
      pair.fds[0] = dup(pair.fds[1]);
      EXPECT_EQ(pair.fds[0], fd);
      watcher = std::make_unique<FdWatcher>(loop, pair.fds[0], recorder);
      watcher->watch(false, true);
    };
    watcher->watch(false, true);
    loop.run();
    EXPECT_EQ(recorder.calls, "w w ");
    watcher.reset();
  }
}

// The port is closed, so that the kernel hands an ICMP error to the socket: libuv stops a poll
// handle then, but the watcher must see what comes later.
TEST(FdWatcher, GoesOnAfterAnErrorStateOfTheDescriptor) {
  Loop loop;
  const auto refusing = testing::RawServer::refusing();  // free for UDP too, as nobody uses it
  const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  to.sin_port = htons(refusing.port);
  ASSERT_EQ(connect(fd, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);

  Recorder recorder;
  int errors = 0;
  recorder.call = [&](int ready) {
    char byte = 0;
    if (recv(ready, &byte, 1, 0) < 0 && errno == ECONNREFUSED) ++errors;
    if (errors < 3)
      ASSERT_EQ(send(ready, "x", 1, 0), 1);
    else
      loop.stop();
  };
  {
    FdWatcher watcher(loop, fd, recorder);
    watcher.watch(true, false);
    ASSERT_EQ(send(fd, "x", 1, 0), 1);
    loop.run();
  }
  close(fd);
  EXPECT_EQ(errors, 3);
}

}  // namespace
}  // namespace rampart::net
