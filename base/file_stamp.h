#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace rampart::base {

// Tells one state of a file or folder from another.
struct FileStamp {
  std::int64_t modified = -1;  // nanoseconds; -1: there is no such file
  std::int64_t changed = -1;   // the same of its inode, which nobody can set back (stat(2))
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::int64_t size = 0;

  static FileStamp of(const std::string& path);
  // Whether every change after `now`, which was read before this was taken, will give another
  // stamp. The times of files advance in steps: what is written soon after a change may not show in
  // them. Whoever keeps what was read from a file that is not settled reads it again.
  [[nodiscard]] bool settled(WallTime now) const;
  bool operator==(const FileStamp&) const = default;
};

}  // namespace rampart::base
