#include "sniffer/behaviour/scan_table.h"

namespace rampart::sniffer::behaviour {

Scout* ScanTable::find(ScanKind kind, std::uint64_t key, const Contact& contact, bool add) {
  const auto first = key % (kScouts / kWays) * kWays;
  Scout* place = nullptr;
  for (auto i = first; i < first + kWays; ++i) {
    auto& s = scouts_[i];
    const bool same = s.used && s.kind == kind && s.source == contact.source &&
                      (kind == ScanKind::hosts ? s.port == contact.target.port
                                               : s.target.address == contact.target.address);
    if (same) return &s;
    if (!s.used) {
      if (place == nullptr || place->used) place = &s;
    } else if (s.incident == 0xFFFF &&
               (place == nullptr ||
                (place->used && (s.failed < place->failed ||
                                 (s.failed == place->failed && s.last < place->last))))) {
      place = &s;
    }
  }
  if (!add || place == nullptr) return nullptr;
  if (place->used) ++displaced_;
  *place = {};
  place->used = true;
  place->kind = kind;
  place->source = contact.source;
  place->target = {contact.target.address, 0};
  place->port = kind == ScanKind::hosts ? contact.target.port : std::uint16_t{0};
  place->began = contact.at;
  return place;
}

void ScanTable::contact(ScanKind kind, std::uint64_t key, std::uint64_t item,
                        const Contact& contact, Outcome outcome) {
  auto* scout = find(kind, key, contact, outcome != Outcome::answered);
  if (scout == nullptr) return;
  scout->last = contact.at;
  switch (outcome) {
    case Outcome::asked:
      scout->asked.add(item);
      if (kind == ScanKind::hosts) scout->target = contact.target;
      break;
    case Outcome::refused: scout->refused.add(item); break;
    case Outcome::answered: scout->answered.add(item); break;
  }
}

}  // namespace rampart::sniffer::behaviour
