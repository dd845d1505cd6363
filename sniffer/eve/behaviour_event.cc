#include "sniffer/eve/behaviour_event.h"

#include <nlohmann/json.hpp>

#include "base/ip_address.h"

namespace rampart::sniffer {
namespace {

using Json = nlohmann::ordered_json;

// model::to_json() spells addresses as people do.
void respell(Json& address) {
  if (const auto parsed = base::IpAddress::parse(address.get<std::string>()))
    address = eve_address(*parsed);
}

Json behaviour_object(const model::Behaviour& behaviour) {
  auto out = Json::parse(model::to_json(behaviour));
  respell(out["target_ip"]);
  for (auto& source : out["top_sources"]) respell(source["ip"]);
  return out;
}

}  // namespace

std::string eve_behaviour(const EveSource& source, const model::Detection& detection) {
  Json event;
  event["timestamp"] = eve_time(detection.at);
  if (!source.interface.empty()) event["in_iface"] = source.interface;
  event["event_type"] = "alert";
  const auto& top = detection.behaviour->top;
  if (!top.empty()) event["src_ip"] = eve_address(top.front().address);
  event["dest_ip"] = eve_address(detection.destination.address);
  if (detection.destination.port != 0) event["dest_port"] = detection.destination.port;
  event["proto"] = eve_proto(detection.proto);
  event["alert"] = {{"action", "allowed"},           {"gid", detection.gid},
                    {"signature_id", detection.sid}, {"rev", detection.rev},
                    {"signature", detection.msg},    {"category", detection.category},
                    {"severity", detection.severity}};
  event["behaviour"] = behaviour_object(*detection.behaviour);
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rampart::sniffer
