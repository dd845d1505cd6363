#pragma once

#include <cstdint>
#include <string>

namespace rampart::base {

// Tells one state of a file or folder from another.
struct FileStamp {
  std::int64_t modified = -1;  // nanoseconds; -1: there is no such file
  std::int64_t changed = -1;   // the same of its inode, which nobody can set back (stat(2))
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;

  static FileStamp of(const std::string& path);
  bool operator==(const FileStamp&) const = default;
};

}  // namespace rampart::base
