#include "sniffer/behaviour/subject_table.h"

namespace rampart::sniffer::behaviour {

Subject* SubjectTable::find_or_add(const base::Endpoint& key, std::uint64_t hash, Books& books) {
  Subject* place = nullptr;
  for (auto i = first_of(hash), end = i + kWays; i < end; ++i) {
    auto& s = subjects_[i];
    if (s.used && s.key == key) return &s;
    if (!s.used) {
      if (place == nullptr || place->used) place = &s;
    } else if (!s.attacked() && (place == nullptr || (place->used && s.idle > place->idle))) {
      place = &s;
    }
  }
  if (place == nullptr) return nullptr;
  if (place->used) {
    ++displaced_;
    remove(*place, books);
  }
  place->key = key;
  place->used = true;
  return place;
}

void SubjectTable::remove(Subject& subject, Books& books) {
  for (auto& w : subject.watches) books.give_back(w.book);
  subject = {};
}

}  // namespace rampart::sniffer::behaviour
