#include "sniffer/rules/threshold_config.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "model/behaviour.h"
#include "sniffer/rules/header_parser.h"
#include "sniffer/rules/rule_file.h"
#include "sniffer/rules/rule_text.h"

namespace rampart::sniffer {
namespace {

constexpr std::uint64_t kMostCount = 1'000'000'000;

struct Part {
  Located name;
  Located value;
};

// The "name value" parts of an entry, which commas outside of brackets part.
std::vector<Part> parts_of(Located text) {
  std::vector<Part> out;
  std::size_t begin = 0;
  unsigned depth = 0;
  for (std::size_t i = 0; i <= text.text.size(); ++i) {
    const bool end = i == text.text.size();
    if (!end && text.text[i] == '[') ++depth;
    if (!end && text.text[i] == ']' && depth != 0) --depth;
    if (!end && (text.text[i] != ',' || depth != 0)) continue;
    auto [name, value] = first_word(text.sub(begin, i - begin).trimmed());
    out.push_back({name, value});
    begin = i + 1;
  }
  return out;
}

template <class T>
struct Word {
  std::string_view text;
  T value;
};
template <class T, std::size_t N>
base::Result<T> one_of(const Located& value, const std::array<Word<T>, N>& words,
                       std::string_view known, Complaint& complaint) {
  for (const auto& word : words)
    if (word.text == value.text) return word.value;
  return complaint.about(value, fmt::format("'{}' is none of: {}", value.text, known));
}

// Reads one entry part by part; each may stand where it likes, once.
class EntryReader {
 public:
  EntryReader(Located text, const RuleVariables& variables, Complaint& complaint)
      : variables_(variables), complaint_(complaint) {
    const auto [kind, rest] = first_word(text.trimmed());
    kind_ = kind;
    parts_ = parts_of(rest);
  }

  base::Result<ThresholdEntry> read() {
    ThresholdEntry out;
    const auto& kind = kind_.text;
    if (kind != "suppress" && kind != "threshold" && kind != "event_filter" &&
        kind != "rate_filter")
      return complaint_.about(kind_, fmt::format("'{}' is none of: suppress, threshold, "
                                                 "event_filter, rate_filter",
                                                 kind));
    RAMPART_TRY(out.gid, number("gen_id", 0, ~std::uint32_t{0}));
    RAMPART_TRY(out.sid, number("sig_id", 0, ~std::uint32_t{0}));
    if (out.gid == 0 && out.sid != 0)
      return complaint_.about(kind_,
                              "gen_id 0 means every rule, so sig_id must be 0 with it; "
                              "rules have gen_id 1 where they say nothing else");
    RAMPART_CHECK(check_attack(out));
    if (kind == "suppress") {
      RAMPART_TRY(out.what, suppression());
    } else if (kind == "rate_filter") {
      RAMPART_CHECK(rate_filter(out));
    } else {
      RAMPART_TRY(out.what, threshold());
    }
    if (!parts_.empty())
      return complaint_.about(
          parts_.front().name,
          fmt::format("'{}' has no meaning here, or stands here twice", parts_.front().name.text));
    return out;
  }

 private:
  // Attacks are told once each: there is nothing to count.
  base::Status check_attack(const ThresholdEntry& entry) {
    if (entry.gid != model::kBehaviourGid) return {};
    if (kind_.text != "suppress")
      return complaint_.about(kind_, fmt::format("gen_id {} are attacks without a signature, which "
                                                 "can only be suppressed",
                                                 entry.gid));
    if (entry.sid != 0 && model::behaviour_cause(entry.sid) == model::Cause::unknown)
      return complaint_.about(kind_, fmt::format("there is no attack without a signature with "
                                                 "sig_id {}; docs/behaviour.md has them",
                                                 entry.sid));
    return {};
  }

  std::optional<Located> take(std::string_view name) {
    const auto found = std::find_if(parts_.begin(), parts_.end(),
                                    [&](const Part& p) { return p.name.text == name; });
    if (found == parts_.end()) return std::nullopt;
    const auto value = found->value;
    parts_.erase(found);
    return value;
  }

  base::Result<Located> required(std::string_view name) {
    const auto value = take(name);
    if (!value) return complaint_.about(kind_, fmt::format("'{}' is missing", name));
    if (value->empty()) return complaint_.about(*value, fmt::format("'{}' has no value", name));
    return *value;
  }

  base::Result<std::uint32_t> number(std::string_view name, std::uint64_t least,
                                     std::uint64_t most) {
    RAMPART_TRY(const auto value, required(name));
    const auto out = to_number(value.text, most);
    if (!out || *out < least)
      return complaint_.about(value, fmt::format("'{}' takes a number from {} to {}, not '{}'",
                                                 name, least, most, value.text));
    return static_cast<std::uint32_t>(*out);
  }

  base::Result<Threshold::Track> counted_by() {
    using enum Threshold::Track;
    static constexpr std::array kWords = {
        Word<Threshold::Track>{"by_src", by_src}, Word<Threshold::Track>{"by_dst", by_dst},
        Word<Threshold::Track>{"by_rule", by_rule}, Word<Threshold::Track>{"by_both", by_both}};
    RAMPART_TRY(const auto value, required("track"));
    return one_of(value, kWords, "by_src, by_dst, by_rule, by_both", complaint_);
  }

  base::Result<Suppression> suppression() {
    using enum Suppression::Track;
    static constexpr std::array kWords = {Word<Suppression::Track>{"by_src", by_src},
                                          Word<Suppression::Track>{"by_dst", by_dst},
                                          Word<Suppression::Track>{"by_either", by_either}};
    Suppression out;
    const auto track = take("track");
    if (!track) return out;
    RAMPART_TRY(out.track, one_of(*track, kWords, "by_src, by_dst, by_either", complaint_));
    RAMPART_TRY(const auto addresses, required("ip"));
    RAMPART_TRY(out.addresses, parse_addresses(addresses, variables_, complaint_));
    return out;
  }

  base::Result<Threshold> threshold() {
    using enum Threshold::Type;
    static constexpr std::array kWords = {
        Word<Threshold::Type>{"limit", limit},
        Word<Threshold::Type>{"threshold", Threshold::Type::threshold},
        Word<Threshold::Type>{"both", both}};
    Threshold out;
    RAMPART_TRY(const auto type, required("type"));
    RAMPART_TRY(out.type, one_of(type, kWords, "limit, threshold, both", complaint_));
    RAMPART_TRY(out.track, counted_by());
    RAMPART_TRY(out.count, number("count", 1, kMostCount));
    RAMPART_TRY(out.seconds, number("seconds", 1, kMostCount));
    return out;
  }

  base::Status rate_filter(ThresholdEntry& entry) {
    RateFilter out;
    RAMPART_TRY(out.track, counted_by());
    RAMPART_TRY(out.count, number("count", 1, kMostCount));
    RAMPART_TRY(out.seconds, number("seconds", 1, kMostCount));
    RAMPART_TRY(const auto action, required("new_action"));
    RAMPART_TRY(out.timeout, number("timeout", 0, kMostCount));
    if (action.text == "pass") {
      entry.what = out;
    } else if (action.text != "alert") {
      return complaint_.about(action, fmt::format("new_action '{}' is not possible: rampart "
                                                  "listens and cannot stop packets; use alert "
                                                  "or pass",
                                                  action.text));
    }
    return {};
  }

  const RuleVariables& variables_;
  Complaint& complaint_;
  Located kind_;
  std::vector<Part> parts_;
};

// One rule's own entries stand above those for many, wherever they are in the file: the last
// applied stands.
std::vector<const ThresholdEntry*> in_order_of_use(const ThresholdConfig& config) {
  std::vector<const ThresholdEntry*> out;
  for (const bool single : {false, true})
    for (const auto& entry : config.entries)
      if ((entry.sid != 0) == single) out.push_back(&entry);
  return out;
}

void apply_to(const ThresholdEntry& entry, Rule& rule) {
  if (const auto* suppression = std::get_if<Suppression>(&entry.what))
    rule.suppressions.push_back(*suppression);
  if (const auto* filter = std::get_if<RateFilter>(&entry.what)) rule.rate_filter = *filter;
  if (std::holds_alternative<std::monostate>(entry.what)) rule.rate_filter.reset();
  const auto* threshold = std::get_if<Threshold>(&entry.what);
  if (threshold != nullptr && (entry.sid != 0 || !rule.threshold)) rule.threshold = *threshold;
}

}  // namespace

ThresholdConfig parse_thresholds(std::string_view text, std::string_view file,
                                 const RuleVariables& variables) {
  ThresholdConfig out;
  out.file = file;
  std::size_t line = 1;
  while (!text.empty()) {
    const auto before = text;
    const auto entry_text = take_line(text);
    const auto source = before.substr(0, before.size() - text.size());
    const auto first = entry_text.find_first_not_of(" \t\r");
    if (first != std::string::npos && entry_text[first] != '#') {
      Complaint complaint;
      auto entry = EntryReader({entry_text, 0}, variables, complaint).read();
      if (entry) {
        entry->line = line;
        out.entries.push_back(*std::move(entry));
      } else {
        const auto place = place_of(source, std::min(complaint.offset(), source.size()));
        out.diagnostics.push_back(
            {std::string(file), line + place.line, place.column, entry.error().text, {}});
      }
    }
    line += static_cast<std::size_t>(std::count(source.begin(), source.end(), '\n'));
  }
  return out;
}

base::Result<ThresholdConfig> load_thresholds(const std::string& path,
                                              const RuleVariables& variables) {
  RAMPART_TRY(const auto text, read_rule_file(path));
  return parse_thresholds(text, path, variables);
}

base::Result<ThresholdConfig> require_thresholds(const std::string& path,
                                                 const RuleVariables& variables) {
  if (path.empty()) return ThresholdConfig{};
  RAMPART_TRY(auto config, load_thresholds(path, variables));
  if (config.diagnostics.empty()) return config;
  auto text = to_string(config.diagnostics.front());
  if (const auto more = config.diagnostics.size() - 1; more > 0)
    text += fmt::format("; {} more of its lines cannot be honoured: rampart check {}", more, path);
  return base::fail(base::Errc::config, std::move(text));
}

std::string held_back_by(const Rule& rule, const ThresholdConfig& config) {
  auto held = rule;
  std::string suppression, filter, threshold;  // the places of those that stand
  for (const auto* entry : in_order_of_use(config)) {
    if (!entry->concerns(rule)) continue;
    const auto place = fmt::format("{}:{}", config.file, entry->line);
    const bool replaces = entry->sid != 0 || !held.threshold;
    apply_to(*entry, held);
    if (std::holds_alternative<Suppression>(entry->what)) suppression = place;
    if (std::holds_alternative<RateFilter>(entry->what)) filter = place;
    if (std::holds_alternative<Threshold>(entry->what) && replaces) threshold = place;
  }
  if (!suppression.empty()) return suppression;
  if (held.rate_filter) return filter;
  if (held.threshold) return threshold.empty() ? "a threshold of its own" : threshold;
  return held.detection_filter ? "a detection_filter of its own" : "";
}

std::vector<AttackSuppression> attack_suppressions(const ThresholdConfig& config) {
  std::vector<AttackSuppression> out;
  for (const auto& entry : config.entries)
    if (const auto* suppression = std::get_if<Suppression>(&entry.what);
        suppression != nullptr && (entry.gid == 0 || entry.gid == model::kBehaviourGid))
      out.push_back({entry.sid, *suppression});
  return out;
}

std::vector<Diagnostic> apply_thresholds(const ThresholdConfig& config, RuleSet& rules) {
  std::vector<Diagnostic> out;
  for (const auto* entry : in_order_of_use(config)) {
    bool found = false;
    for (auto& rule : rules.rules) {
      if (!entry->concerns(rule)) continue;
      found = true;
      apply_to(*entry, rule);
    }
    if (entry->sid != 0 && !found && entry->gid != model::kBehaviourGid)
      out.push_back(
          {config.file,
           entry->line,
           1,
           fmt::format("no loaded rule has gen_id {} and sig_id {}", entry->gid, entry->sid),
           {}});
  }
  return out;
}

}  // namespace rampart::sniffer
