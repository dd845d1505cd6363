#include "base/file_stamp.h"

#include <sys/stat.h>

#include <chrono>

namespace rampart::base {

FileStamp FileStamp::of(const std::string& path) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {};
  const auto nanos = [](const timespec& t) { return t.tv_sec * kNanos + t.tv_nsec; };
  return {nanos(found.st_mtim), nanos(found.st_ctim), found.st_dev, found.st_ino, found.st_size};
}

bool FileStamp::settled(WallTime now) const {
  constexpr Nanos kSteps = std::chrono::seconds(1);  // of coarse file systems
  return now.time_since_epoch() - Nanos(changed) >= kSteps;
}

}  // namespace rampart::base
