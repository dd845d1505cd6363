#include "sniffer/detect/rule_group.h"

#include <algorithm>
#include <map>
#include <utility>

namespace rampart::sniffer {
namespace {

// Whether the rule lets the literal stand only at the very beginning.
bool is_prefix(const Content& c) {
  if (c.relative() || c.offset_from != kNoVariable || c.depth_from != kNoVariable) return false;
  if (c.startswith) return true;
  return c.depth && c.offset.value_or(0) == 0 && std::cmp_equal(*c.depth, c.bytes.size());
}

// Whether the rule lets the literal occur only where it ends within the first kHead bytes.
bool is_in_head(const Content& c) {
  if (c.relative() || c.offset_from != kNoVariable || c.depth_from != kNoVariable) return false;
  return c.depth && std::int64_t{c.offset.value_or(0)} + *c.depth <= std::int64_t{RuleGroup::kHead};
}

void add_prefix(PrefixTable& table, const RuleGroup::Member& member) {
  auto literal = literal_of(*member.literal);
  table.add(std::move(literal.bytes), literal.nocase, member.rule);
}

}  // namespace

RuleGroup::Part RuleGroup::build_part(std::span<const Member> members, PatternCompiler& patterns) {
  Part out;
  std::map<Literal, std::vector<RuleId>> by_literal;
  for (const auto& member : members)
    by_literal[searched_part(*member.literal)].push_back(member.rule);
  std::vector<Literal> literals;
  for (const auto& [literal, users] : by_literal) {
    literals.push_back(literal);
    out.first.push_back(static_cast<std::uint32_t>(out.rules.size()));
    out.rules.insert(out.rules.end(), users.begin(), users.end());
  }
  out.first.push_back(static_cast<std::uint32_t>(out.rules.size()));
  out.patterns = patterns.add(std::move(literals));
  return out;
}

RuleGroup RuleGroup::build(std::span<const Member> members, PatternCompiler& patterns) {
  RuleGroup out;
  std::vector<Member> head;
  std::vector<Member> brief;
  std::vector<Member> body;
  for (const auto& member : members) {
    if (member.literal == nullptr)
      out.unfiltered_.push_back(member.rule);
    else if (is_prefix(*member.literal))
      add_prefix(out.prefixes_, member);
    else if (is_in_head(*member.literal))
      head.push_back(member);
    else
      (member.literal->bytes.size() <= kShort ? brief : body).push_back(member);
  }
  out.prefixes_.seal();
  out.head_ = build_part(head, patterns);
  out.short_ = build_part(brief, patterns);
  out.body_ = build_part(body, patterns);
  return out;
}

void RuleGroup::Part::append(std::span<const std::uint32_t> hits, std::vector<RuleId>& out) const {
  for (const auto pattern : hits)
    out.insert(out.end(), rules.begin() + first[pattern], rules.begin() + first[pattern + 1]);
}

bool RuleGroup::search_part(Part& part, Bytes data, const ScanScratch& scratch,
                            std::vector<RuleId>& rules) {
  hits_.clear();
  const bool ok = part.patterns.scan(data, scratch, hits_);
  part.append(hits_, rules);
  return ok;
}

bool RuleGroup::search_head(const Buffer& buffer, const ScanScratch& scratch,
                            std::vector<RuleId>& rules) {
  if (buffer.base == 0) prefixes_.find(buffer.data, buffer.fresh, rules);
  if (buffer.base + buffer.fresh >= kHead) return true;
  const auto left = kHead - static_cast<std::size_t>(buffer.base);
  return search_part(head_, buffer.data.first(std::min(buffer.data.size(), left)), scratch, rules);
}

bool RuleGroup::search(const Buffer& buffer, const ScanScratch& scratch,
                       std::vector<RuleId>& rules) {
  if (buffer.fresh == buffer.data.size()) return true;
  const auto with = [&](std::size_t longest) {
    return buffer.data.subspan(buffer.fresh - std::min(buffer.fresh, longest - 1));
  };
  bool ok = search_head(buffer, scratch, rules);
  ok = search_part(short_, with(kShort), scratch, rules) && ok;
  return search_part(body_, with(PatternSet::kLongest), scratch, rules) && ok;
}

}  // namespace rampart::sniffer
