#include "exporter/history.h"

#include <algorithm>
#include <utility>

namespace rampart::exporter {

void History::add(PastProbe&& probe) {
  probe.id = next_++;
  if (probe.account.size() > kLongestAccount) {
    probe.account.resize(kLongestAccount);
    probe.account += "\n(cut here)\n";
  }
  recent_.push_back(std::move(probe));
  if (recent_.size() <= limit_) return;
  if (!recent_.front().success) failed_.push_back(std::move(recent_.front()));
  recent_.pop_front();
  if (failed_.size() > limit_) failed_.pop_front();
}

const PastProbe* History::find(std::uint64_t id) const {
  for (const auto* list : {&recent_, &failed_}) {
    const auto found =
        std::lower_bound(list->begin(), list->end(), id,
                         [](const PastProbe& p, std::uint64_t i) { return p.id < i; });
    if (found != list->end() && found->id == id) return &*found;
  }
  return nullptr;
}

std::vector<const PastProbe*> History::newest_first() const {
  std::vector<const PastProbe*> out;
  out.reserve(recent_.size() + failed_.size());
  for (const auto* list : {&recent_, &failed_})
    for (auto probe = list->rbegin(); probe != list->rend(); ++probe) out.push_back(&*probe);
  return out;
}

}  // namespace rampart::exporter
