#include "sniffer/rules/rule_parser.h"

#include <fmt/core.h>

#include <algorithm>

#include "base/spelling.h"
#include "sniffer/rules/header_parser.h"

namespace rampart::sniffer {
namespace {

struct Option {
  Located keyword;
  Located value;
  bool has_value = false;
};

constexpr auto kNone = std::string_view::npos;

// Where the ';' stands that ends a value which begins at `from`. A backslash keeps the next
// character from meaning anything. A value in quotes ends with a quote right before the ';': what
// quotes are inside is the matter of its keyword, such as pcre:"/["']/".
std::size_t end_of_value(const Located& text, std::size_t from) {
  const auto value = text.sub(from).trimmed();
  const bool quoted = value.text.starts_with('"') || value.text.starts_with("!\"");
  const auto first = value.at - text.at;
  bool closed = !quoted;
  for (auto i = quoted ? text.text.find('"', first) + 1 : first; i < text.text.size(); ++i) {
    const char c = text.text[i];
    if (c == '\\') {
      ++i;
      if (quoted) closed = false;
    } else if (c == ';' && closed) {
      return i;
    } else if (quoted && c != ' ' && c != '\t') {
      closed = c == '"';
    }
  }
  return kNone;
}

// Takes one option off the front of `rest`: keyword; or keyword:value; where the value may hold
// quotes, and a backslash keeps the next character from meaning anything.
base::Result<Option> take_option(Located& rest, Complaint& complaint) {
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
  const auto end = end_of_value(rest, stop + 1);
  if (end == kNone) {
    const auto value = rest.sub(stop + 1).trimmed();
    const bool quoted = value.text.starts_with('"') || value.text.starts_with("!\"");
    return quoted ? complaint.at(value.at,
                                 fmt::format("the quote of '{}' is not closed", out.keyword.text))
                  : complaint.at(rest.at + rest.text.size(),
                                 fmt::format("missing ';' after '{}'", out.keyword.text));
  }
  out.value = rest.sub(stop + 1, end - stop - 1).trimmed();
  rest = rest.sub(end + 1).trimmed();
  return out;
}

constexpr KeywordKind kKinds[] = {
    {"contents", content_keywords}, {"bytes", byte_keywords},          {"headers", header_keywords},
    {"state", state_keywords},      {"applications", app_keywords},    {"files", file_keywords},
    {"HTTP/2", http2_keywords},     {"the rule itself", meta_keywords}};

// A keyword of other programs may be near one that is meant to be another: only what looks like a
// slip of the fingers is taken for one.
std::string_view meant_keyword(std::string_view word) {
  constexpr std::size_t kRight = 5;
  if (is_other_protocol(word.substr(0, word.find('.')))) return {};
  auto known = buffer_keywords();
  for (const auto& kind : kKinds)
    for (const auto& keyword : kind.keywords()) known.push_back(keyword.name);
  return base::nearest(word, known, kRight);
}

base::Status unknown_keyword(RuleBuilder& builder, const Option& option) {
  const auto word = option.keyword.text;
  if (const auto why = why_refused(word); !why.empty())
    return builder.complaint.about(option.keyword,
                                   fmt::format("'{}' is not supported: {}", word, why));
  if (const auto meant = meant_keyword(word); !meant.empty())
    return builder.complaint.about(
        option.keyword, fmt::format("unknown keyword '{}': did you mean '{}'?", word, meant));
  return builder.complaint.about(option.keyword,
                                 fmt::format("keyword '{}' is not supported yet", word));
}

base::Status apply_option(RuleBuilder& builder, const Option& option) {
  builder.complaint.blame(option.keyword.text);
  const auto* keyword = find_keyword(option.keyword.text);
  if (keyword == nullptr) {
    RAMPART_TRY(const bool taken, take_buffer_keyword(builder, option.keyword));
    if (!taken) return unknown_keyword(builder, option);
  }
  const auto takes = keyword == nullptr ? Keyword::Value::none : keyword->value;
  if (takes == Keyword::Value::required && (!option.has_value || option.value.empty()))
    return builder.complaint.about(option.keyword,
                                   fmt::format("'{}' needs a value", option.keyword.text));
  if (takes == Keyword::Value::none && option.has_value)
    return builder.complaint.about(option.value,
                                   fmt::format("'{}' takes no value", option.keyword.text));
  return keyword == nullptr ? base::Status{} : keyword->apply(builder, option.value);
}

// What is a property of one packet, and not of a stream or of what an application says.
bool packet_only(const Rule& rule) {
  return rule.proto == RuleProto::tcp_packet || rule.flags ||
         std::any_of(rule.packet_sections.begin(), rule.packet_sections.end(),
                     [](const Section& s) { return !is_address(s.buffer); }) ||
         std::any_of(rule.headers.begin(), rule.headers.end(),
                     [](const auto& h) { return h.field == HeaderTest::Field::dsize; });
}

base::Status check_rule(const RuleBuilder& builder, std::size_t at) {
  const auto& rule = builder.rule;
  if (!builder.has_sid) return builder.complaint.at(at, "the rule has no sid");
  if (!packet_only(rule)) return {};
  if (rule.proto == RuleProto::tcp_stream || (rule.flow && rule.flow->only_stream))
    return builder.complaint.at(
        at, "the rule asks for the stream and for a property of single packets");
  const bool transactions =
      !rule.app_events.empty() ||
      std::any_of(rule.sections.begin(), rule.sections.end(),
                  [](const Section& s) { return info_of(s.buffer).proto != AppProto::unknown; });
  if (transactions)
    return builder.complaint.at(
        at, "the rule asks for what an application says and for a property of single packets");
  return {};
}

}  // namespace

const Keyword* find_keyword(std::string_view name) {
  for (const auto& kind : kKinds)
    for (const auto& keyword : kind.keywords())
      if (keyword.name == name) return &keyword;
  return nullptr;
}

std::span<const KeywordKind> keyword_kinds() { return kKinds; }

base::Result<Rule> parse_rule(std::string_view text, const RuleVariables& variables,
                              const Classification& classes, StateNames& names,
                              Complaint& complaint) {
  const Located whole = Located{text, 0}.trimmed();
  const auto open = whole.text.find('(');
  RuleBuilder builder(classes, names, complaint);
  complaint.blame("header");
  RAMPART_CHECK(parse_rule_header(whole.sub(0, open), variables, complaint, builder.rule));
  if (open == std::string_view::npos)
    return complaint.at(whole.at + whole.text.size(), "the options in parentheses are missing");
  complaint.blame("");
  if (whole.text.back() != ')')
    return complaint.at(whole.at + whole.text.size(), "the closing ')' is missing");
  auto rest = whole.sub(open + 1, whole.text.size() - open - 2).trimmed();
  while (!rest.empty()) {
    RAMPART_TRY(const auto option, take_option(rest, complaint));
    RAMPART_CHECK(apply_option(builder, option));
  }
  complaint.blame("");
  RAMPART_CHECK(builder.finish(whole.at));
  RAMPART_CHECK(check_rule(builder, whole.at));
  return std::move(builder.rule);
}

}  // namespace rampart::sniffer
