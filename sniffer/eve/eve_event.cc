#include "sniffer/eve/eve_event.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <iterator>
#include <nlohmann/json.hpp>
#include <span>
#include <utility>

#include "sniffer/eve/community_id.h"
#include "sniffer/eve/json_line.h"
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

JsonLine begin_event(const EveSource& source, base::WallTime time, const Flow* flow,
                     std::uint64_t packet, std::string_view type) {
  JsonLine event;
  event.add("timestamp", eve_time(time));
  if (flow != nullptr) event.add("flow_id", flow->id);
  if (!source.interface.empty()) event.add("in_iface", source.interface);
  if (source.file && packet != 0) event.add("pcap_cnt", packet);
  event.add("event_type", type);
  return event;
}

const char* packet_source(const Packet& packet) {
  return packet.number == 0 ? "stream (flow timeout)" : "wire/pcap";
}

void add_app_proto(JsonLine& event, const Flow& flow) {
  if (flow.app != AppProto::unknown) event.add("app_proto", to_string(flow.app));
}

JsonLine packet_event(const EveSource& source, const Packet& packet, const Flow* flow,
                      std::string_view type) {
  auto event = begin_event(source, packet.time, flow, packet.number, type);
  if (packet.vlan_count != 0) event.add("vlan", std::span(packet.vlans).first(packet.vlan_count));
  if (packet.ip_version == 0) return event;
  event.add("src_ip", eve_address(packet.source));
  if (packet.is_tcp() || packet.is_udp()) event.add("src_port", packet.source_port);
  event.add("dest_ip", eve_address(packet.destination));
  if (packet.is_tcp() || packet.is_udp()) event.add("dest_port", packet.destination_port);
  event.add("proto", eve_proto(packet.proto));
  if (packet.is_icmp()) {
    event.add("icmp_type", packet.icmp_type);
    event.add("icmp_code", packet.icmp_code);
  }
  event.add("pkt_src", packet_source(packet));
  if (flow == nullptr) return event;
  if (const auto id = community_id(packet); !id.empty()) event.add("community_id", id);
  return event;
}

// The client stands first, whoever sent the packet.
void add_flow_ends(JsonLine& event, const Flow& flow) {
  if (flow.key.vlan != 0) event.add("vlan", std::span(&flow.key.vlan, 1));
  event.add("src_ip", eve_address(flow.client.address));
  if (has_ports(flow.key.proto)) event.add("src_port", flow.client.port);
  event.add("dest_ip", eve_address(flow.server.address));
  if (has_ports(flow.key.proto)) event.add("dest_port", flow.server.port);
  event.add("proto", eve_proto(flow.key.proto));
  if (flow.key.proto == ip_proto::kIcmp || flow.key.proto == ip_proto::kIcmp6) {
    event.add("icmp_type", flow.icmp_type);
    event.add("icmp_code", flow.icmp_code);
  }
  if (const auto id = community_id(flow); !id.empty()) event.add("community_id", id);
}

bool to_server(const Flow& flow, const Packet& packet) {
  return packet.source == flow.client.address &&
         (!has_ports(flow.key.proto) || packet.source_port == flow.client.port);
}

void add_flow_counts(JsonLine& out, const Flow& flow) {
  out.add("pkts_toserver", flow.packets[0]);
  out.add("pkts_toclient", flow.packets[1]);
  out.add("bytes_toserver", flow.bytes[0]);
  out.add("bytes_toclient", flow.bytes[1]);
  out.add("start", eve_time(flow.start));
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

void add_tcp_record(JsonLine& event, const Flow& flow) {
  const auto to_server = flow.tcp.side(true).flags;
  const auto to_client = flow.tcp.side(false).flags;
  const auto all = static_cast<std::uint8_t>(to_server | to_client);
  event.open("tcp");
  event.add("tcp_flags", fmt::format("{:02x}", all));
  event.add("tcp_flags_ts", fmt::format("{:02x}", to_server));
  event.add("tcp_flags_tc", fmt::format("{:02x}", to_client));
  constexpr std::pair<const char*, std::uint8_t> kFlags[] = {
      {"syn", tcp_flag::kSyn}, {"fin", tcp_flag::kFin}, {"rst", tcp_flag::kRst},
      {"psh", tcp_flag::kPsh}, {"ack", tcp_flag::kAck}, {"urg", tcp_flag::kUrg},
      {"ecn", tcp_flag::kEce}, {"cwr", tcp_flag::kCwr}};
  for (const auto& [name, bit] : kFlags)
    if ((all & bit) != 0) event.add(name, true);
  event.add("state", to_string(flow.tcp.state()));
  event.close();
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
    event.add("direction", to_server(*flow, packet) ? "to_server" : "to_client");
    event.open("flow");
    add_flow_counts(event, *flow);
    event.add("src_ip", eve_address(flow->client.address));
    event.add("dest_ip", eve_address(flow->server.address));
    if (has_ports(flow->key.proto)) {
      event.add("src_port", flow->client.port);
      event.add("dest_port", flow->server.port);
    }
    event.close();
  }
  return std::move(event).unfinished();
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
  event.open("flow");
  add_flow_counts(event, flow);
  event.add("end", eve_time(flow.last));
  event.add("age",
            std::chrono::duration_cast<std::chrono::seconds>(flow.last - flow.start).count());
  event.add("state", flow_state(flow));
  event.add("reason", end_reason(end));
  event.add("alerted", flow.alerted);
  event.close();
  if (flow.is_tcp()) add_tcp_record(event, flow);
  return std::move(event).finish();
}

std::string eve_record(const EveSource& source, const Packet& packet, const EveContext& context,
                       EveType type) {
  const auto& flow = *context.flow;
  auto event = begin_event(source, packet.time, &flow, packet.number, to_string(type));
  add_flow_ends(event, flow);
  event.add("pkt_src", packet_source(packet));
  if (context.transaction) event.add("tx_id", *context.transaction);
  return with_object(std::move(event).finish(), context.app_object);
}

std::string eve_anomaly(const EveSource& source, const Packet& packet, Invalid reason) {
  auto event = packet_event(source, packet, nullptr, "anomaly");
  event.open("anomaly");
  event.add("type", "decode");
  event.add("event", to_string(reason));
  event.close();
  return std::move(event).finish();
}

std::string eve_anomaly(const EveSource& source, const Packet& packet, const EveContext& context,
                        AppEvent which) {
  auto event = packet_event(source, packet, context.flow, "anomaly");
  if (context.transaction) event.add("tx_id", *context.transaction);
  const auto name = to_string(which);
  const auto dot = std::min(name.find('.'), name.size() - 1);
  if (context.flow != nullptr) add_app_proto(event, *context.flow);
  event.open("anomaly");
  if (context.flow != nullptr) event.add("app_proto", to_string(context.flow->app));
  event.add("type", "applayer");
  event.add("event", anomaly_name(name.substr(0, dot), name.substr(dot + 1)));
  event.add("layer", name.starts_with("applayer") ? "proto_detect" : "proto_parser");
  event.close();
  return std::move(event).finish();
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
  const auto raw = address.raw();
  if (!address.v6) return fmt::format("{}.{}.{}.{}", raw[0], raw[1], raw[2], raw[3]);
  std::string out;
  for (std::size_t i = 0; i < raw.size(); i += 2) {
    if (i != 0) out += ':';
    fmt::format_to(std::back_inserter(out), "{:02x}{:02x}", raw[i], raw[i + 1]);
  }
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
