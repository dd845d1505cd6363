#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule_parser.h"

// content and its modifiers, pcre, isdataat.

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::int64_t kFarthest = 65535;  // of offsets and distances
constexpr std::size_t kLongestContent = 255;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// "GET |0d 0a|\;": text, hexadecimal between pipes, and a backslash before " ; : \ and |.
base::Result<std::string> content_bytes(const Located& text, Complaint& complaint) {
  std::string out;
  bool hex = false;
  int high = -1;
  std::size_t pipe = 0;
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    const char c = text.text[i];
    if (c == '|') {
      if (hex && high >= 0) return complaint.at(text.at + i, "a hexadecimal byte needs two digits");
      hex = !hex;
      pipe = i;
    } else if (hex) {
      if (c == ' ') continue;
      const int digit = hex_digit(c);
      if (digit < 0)
        return complaint.at(text.at + i, fmt::format("'{}' is not a hexadecimal digit", c));
      if (high >= 0) out += static_cast<char>(high * 16 + digit);
      high = high >= 0 ? -1 : digit;
    } else if (c == '\\') {
      if (++i == text.text.size() ||
          std::string_view("\";:\\|").find(text.text[i]) == std::string_view::npos)
        return complaint.at(text.at + i - 1,
                            "a backslash in content stands before \" ; : \\ or | only");
      out += text.text[i];
    } else {
      out += c;
    }
  }
  if (hex) return complaint.at(text.at + pipe, "the closing '|' is missing");
  if (out.empty()) return complaint.about(text, "the content is empty");
  if (out.size() > kLongestContent)
    return complaint.about(
        text, fmt::format("the content has {} bytes; {} are allowed", out.size(), kLongestContent));
  return out;
}

Status add_content(RuleBuilder& b, Located value) {
  Content content;
  content.negated = value.take("!");
  RAMPART_TRY(const auto text, unquote(value, b.complaint));
  RAMPART_TRY(content.bytes, content_bytes(text, b.complaint));
  b.rule.payload.emplace_back(std::move(content));
  b.payload_at.push_back(value.at);
  return {};
}

base::Result<Content*> content_for(RuleBuilder& b, const Located& value, const char* keyword) {
  auto* content = b.last_content();
  if (content == nullptr)
    return b.complaint.about(value, fmt::format("'{}' needs a content before it", keyword));
  return content;
}

Status set_position(RuleBuilder& b, Located value, const char* keyword, std::int64_t least,
                    std::optional<std::int32_t> Content::* member) {
  RAMPART_TRY(auto* content, content_for(b, value, keyword));
  const auto number = to_signed(value.text, kFarthest);
  if (!number || *number < least)
    return b.complaint.about(
        value, fmt::format("'{}' is not a number of {} to {}", value.text, least, kFarthest));
  if (content->*member)
    return b.complaint.about(value, fmt::format("'{}' stands twice on one content", keyword));
  content->*member = static_cast<std::int32_t>(*number);
  return {};
}

Status set_offset(RuleBuilder& b, Located v) {
  return set_position(b, v, "offset", 0, &Content::offset);
}
Status set_depth(RuleBuilder& b, Located v) {
  return set_position(b, v, "depth", 1, &Content::depth);
}
Status set_distance(RuleBuilder& b, Located v) {
  return set_position(b, v, "distance", -kFarthest, &Content::distance);
}
Status set_within(RuleBuilder& b, Located v) {
  return set_position(b, v, "within", 1, &Content::within);
}

Status set_flag(RuleBuilder& b, const Located& value, const char* keyword, bool Content::* member) {
  RAMPART_TRY(auto* content, content_for(b, value, keyword));
  content->*member = true;
  return {};
}

Status set_nocase(RuleBuilder& b, Located v) { return set_flag(b, v, "nocase", &Content::nocase); }
Status set_startswith(RuleBuilder& b, Located v) {
  return set_flag(b, v, "startswith", &Content::startswith);
}
Status set_endswith(RuleBuilder& b, Located v) {
  return set_flag(b, v, "endswith", &Content::endswith);
}

// fast_pattern:only and fast_pattern:offset,length choose how the prefilter works, never what
// matches; the whole content serves.
Status set_fast_pattern(RuleBuilder& b, Located value) {
  if (!value.empty() && value.text != "only") {
    const auto parts = split(value, ',');
    if (parts.size() != 2 || !to_number(parts[0].text, 255) || !to_number(parts[1].text, 255))
      return b.complaint.about(value,
                               "expected fast_pattern, fast_pattern:only or "
                               "fast_pattern:offset,length");
  }
  return set_flag(b, value, "fast_pattern", &Content::fast_pattern);
}

// The bytes are always the raw ones here.
Status set_rawbytes(RuleBuilder& b, Located value) {
  RAMPART_TRY([[maybe_unused]] auto* content, content_for(b, value, "rawbytes"));
  return {};
}

base::Result<RegexOptions> regex_options(const Located& letters, Pcre& pcre, Complaint& complaint) {
  RegexOptions out;
  for (std::size_t i = 0; i < letters.text.size(); ++i) {
    switch (letters.text[i]) {
      case 'i': out.caseless = true; break;
      case 's': out.dotall = true; break;
      case 'm': out.multiline = true; break;
      case 'x': out.extended = true; break;
      case 'A': out.anchored = true; break;
      case 'E': out.dollar_end_only = true; break;
      case 'G': out.ungreedy = true; break;
      case 'R': pcre.relative = true; break;
      default:
        return complaint.at(letters.at + i,
                            fmt::format("pcre flag '{}' is not supported yet", letters.text[i]));
    }
  }
  return out;
}

Status add_pcre(RuleBuilder& b, Located value) {
  Pcre pcre;
  pcre.negated = value.take("!");
  RAMPART_TRY(const auto text, unquote(value, b.complaint));
  const auto last = text.text.rfind('/');
  if (!text.text.starts_with('/') || last == 0)
    return b.complaint.about(text, "expected pcre:\"/pattern/flags\"");
  RAMPART_TRY(const auto options, regex_options(text.sub(last + 1), pcre, b.complaint));
  // Quotes and semicolons are escaped for the rule's sake; a pattern reads them the same either
  // way.
  const auto pattern = text.sub(1, last - 1);
  auto regex = Regex::compile(std::string(pattern.text), options);
  if (!regex) return b.complaint.about(pattern, regex.error().text);
  pcre.regex = *std::move(regex);
  b.rule.payload.emplace_back(std::move(pcre));
  b.payload_at.push_back(value.at);
  return {};
}

Status add_isdataat(RuleBuilder& b, Located value) {
  IsDataAt match;
  match.negated = value.take("!");
  const auto parts = split(value, ',');
  const auto at = to_number(parts[0].text, static_cast<std::uint64_t>(kFarthest));
  if (!at)
    return b.complaint.about(
        parts[0], fmt::format("'{}' is not a number of 0 to {}", parts[0].text, kFarthest));
  match.at = static_cast<std::uint32_t>(*at);
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].text == "relative")
      match.relative = true;
    else if (parts[i].text != "rawbytes")
      return b.complaint.about(parts[i], fmt::format("'{}' is not known here", parts[i].text));
  }
  b.rule.payload.emplace_back(match);
  b.payload_at.push_back(value.at);
  return {};
}

constexpr auto kNone = Keyword::Value::none;
constexpr auto kRequired = Keyword::Value::required;
constexpr auto kOptional = Keyword::Value::optional;

constexpr Keyword kKeywords[] = {
    {"content", kRequired, add_content},
    {"nocase", kNone, set_nocase},
    {"offset", kRequired, set_offset},
    {"depth", kRequired, set_depth},
    {"distance", kRequired, set_distance},
    {"within", kRequired, set_within},
    {"startswith", kNone, set_startswith},
    {"endswith", kNone, set_endswith},
    {"fast_pattern", kOptional, set_fast_pattern},
    {"rawbytes", kNone, set_rawbytes},
    {"pcre", kRequired, add_pcre},
    {"isdataat", kRequired, add_isdataat},
};

}  // namespace

const Keyword* find_content_keyword(std::string_view name) {
  const auto* found = std::find_if(std::begin(kKeywords), std::end(kKeywords),
                                   [&](const Keyword& k) { return k.name == name; });
  return found == std::end(kKeywords) ? nullptr : found;
}

}  // namespace rampart::sniffer
