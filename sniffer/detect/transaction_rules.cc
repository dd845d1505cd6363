#include "sniffer/detect/transaction_rules.h"

#include <algorithm>
#include <utility>

namespace rampart::sniffer {
namespace {

constexpr std::size_t kMostSearches = 64;

// Where HTTP/2 is spoken the rules on HTTP apply.
AppProto family_of(AppProto proto) { return proto == AppProto::http2 ? AppProto::http1 : proto; }

bool speaks(const Rule& rule, AppProto proto) {
  if (rule.app != AppProto::unknown) return family_of(rule.app) == proto;
  return std::all_of(rule.sections.begin(), rule.sections.end(),
                     [&](const Section& s) { return carries(proto, s.buffer); });
}

bool goes(const Rule& rule, AppProto proto, Direction direction) {
  if (rule.flow && rule.flow->to_server &&
      *rule.flow->to_server != (direction == Direction::to_server))
    return false;
  return std::all_of(rule.sections.begin(), rule.sections.end(), [&](const Section& s) {
    return stage_of(s.buffer, proto, direction) != Stage::none;
  });
}

struct Literal {
  const Section* section = nullptr;
  const Content* content = nullptr;
};

// Of all sections: the content that the rule names, else the best to search for.
Literal literal_of(const Rule& rule) {
  Literal best;
  for (const auto& section : rule.sections) {
    const auto* content = fast_pattern_of(section.matches);
    if (content == nullptr) continue;
    if (content->fast_pattern) return {&section, content};
    if (best.content == nullptr || is_rarer(*content, *best.content)) best = {&section, content};
  }
  return best;
}

// A transform may move bytes to anywhere: what comes of one is as good as new.
Buffer buffer_of(const BufferView& view, const std::vector<Transform>& transforms,
                 TransformScratch& transformed) {
  return {apply(transforms, view.data, transformed), view.base, transforms.empty() ? view.fresh : 0,
          view.whole};
}

bool contains(const std::vector<std::uint32_t>& rules, RuleId rule) {
  return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

}  // namespace

TransactionRules TransactionRules::build(std::span<const Rule> rules, PatternCompiler& patterns) {
  TransactionRules out;
  out.rules_ = rules;
  out.empty_ =
      std::none_of(rules.begin(), rules.end(), [](const Rule& r) { return !r.sections.empty(); });
  if (out.empty_) return out;
  for (std::size_t proto = 0; proto < kProtos; ++proto)
    for (const auto direction : {Direction::to_server, Direction::to_client})
      out.build_side(static_cast<AppProto>(proto), direction, patterns);
  return out;
}

void TransactionRules::build_side(AppProto proto, Direction direction, PatternCompiler& patterns) {
  auto& side = sides_[static_cast<std::size_t>(proto)][index(direction)];
  std::vector<std::vector<RuleGroup::Member>> members;  // by search
  for (RuleId id = 0; id < rules_.size(); ++id) {
    const auto& rule = rules_[id];
    if (rule.sections.empty() || !speaks(rule, proto) || !goes(rule, proto, direction)) continue;
    const auto literal = literal_of(rule);
    auto at = side.searches.end();
    if (literal.section != nullptr)
      at = std::find_if(side.searches.begin(), side.searches.end(), [&](const Search& s) {
        return s.buffer == literal.section->buffer && s.transforms == literal.section->transforms;
      });
    const bool is_new = at == side.searches.end();
    if (literal.section == nullptr || (is_new && side.searches.size() == kMostSearches)) {
      side.unfiltered.push_back(id);
      continue;
    }
    if (is_new) {
      side.searches.push_back({literal.section->buffer, literal.section->transforms, {}});
      members.emplace_back();
      at = side.searches.end() - 1;
    }
    members[static_cast<std::size_t>(at - side.searches.begin())].push_back({id, literal.content});
  }
  for (std::size_t i = 0; i < members.size(); ++i)
    side.searches[i].rules = RuleGroup::build(members[i], patterns);
}

void TransactionRules::add(RuleProgress::Side& progress, RuleId rule, RuleJudge& judge) {
  auto& list = progress.candidates;
  const auto at = std::lower_bound(list.begin(), list.end(), rule,
                                   [](const auto& c, RuleId r) { return c.rule < r; });
  if (at != list.end() && at->rule == rule) return;
  if (contains(progress.done, rule) || !judge.concerns(rule)) return;
  list.insert(at, {rule, 0, 0});
}

// hot
void TransactionRules::search(Side& side, Transaction& transaction, AppProto proto,
                              Direction direction, const ScanScratch& scratch, RuleJudge& judge) {
  auto& progress = transaction.rules.sides[index(direction)];
  const auto stage = transaction.stage[index(direction)];
  for (std::size_t i = 0; i < side.searches.size(); ++i) {
    auto& search = side.searches[i];
    const auto bit = std::uint64_t{1} << i;
    if ((progress.searched & bit) != 0 || stage < stage_of(search.buffer, proto, direction))
      continue;
    bool over = stage == Stage::complete || !may_grow(search.buffer);
    for (unsigned n = 0;; ++n) {
      const auto view = transaction.buffer(search.buffer, direction, n);
      if (!view) {
        over = over && (n > 0 || stage == Stage::complete);
        break;
      }
      over = over && view->whole;
      found_.clear();
      const auto buffer = buffer_of(*view, search.transforms, transformed_);
      if (!search.rules.search(buffer, scratch, found_)) ++failed_scans_;
      for (const auto rule : found_) add(progress, rule, judge);
      if (!info_of(search.buffer).several) break;
    }
    if (over) progress.searched |= bit;
  }
}

TransactionRules::Answer TransactionRules::try_section(RuleProgress::Candidate& candidate,
                                                       std::size_t i,
                                                       const Transaction& transaction,
                                                       AppProto proto, Direction direction,
                                                       PayloadMatcher& matcher) {
  const auto& section = rules_[candidate.rule].sections[i];
  const auto bit = std::uint32_t{1} << i;
  const bool first = (candidate.tried & bit) == 0;
  const auto stage = transaction.stage[index(direction)];
  const auto answer = stage == Stage::complete ? Answer::no : Answer::not_yet;
  if (stage < stage_of(section.buffer, proto, direction)) return answer;
  for (unsigned n = 0;; ++n) {
    const auto view = transaction.buffer(section.buffer, direction, n);
    if (!view) return answer;
    candidate.tried |= bit;
    auto buffer = buffer_of(*view, section.transforms, transformed_);
    // The first look is at all that is shown. So is the last: only now is it known where it ends.
    if (first || buffer.whole) buffer.fresh = 0;
    const bool hopeless = buffer.fresh != 0 && !may_reach_fresh(section.matches, buffer);
    if (!hopeless && matcher.matches(section.matches, buffer)) return Answer::yes;
    if (!info_of(section.buffer).several) return view->whole ? Answer::no : answer;
  }
}

// hot
void TransactionRules::inspect(Transaction& transaction, AppProto proto, Direction direction,
                               PayloadMatcher& matcher, const ScanScratch& scratch,
                               RuleJudge& judge) {
  proto = family_of(proto);
  auto& side = sides_[static_cast<std::size_t>(proto)][index(direction)];
  auto& progress = transaction.rules.sides[index(direction)];
  if (!std::exchange(progress.begun, true))
    for (const auto rule : side.unfiltered) add(progress, rule, judge);
  search(side, transaction, proto, direction, scratch, judge);
  std::erase_if(progress.candidates, [&](RuleProgress::Candidate& candidate) {
    const auto& sections = rules_[candidate.rule].sections;
    bool all = true;
    for (std::size_t i = 0; i < sections.size(); ++i) {
      const auto bit = std::uint32_t{1} << i;
      if ((candidate.found & bit) != 0) continue;
      const auto answer = try_section(candidate, i, transaction, proto, direction, matcher);
      if (answer == Answer::no) {
        progress.done.push_back(candidate.rule);
        return true;
      }
      if (answer == Answer::yes)
        candidate.found |= bit;
      else
        all = false;
    }
    if (!all || !judge.accept(candidate.rule)) return false;
    progress.done.push_back(candidate.rule);
    return true;
  });
}

}  // namespace rampart::sniffer
