#include "sniffer/detect/rule_group.h"

#include <map>

namespace rampart::sniffer {
namespace {

Literal literal_of(const Content& content) {
  Literal out{content.bytes, content.nocase};
  if (content.nocase)
    for (auto& c : out.bytes)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

}  // namespace

const Content* fast_pattern_of(std::span<const PayloadMatch> matches) {
  const Content* best = nullptr;
  for (const auto& match : matches) {
    const auto* content = std::get_if<Content>(&match);
    if (content == nullptr || content->negated) continue;
    if (content->fast_pattern) return content;
    if (best == nullptr || content->bytes.size() > best->bytes.size()) best = content;
  }
  return best;
}

base::Result<RuleGroup> RuleGroup::build(std::span<const Member> members, PatternSet::Mode mode,
                                         ScanScratch& scratch) {
  RuleGroup out;
  std::map<Literal, std::vector<RuleId>> by_literal;
  for (const auto& member : members) {
    if (member.literal != nullptr)
      by_literal[literal_of(*member.literal)].push_back(member.rule);
    else
      out.unfiltered_.push_back(member.rule);
  }
  std::vector<Literal> literals;
  for (const auto& [literal, users] : by_literal) {
    literals.push_back(literal);
    out.first_.push_back(static_cast<std::uint32_t>(out.rules_.size()));
    out.rules_.insert(out.rules_.end(), users.begin(), users.end());
  }
  out.first_.push_back(static_cast<std::uint32_t>(out.rules_.size()));
  RAMPART_TRY(out.patterns_, PatternSet::compile(literals, mode, scratch));
  return out;
}

}  // namespace rampart::sniffer
