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

PatternSet::~PatternSet() { clear(); }

PatternSet& PatternSet::operator=(PatternSet&& o) noexcept {
  if (this != &o) {
    clear();
    database_ = std::move(o.database_);
    idle_ = std::exchange(o.idle_, {});
    marks_ = std::move(o.marks_);
    scan_ = o.scan_;
  }
  return *this;
}

void PatternSet::clear() noexcept {
  for (auto* stream : idle_) hs_close_stream(stream, nullptr, nullptr, nullptr);
  idle_.clear();
}

bool PatternSet::scan(Bytes data, const ScanScratch& scratch, std::vector<std::uint32_t>& hits) {
  if (empty() || data.empty()) return true;
  Sink sink{hits, marks_, ++scan_};
  return hs_scan(database_->get(), reinterpret_cast<const char*>(data.data()),
                 static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                 &sink) == HS_SUCCESS;
}

bool PatternSet::scan(hs_stream* stream, Bytes data, const ScanScratch& scratch,
                      std::vector<std::uint32_t>& hits) {
  if (empty() || data.empty()) return true;
  if (stream == nullptr) return false;
  Sink sink{hits, marks_, ++scan_};
  return hs_scan_stream(stream, reinterpret_cast<const char*>(data.data()),
                        static_cast<unsigned>(data.size()), 0, scratch.get(), on_match,
                        &sink) == HS_SUCCESS;
}

hs_stream* PatternSet::open_stream() {
  if (empty()) return nullptr;
  if (!idle_.empty()) {
    auto* stream = idle_.back();
    idle_.pop_back();
    return stream;
  }
  hs_stream* stream = nullptr;
  return hs_open_stream(database_->get(), 0, &stream) == HS_SUCCESS ? stream : nullptr;
}

void PatternSet::close_stream(hs_stream* stream) {
  if (stream == nullptr) return;
  reset_stream(stream);
  idle_.push_back(stream);
}

void PatternSet::reset_stream(hs_stream* stream) {
  if (stream != nullptr) hs_reset_stream(stream, 0, nullptr, nullptr, nullptr);
}

}  // namespace rampart::sniffer
