#include "sniffer/detect/rule_group.h"

#include <algorithm>
#include <map>
#include <utility>

#include "sniffer/detect/byte_search.h"

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
  std::map<Pattern, std::vector<RuleId>> by_pattern;
  for (const auto& [rule, content] : members) {
    auto literal = searched_part(*content);
    const auto size = std::min(content->bytes.size(), PatternSet::kLongest);
    const auto rest = size - literal.bytes.size();
    by_pattern[{std::move(literal), rest}].push_back(rule);
  }
  std::vector<Literal> literals;
  for (const auto& [pattern, users] : by_pattern) {
    literals.push_back(pattern.literal);
    out.patterns.push_back(pattern);
    out.first.push_back(static_cast<std::uint32_t>(out.rules.size()));
    out.rules.insert(out.rules.end(), users.begin(), users.end());
  }
  out.first.push_back(static_cast<std::uint32_t>(out.rules.size()));
  out.set = patterns.add(std::move(literals));
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

bool RuleGroup::search_part(Part& part, Bytes data, std::size_t known, const ScanScratch& scratch,
                            std::vector<RuleId>& rules) {
  hits_.clear();
  const bool ok = part.set.scan(data, scratch, hits_);
  for (const auto hit : hits_) {
    const auto& [literal, rest] = part.patterns[hit];
    const auto before = literal.bytes.size() + rest;
    if (known >= before && find_bytes(data, known + 1 - before, data.size(), literal.bytes,
                                      literal.nocase) == kNowhere)
      continue;
    rules.insert(rules.end(), part.rules.begin() + part.first[hit],
                 part.rules.begin() + part.first[hit + 1]);
  }
  return ok;
}

bool RuleGroup::search_head(const Buffer& buffer, const ScanScratch& scratch,
                            std::vector<RuleId>& rules) {
  if (buffer.base == 0) prefixes_.find(buffer.data, buffer.fresh, rules);
  if (buffer.base + buffer.fresh >= kHead) return true;
  const auto left = kHead - static_cast<std::size_t>(buffer.base);
  const auto head = buffer.data.first(std::min(buffer.data.size(), left));
  return search_part(head_, head, std::min(buffer.fresh, head.size()), scratch, rules);
}

bool RuleGroup::search(const Buffer& buffer, const ScanScratch& scratch,
                       std::vector<RuleId>& rules) {
  if (buffer.fresh == buffer.data.size()) return true;
  const auto search_with = [&](Part& part, std::size_t longest) {
    const auto known = std::min(buffer.fresh, longest - 1);
    return search_part(part, buffer.data.subspan(buffer.fresh - known), known, scratch, rules);
  };
  bool ok = search_head(buffer, scratch, rules);
  ok = search_with(short_, kShort) && ok;
  return search_with(body_, PatternSet::kLongest) && ok;
}

}  // namespace rampart::sniffer
