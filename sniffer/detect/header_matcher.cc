#include "sniffer/detect/header_matcher.h"

namespace rampart::sniffer {
namespace {

bool proto_matches(RuleProto proto, const Packet& p) {
  switch (proto) {
    case RuleProto::ip: return p.ip_version != 0;
    case RuleProto::ipv4: return p.ip_version == 4;
    case RuleProto::ipv6: return p.ip_version == 6;
    case RuleProto::tcp:
    case RuleProto::tcp_packet:
    case RuleProto::tcp_stream: return p.is_tcp();
    case RuleProto::udp: return p.is_udp();
    case RuleProto::icmp: return p.is_icmp();
  }
  return false;
}

bool ends_match(const Rule& r, const base::IpAddress& source, std::uint16_t source_port,
                const base::IpAddress& destination, std::uint16_t destination_port) {
  return (r.source_ports.any() || r.source_ports.contains(source_port)) &&
         (r.destination_ports.any() || r.destination_ports.contains(destination_port)) &&
         (r.source.any() || r.source.contains(source)) &&
         (r.destination.any() || r.destination.contains(destination));
}

bool test_holds(const HeaderTest& test, const Packet& p) {
  std::uint32_t value = 0;
  switch (test.field) {
    case HeaderTest::Field::ttl: value = p.ttl; break;
    case HeaderTest::Field::ip_id:
      if (p.ip_version != 4) return false;
      value = p.ip_id;
      break;
    case HeaderTest::Field::ip_proto: value = p.proto; break;
    case HeaderTest::Field::dsize: value = p.payload_size; break;
    case HeaderTest::Field::seq:
    case HeaderTest::Field::ack:
    case HeaderTest::Field::window:
      if (!p.is_tcp()) return false;
      value = test.field == HeaderTest::Field::seq   ? p.seq
              : test.field == HeaderTest::Field::ack ? p.ack
                                                     : p.window;
      break;
    case HeaderTest::Field::icmp_type:
    case HeaderTest::Field::icmp_code:
      if (!p.is_icmp()) return false;
      value = test.field == HeaderTest::Field::icmp_type ? p.icmp_type : p.icmp_code;
      break;
    case HeaderTest::Field::icmp_id:
    case HeaderTest::Field::icmp_seq:
      if (!p.icmp_echo) return false;
      value = test.field == HeaderTest::Field::icmp_id ? p.icmp_id : p.icmp_seq;
      break;
  }
  return (test.low <= value && value <= test.high) != test.negated;
}

bool flags_match(const FlagsTest& test, const Packet& p) {
  if (!p.is_tcp()) return false;
  const auto flags = static_cast<std::uint8_t>(p.flags & ~test.ignored);
  switch (test.mode) {
    case FlagsTest::Mode::exact: return flags == test.wanted;
    case FlagsTest::Mode::all: return (flags & test.wanted) == test.wanted;
    case FlagsTest::Mode::any: return (flags & test.wanted) != 0;
    case FlagsTest::Mode::none: return (flags & test.wanted) == 0;
  }
  return false;
}

bool flow_matches(const FlowTest& test, const PacketContext& context) {
  if (context.flow == nullptr) return false;
  if (test.established && *test.established != context.flow->established()) return false;
  return !test.to_server || *test.to_server == (context.direction == Direction::to_server);
}

}  // namespace

bool header_matches(const Rule& rule, const PacketContext& context) {
  const auto& p = context.packet;
  if (!proto_matches(rule.proto, p)) return false;
  if (!ends_match(rule, p.source, p.source_port, p.destination, p.destination_port) &&
      !(rule.bidirectional &&
        ends_match(rule, p.destination, p.destination_port, p.source, p.source_port)))
    return false;
  if (rule.flow && !flow_matches(*rule.flow, context)) return false;
  if (rule.flags && !flags_match(*rule.flags, p)) return false;
  if (rule.same_ip && p.source != p.destination) return false;
  for (const auto& test : rule.headers)
    if (!test_holds(test, p)) return false;
  return true;
}

}  // namespace rampart::sniffer
