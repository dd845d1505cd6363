#include "sniffer/eve/eve_event.h"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>

#include "sniffer/eve/community_id.h"
#include "sniffer/pipeline_counts.h"

namespace rampart::sniffer {
namespace {

using Json = nlohmann::ordered_json;

// Bytes that are no UTF-8 come out as the replacement character.
std::string line_of(const Json& event) {
  return event.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// The application's object is a text already.
std::string with_object(std::string line, std::string_view object) {
  if (!object.empty()) line.insert(line.size() - 1, "," + std::string(object));
  return line;
}

Json begin_event(const EveSource& source, base::WallTime time, const Flow* flow,
                 std::uint64_t packet, std::string_view type) {
  Json event;
  event["timestamp"] = eve_time(time);
  if (flow != nullptr) event["flow_id"] = flow->id;
  if (!source.interface.empty()) event["in_iface"] = source.interface;
  if (source.file && packet != 0) event["pcap_cnt"] = packet;
  event["event_type"] = type;
  return event;
}

const char* packet_source(const Packet& packet) {
  return packet.number == 0 ? "stream (flow timeout)" : "wire/pcap";
}

void add_app_proto(Json& event, const Flow& flow) {
  if (flow.app != AppProto::unknown) event["app_proto"] = to_string(flow.app);
}

Json packet_event(const EveSource& source, const Packet& packet, const Flow* flow,
                  std::string_view type) {
  auto event = begin_event(source, packet.time, flow, packet.number, type);
  if (packet.vlan_count != 0) {
    auto& vlan = event["vlan"] = Json::array();
    for (std::size_t i = 0; i < packet.vlan_count; ++i) vlan.push_back(packet.vlans[i]);
  }
  if (packet.ip_version == 0) return event;
  event["src_ip"] = eve_address(packet.source);
  if (packet.is_tcp() || packet.is_udp()) event["src_port"] = packet.source_port;
  event["dest_ip"] = eve_address(packet.destination);
  if (packet.is_tcp() || packet.is_udp()) event["dest_port"] = packet.destination_port;
  event["proto"] = eve_proto(packet.proto);
  if (packet.is_icmp()) {
    event["icmp_type"] = packet.icmp_type;
    event["icmp_code"] = packet.icmp_code;
  }
  event["pkt_src"] = packet_source(packet);
  if (flow == nullptr) return event;
  if (auto id = community_id(packet); !id.empty()) event["community_id"] = std::move(id);
  return event;
}

// The client stands first, whoever sent the packet.
void add_flow_ends(Json& event, const Flow& flow) {
  if (flow.key.vlan != 0) event["vlan"] = Json::array({flow.key.vlan});
  event["src_ip"] = eve_address(flow.client.address);
  if (has_ports(flow.key.proto)) event["src_port"] = flow.client.port;
  event["dest_ip"] = eve_address(flow.server.address);
  if (has_ports(flow.key.proto)) event["dest_port"] = flow.server.port;
  event["proto"] = eve_proto(flow.key.proto);
  if (flow.key.proto == ip_proto::kIcmp || flow.key.proto == ip_proto::kIcmp6) {
    event["icmp_type"] = flow.icmp_type;
    event["icmp_code"] = flow.icmp_code;
  }
  if (auto id = community_id(flow); !id.empty()) event["community_id"] = std::move(id);
}

bool to_server(const Flow& flow, const Packet& packet) {
  return packet.source == flow.client.address &&
         (!has_ports(flow.key.proto) || packet.source_port == flow.client.port);
}

void add_flow_counts(Json& out, const Flow& flow) {
  out["pkts_toserver"] = flow.packets[0];
  out["pkts_toclient"] = flow.packets[1];
  out["bytes_toserver"] = flow.bytes[0];
  out["bytes_toclient"] = flow.bytes[1];
  out["start"] = eve_time(flow.start);
}

const char* flow_state(const Flow& flow) {
  if (flow.is_tcp() && flow.tcp.state() >= TcpState::closed) return "closed";
  return flow.established() ? "established" : "new";
}

const char* end_reason(FlowEnd end) {
  switch (end) {
    case FlowEnd::timeout: return "timeout";
    case FlowEnd::evicted:
    case FlowEnd::reused: return "forced";
    case FlowEnd::shutdown: return "shutdown";
  }
  return "unknown";
}

Json tcp_record(const Flow& flow) {
  const auto to_server = flow.tcp.side(true).flags;
  const auto to_client = flow.tcp.side(false).flags;
  const auto all = static_cast<std::uint8_t>(to_server | to_client);
  Json out;
  out["tcp_flags"] = fmt::format("{:02x}", all);
  out["tcp_flags_ts"] = fmt::format("{:02x}", to_server);
  out["tcp_flags_tc"] = fmt::format("{:02x}", to_client);
  constexpr std::pair<const char*, std::uint8_t> kFlags[] = {
      {"syn", tcp_flag::kSyn}, {"fin", tcp_flag::kFin}, {"rst", tcp_flag::kRst},
      {"psh", tcp_flag::kPsh}, {"ack", tcp_flag::kAck}, {"urg", tcp_flag::kUrg},
      {"ecn", tcp_flag::kEce}, {"cwr", tcp_flag::kCwr}};
  for (const auto& [name, bit] : kFlags)
    if ((all & bit) != 0) out[name] = true;
  out["state"] = to_string(flow.tcp.state());
  return out;
}

Json end_of(const Packet& packet, const base::IpAddress& address, std::uint16_t port) {
  Json out;
  if (packet.ip_version != 0) out["ip"] = eve_address(address);
  if (packet.is_tcp() || packet.is_udp()) out["port"] = port;
  return out;
}

void add_target(Json& alert, const Packet& packet, bool at_source) {
  const auto from = end_of(packet, packet.source, packet.source_port);
  const auto to = end_of(packet, packet.destination, packet.destination_port);
  alert["source"] = at_source ? to : from;
  alert["target"] = at_source ? from : to;
}

// The field writes the events of some parsers in capitals.
std::string anomaly_name(std::string_view layer, std::string_view event) {
  std::string out(event);
  if (layer == "dns" || layer == "ssh" || layer == "ftp") return out;
  for (auto& c : out)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  return out;
}

}  // namespace

std::string eve_time(base::WallTime time) {
  const auto since = time.time_since_epoch();
  const auto whole = std::chrono::floor<std::chrono::seconds>(since);
  const auto seconds = static_cast<std::time_t>(whole.count());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}+0000", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     (since - whole).count() / 1000);
}

std::string eve_alert_head(const EveSource& source, const Packet& packet, const Flow* flow) {
  auto event = packet_event(source, packet, flow, "alert");
  if (flow != nullptr) {
    add_app_proto(event, *flow);
    event["direction"] = to_server(*flow, packet) ? "to_server" : "to_client";
    auto& record = event["flow"];
    add_flow_counts(record, *flow);
    record["src_ip"] = eve_address(flow->client.address);
    record["dest_ip"] = eve_address(flow->server.address);
    if (has_ports(flow->key.proto)) {
      record["src_port"] = flow->client.port;
      record["dest_port"] = flow->server.port;
    }
  }
  auto out = line_of(event);
  out.pop_back();
  return out;
}

std::string eve_alert_rule(const Rule& rule, const Packet& packet) {
  Json alert;
  alert["action"] = "allowed";  // rampart listens; it never blocks
  alert["gid"] = rule.gid;
  alert["signature_id"] = rule.sid;
  alert["rev"] = rule.rev;
  alert["signature"] = rule.msg;
  alert["category"] = rule.category;
  alert["severity"] = rule.priority;
  if (rule.target) add_target(alert, packet, *rule.target == RuleTarget::source);
  if (!rule.metadata.empty()) {
    auto& metadata = alert["metadata"] = Json::object();
    for (const auto& [key, value] : rule.metadata) metadata[key].push_back(value);
  }
  return line_of(alert);
}

std::string eve_flow(const EveSource& source, const Flow& flow, FlowEnd end) {
  auto event = begin_event(source, flow.last, &flow, 0, "flow");
  add_flow_ends(event, flow);
  add_app_proto(event, flow);
  auto& record = event["flow"];
  add_flow_counts(record, flow);
  record["end"] = eve_time(flow.last);
  record["age"] = std::chrono::duration_cast<std::chrono::seconds>(flow.last - flow.start).count();
  record["state"] = flow_state(flow);
  record["reason"] = end_reason(end);
  record["alerted"] = flow.alerted;
  if (flow.is_tcp()) event["tcp"] = tcp_record(flow);
  return line_of(event);
}

std::string eve_record(const EveSource& source, const Packet& packet, const EveContext& context,
                       EveType type) {
  const auto& flow = *context.flow;
  auto event = begin_event(source, packet.time, &flow, packet.number, to_string(type));
  add_flow_ends(event, flow);
  event["pkt_src"] = packet_source(packet);
  if (context.transaction) event["tx_id"] = *context.transaction;
  return with_object(line_of(event), context.app_object);
}

std::string eve_anomaly(const EveSource& source, const Packet& packet, Invalid reason) {
  auto event = packet_event(source, packet, nullptr, "anomaly");
  event["anomaly"]["type"] = "decode";
  event["anomaly"]["event"] = to_string(reason);
  return line_of(event);
}

std::string eve_anomaly(const EveSource& source, const Packet& packet, const EveContext& context,
                        AppEvent which) {
  auto event = packet_event(source, packet, context.flow, "anomaly");
  if (context.transaction) event["tx_id"] = *context.transaction;
  const auto name = to_string(which);
  const auto dot = std::min(name.find('.'), name.size() - 1);
  auto& anomaly = event["anomaly"];
  if (context.flow != nullptr) {
    add_app_proto(event, *context.flow);
    anomaly["app_proto"] = to_string(context.flow->app);
  }
  anomaly["type"] = "applayer";
  anomaly["event"] = anomaly_name(name.substr(0, dot), name.substr(dot + 1));
  anomaly["layer"] = name.starts_with("applayer") ? "proto_detect" : "proto_parser";
  return line_of(event);
}

std::string eve_proto(std::uint8_t proto) {
  switch (proto) {
    case ip_proto::kIcmp: return "ICMP";
    case ip_proto::kTcp: return "TCP";
    case ip_proto::kUdp: return "UDP";
    case ip_proto::kIcmp6: return "IPv6-ICMP";
    case 2: return "IGMP";
    case 4: return "IPv4";
    case 41: return "IPv6";
    case 47: return "GRE";
    case 50: return "ESP";
    case 51: return "AH";
    case 103: return "PIM";
    case 132: return "SCTP";
    default: return fmt::format("{:03}", proto);
  }
}

std::string eve_address(const base::IpAddress& address) {
  if (!address.v6) return base::to_string(address);
  std::string out;
  const auto raw = address.raw();
  for (std::size_t i = 0; i < raw.size(); i += 2)
    out += fmt::format("{}{:02x}{:02x}", i == 0 ? "" : ":", raw[i], raw[i + 1]);
  return out;
}

std::string eve_stats(const EveStats& of) {
  const auto& totals = of.counts.totals;
  const auto& s = of.counts.stats;
  Json event;
  event["timestamp"] = eve_time(of.at);
  event["event_type"] = "stats";
  auto& stats = event["stats"];
  stats["uptime"] = std::chrono::duration_cast<std::chrono::seconds>(of.uptime).count();
  if (of.live)
    stats["capture"] = {{"kernel_packets", totals.packets},
                        {"kernel_drops", totals.dropped_kernel},
                        {"kernel_ifdrops", totals.dropped_interface}};
  stats["decoder"] = {
      {"pkts", totals.packets}, {"bytes", totals.bytes}, {"invalid", totals.invalid},
      {"ipv4", s.ipv4},         {"ipv6", s.ipv6},        {"tcp", s.tcp},
      {"udp", s.udp},           {"icmp", s.icmp}};
  stats["tcp"] = {{"reassembly_gap_bytes", totals.stream_gaps},
                  {"segment_memcap_drop", s.stream_memory_drops}};
  stats["flow"] = {{"total", totals.flows}, {"memcap", totals.flows_evicted}};
  auto& detect = stats["detect"];
  detect["engines"] = Json::array(
      {{{"id", 0}, {"rules_loaded", totals.rules_loaded}, {"rules_failed", totals.rules_failed}}});
  detect["alert"] = s.alerts;
  detect["alert_queue_overflow"] = s.alert_overflow;
  detect["alerts_suppressed"] = totals.alerts_suppressed;
  return line_of(event);
}

}  // namespace rampart::sniffer
