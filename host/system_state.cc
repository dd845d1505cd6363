#include "host/system_state.h"

#include <sys/statvfs.h>
#include <sys/timex.h>

#include <filesystem>
#include <system_error>

namespace rampart::host {

std::optional<ClockSync> clock_sync() {
  timex state{};  // modes 0: nothing is changed
  const int result = adjtimex(&state);
  if (result < 0) return std::nullopt;
  return ClockSync{result != TIME_ERROR && (state.status & STA_UNSYNC) == 0,
                   static_cast<double>(state.maxerror) / 1e6};
}

std::optional<Disk> disk_of(const std::string& path) {
  namespace fs = std::filesystem;
  std::error_code error;
  auto folder = fs::absolute(path, error);
  if (error) return std::nullopt;
  struct statvfs state{};
  while (statvfs(folder.c_str(), &state) != 0) {
    const auto above = folder.parent_path();
    if (above == folder || above.empty()) return std::nullopt;
    folder = above;
  }
  const std::uint64_t block = state.f_frsize;
  return Disk{folder.string(), block * state.f_blocks, block * state.f_bavail};
}

}  // namespace rampart::host
