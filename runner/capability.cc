#include "runner/capability.h"

#include <fmt/core.h>
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rampart::runner {

base::Status drop_net_raw() {
  // The C library has no function for capget(2) and capset(2).
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  const auto failed = [] {
    return base::fail(base::Errc::io,
                      fmt::format("drop CAP_NET_RAW: {}: nothing was sent; a seccomp filter must "
                                  "allow capget and capset",
                                  std::strerror(errno)));
  };
  if (syscall(SYS_capget, &header, sets) != 0) return failed();
  constexpr auto kBit = CAP_TO_MASK(CAP_NET_RAW);
  auto& low = sets[CAP_TO_INDEX(CAP_NET_RAW)];
  if (((low.effective | low.permitted | low.inheritable) & kBit) == 0) return {};
  low.effective &= ~kBit;
  low.permitted &= ~kBit;
  low.inheritable &= ~kBit;
  if (syscall(SYS_capset, &header, sets) != 0) return failed();
  return {};
}

}  // namespace rampart::runner
