#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/detect/fast_pattern.h"
#include "sniffer/detect/pattern_compiler.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/detect/prefix_table.h"
#include "sniffer/rules/rule.h"

namespace rampart::sniffer {

// A number of a rule within a detector; the lower takes precedence.
using RuleId = std::uint32_t;

// Rules that look at the same kind of bytes. A search finds those whose fast pattern occurs; rules
// without any literal are always candidates.
//
// A literal that must stand at the beginning is looked up there, one that must end within the first
// kHead bytes searched for only there: such rules are many. Literals of at most kShort bytes have a
// search of their own: a few of them among the others make Hyperscan look at every byte, where it
// could skip. Of a stream the fresh bytes are searched, with as many before them as a literal that
// is split between segments can have there.
class RuleGroup {
 public:
  static constexpr std::size_t kHead = 128;
  static constexpr std::size_t kShort = 3;

  // A rule, and the literal that must occur for it to match; null: none.
  struct Member {
    RuleId rule;
    const Content* literal;
  };
  // Not to be searched before `patterns` has finished.
  static RuleGroup build(std::span<const Member> members, PatternCompiler& patterns);

  [[nodiscard]] bool empty() const {
    return prefixes_.empty() && head_.set.empty() && short_.set.empty() && body_.set.empty() &&
           unfiltered_.empty();
  }
  // Rules with payload keywords but no literal to search for.
  [[nodiscard]] const std::vector<RuleId>& unfiltered() const { return unfiltered_; }

  // Appends the rules whose literal may end in the buffer's fresh bytes, in no order: none is
  // missing, and none is there whose literal ended before. False where the search failed, so that
  // some may be missing. hot
  bool search(const Buffer& buffer, const ScanScratch& scratch, std::vector<RuleId>& rules);
  // The same for rules whose literal must stand at or near the beginning, and for no others. hot
  bool search_head(const Buffer& buffer, const ScanScratch& scratch, std::vector<RuleId>& rules);

 private:
  // What is searched for in place of a content, and how much of that lies behind it.
  struct Pattern {
    Literal literal;
    std::size_t rest = 0;
    auto operator<=>(const Pattern&) const = default;
  };
  struct Part {
    PatternSet set;
    std::vector<Pattern> patterns;
    std::vector<std::uint32_t> first;  // by pattern, into rules
    std::vector<RuleId> rules;
  };
  static Part build_part(std::span<const Member> members, PatternCompiler& patterns);
  // Of `data` the first `known` bytes were searched before: a content has to end behind them.
  bool search_part(Part& part, Bytes data, std::size_t known, const ScanScratch& scratch,
                   std::vector<RuleId>& rules);

  PrefixTable prefixes_;
  Part head_;
  Part short_;
  Part body_;
  std::vector<RuleId> unfiltered_;
  std::vector<std::uint32_t> hits_;
};

}  // namespace rampart::sniffer
