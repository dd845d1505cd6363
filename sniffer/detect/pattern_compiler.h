#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "sniffer/detect/pattern_cache.h"
#include "sniffer/detect/pattern_set.h"

namespace rampart::sniffer {

// How the databases of a rule set came to be.
struct PatternLoad {
  enum class Source : std::uint8_t { none, compiled, cache };  // none: nothing to search for
  Source source = Source::none;
  std::size_t databases = 0;
  std::size_t bytes = 0;   // of memory, in all of them
  std::string cache_file;  // that they came from or were kept in; empty: none
  std::string problem;     // why the cache was not used or not written; empty: nothing to say
};

// Gives out pattern sets first, and fills their databases in one go: what pipelines want alike is
// compiled once, and a rule set that was compiled before is read from the cache. One thread; needed
// no longer once the sets are made.
class PatternCompiler {
 public:
  // `cache_folder` empty: no cache.
  explicit PatternCompiler(const std::string& cache_folder = {});
  ~PatternCompiler();
  PatternCompiler(const PatternCompiler&) = delete;
  PatternCompiler& operator=(const PatternCompiler&) = delete;

  // Not to be searched with before finish(). Without literals: an empty set.
  PatternSet add(std::vector<Literal> literals);
  // Fills what was added since it was called last, and fits `scratch` to all sets so far. A cache
  // that cannot be used is no failure.
  base::Status finish(ScanScratch& scratch);
  [[nodiscard]] const PatternLoad& load() const { return load_; }

 private:
  struct Wanted {
    std::string description;
    std::vector<Literal> literals;
    std::shared_ptr<PatternDatabase> database;  // shared with the sets
  };
  [[nodiscard]] std::optional<PatternKey> key() const;
  void report(const base::Error& error);
  base::Status fill();
  bool restore(const PatternKey& key);
  base::Status compile();
  void keep(const PatternKey& key);

  std::optional<PatternCache> cache_;
  std::map<std::string, std::shared_ptr<const PatternDatabase>> known_;  // by description
  std::vector<Wanted> wanted_;                                           // not filled yet
  PatternLoad load_;
};

}  // namespace rampart::sniffer
