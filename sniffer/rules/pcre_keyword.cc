#include <fmt/core.h>

#include <optional>

#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule_parser.h"

// pcre:"/pattern/flags".

namespace rampart::sniffer {
namespace {

using base::Status;

// Letters that name a buffer, from before there were sticky ones.
std::optional<BufferId> buffer_of(char letter) {
  switch (letter) {
    case 'U': return BufferId::http_uri;
    case 'I': return BufferId::http_uri_raw;
    case 'P': return BufferId::http_request_body;
    case 'Q': return BufferId::http_response_body;
    case 'H': return BufferId::http_header;
    case 'D': return BufferId::http_header_raw;
    case 'M': return BufferId::http_method;
    case 'C': return BufferId::http_cookie;
    case 'S': return BufferId::http_stat_code;
    case 'Y': return BufferId::http_stat_msg;
    case 'V': return BufferId::http_user_agent;
    case 'W': return BufferId::http_host;
    case 'Z': return BufferId::http_host_raw;
    default: return std::nullopt;
  }
}

struct Flags {
  RegexOptions options;
  bool relative = false;
  std::optional<BufferId> buffer;
};

bool set_option(char letter, RegexOptions& out) {
  switch (letter) {
    case 'i': out.caseless = true; return true;
    case 's': out.dotall = true; return true;
    case 'm': out.multiline = true; return true;
    case 'x': out.extended = true; return true;
    case 'A': out.anchored = true; return true;
    case 'E': out.dollar_end_only = true; return true;
    case 'G': out.ungreedy = true; return true;
    default: return false;
  }
}

base::Result<Flags> read_flags(const Located& letters, Complaint& complaint) {
  Flags out;
  for (std::size_t i = 0; i < letters.text.size(); ++i) {
    const char letter = letters.text[i];
    if (set_option(letter, out.options)) continue;
    if (letter == 'R') {
      out.relative = true;
    } else if (const auto buffer = buffer_of(letter)) {
      if (out.buffer && out.buffer != buffer)
        return complaint.at(letters.at + i, "a pcre looks at one buffer only");
      out.buffer = buffer;
    } else if (letter != 'O' && letter != 'B') {
      // O lifts a limit that rampart's own bound replaces; B means raw bytes, as always here.
      return complaint.at(letters.at + i,
                          fmt::format("pcre flag '{}' is not supported yet", letter));
    }
  }
  return out;
}

// ", flow:name, pkt:name" behind the flags names what its groups match, for the log alone.
Status check_captures(const Located& text, Complaint& complaint) {
  for (const auto& part : split(text, ','))
    if (!part.text.starts_with("flow:") && !part.text.starts_with("pkt:") &&
        !part.text.starts_with("alert:"))
      return complaint.about(part, fmt::format("'{}' is not known here", part.text));
  return {};
}

}  // namespace

Status add_pcre(RuleBuilder& b, Located value) {
  Pcre pcre;
  const auto whole = value;
  pcre.negated = value.take("!");
  RAMPART_TRY(const auto text, unquote(value, b.complaint));
  const auto last = text.text.rfind('/');
  if (!text.text.starts_with('/') || last == 0)
    return b.complaint.about(text, "expected pcre:\"/pattern/flags\"");
  auto letters = text.sub(last + 1);
  if (const auto comma = letters.text.find(','); comma != std::string_view::npos) {
    RAMPART_CHECK(check_captures(letters.sub(comma + 1), b.complaint));
    letters = letters.sub(0, comma).trimmed();
  }
  RAMPART_TRY(const auto flags, read_flags(letters, b.complaint));
  // The body of an answer is also a file.
  const bool body =
      flags.buffer == BufferId::http_response_body && b.sticky_buffer() == BufferId::file_data;
  if (flags.buffer && b.has_sticky_buffer() && *flags.buffer != b.sticky_buffer() && !body)
    return b.complaint.about(
        letters, fmt::format("the flags ask for '{}', but the sticky buffer "
                             "is '{}'",
                             info_of(*flags.buffer).sticky, info_of(b.sticky_buffer()).sticky));
  pcre.relative = flags.relative;
  // Quotes and semicolons are escaped for the rule's sake; a pattern reads them the same either
  // way.
  const auto pattern = text.sub(1, last - 1);
  auto regex = Regex::compile(std::string(pattern.text), flags.options);
  if (!regex) return b.complaint.about(pattern, regex.error().text);
  pcre.regex = *std::move(regex);
  if (flags.buffer && !b.has_sticky_buffer())
    b.add_to(*flags.buffer, std::move(pcre), whole);
  else
    b.add(std::move(pcre), value.at);
  return {};
}

}  // namespace rampart::sniffer
