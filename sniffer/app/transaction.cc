#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

void RuleProgress::clear() {
  events.clear();
  for (auto& side : sides) {
    side.candidates.clear();
    side.done.clear();
    side.searched = 0;
    side.begun = false;
  }
}

}  // namespace rampart::sniffer
