#include "probe/module/dns_checks.h"

#include <fmt/core.h>
#include <re2/re2.h>

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string_view>
#include <utility>

#include "probe/module/dns_names.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using Patterns = std::vector<std::unique_ptr<RE2>>;

constexpr std::string_view kSections[] = {"answer", "authority", "additional"};

// Other complaints than about the reply: expressions were read once when the file was.
std::optional<DnsComplaint> compile(const std::vector<std::string>& expressions, Patterns& out) {
  for (const auto& expression : expressions) {
    out.push_back(std::make_unique<RE2>(expression, RE2::Quiet));
    if (!out.back()->ok())
      return DnsComplaint{ProbeReason::bad_module,
                          fmt::format("expression '{}': {}", expression, out.back()->error())};
  }
  return std::nullopt;
}

// What is told of a reply. A message of 64 KiB can have thousands of records, whose names point at
// one long one.
struct Steps {
  static constexpr std::size_t kMostTold = 100;
  std::vector<std::string>& log;
  std::size_t told = 0;  // records of all sections
};

struct Checker {
  std::string_view section;
  Patterns matches{}, all_match{}, not_matches{}, none_matches{};
  bool some = false;  // of none_matches matched
  bool all = true;    // of all_match matched

  std::optional<DnsComplaint> read(const model::RecordChecks& checks) {
    if (auto wrong = compile(checks.fail_if_matches, matches)) return wrong;
    if (auto wrong = compile(checks.fail_if_all_match, all_match)) return wrong;
    if (auto wrong = compile(checks.fail_if_not_matches, not_matches)) return wrong;
    return compile(checks.fail_if_none_matches, none_matches);
  }
  [[nodiscard]] bool idle() const {
    return matches.empty() && all_match.empty() && not_matches.empty() && none_matches.empty();
  }
  static std::string shown(const std::string& record) {
    constexpr std::size_t kMost = 1024;
    if (record.size() <= kMost) return record;
    return fmt::format("{}... ({} bytes)", record.substr(0, kMost), record.size());
  }
  [[nodiscard]] DnsComplaint complain(std::string_view what) const {
    return {ProbeReason::dns_answer, fmt::format("{} section: {}", section, what)};
  }

  std::optional<DnsComplaint> look_at(const std::string& record) {
    for (const auto& pattern : matches)
      if (RE2::PartialMatch(record, *pattern))
        return complain(fmt::format("'{}' matches: {}", pattern->pattern(), shown(record)));
    for (const auto& pattern : all_match) all = all && RE2::PartialMatch(record, *pattern);
    for (const auto& pattern : not_matches)
      if (!RE2::PartialMatch(record, *pattern))
        return complain(fmt::format("'{}' does not match: {}", pattern->pattern(), shown(record)));
    for (const auto& pattern : none_matches) some = some || RE2::PartialMatch(record, *pattern);
    return std::nullopt;
  }
};

std::optional<DnsComplaint> check_section(const std::vector<DnsRecord>& records,
                                          const model::RecordChecks& checks, Checker& checker,
                                          Steps& steps) {
  auto& log = steps.log;
  log.push_back(
      fmt::format("looking at the {} section: {} records", checker.section, records.size()));
  if (auto wrong = checker.read(checks)) return wrong;
  if (checker.idle()) return std::nullopt;
  if (records.empty() && !(checker.not_matches.empty() && checker.none_matches.empty()))
    return checker.complain("it has no record that could match");
  const auto may_tell = Steps::kMostTold - steps.told;
  std::size_t seen = 0;
  for (const auto& record : records) {
    const auto text = record.text();
    if (seen < may_tell) {
      log.push_back("record: " + Checker::shown(text));
      ++steps.told;
    } else if (seen == may_tell) {
      log.push_back(fmt::format("and {} more records", records.size() - seen));
    }
    ++seen;
    if (auto wrong = checker.look_at(text)) return wrong;
  }
  if (!checker.all) return checker.complain("not every record matches every expression");
  if (!checker.none_matches.empty() && !checker.some)
    return checker.complain("no record matches any expression");
  return std::nullopt;
}

std::optional<DnsComplaint> check_rcode(std::uint16_t rcode,
                                        const std::vector<std::string>& valid) {
  const auto is = [rcode](const std::string& name) { return dns_rcode(name) == rcode; };
  const bool fine = valid.empty() ? rcode == 0 : std::any_of(valid.begin(), valid.end(), is);
  if (fine) return std::nullopt;
  return DnsComplaint{ProbeReason::dns_rcode,
                      fmt::format("the server answered {}", dns_rcode_name(rcode))};
}

}  // namespace

std::optional<DnsComplaint> check_dns_reply(const DnsReply& reply, const model::DnsModule& module,
                                            std::vector<std::string>& log) {
  if (auto wrong = check_rcode(reply.rcode, module.valid_rcodes)) return wrong;
  const model::RecordChecks* checks[] = {&module.answer, &module.authority, &module.additional};
  Steps steps{log};
  for (std::size_t i = 0; i < reply.sections.size(); ++i) {
    Checker checker{.section = kSections[i]};
    if (auto wrong = check_section(reply.sections[i], *checks[i], checker, steps)) return wrong;
  }
  return std::nullopt;
}

}  // namespace rampart::probe
