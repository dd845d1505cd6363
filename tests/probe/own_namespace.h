#pragma once

#include <gtest/gtest.h>
#include <linux/capability.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <string>
#include <thread>

#include "probe/descriptor.h"

// For tests that run as root.

namespace rampart::probe {

enum class Link { down, up };

// Runs `body` on a thread in a network namespace of its own, so that capabilities and kernel
// settings change for it alone.
inline void in_namespace(Link link, const std::function<void()>& body) {
  std::thread([&] {
    ASSERT_EQ(unshare(CLONE_NEWNET), 0);
    if (link == Link::up) {
      const Descriptor fd(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      ifreq request{};
      request.ifr_name[0] = 'l';
      request.ifr_name[1] = 'o';
      request.ifr_flags = IFF_UP;
      ASSERT_EQ(ioctl(fd.get(), SIOCSIFFLAGS, &request), 0);
    }
    body();
  }).join();
}

inline void set(const std::string& sysctl, const std::string& value) {
  std::ofstream("/proc/sys/net/ipv4/" + sysctl) << value;
}

inline void drop_net_raw() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  ASSERT_EQ(syscall(SYS_capget, &header, data), 0);
  data[0].effective &= ~(1U << CAP_NET_RAW);
  ASSERT_EQ(syscall(SYS_capset, &header, data), 0);
}

}  // namespace rampart::probe
