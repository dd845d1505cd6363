#include "probe/module/kept_files.h"

#include <algorithm>
#include <chrono>
#include <numeric>
#include <utility>

#include "probe/module/secret_file.h"

namespace rampart::probe {
namespace {

using namespace std::chrono_literals;

// The times of files advance in steps: what is written soon after a look may not show in them.
constexpr base::Nanos kSettled = 1s;

bool is_settled(const base::FileStamp& stamp, base::WallTime now) {
  return now.time_since_epoch() - base::Nanos(stamp.changed) >= kSettled;
}

}  // namespace

base::Result<std::shared_ptr<const std::string>> KeptFiles::of(const std::string& path) {
  const auto stamp = base::FileStamp::of(path);
  const auto found = std::find_if(entries_.begin(), entries_.end(),
                                  [&path](const Entry& e) { return e.path == path; });
  if (found != entries_.end()) {
    if (found->stamp == stamp) {
      entries_.splice(entries_.begin(), entries_, found);
      return found->text;
    }
    entries_.erase(found);
  }
  RAMPART_TRY(auto read, read_whole(path));
  auto text = std::make_shared<const std::string>(std::move(read));
  // What has another size than it says is no file of a disk, or was not there a moment ago.
  const bool as_told =
      stamp != base::FileStamp() && static_cast<std::size_t>(stamp.size) == text->size();
  if (!as_told || !is_settled(stamp, clock_.wall())) return text;
  entries_.push_front({path, stamp, text});
  while (bytes() > kMost) entries_.pop_back();
  return text;
}

std::size_t KeptFiles::bytes() const {
  return std::accumulate(entries_.begin(), entries_.end(), std::size_t{0},
                         [](std::size_t sum, const Entry& e) { return sum + e.text->size(); });
}

}  // namespace rampart::probe
