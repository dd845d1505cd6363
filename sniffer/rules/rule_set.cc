#include "sniffer/rules/rule_set.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <set>
#include <utility>

#include "sniffer/rules/rule_file.h"
#include "sniffer/rules/rule_parser.h"

namespace rampart::sniffer {
namespace {

using Sids = std::set<std::pair<std::uint32_t, std::uint32_t>>;  // gid, sid

void parse_into(std::string_view text, std::string_view file, const RuleVariables& variables,
                const Classification& classes, Sids& sids, ParsedRules& out) {
  std::size_t line = 1;
  while (!text.empty()) {
    const auto before = text;
    const auto rule_text = take_line(text);
    const auto source = before.substr(0, before.size() - text.size());
    const auto first = rule_text.find_first_not_of(" \t\r");
    if (first != std::string::npos && rule_text[first] != '#') {
      Complaint complaint;
      auto rule = parse_rule(rule_text, variables, classes, out.set.names, complaint);
      if (rule && !sids.emplace(rule->gid, rule->sid).second) {
        complaint.blame("sid");
        rule = complaint.at(first, fmt::format("sid {} stands in an earlier rule; this one is left "
                                               "out",
                                               rule->sid));
      }
      if (rule) {
        out.set.rules.push_back(*std::move(rule));
      } else {
        const auto place = place_of(source, std::min(complaint.offset(), source.size()));
        out.diagnostics.push_back({std::string(file), line + place.line, place.column,
                                   rule.error().text, complaint.keyword()});
        ++out.failed;
      }
    }
    line += static_cast<std::size_t>(std::count(source.begin(), source.end(), '\n'));
  }
}

}  // namespace

std::string to_string(const Diagnostic& d) {
  return fmt::format("{}:{}:{}: {}", d.file, d.line, d.column, d.message);
}

ParsedRules parse_rules(std::string_view text, std::string_view file,
                        const RuleVariables& variables) {
  ParsedRules out;
  Sids sids;
  parse_into(text, file, variables, Classification::built_in(), sids, out);
  return out;
}

base::Result<ParsedRules> load_rules(std::span<const std::string> paths,
                                     const RuleVariables& variables) {
  ParsedRules out;
  Sids sids;
  for (const auto& path : paths) {
    RAMPART_TRY(const auto text, read_rule_file(path));
    auto classes = Classification::built_in();
    const auto beside = std::filesystem::path(path).parent_path() / "classification.config";
    std::error_code code;
    if (std::filesystem::exists(beside, code)) {
      RAMPART_TRY(const auto extra, read_rule_file(beside.string()));
      RAMPART_CHECK(classes.add(extra, beside.string()));
    }
    parse_into(text, path, variables, classes, sids, out);
  }
  return out;
}

}  // namespace rampart::sniffer
