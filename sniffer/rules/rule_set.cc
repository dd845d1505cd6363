#include "sniffer/rules/rule_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include "sniffer/rules/rule_file.h"
#include "sniffer/rules/rule_parser.h"

namespace rampart::sniffer {
namespace {

// Reads one text after the other into one set.
class Loader {
 public:
  explicit Loader(const RuleVariables& variables) : variables_(variables) {}

  void add(std::string_view text, std::string_view file, const Classification& classes) {
    std::size_t sound = 0;  // whatever became of them
    const auto failed = out_.failed;
    std::size_t line = 1;
    while (!text.empty()) {
      const auto before = text;
      const auto rule_text = take_line(text);
      const auto source = before.substr(0, before.size() - text.size());
      const auto first = rule_text.find_first_not_of(" \t\r");
      if (first != std::string::npos && rule_text[first] != '#') {
        Complaint complaint;
        auto rule = parse_rule(rule_text, variables_, classes, out_.set.names, complaint);
        const auto at = rule ? first : std::min(complaint.offset(), source.size());
        const auto place = place_of(source, at);
        Diagnostic here{std::string(file), line + place.line, place.column, {}, {}};
        if (rule || complaint.is_in_vain()) ++sound;
        if (rule) {
          take(*std::move(rule), std::move(here));
        } else {
          here.keyword = complaint.keyword();
          refuse(std::move(here), rule.error().text);
        }
      }
      line += static_cast<std::size_t>(std::count(source.begin(), source.end(), '\n'));
    }
    if (sound == 0 && out_.failed != failed) out_.useless.emplace_back(file);
  }

  ParsedRules take_all() {
    auto& rules = out_.set.rules;
    std::sort(replaced_.begin(), replaced_.end());
    auto next = replaced_.begin();
    std::size_t kept = 0;
    for (std::size_t i = 0; i < rules.size(); ++i) {
      if (next != replaced_.end() && *next == i) {
        ++next;
        continue;
      }
      if (kept != i) rules[kept] = std::move(rules[i]);
      ++kept;
    }
    rules.erase(rules.begin() + static_cast<std::ptrdiff_t>(kept), rules.end());
    return std::move(out_);
  }

 private:
  struct Known {
    std::size_t index;  // in the set
    Diagnostic place;
  };

  void refuse(Diagnostic at, std::string why) {
    at.message = std::move(why);
    out_.diagnostics.push_back(std::move(at));
    ++out_.failed;
  }

  // Of rules with the same sid the one with the highest revision stands, and of the same revision
  // the first, as in Suricata.
  void take(Rule rule, Diagnostic here) {
    auto& rules = out_.set.rules;
    const auto [known, is_new] =
        known_.try_emplace({rule.gid, rule.sid}, Known{rules.size(), here});
    if (!is_new) {
      auto& earlier = known->second;
      const auto rev = rules[earlier.index].rev;
      here.keyword = earlier.place.keyword = "sid";
      if (rule.rev <= rev)
        return refuse(std::move(here), fmt::format("sid {} stands in an earlier rule; this one is "
                                                   "left out",
                                                   rule.sid));
      refuse(std::move(earlier.place),
             fmt::format("sid {} stands again with a later revision, {} after {}, at {}:{}; this "
                         "one is left out",
                         rule.sid, rule.rev, rev, here.file, here.line));
      replaced_.push_back(earlier.index);
      earlier = {rules.size(), std::move(here)};
    }
    rules.push_back(std::move(rule));
  }

  const RuleVariables& variables_;
  ParsedRules out_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, Known> known_;  // by gid and sid
  std::vector<std::size_t> replaced_;                               // in the set
};

}  // namespace

std::string to_string(const Diagnostic& d) {
  return fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message);
}

ParsedRules parse_rules(std::string_view text, std::string_view file,
                        const RuleVariables& variables) {
  Loader loader(variables);
  loader.add(text, file, Classification::built_in());
  return loader.take_all();
}

base::Result<ParsedRules> load_rules(std::span<const std::string> paths,
                                     const RuleVariables& variables) {
  Loader loader(variables);
  for (const auto& path : paths) {
    RAMPART_TRY(const auto text, read_rule_file(path));
    auto classes = Classification::built_in();
    const auto beside = std::filesystem::path(path).parent_path() / "classification.config";
    std::error_code code;
    if (std::filesystem::exists(beside, code)) {
      RAMPART_TRY(const auto extra, read_rule_file(beside.string()));
      RAMPART_CHECK(classes.add(extra, beside.string()));
    }
    loader.add(text, path, classes);
  }
  return loader.take_all();
}

}  // namespace rampart::sniffer
