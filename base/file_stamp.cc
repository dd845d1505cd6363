#include "base/file_stamp.h"

#include <sys/stat.h>

namespace rampart::base {

FileStamp FileStamp::of(const std::string& path) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {};
  const auto nanos = [](const timespec& t) { return t.tv_sec * kNanos + t.tv_nsec; };
  return {nanos(found.st_mtim), nanos(found.st_ctim), found.st_dev, found.st_ino, found.st_size};
}

}  // namespace rampart::base
