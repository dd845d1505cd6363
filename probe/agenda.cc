#include "probe/agenda.h"

#include <iterator>
#include <utility>

namespace rampart::probe {

Agenda::Item::Item(Agenda& agenda) : agenda_(agenda) {
  Entries entries;
  idle_ = entries.extract(entries.emplace(base::MonoTime(), this));
}

Agenda::Item::~Item() {
  if (idle_.empty()) agenda_.waiting_.erase(waiting_);
}

void Agenda::Item::set_due(base::MonoTime due) {
  auto entry = idle_.empty() ? agenda_.waiting_.extract(waiting_) : std::move(idle_);
  entry.key() = due;
  waiting_ = agenda_.waiting_.insert(std::move(entry));
  if (due >= agenda_.armed_) return;
  agenda_.armed_ = due;
  agenda_.timer_.arm(due);
}

// As many as are due as it begins, so that who sets itself anew cannot keep it for ever.
void Agenda::on_timer(net::Timer&) {
  const auto now = clock_.mono();
  auto due = std::distance(waiting_.begin(), waiting_.upper_bound(now));
  for (; due > 0 && !waiting_.empty() && waiting_.begin()->first <= now; --due) {
    auto& item = *waiting_.begin()->second;
    item.idle_ = waiting_.extract(waiting_.begin());
    item.on_due();
  }
  armed_ = base::MonoTime::max();
  if (waiting_.empty()) return;
  armed_ = waiting_.begin()->first;
  timer_.arm(armed_);
}

}  // namespace rampart::probe
