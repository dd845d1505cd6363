#pragma once

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "base/assert.h"

namespace rampart::testing {

// A folder of its own among the temporary ones, gone with this. A process that was forked off
// meanwhile leaves it to the one that made it.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto name = (std::filesystem::temp_directory_path() / "rampart-test-XXXXXX").string();
    RAMPART_ASSERT(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~ScratchFolder() {
    if (getpid() != maker_) return;
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] std::string file(std::string_view name) const {
    return path_ + "/" + std::string(name);
  }
  // Returns the file's path.
  std::string write(std::string_view name, std::string_view text) const {
    auto path = file(name);
    std::ofstream(path, std::ios::binary) << text;
    return path;
  }

 private:
  const pid_t maker_ = getpid();
  std::string path_;
};

}  // namespace rampart::testing
