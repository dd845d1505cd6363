#include "probe/module/kept_files.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "probe/module/secret_file.h"

namespace rampart::probe {
bool KeptFiles::may_keep(const base::FileStamp& seen, std::size_t read, base::WallTime now) {
  // What has another size than it says is no file of a disk, or was not there a moment ago.
  if (seen == base::FileStamp() || static_cast<std::size_t>(seen.size) != read) return false;
  return seen.settled(now);
}

base::Result<std::shared_ptr<const std::string>> KeptFiles::of(const std::string& path) {
  const auto now = clock_.wall();
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
  if (!may_keep(stamp, text->size(), now)) return text;
  entries_.push_front({path, stamp, text});
  while (bytes() > kMost) entries_.pop_back();
  return text;
}

std::size_t KeptFiles::bytes() const {
  return std::accumulate(entries_.begin(), entries_.end(), std::size_t{0},
                         [](std::size_t sum, const Entry& e) { return sum + e.text->size(); });
}

}  // namespace rampart::probe
