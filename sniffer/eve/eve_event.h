#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "model/wire.h"
#include "sniffer/app/app_event.h"
#include "sniffer/decode/packet.h"
#include "sniffer/eve/eve_type.h"
#include "sniffer/flow/flow.h"
#include "sniffer/flow/flow_table.h"
#include "sniffer/rules/rule.h"

// EVE JSON: one object per line, with the field names that Suricata's outputs have made common.

namespace rampart::sniffer {

struct PipelineCounts;

// Where a packet was captured.
struct EveSource {
  std::string interface;  // live
  bool file = false;      // events carry the packet's number
};

// Where in its flow an alert or an anomaly arose; without a flow there is no such place.
struct EveContext {
  const Flow* flow = nullptr;
  std::optional<std::uint64_t> transaction;  // its number
  std::string_view app_object;               // of app_objects(); empty: none
};

// Packets that were not on the wire (number 0) stand for the end of their flow.

// An alert's line is made of parts, since a packet may have many alerts and a rule even more: the
// object without its last brace; the value of "alert", of the rule alone unless it has a target;
// then what is known of the transaction.
std::string eve_alert_head(const EveSource& source, const Packet& packet, const Flow* flow);
std::string eve_alert_rule(const Rule& rule, const Packet& packet);
std::string eve_flow(const EveSource& source, const Flow& flow, FlowEnd end);
// What a transaction came to; `app_object` is its line of app_objects().
std::string eve_record(const EveSource& source, const Packet& packet, const EveContext& context,
                       EveType type);
std::string eve_anomaly(const EveSource& source, const Packet& packet, Invalid reason);
std::string eve_anomaly(const EveSource& source, const Packet& packet, const EveContext& context,
                        AppEvent event);
struct EveStats {
  base::WallTime at;
  base::Nanos uptime{0};
  bool live = false;
  const PipelineCounts& counts;
};
std::string eve_stats(const EveStats& stats);

// How lines spell these: 2023-11-14T22:13:21.112576+0000; IPv6 with every digit; TCP, or a number
// of three digits where the protocol has no name here.
std::string eve_time(base::WallTime time);
std::string eve_address(const base::IpAddress& address);
std::string eve_proto(std::uint8_t proto);

}  // namespace rampart::sniffer
