#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "sniffer/decode/packet.h"

struct hs_database;
struct hs_scratch;
struct hs_stream;

namespace rampart::sniffer {

struct Literal {
  std::string bytes;
  bool nocase = false;
  auto operator<=>(const Literal&) const = default;
};

// The working memory of one pipeline's scans; grows to fit every set that is compiled with it.
class ScanScratch {
 public:
  ScanScratch() = default;
  ~ScanScratch();
  ScanScratch(const ScanScratch&) = delete;
  ScanScratch& operator=(const ScanScratch&) = delete;
  base::Status fit(const hs_database* database);
  [[nodiscard]] hs_scratch* get() const { return scratch_; }

 private:
  hs_scratch* scratch_ = nullptr;
};

// Many literals searched for at once, with Hyperscan. Immutable after compile() but for the marks
// that keep a literal from being reported twice in one scan: one thread.
class PatternSet {
 public:
  enum class Mode : std::uint8_t {
    block,   // each scan stands for itself
    stream,  // a scan goes on where the one before it ended
  };
  // Of a longer literal the last bytes are searched for: its hit is a candidate that the caller
  // verifies. Hyperscan 5.4.0 compiles longer ones, and then fails in scans that have nothing to do
  // with them (its issue 303).
  static constexpr std::size_t kLongest = 32;
  // The id of a literal is its place in `literals`. An empty set matches nothing.
  static base::Result<PatternSet> compile(const std::vector<Literal>& literals, Mode mode,
                                          ScanScratch& scratch);
  PatternSet() = default;
  ~PatternSet();
  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;

  [[nodiscard]] bool empty() const { return database_ == nullptr; }
  // Ids of the literals that end in `data`, each once, appended to `hits`. False where Hyperscan
  // gave up, so that some may be missing. hot
  bool scan(Bytes data, const ScanScratch& scratch, std::vector<std::uint32_t>& hits);
  bool scan(hs_stream* stream, Bytes data, const ScanScratch& scratch,
            std::vector<std::uint32_t>& hits);

  // The state of one stream; comes from and returns to a pool. Null where memory is short.
  hs_stream* open_stream();
  void close_stream(hs_stream* stream);
  static void reset_stream(hs_stream* stream);

  struct Sink;

 private:
  void clear() noexcept;

  hs_database* database_ = nullptr;
  std::vector<hs_stream*> idle_;
  std::vector<std::uint32_t> marks_;  // the scan that last reported each id
  std::uint32_t scan_ = 0;
};

// Whether this machine can run Hyperscan at all.
base::Status check_platform();

}  // namespace rampart::sniffer
