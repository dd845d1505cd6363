#include "sniffer/detect/pattern_set.h"

#include <hs.h>

#include <utility>

namespace rampart::sniffer {

struct PatternSet::Sink {
  std::vector<std::uint32_t>& hits;
  std::vector<std::uint32_t>& marks;
  std::uint32_t scan;
};

namespace {

int on_match(unsigned id, unsigned long long, unsigned long long, unsigned, void* context) {
  auto* sink = static_cast<PatternSet::Sink*>(context);
  if (sink->marks[id] != sink->scan) {
    sink->marks[id] = sink->scan;
    sink->hits.push_back(id);
  }
  return 0;
}

}  // namespace

ScanScratch::~ScanScratch() { hs_free_scratch(scratch_); }

base::Status ScanScratch::fit(const PatternDatabase& database) {
  if (hs_alloc_scratch(database.get(), &scratch_) != HS_SUCCESS)
    return base::fail(base::Errc::internal, "no memory for pattern matching");
  return {};
}

PatternSet::PatternSet(std::shared_ptr<const PatternDatabase> database, std::size_t literals)
    : database_(std::move(database)), marks_(literals) {}

bool PatternSet::scan(Bytes data, const ScanScratch& scratch, std::vector<std::uint32_t>& hits) {
  if (empty() || data.empty()) return true;
  Sink sink{hits, marks_, ++scan_};
  return hs_scan(database_->get(), reinterpret_cast<const char*>(data.data()),
                 static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                 &sink) == HS_SUCCESS;
}

}  // namespace rampart::sniffer
