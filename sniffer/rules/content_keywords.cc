#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "sniffer/rules/rule_parser.h"

// content and its modifiers, isdataat.

namespace rampart::sniffer {
namespace {

using base::Status;

constexpr std::int64_t kFarthest = 65535;      // of offsets and distances
constexpr std::size_t kLongestContent = 2048;  // Hyperscan takes so much, written as escapes

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
  b.add(std::move(content), value.at);
  return {};
}

// An older way to say http.uri and content.
Status add_uricontent(RuleBuilder& b, Located value) {
  const auto whole = value;
  Content content;
  content.negated = value.take("!");
  RAMPART_TRY(const auto text, unquote(value, b.complaint));
  RAMPART_TRY(content.bytes, content_bytes(text, b.complaint));
  b.add_to(BufferId::http_uri, std::move(content), whole);
  return {};
}

base::Result<Content*> content_for(RuleBuilder& b, const Located& value, const char* keyword) {
  auto* content = b.last_content();
  if (content == nullptr)
    return b.complaint.about(value, fmt::format("'{}' needs a content before it", keyword));
  return content;
}

struct Position {
  const char* keyword;
  std::int64_t least;
  std::optional<std::int32_t> Content::* number;
  ByteVariable Content::* variable;
};

// A number, or a variable that an earlier keyword reads.
Status set_position(RuleBuilder& b, Located value, const Position& position) {
  RAMPART_TRY(auto* content, content_for(b, value, position.keyword));
  if (content->*position.number)
    return b.complaint.about(value,
                             fmt::format("'{}' stands twice on one content", position.keyword));
  if (is_name(value.text)) {
    RAMPART_TRY(content->*position.variable, b.variable(value));
    content->*position.number = 0;
    return {};
  }
  const auto number = to_signed(value.text, kFarthest);
  if (!number || *number < position.least)
    return b.complaint.about(value, fmt::format("'{}' is not a number of {} to {}", value.text,
                                                position.least, kFarthest));
  content->*position.number = static_cast<std::int32_t>(*number);
  return {};
}

Status set_offset(RuleBuilder& b, Located v) {
  return set_position(b, v, {"offset", 0, &Content::offset, &Content::offset_from});
}
Status set_depth(RuleBuilder& b, Located v) {
  return set_position(b, v, {"depth", 1, &Content::depth, &Content::depth_from});
}
Status set_distance(RuleBuilder& b, Located v) {
  return set_position(b, v, {"distance", -kFarthest, &Content::distance, &Content::distance_from});
}
Status set_within(RuleBuilder& b, Located v) {
  return set_position(b, v, {"within", 1, &Content::within, &Content::within_from});
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

Status add_isdataat(RuleBuilder& b, Located value) {
  IsDataAt match;
  match.negated = value.take("!");
  const auto parts = split(value, ',');
  const auto at = to_number(parts[0].text, static_cast<std::uint64_t>(kFarthest));
  if (at) {
    match.at = static_cast<std::uint32_t>(*at);
  } else if (is_name(parts[0].text)) {
    RAMPART_TRY(match.at_from, b.variable(parts[0]));
  } else {
    return b.complaint.about(
        parts[0], fmt::format("'{}' is not a number of 0 to {}", parts[0].text, kFarthest));
  }
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].text == "relative")
      match.relative = true;
    else if (parts[i].text != "rawbytes")
      return b.complaint.about(parts[i], fmt::format("'{}' is not known here", parts[i].text));
  }
  b.add(match, value.at, match.relative);
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
    {"uricontent", kRequired, add_uricontent},
    {"isdataat", kRequired, add_isdataat},
    {"pcre", kRequired, add_pcre},
};

}  // namespace

std::span<const Keyword> content_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
