#include "correlator/attacks.h"

#include <fmt/core.h>

#include <map>

#include "base/units.h"
#include "correlator/flood.h"

namespace rampart::correlator {
namespace {

using model::Cause;

std::string_view noun(Cause cause) {
  switch (cause) {
    case Cause::attack_syn_flood: return "a SYN flood";
    case Cause::attack_icmp_flood: return "an ICMP flood";
    case Cause::attack_udp_flood: return "a UDP flood";
    case Cause::attack_http_flood: return "an HTTP flood";
    case Cause::attack_slow_http: return "slow HTTP requests";
    case Cause::attack_port_scan: return "a port scan";
    case Cause::attack_brute_force: return "guessing of passwords";
    default: return "an attack";
  }
}

// The targets with that endpoint, else those with that address: what goes for a whole host, or for
// a port of it that is no target, concerns them all.
std::vector<std::uint32_t> targets_of(const model::Plan& plan, const base::Endpoint& endpoint) {
  const auto those = [&](auto wanted) {
    std::vector<std::uint32_t> out;
    for (std::uint32_t i = 0; i < plan.targets.size(); ++i) {
      const auto& endpoints = plan.targets[i].endpoints;
      if (std::any_of(endpoints.begin(), endpoints.end(), wanted)) out.push_back(i);
    }
    return out;
  };
  auto exact = those([&](const base::Endpoint& e) { return e == endpoint; });
  if (!exact.empty()) return exact;
  return those([&](const base::Endpoint& e) { return e.address == endpoint.address; });
}

std::string sources_of(const model::Behaviour& b) {
  std::string out;
  for (const auto& s : b.top)
    out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", base::to_string(s.address), s.count);
  return out.empty() ? "" : ": " + out;
}

Attack attack_of(const Timeline& t, const model::Behaviour& b) {
  Attack a;
  a.cause = b.cause;
  a.window = {t.align.at(b.from), t.align.at(b.to)};
  a.targets = targets_of(t.plan(), b.target);
  // A scan of many hosts names one of them.
  a.anywhere = b.cause == Cause::attack_port_scan && b.target.port != 0;
  a.degrading = b.impact == model::Impact::degrading;
  a.host = b.target.port == 0 ? base::to_string(b.target.address) : base::to_string(b.target);
  a.what = fmt::format("{} by others on {} ({} {})", noun(b.cause), a.host,
                       base::format_count(b.rate), b.unit);
  const auto expected = b.baseline > 0 ? fmt::format("< {} (usually {:.1f})",
                                                     base::format_count(b.threshold), b.baseline)
                                       : fmt::format("< {}", base::format_count(b.threshold));
  a.evidence.push_back({fmt::format("wire {}", b.unit), a.window, b.rate, "", expected});
  if (b.sources > 0)
    a.evidence.push_back({fmt::format("wire sources{}", sources_of(b)), a.window,
                          static_cast<double>(b.sources), "", ""});
  for (const auto& m : b.evidence)
    a.evidence.push_back({"wire " + m.series, a.window, m.value, m.unit, m.expected});
  return a;
}

Attack attack_of(const Flood& flood) {
  return {.cause = Cause::attack_syn_flood,
          .window = flood.window,
          .targets = {},
          .anywhere = true,
          .host = {},
          .degrading = false,
          .what = fmt::format("a SYN flood by others ({:.0f}/s)", flood.syn_rate),
          .evidence = {{"wire foreign syn", flood.window, flood.syn_rate, "/s", "< 100/s"},
                       {"wire foreign handshakes", flood.window, flood.handshake_rate, "/s",
                        "about as many as SYNs"}}};
}

}  // namespace

std::vector<Attack> find_attacks(const Timeline& t) {
  std::vector<Attack> out;
  const auto& sniff = t.plan().sniff;
  if (!sniff || !sniff->behaviour.enabled) {
    for (const auto& flood : find_floods(t)) out.push_back(attack_of(flood));
    return out;
  }
  std::map<std::uint64_t, const model::Behaviour*> last;  // by its number
  for (const auto& d : t.evidence.detections)
    if (d.behaviour) last[d.behaviour->number] = d.behaviour.get();
  for (const auto& [number, behaviour] : last) out.push_back(attack_of(t, *behaviour));
  return out;
}

}  // namespace rampart::correlator
