#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "sniffer/app/transaction.h"
#include "sniffer/detect/payload_matcher.h"
#include "sniffer/detect/rule_group.h"
#include "sniffer/rules/rule.h"
#include "sniffer/rules/transform.h"

namespace rampart::sniffer {

// Decides on what a rule asks beside its sections.
class RuleJudge {
 public:
  virtual ~RuleJudge() = default;
  // Whether the rule can match packets of this flow in this direction at all, now or later.
  virtual bool concerns(RuleId rule) = 0;
  // All sections of the rule have matched. True where the rule now has matched, and is done with
  // for this transaction; false where it may yet match later.
  virtual bool accept(RuleId rule) = 0;
};

// The rules that look at buffers of transactions. Each buffer is searched once, with one database
// per protocol, buffer and direction; a rule whose literal occurs there becomes a candidate of the
// transaction, and its sections are tried as their buffers come; of a body only where its newest
// part has a share in the match. One thread.
class TransactionRules {
 public:
  // `rules` are borrowed, and the lower id takes precedence. Not to be used before `patterns` has
  // finished.
  static TransactionRules build(std::span<const Rule> rules, PatternCompiler& patterns);

  // The transaction came further in that direction. hot: no allocation once its lists have grown.
  void inspect(Transaction& transaction, AppProto proto, Direction direction,
               PayloadMatcher& matcher, const ScanScratch& scratch, RuleJudge& judge);

  [[nodiscard]] bool empty() const { return empty_; }
  // Searches in which Hyperscan gave up.
  [[nodiscard]] std::uint64_t failed_scans() const { return failed_scans_; }

 private:
  // One buffer, with one list of transforms, of one direction.
  struct Search {
    BufferId buffer;
    std::vector<Transform> transforms;
    RuleGroup rules;
  };
  struct Side {
    std::vector<Search> searches;    // at most 64
    std::vector<RuleId> unfiltered;  // rules without a literal: candidates of each transaction
  };
  enum class Answer : std::uint8_t { no, not_yet, yes };
  static constexpr std::size_t kProtos = kAppProtos;

  void build_side(AppProto proto, Direction direction, PatternCompiler& patterns);
  void search(Side& side, Transaction& transaction, AppProto proto, Direction direction,
              const ScanScratch& scratch, RuleJudge& judge);
  void add(RuleProgress::Side& progress, RuleId rule, RuleJudge& judge);
  // The candidate rule's i-th section.
  Answer try_section(RuleProgress::Candidate& candidate, std::size_t i,
                     const Transaction& transaction, AppProto proto, Direction direction,
                     PayloadMatcher& matcher);

  std::span<const Rule> rules_;
  std::array<std::array<Side, 2>, kProtos> sides_;  // by protocol and Direction
  std::vector<RuleId> found_;
  TransformScratch transformed_;
  std::uint64_t failed_scans_ = 0;
  bool empty_ = true;
};

}  // namespace rampart::sniffer
