#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "sniffer/detect/header_matcher.h"
#include "sniffer/detect/variables.h"
#include "sniffer/rules/rule_order.h"
#include "sniffer/rules/rule_set.h"
#include "sniffer/rules/transform.h"

namespace {

using namespace rampart::sniffer;

// Every rule that was accepted is evaluated on the text itself: no keyword may read outside of what
// it is given, whatever its numbers are.
void evaluate(std::vector<Rule>& rules, Bytes text) {
  std::stable_sort(rules.begin(), rules.end(), goes_before);
  PayloadMatcher matcher;
  Variables variables({1, 2}, 64);
  Packet packet;
  packet.ip_version = 4;
  packet.transport = true;
  packet.proto = ip_proto::kTcp;
  packet.payload = packet.ip_header = packet.transport_header = text;
  Flow flow;
  flow.key.proto = ip_proto::kTcp;
  TransformScratch scratch;
  const Buffer buffers[] = {{text, 0, 0, true}, {text, 1000, text.size() / 2, false}, {}};
  for (const auto& rule : rules) {
    flow.app = rule.app;
    header_matches(rule, {packet, &flow});
    packet_sections_match(rule, packet, matcher, scratch);
    for (const auto& buffer : buffers) {
      matcher.matches(rule.payload, buffer);
      for (const auto& section : rule.sections)
        matcher.matches(section.matches,
                        {apply(section.transforms, buffer.data, scratch), buffer.base, 0, true});
    }
    if (variables.hold(rule, &flow, packet)) variables.apply(rule, &flow, packet);
  }
  variables.forget(flow);
}

}  // namespace

// Any text as a rule file. Each line is a rule or a diagnostic inside of the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  auto parsed = parse_rules(text, "fuzz.rules", {{"NET", "[10.0.0.0/8,!$NET]"}});
  if (parsed.failed != parsed.diagnostics.size()) std::abort();
  for (const auto& d : parsed.diagnostics)
    if (d.line == 0 || d.column == 0 || d.column > size + 1 || d.message.empty()) std::abort();
  evaluate(parsed.set.rules, {data, size});
  return 0;
}
