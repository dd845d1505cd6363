#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "base/result.h"

struct pcre2_real_code_8;
struct pcre2_real_match_data_8;
struct pcre2_real_match_context_8;

namespace rampart::sniffer {

struct RegexOptions {
  bool caseless = false;         // i
  bool dotall = false;           // s
  bool multiline = false;        // m
  bool extended = false;         // x
  bool anchored = false;         // A
  bool dollar_end_only = false;  // E
  bool ungreedy = false;         // G
};

// Room to work for one thread; no allocation in match() after the first use.
class RegexScratch {
 public:
  RegexScratch();
  ~RegexScratch();
  RegexScratch(const RegexScratch&) = delete;
  RegexScratch& operator=(const RegexScratch&) = delete;

 private:
  friend class Regex;
  pcre2_real_match_data_8* data_;
  pcre2_real_match_context_8* context_;
};

// A compiled PCRE2 pattern on bytes. Immutable: may be shared by threads, each with its scratch.
class Regex {
 public:
  // The error names the offset in the pattern.
  static base::Result<std::shared_ptr<const Regex>> compile(const std::string& pattern,
                                                            RegexOptions options);
  ~Regex();
  Regex(const Regex&) = delete;
  Regex& operator=(const Regex&) = delete;

  struct Match {
    std::size_t begin;
    std::size_t end;
  };
  // Whether what follows a match may decide about it: (?=, (?!, $, \b and the like; maybe also
  // where it does not.
  [[nodiscard]] bool looks_ahead() const { return looks_ahead_; }
  // Groups that capture.
  [[nodiscard]] std::uint32_t groups() const;
  // What the first group of the first match took; nullopt where it took nothing.
  [[nodiscard]] std::optional<Match> find_first_group(std::span<const std::uint8_t> subject,
                                                      RegexScratch& scratch) const;
  // The first match at or after `from`. Bounded work: a pattern that gives up has not matched.
  [[nodiscard]] std::optional<Match> find(std::span<const std::uint8_t> subject, std::size_t from,
                                          RegexScratch& scratch) const;

 private:
  // Where the match and its first group lie, in the scratch: begin, end, begin, end.
  [[nodiscard]] const std::size_t* match(std::span<const std::uint8_t> subject, std::size_t from,
                                         RegexScratch& scratch) const;

  Regex(pcre2_real_code_8* code, bool looks_ahead) : code_(code), looks_ahead_(looks_ahead) {}
  pcre2_real_code_8* code_;
  bool looks_ahead_;
};

}  // namespace rampart::sniffer
