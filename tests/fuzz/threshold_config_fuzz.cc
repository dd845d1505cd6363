#include <cstdlib>
#include <string_view>

#include "sniffer/detect/thresholds.h"
#include "sniffer/rules/threshold_config.h"

// Any text as a threshold.config. Each line is an entry or a diagnostic inside of the text, and
// every entry can be applied and counted.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart;
  using namespace rampart::sniffer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = parse_thresholds(text, "fuzz", {{"NET", "[10.0.0.0/8,!$NET]"}});
  for (const auto& d : config.diagnostics)
    if (d.line == 0 || d.column == 0 || d.column > size + 1 || d.message.empty()) std::abort();
  RuleSet rules;
  rules.rules.emplace_back().sid = 1;
  rules.rules.back().gid = 1;
  apply_thresholds(config, rules);
  Thresholds counts({1, 2}, 8);
  for (const auto& rule : rules.rules) {
    const auto host = base::IpAddress::v4(10, 1, 2, 3);
    for (const auto& s : rule.suppressions) static_cast<void>(s.addresses.contains(host));
    for (int i = 0; i < 4; ++i) {
      const base::WallTime now{std::chrono::seconds(i)};
      if (rule.rate_filter) counts.exceeds(*rule.rate_filter, 0, host, host, now);
      if (rule.threshold) counts.pass(*rule.threshold, 0, host, host, now);
    }
  }
  return 0;
}
