#include "sniffer/detect/pattern_set.h"

#include <hs.h>

#include <utility>

namespace rampart::sniffer {

namespace {

// Each id once: the literals are compiled so.
int on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* hits) {
  static_cast<std::vector<std::uint32_t>*>(hits)->push_back(id);
  return 0;
}

}  // namespace

ScanScratch::~ScanScratch() { hs_free_scratch(scratch_); }

base::Status ScanScratch::fit(const PatternDatabase& database) {
  if (hs_alloc_scratch(database.get(), &scratch_) != HS_SUCCESS)
    return base::fail(base::Errc::internal, "no memory for pattern matching");
  return {};
}

PatternSet::PatternSet(std::shared_ptr<const PatternDatabase> database)
    : database_(std::move(database)) {}

bool PatternSet::scan(Bytes data, const ScanScratch& scratch,
                      std::vector<std::uint32_t>& hits) const {
  if (empty() || data.empty()) return true;
  return hs_scan(database_->get(), reinterpret_cast<const char*>(data.data()),
                 static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                 &hits) == HS_SUCCESS;
}

}  // namespace rampart::sniffer
