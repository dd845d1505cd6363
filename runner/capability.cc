#include "runner/capability.h"

#include <fmt/core.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace rampart::runner {
namespace {

constexpr unsigned kMostCapabilities = 64;

constexpr std::uint64_t bit(unsigned capability) { return std::uint64_t{1} << capability; }

std::uint64_t kept_of(Keep keep) {
  switch (keep) {
    case Keep::nothing: break;
    case Keep::file_access: return bit(CAP_DAC_OVERRIDE) | bit(CAP_CHOWN);
    case Keep::probing: return bit(CAP_NET_RAW) | bit(CAP_DAC_READ_SEARCH);
  }
  return 0;
}

base::Status failed(const char* call) {
  return base::fail(base::Errc::io,
                    fmt::format("drop capabilities: {}: {}: nothing was sent; a seccomp filter "
                                "must allow capget, capset and prctl",
                                call, std::strerror(errno)));
}

// The capabilities that a program started from here could have at most. Needs CAP_SETPCAP.
base::Status drop_bounding_set(std::uint64_t kept) {
  for (unsigned i = 0; i < kMostCapabilities; ++i) {
    const int held = prctl(PR_CAPBSET_READ, i, 0, 0, 0);
    if (held < 0) break;  // this kernel has no more
    if (held == 1 && (kept & bit(i)) == 0 && prctl(PR_CAPBSET_DROP, i, 0, 0, 0) != 0)
      return failed("PR_CAPBSET_DROP");
  }
  return {};
}

}  // namespace

base::Status drop_capabilities(Keep keep) {
  // The C library has no function for capget(2) and capset(2).
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3]{};
  if (syscall(SYS_capget, &header, sets) != 0) return failed("capget");
  bool any = false;
  for (const auto& set : sets) any = any || (set.effective | set.permitted | set.inheritable) != 0;
  if (!any) return {};
  const auto kept = kept_of(keep);
  if ((sets[CAP_TO_INDEX(CAP_SETPCAP)].effective & CAP_TO_MASK(CAP_SETPCAP)) != 0)
    if (auto status = drop_bounding_set(kept); !status) return status;
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failed("PR_SET_NO_NEW_PRIVS");
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0)
    return failed("PR_CAP_AMBIENT");
  for (unsigned i = 0; i < _LINUX_CAPABILITY_U32S_3; ++i) {
    const auto mask = static_cast<std::uint32_t>(kept >> (32 * i));
    sets[i].effective &= mask;
    sets[i].permitted &= mask;
    sets[i].inheritable = 0;
  }
  if (syscall(SYS_capset, &header, sets) != 0) return failed("capset");
  return {};
}

}  // namespace rampart::runner
