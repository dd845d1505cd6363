#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <compare>
#include <iterator>
#include <optional>

#include "sniffer/rules/rule_parser.h"

// Keywords that describe a rule or its alerts, not the traffic.

namespace rampart::sniffer {
namespace {

using base::Status;

Status set_number(RuleBuilder& b, Located value, std::uint64_t least, std::uint64_t most,
                  std::uint32_t& out) {
  const auto number = to_number(value.text, most);
  if (!number || *number < least)
    return b.complaint.about(
        value, fmt::format("'{}' is not a number of {} to {}", value.text, least, most));
  out = static_cast<std::uint32_t>(*number);
  return {};
}

Status set_msg(RuleBuilder& b, Located value) {
  RAMPART_TRY(const auto text, unquote(value, b.complaint));
  b.rule.msg.clear();
  for (std::size_t i = 0; i < text.text.size(); ++i) {
    if (text.text[i] == '\\' && i + 1 < text.text.size()) ++i;
    b.rule.msg += text.text[i];
  }
  return {};
}

Status set_sid(RuleBuilder& b, Located value) {
  b.has_sid = true;
  return set_number(b, value, 1, 0xFFFFFFFF, b.rule.sid);
}
Status set_gid(RuleBuilder& b, Located value) {
  return set_number(b, value, 1, 0xFFFFFFFF, b.rule.gid);
}
Status set_rev(RuleBuilder& b, Located value) {
  return set_number(b, value, 0, 0xFFFFFFFF, b.rule.rev);
}
Status set_priority(RuleBuilder& b, Located value) {
  b.has_priority = true;
  return set_number(b, value, 0, 0xFFFFFFFF, b.rule.priority);
}

Status set_classtype(RuleBuilder& b, Located value) {
  // A class that nobody has described says nothing of the traffic: the rule is good without it.
  const auto* found = b.classes.find(value.text);
  if (found == nullptr) return {};
  b.rule.category = found->description;
  if (!b.has_priority) b.rule.priority = found->priority;
  return {};
}

Status add_reference(RuleBuilder& b, Located value) {
  const auto comma = value.text.find(',');
  if (comma == std::string_view::npos)
    return b.complaint.about(value, "expected reference:kind,address");
  b.rule.references.emplace_back(value.sub(0, comma).trimmed().text,
                                 value.sub(comma + 1).trimmed().text);
  return {};
}

Status add_metadata(RuleBuilder& b, Located value) {
  const auto parts = split(value, ',');
  b.rule.metadata.reserve(b.rule.metadata.size() + parts.size());
  for (const auto& part : parts) {
    if (part.empty()) continue;
    const auto [key, text] = first_word(part);
    b.rule.metadata.emplace_back(key.text, text.text);
  }
  return {};
}

Status set_target(RuleBuilder& b, Located value) {
  if (value.text != "src_ip" && value.text != "dest_ip")
    return b.complaint.about(value, "target is src_ip or dest_ip");
  b.rule.target = value.text == "src_ip" ? RuleTarget::source : RuleTarget::destination;
  return {};
}

Status set_noalert(RuleBuilder& b, Located) {
  b.rule.noalert = true;
  return {};
}

// Takes an earlier noalert back.
Status set_alert(RuleBuilder& b, Located) {
  b.rule.noalert = false;
  return {};
}

Status set_bypass(RuleBuilder& b, Located) {
  b.rule.bypass = true;
  return {};
}

using Version = std::array<std::uint32_t, 3>;
constexpr Version kSpoken{7, 0, 10};  // of Suricata's rule language

std::optional<Version> version_of(std::string_view text) {
  Version out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    const auto dot = text.find('.');
    const auto number = to_number(text.substr(0, dot), 65535);
    if (!number) return std::nullopt;
    out[i] = static_cast<std::uint32_t>(*number);
    if (dot == std::string_view::npos) return out;
    text.remove_prefix(dot + 1);
  }
  return std::nullopt;
}

// ">= 7.0.3 < 8": whether all of it holds.
base::Result<bool> holds_for_us(RuleBuilder& b, const Located& all) {
  bool out = true;
  for (auto rest = all; !rest.empty();) {
    const auto digit = std::min(rest.text.find_first_of("0123456789"), rest.text.size());
    const auto op = rest.sub(0, digit).trimmed();
    const auto [number, behind] = first_word(rest.sub(digit));
    const auto version = version_of(number.text);
    const auto order = kSpoken <=> version.value_or(kSpoken);
    const bool less = op.text == "<" || op.text == "<=";
    if (!version || (!less && op.text != ">" && op.text != ">="))
      return b.complaint.about(
          rest, fmt::format("expected a comparison such as >= 7.0.3, not '{}'", rest.text));
    const bool equal = op.text.size() == 2;
    out = out && ((equal && order == 0) || (less ? order < 0 : order > 0));
    rest = behind;
  }
  return out;
}

// requires:version >= 7.0.3 < 8 | >= 8.0.1
Status check_requirements(RuleBuilder& b, Located value) {
  for (const auto& part : split(value, ',')) {
    const auto [what, wanted] = first_word(part);
    if (what.text != "version" || wanted.empty())
      return b.complaint.about(part, fmt::format("the rule requires '{}', and rampart knows of its "
                                                 "version only",
                                                 part.text));
    bool any = false;
    for (const auto& alternative : split(wanted, '|')) {
      if (alternative.empty())
        return b.complaint.about(part, "an alternative of the versions is empty");
      RAMPART_TRY(const bool holds, holds_for_us(b, alternative));
      any = any || holds;
    }
    if (!any)
      return b.complaint.about(part, fmt::format("the rule is for another version than {}.{}.{}, "
                                                 "whose rules rampart reads",
                                                 kSpoken[0], kSpoken[1], kSpoken[2]));
  }
  return {};
}

Status set_track(RuleBuilder& b, Located value, Threshold& out) {
  constexpr std::pair<std::string_view, Threshold::Track> kTracks[] = {
      {"by_src", Threshold::Track::by_src},
      {"by_dst", Threshold::Track::by_dst},
      {"by_rule", Threshold::Track::by_rule},
      {"by_both", Threshold::Track::by_both}};
  for (const auto& [name, track] : kTracks)
    if (name == value.text) {
      out.track = track;
      return {};
    }
  return b.complaint.about(value, fmt::format("track is by_src, by_dst, by_rule or by_both, not "
                                              "'{}'",
                                              value.text));
}

Status set_type(RuleBuilder& b, Located value, Threshold& out) {
  constexpr std::pair<std::string_view, Threshold::Type> kTypes[] = {
      {"limit", Threshold::Type::limit},
      {"threshold", Threshold::Type::threshold},
      {"both", Threshold::Type::both}};
  for (const auto& [name, type] : kTypes)
    if (name == value.text) {
      out.type = type;
      return {};
    }
  return b.complaint.about(value,
                           fmt::format("type is limit, threshold or both, not '{}'", value.text));
}

// "type limit, track by_src, count 1, seconds 60", each of them required; detection_filter has no
// type.
Status set_threshold(RuleBuilder& b, Located value, bool filter) {
  if (b.rule.threshold || b.rule.detection_filter)
    return b.complaint.about(value, "a rule has one threshold or detection_filter only");
  Threshold out;
  if (filter) out.type = Threshold::Type::detection_filter;
  unsigned seen = filter ? 1U : 0U;
  for (const auto& part : split(value, ',')) {
    const auto [key, text] = first_word(part);
    unsigned bit = 0;
    if (key.text == "type" && !filter) {
      bit = 1;
      RAMPART_CHECK(set_type(b, text, out));
    } else if (key.text == "track") {
      bit = 2;
      RAMPART_CHECK(set_track(b, text, out));
    } else if (key.text == "count") {
      bit = 4;
      RAMPART_CHECK(set_number(b, text, 1, 0xFFFFFFFF, out.count));
    } else if (key.text == "seconds") {
      bit = 8;
      RAMPART_CHECK(set_number(b, text, 1, 0xFFFFFFFF, out.seconds));
    } else {
      return b.complaint.about(part, fmt::format("'{}' is not known here", part.text));
    }
    seen |= bit;
  }
  if (seen != 15)
    return b.complaint.about(value, filter ? "expected track, count and seconds"
                                           : "expected type, track, count and seconds");
  (filter ? b.rule.detection_filter : b.rule.threshold) = out;
  return {};
}

// Chooses how the search is done, never what matches.
Status allow_prefilter(RuleBuilder&, Located) { return {}; }

constexpr auto kNone = Keyword::Value::none;
constexpr auto kRequired = Keyword::Value::required;

constexpr Keyword kKeywords[] = {
    {"msg", kRequired, set_msg},
    {"sid", kRequired, set_sid},
    {"gid", kRequired, set_gid},
    {"rev", kRequired, set_rev},
    {"priority", kRequired, set_priority},
    {"classtype", kRequired, set_classtype},
    {"reference", kRequired, add_reference},
    {"metadata", kRequired, add_metadata},
    {"target", kRequired, set_target},
    {"noalert", kNone, set_noalert},
    {"alert", kNone, set_alert},
    {"bypass", kNone, set_bypass},
    {"requires", kRequired, check_requirements},
    {"prefilter", kNone, allow_prefilter},
    {"threshold", kRequired, [](RuleBuilder& b, Located v) { return set_threshold(b, v, false); }},
    {"detection_filter", kRequired,
     [](RuleBuilder& b, Located v) { return set_threshold(b, v, true); }},
};

}  // namespace

std::span<const Keyword> meta_keywords() { return kKeywords; }

}  // namespace rampart::sniffer
