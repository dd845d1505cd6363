#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/file_stamp.h"
#include "base/result.h"

namespace rampart::probe {

// Files that modules send. Each is read once, and anew when it has changed, so that a probe waits
// for no disk. Probe thread only.
class KeptFiles {
 public:
  static constexpr std::size_t kMost = 64 << 20;  // bytes; what was not used for longest goes first

  // Its wall clock is that of the files' system.
  explicit KeptFiles(const base::Clock& clock) : clock_(clock) {}

  // Shared, as a probe goes on with what it began with. Errors as of read_whole().
  base::Result<std::shared_ptr<const std::string>> of(const std::string& path);
  // Of what is kept now.
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::string path;
    base::FileStamp stamp;
    std::shared_ptr<const std::string> text;
  };

  const base::Clock& clock_;
  std::list<Entry> entries_;  // the one that was used last comes first
};

}  // namespace rampart::probe
