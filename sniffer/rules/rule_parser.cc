#include "sniffer/rules/rule_parser.h"

#include <fmt/core.h>

#include <algorithm>

#include "sniffer/rules/header_parser.h"

namespace rampart::sniffer {
namespace {

struct Option {
  Located keyword;
  Located value;
  bool has_value = false;
};

// Takes one option off the front of `rest`: keyword; or keyword:value; where the value may hold
// quotes, and a backslash keeps the next character from meaning anything.
base::Result<Option> take_option(Located& rest, Complaint& complaint) {
  constexpr auto kNone = std::string_view::npos;
  const auto stop = rest.text.find_first_of(":;");
  Option out;
  out.keyword = rest.sub(0, stop).trimmed();
  out.value = out.keyword.sub(0, 0);
  if (stop == kNone)
    return complaint.at(out.keyword.at + out.keyword.text.size(),
                        fmt::format("missing ';' after '{}'", out.keyword.text));
  if (rest.text[stop] == ';') {
    if (out.keyword.empty()) return complaint.at(rest.at + stop, "a keyword is missing here");
    rest = rest.sub(stop + 1).trimmed();
    return out;
  }
  out.has_value = true;
  bool quoted = false;
  std::size_t quote = 0;
  for (auto i = stop + 1; i < rest.text.size(); ++i) {
    const char c = rest.text[i];
    if (c == '\\') {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
      quote = i;
    } else if (c == ';' && !quoted) {
      out.value = rest.sub(stop + 1, i - stop - 1).trimmed();
      rest = rest.sub(i + 1).trimmed();
      return out;
    }
  }
  if (quoted)
    return complaint.at(rest.at + quote,
                        fmt::format("the quote of '{}' is not closed", out.keyword.text));
  return complaint.at(rest.at + rest.text.size(),
                      fmt::format("missing ';' after '{}'", out.keyword.text));
}

base::Status apply_option(RuleBuilder& builder, const Option& option) {
  const auto* keyword = find_keyword(option.keyword.text);
  if (keyword == nullptr)
    return builder.complaint.about(
        option.keyword, fmt::format("keyword '{}' is not supported yet", option.keyword.text));
  if (keyword->value == Keyword::Value::required && (!option.has_value || option.value.empty()))
    return builder.complaint.about(option.keyword,
                                   fmt::format("'{}' needs a value", option.keyword.text));
  if (keyword->value == Keyword::Value::none && option.has_value)
    return builder.complaint.about(option.value,
                                   fmt::format("'{}' takes no value", option.keyword.text));
  return keyword->apply(builder, option.value);
}

base::Status check_content(const Content& c, std::size_t at, Complaint& complaint) {
  const auto size = static_cast<std::int64_t>(c.bytes.size());
  if (c.depth && *c.depth < size)
    return complaint.at(at, fmt::format("depth {} is less than the content's {} bytes, so the rule "
                                        "can never match",
                                        *c.depth, size));
  if (c.within && *c.within < size)
    return complaint.at(at, fmt::format("within {} is less than the content's {} bytes, so the "
                                        "rule can never match",
                                        *c.within, size));
  if (c.relative() && (c.offset || c.depth))
    return complaint.at(at,
                        "a content is either absolute (offset, depth) or relative (distance, "
                        "within), not both");
  if (c.startswith && (c.offset || c.depth || c.relative()))
    return complaint.at(at, "startswith goes with no offset, depth, distance or within");
  if (c.endswith && (c.offset || c.depth))
    return complaint.at(at, "endswith goes with no offset or depth");
  if (c.fast_pattern && c.negated && (c.relative() || c.offset || c.depth))
    return complaint.at(at, "fast_pattern cannot stand on a negated content with a position");
  return {};
}

base::Status check_rule(const RuleBuilder& builder, std::size_t at) {
  const auto& rule = builder.rule;
  if (!builder.has_sid) return builder.complaint.at(at, "the rule has no sid");
  unsigned fast = 0;
  for (std::size_t i = 0; i < rule.payload.size(); ++i)
    if (const auto* content = std::get_if<Content>(&rule.payload[i])) {
      RAMPART_CHECK(check_content(*content, builder.payload_at[i], builder.complaint));
      fast += content->fast_pattern ? 1U : 0U;
    }
  if (fast > 1) return builder.complaint.at(at, "only one content may be the fast_pattern");
  const bool packet_only = rule.proto == RuleProto::tcp_packet || rule.flags ||
                           std::any_of(rule.headers.begin(), rule.headers.end(),
                                       [](auto& h) { return h.field == HeaderTest::Field::dsize; });
  if (packet_only && (rule.proto == RuleProto::tcp_stream || (rule.flow && rule.flow->only_stream)))
    return builder.complaint.at(
        at, "the rule asks for the stream and for a property of single packets");
  return {};
}

}  // namespace

Content* RuleBuilder::last_content() {
  for (auto it = rule.payload.rbegin(); it != rule.payload.rend(); ++it)
    if (auto* content = std::get_if<Content>(&*it)) return content;
  return nullptr;
}

const Keyword* find_keyword(std::string_view name) {
  if (const auto* k = find_content_keyword(name)) return k;
  if (const auto* k = find_byte_keyword(name)) return k;
  if (const auto* k = find_header_keyword(name)) return k;
  return find_meta_keyword(name);
}

base::Result<Rule> parse_rule(std::string_view text, const RuleVariables& variables,
                              const Classification& classes, Complaint& complaint) {
  const Located whole = Located{text, 0}.trimmed();
  const auto open = whole.text.find('(');
  RuleBuilder builder{classes, complaint};
  RAMPART_CHECK(parse_rule_header(whole.sub(0, open), variables, complaint, builder.rule));
  if (open == std::string_view::npos)
    return complaint.at(whole.at + whole.text.size(), "the options in parentheses are missing");
  if (whole.text.back() != ')')
    return complaint.at(whole.at + whole.text.size(), "the closing ')' is missing");
  auto rest = whole.sub(open + 1, whole.text.size() - open - 2).trimmed();
  while (!rest.empty()) {
    RAMPART_TRY(const auto option, take_option(rest, complaint));
    RAMPART_CHECK(apply_option(builder, option));
  }
  RAMPART_CHECK(check_rule(builder, whole.at));
  return std::move(builder.rule);
}

}  // namespace rampart::sniffer
