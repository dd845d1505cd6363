#include "sniffer/eve/behaviour_event.h"

#include <nlohmann/json.hpp>

#include "base/ip_address.h"

namespace rampart::sniffer {
namespace {

using Json = nlohmann::ordered_json;

const char* proto_name(std::uint8_t proto) {
  switch (proto) {
    case ip_proto::kIcmp: return "ICMP";
    case ip_proto::kUdp: return "UDP";
    case ip_proto::kIcmp6: return "IPv6-ICMP";
    default: return "TCP";
  }
}

}  // namespace

std::string eve_behaviour(const EveSource& source, const model::Detection& detection) {
  Json event;
  event["timestamp"] = eve_time(detection.at);
  if (!source.interface.empty()) event["in_iface"] = source.interface;
  event["event_type"] = "alert";
  const auto& top = detection.behaviour->top;
  if (!top.empty()) event["src_ip"] = base::to_string(top.front().address);
  event["dest_ip"] = base::to_string(detection.destination.address);
  if (detection.destination.port != 0) event["dest_port"] = detection.destination.port;
  event["proto"] = proto_name(detection.proto);
  event["alert"] = {{"action", "allowed"},           {"gid", detection.gid},
                    {"signature_id", detection.sid}, {"rev", detection.rev},
                    {"signature", detection.msg},    {"category", detection.category},
                    {"severity", detection.severity}};
  event["behaviour"] = Json::parse(model::to_json(*detection.behaviour));
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace rampart::sniffer
