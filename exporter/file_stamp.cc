#include "exporter/file_stamp.h"

#include <sys/stat.h>

namespace rampart::exporter {

FileStamp FileStamp::of(const std::string& path) {
  constexpr std::int64_t kNanos = 1'000'000'000;
  struct stat found{};
  if (stat(path.c_str(), &found) != 0) return {};
  return {found.st_mtim.tv_sec * kNanos + found.st_mtim.tv_nsec, found.st_ino, found.st_size};
}

}  // namespace rampart::exporter
