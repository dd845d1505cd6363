#include "runner/descriptors.h"

#include <sys/resource.h>

namespace rampart::runner {

void raise_descriptor_limit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max) return;
  limit.rlim_cur = limit.rlim_max;
  static_cast<void>(setrlimit(RLIMIT_NOFILE, &limit));
}

std::size_t descriptor_limit() {
  rlimit limit{};
  constexpr std::size_t kLeast = 64;  // as much as a program needs to be of use
  return getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : kLeast;
}

}  // namespace rampart::runner
