#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "base/result.h"
#include "sniffer/decode/packet.h"
#include "sniffer/detect/pattern_database.h"

struct hs_scratch;

namespace rampart::sniffer {

// The working memory of one pipeline's scans; grows to fit every database that it is used with.
class ScanScratch {
 public:
  ScanScratch() = default;
  ~ScanScratch();
  ScanScratch(const ScanScratch&) = delete;
  ScanScratch& operator=(const ScanScratch&) = delete;
  base::Status fit(const PatternDatabase& database);
  [[nodiscard]] hs_scratch* get() const { return scratch_; }

 private:
  hs_scratch* scratch_ = nullptr;
};

// Many literals searched for at once, with Hyperscan: what one thread needs beside the database,
// which sets of other threads may share. Comes from PatternCompiler::add().
class PatternSet {
 public:
  static constexpr std::size_t kLongest = PatternDatabase::kLongest;

  // An empty set matches nothing.
  PatternSet() = default;
  // The database is shared with the sets of other pipelines, and full before the first scan.
  explicit PatternSet(std::shared_ptr<const PatternDatabase> database);

  [[nodiscard]] bool empty() const { return database_ == nullptr; }
  // Ids of the literals that end in `data`, each once, appended to `hits`. False where Hyperscan
  // gave up, so that some may be missing. hot
  bool scan(Bytes data, const ScanScratch& scratch, std::vector<std::uint32_t>& hits) const;

 private:
  std::shared_ptr<const PatternDatabase> database_;
};

}  // namespace rampart::sniffer
