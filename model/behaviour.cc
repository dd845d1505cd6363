#include "model/behaviour.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

namespace rampart::model {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 3> kPhases = {"begin", "update", "end"};

// A released sid is never given to another attack.
constexpr std::array<std::pair<Cause, std::uint32_t>, 7> kSids{{{Cause::attack_syn_flood, 1},
                                                                {Cause::attack_icmp_flood, 2},
                                                                {Cause::attack_udp_flood, 3},
                                                                {Cause::attack_http_flood, 4},
                                                                {Cause::attack_slow_http, 5},
                                                                {Cause::attack_port_scan, 6},
                                                                {Cause::attack_brute_force, 7}}};

std::int64_t nanos(base::WallTime time) { return time.time_since_epoch().count(); }
base::WallTime wall(const Json& json) {
  const bool fits = json.is_number_integer() &&
                    (!json.is_number_unsigned() ||
                     json.get<std::uint64_t>() <= std::numeric_limits<std::int64_t>::max());
  if (!fits) throw Json::other_error::create(501, "not a time", nullptr);
  return base::WallTime(base::Nanos(json.get<std::int64_t>()));
}

base::IpAddress address_of(const Json& json) {
  auto parsed = base::IpAddress::parse(json.get<std::string>());
  if (!parsed) throw Json::other_error::create(501, "not an address", nullptr);
  return *parsed;
}

template <class Optional>
auto known(Optional value) {
  if (!value) throw Json::other_error::create(501, "not a word of the vocabulary", nullptr);
  return *value;
}

// Json's own get() would cut off what does not fit.
template <class T>
T whole(const Json& json) {
  if (!json.is_number_unsigned() || json.get<std::uint64_t>() > std::numeric_limits<T>::max())
    throw Json::other_error::create(501, "not a number of that size", nullptr);
  return static_cast<T>(json.get<std::uint64_t>());
}

BehaviourPhase phase_of(std::string_view word) {
  const auto found = std::find(kPhases.begin(), kPhases.end(), word);
  if (found == kPhases.end()) throw Json::other_error::create(501, "not a phase", nullptr);
  return static_cast<BehaviourPhase>(found - kPhases.begin());
}

Behaviour read(const Json& json) {
  Behaviour b;
  b.cause = known(cause_from(json.at("attack").get<std::string>()));
  b.phase = phase_of(json.at("phase").get<std::string>());
  b.number = whole<std::uint64_t>(json.at("number"));
  b.target = {address_of(json.at("target_ip")), whole<std::uint16_t>(json.at("target_port"))};
  b.from = wall(json.at("from_ns"));
  b.to = wall(json.at("to_ns"));
  b.count = whole<std::uint64_t>(json.at("count"));
  b.rate = json.at("rate").get<double>();
  b.peak = json.at("peak").get<double>();
  b.threshold = json.at("threshold").get<double>();
  b.baseline = json.at("baseline").get<double>();
  b.unit = json.at("unit").get<std::string>();
  b.sources = whole<std::uint64_t>(json.at("sources"));
  for (const auto& s : json.at("top_sources"))
    b.top.push_back({address_of(s.at("ip")), whole<std::uint64_t>(s.at("count"))});
  b.impact = known(impact_from(json.at("impact").get<std::string>()));
  for (const auto& m : json.at("evidence"))
    b.evidence.push_back({m.at("series").get<std::string>(), m.at("value").get<double>(),
                          m.at("unit").get<std::string>(), m.at("expected").get<std::string>()});
  return b;
}

}  // namespace

std::string_view to_string(BehaviourPhase phase) {
  return kPhases[static_cast<std::size_t>(phase)];
}

std::uint32_t behaviour_sid(Cause cause) {
  for (const auto& [key, sid] : kSids)
    if (key == cause) return sid;
  return 0;
}

Cause behaviour_cause(std::uint32_t sid) {
  for (const auto& [cause, key] : kSids)
    if (key == sid) return cause;
  return Cause::unknown;
}

std::string to_json(const Behaviour& b) {
  Json json;
  json["attack"] = to_string(b.cause);
  json["phase"] = to_string(b.phase);
  json["number"] = b.number;
  json["target_ip"] = base::to_string(b.target.address);
  json["target_port"] = b.target.port;
  json["from_ns"] = nanos(b.from);
  json["to_ns"] = nanos(b.to);
  json["count"] = b.count;
  json["rate"] = b.rate;
  json["peak"] = b.peak;
  json["threshold"] = b.threshold;
  json["baseline"] = b.baseline;
  json["unit"] = b.unit;
  json["sources"] = b.sources;
  auto& top = json["top_sources"] = Json::array();
  for (const auto& s : b.top)
    top.push_back({{"ip", base::to_string(s.address)}, {"count", s.count}});
  json["impact"] = to_string(b.impact);
  auto& evidence = json["evidence"] = Json::array();
  for (const auto& m : b.evidence)
    evidence.push_back(
        {{"series", m.series}, {"value", m.value}, {"unit", m.unit}, {"expected", m.expected}});
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

base::Result<Behaviour> behaviour_from_json(std::string_view text) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& e) {
    return base::fail(base::Errc::parse,
                      std::string("a behaviour's record is damaged: ") + e.what());
  }
}

}  // namespace rampart::model
