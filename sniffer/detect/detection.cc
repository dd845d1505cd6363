#include "sniffer/detect/detection.h"

namespace rampart::sniffer {

model::Detection detection_of(const Rule& rule, const Packet& packet, const Flow* flow) {
  model::Detection out;
  out.at = packet.time;
  out.gid = rule.gid;
  out.sid = rule.sid;
  out.rev = rule.rev;
  out.severity = rule.priority;
  out.msg = rule.msg;
  out.category = rule.category;
  out.source = {packet.source, packet.source_port};
  out.destination = {packet.destination, packet.destination_port};
  out.proto = packet.proto;
  if (flow != nullptr) {
    out.owner = flow->owner;
    out.flow_id = flow->id;
  }
  return out;
}

}  // namespace rampart::sniffer
