#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "base/result.h"
#include "sniffer/decode/packet.h"

struct hs_database;

namespace rampart::sniffer {

struct Literal {
  std::string bytes;
  bool nocase = false;
  auto operator<=>(const Literal&) const = default;
};

// What Hyperscan makes of a list of literals. The id of a literal is its place in the list.
// Immutable once it is full: any thread.
class PatternDatabase {
 public:
  // Of a longer literal the last bytes are searched for: its hit is a candidate that the caller
  // verifies. Hyperscan 5.4.0 compiles longer ones, and then fails in scans that have nothing to do
  // with them (its issue 303).
  static constexpr std::size_t kLongest = 32;

  PatternDatabase() = default;
  ~PatternDatabase();
  PatternDatabase(const PatternDatabase&) = delete;
  PatternDatabase& operator=(const PatternDatabase&) = delete;

  // Either fills a database that is empty yet. `literals` are at least one. Takes about 0.1 ms per
  // literal.
  base::Status compile(std::span<const Literal> literals);
  // From what serialize() gave, on this kind of processor and with this version of Hyperscan; else
  // it fails. The bytes must come from a source that is trusted with this process: Hyperscan
  // follows what they say without looking at it again.
  base::Status restore(Bytes bytes);
  void clear() noexcept;

  [[nodiscard]] base::Result<std::string> serialize() const;
  [[nodiscard]] const hs_database* get() const { return database_; }
  [[nodiscard]] std::size_t bytes() const;  // of memory

 private:
  hs_database* database_ = nullptr;
};

// All that decides what compile() makes of them, but for the platform. Equal for equal databases.
std::string describe(std::span<const Literal> literals);
// The version of Hyperscan and the features of this processor that it makes use of.
std::string pattern_platform();
// Whether this machine can run Hyperscan at all.
base::Status check_platform();

}  // namespace rampart::sniffer
