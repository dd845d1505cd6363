#include <cstdlib>
#include <string_view>

#include "sniffer/rules/rule_set.h"

// Any text as a rule file. Each line is a rule or a diagnostic inside of the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rampart::sniffer;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = parse_rules(text, "fuzz.rules", {{"NET", "[10.0.0.0/8,!$NET]"}});
  if (parsed.failed != parsed.diagnostics.size()) std::abort();
  for (const auto& d : parsed.diagnostics)
    if (d.line == 0 || d.column == 0 || d.column > size + 1 || d.message.empty()) std::abort();
  return 0;
}
