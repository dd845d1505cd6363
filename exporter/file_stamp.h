#pragma once

#include <cstdint>
#include <string>

namespace rampart::exporter {

// Tells one state of a file from another.
struct FileStamp {
  std::int64_t changed = -1;  // nanoseconds; -1: there is no such file
  std::uint64_t inode = 0;
  std::int64_t size = 0;

  static FileStamp of(const std::string& path);
  bool operator==(const FileStamp&) const = default;
};

}  // namespace rampart::exporter
