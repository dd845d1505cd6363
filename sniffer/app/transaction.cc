#include "sniffer/app/transaction.h"

namespace rampart::sniffer {

void RuleProgress::clear() {
  candidates.clear();
  done.clear();
  scanned = {};
  unfiltered_added = {};
}

}  // namespace rampart::sniffer
