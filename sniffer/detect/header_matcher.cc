#include "sniffer/detect/header_matcher.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

#include "sniffer/rules/transform.h"

namespace rampart::sniffer {
namespace {

// So says its IP header: also of a fragment of IPv4, or where the header that follows is damaged.
bool carries(const Packet& p, std::uint8_t proto) {
  return p.proto == proto && p.ip_version != 0 && !(p.fragment && p.ip_version == 6);
}

bool proto_matches(RuleProto proto, const Packet& p) {
  switch (proto) {
    case RuleProto::ip: return p.ip_version != 0;
    case RuleProto::ipv4: return p.ip_version == 4;
    case RuleProto::ipv6: return p.ip_version == 6;
    case RuleProto::tcp:
    case RuleProto::tcp_packet:
    case RuleProto::tcp_stream: return carries(p, ip_proto::kTcp);
    case RuleProto::udp: return carries(p, ip_proto::kUdp);
    case RuleProto::icmp: return carries(p, ip_proto::kIcmp) || carries(p, ip_proto::kIcmp6);
    case RuleProto::icmp4: return p.ip_version == 4 && carries(p, ip_proto::kIcmp);
    case RuleProto::icmp6: return p.ip_version == 6 && carries(p, ip_proto::kIcmp6);
    case RuleProto::sctp: return carries(p, ip_proto::kSctp);
    case RuleProto::any_frame: return true;
  }
  return false;
}

// Of a protocol with ports, in a packet that does not show them: a part of a datagram, or damaged.
bool lacks_ports(const Packet& p) {
  return p.fragment || (!p.transport && (p.proto == ip_proto::kTcp || p.proto == ip_proto::kUdp ||
                                         p.proto == ip_proto::kSctp));
}

bool go_between(const Rule& r, const base::IpAddress& source, std::uint16_t source_port,
                const base::IpAddress& destination, std::uint16_t destination_port) {
  return (r.source_ports.any() || r.source_ports.contains(source_port)) &&
         (r.destination_ports.any() || r.destination_ports.contains(destination_port)) &&
         (r.source.any() || r.source.contains(source)) &&
         (r.destination.any() || r.destination.contains(destination));
}

// RFC 791: options of one byte, or of a kind, a length and as much as that says.
bool has_ip_option(const Packet& p, std::uint32_t wanted) {
  constexpr std::uint8_t kEnd = 0, kNop = 1;
  if (p.ip_version != 4 || p.ip_header.size() <= 20) return false;
  for (auto rest = p.ip_header.subspan(20); !rest.empty();) {
    if (rest[0] == wanted) return true;
    if (rest[0] == kEnd) return false;
    const std::size_t size = rest[0] == kNop ? 1 : rest.size() < 2 ? 0 : rest[1];
    if (size == 0 || size > rest.size()) return false;
    rest = rest.subspan(size);
  }
  return false;
}

// Of fields that few rules ask for; nothing where the packet has no such field.
std::optional<std::uint32_t> rare_field(HeaderTest::Field field, const Packet& p) {
  constexpr std::uint8_t kTooBig = 2;  // RFC 4443, section 3.2
  switch (field) {
    case HeaderTest::Field::ip_version: return p.ip_version;
    case HeaderTest::Field::fragment_offset: return p.fragment_offset / 8U;
    case HeaderTest::Field::icmp6_mtu: {
      const auto h = p.transport_header;
      if (!p.is_icmp() || p.ip_version != 6 || p.icmp_type != kTooBig || h.size() < 8)
        return std::nullopt;
      return std::uint32_t{h[4]} << 24U | std::uint32_t{h[5]} << 16U | std::uint32_t{h[6]} << 8U |
             h[7];
    }
    default: return std::nullopt;
  }
}

bool test_holds(const HeaderTest& test, const PacketContext& context) {
  const auto& p = context.packet;
  std::uint32_t value = 0;
  switch (test.field) {
    case HeaderTest::Field::ttl: value = p.ttl; break;
    case HeaderTest::Field::ip_id:
      if (p.ip_version != 4) return false;
      value = p.ip_id;
      break;
    case HeaderTest::Field::ip_proto: value = p.proto; break;
    case HeaderTest::Field::dsize:
      value = p.fragment ? 0 : p.payload_size;
      if (test.negated && value == 0) return false;  // no payload has no size but 0
      break;
    case HeaderTest::Field::tcp_mss:
      if (p.mss < 0) return false;
      value = static_cast<std::uint32_t>(p.mss);
      break;
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
    case HeaderTest::Field::tos:
      if (p.ip_version != 4 || p.ip_header.size() < 2) return false;
      value = p.ip_header[1];
      break;
    case HeaderTest::Field::flow_age:
      if (context.flow == nullptr) return false;
      value = static_cast<std::uint32_t>(std::chrono::duration_cast<std::chrono::seconds>(
                                             std::max(p.time - context.flow->start, base::Nanos{}))
                                             .count());
      break;
    case HeaderTest::Field::ip_option: return has_ip_option(p, test.low);
    default: {
      const auto number = rare_field(test.field, p);
      if (!number) return false;
      value = *number;
    }
  }
  return (test.low <= value && value <= test.high) != test.negated;
}

bool bits_match(FlagsTest::Mode mode, std::uint8_t bits, std::uint8_t wanted) {
  switch (mode) {
    case FlagsTest::Mode::exact: return bits == wanted;
    case FlagsTest::Mode::all: return (bits & wanted) == wanted;
    case FlagsTest::Mode::any: return (bits & wanted) != 0;
    case FlagsTest::Mode::not_all: return wanted == 0 ? bits != 0 : (bits & wanted) != wanted;
  }
  return false;
}

// A rule that names SYN, FIN or RST is about the packets that begin and end connections, whatever
// else it names and however.
bool flags_match(const FlagsTest& test, const Packet& p) {
  constexpr std::uint8_t kEnds = tcp_flag::kSyn | tcp_flag::kFin | tcp_flag::kRst;
  if (!p.is_tcp() || ((test.wanted & kEnds) != 0 && (p.flags & kEnds) == 0)) return false;
  return bits_match(test.mode, static_cast<std::uint8_t>(p.flags & ~test.ignored), test.wanted);
}

// Sequence numbers that one side has used.
std::uint32_t used_by(const Flow& flow, bool client) {
  const auto& side = flow.tcp.side(client);
  return side.seen ? side.next - side.isn : 0;
}

bool stream_size_holds(const StreamSizeTest& test, const Flow* flow) {
  if (flow == nullptr || !flow->is_tcp()) return false;
  const auto holds = [&](bool client) {
    const auto size = used_by(*flow, client);
    return (test.low <= size && size <= test.high) != test.negated;
  };
  switch (test.side) {
    case StreamSizeTest::Side::client: return holds(true);
    case StreamSizeTest::Side::server: return holds(false);
    case StreamSizeTest::Side::both: return holds(true) && holds(false);
    case StreamSizeTest::Side::either: return holds(true) || holds(false);
  }
  return false;
}

bool is_app(AppProto wanted, AppProto actual, bool exactly) {
  return actual == wanted || (!exactly && wanted == AppProto::http1 && actual == AppProto::http2);
}

bool app_matches(const Rule& rule, const PacketContext& context) {
  auto actual = context.flow == nullptr ? AppProto::unknown : context.flow->app;
  if (rule.app != AppProto::unknown && !is_app(rule.app, actual, rule.app_exactly)) return false;
  // A mail server's replies could be anybody's: to app-layer-protocol its side is not recognised.
  if (actual == AppProto::smtp && context.direction == Direction::to_client)
    actual = AppProto::failed;
  return std::all_of(rule.app_protos.begin(), rule.app_protos.end(), [&](const AppProtoTest& t) {
    return actual != AppProto::unknown && is_app(t.proto, actual, t.exactly) != t.negated;
  });
}

// RFC 959: PORT h1,h2,h3,h4,p1,p2. True where the address is not the sender's.
bool ftp_bounces(const PacketContext& context) {
  constexpr std::string_view kCommand = "PORT ";
  const auto& p = context.packet;
  if (context.direction != Direction::to_server || p.source.v6 ||
      p.payload.size() < kCommand.size())
    return false;
  for (std::size_t i = 0; i < kCommand.size(); ++i) {
    const auto c = p.payload[i];
    if ((c >= 'a' && c <= 'z' ? c - 32 : c) != kCommand[i]) return false;
  }
  std::array<std::uint8_t, 4> address{};
  auto rest = p.payload.subspan(kCommand.size());
  for (auto& part : address) {
    unsigned number = 0;
    std::size_t n = 0;
    for (; n < rest.size() && n < 3 && rest[n] >= '0' && rest[n] <= '9'; ++n)
      number = number * 10 + (rest[n] - '0');
    if (n == 0 || n == rest.size() || rest[n] != ',' || number > 255) return false;
    part = static_cast<std::uint8_t>(number);
    rest = rest.subspan(n + 1);
  }
  return !std::equal(address.begin(), address.end(), p.source.bytes.begin());
}

Bytes address_bytes(const base::IpAddress& address) {
  return Bytes(address.bytes).first(address.v6 ? 16 : 4);
}

Bytes header_of(BufferId buffer, const Packet& p) {
  switch (buffer) {
    case BufferId::ip_source: return p.ip_version != 0 ? address_bytes(p.source) : Bytes{};
    case BufferId::ip_destination:
      return p.ip_version != 0 ? address_bytes(p.destination) : Bytes{};
    case BufferId::ipv4_header: return p.ip_version == 4 ? p.ip_header : Bytes{};
    case BufferId::ipv6_header: return p.ip_version == 6 ? p.ip_header : Bytes{};
    case BufferId::tcp_header: return p.is_tcp() ? p.transport_header : Bytes{};
    case BufferId::udp_header: return p.is_udp() ? p.transport_header : Bytes{};
    case BufferId::icmp4_header:
      return p.is_icmp() && p.ip_version == 4 ? p.transport_header : Bytes{};
    case BufferId::icmp6_header:
      return p.is_icmp() && p.ip_version == 6 ? p.transport_header : Bytes{};
    default: return {};
  }
}

bool flow_matches(const FlowTest& test, const PacketContext& context) {
  // What belongs to no flow goes to the server, and nothing else is true of it.
  if (context.flow == nullptr)
    return test.to_server.value_or(false) && !test.established && !test.only_stream &&
           !test.no_stream && !test.fragment;
  if (test.fragment && *test.fragment != context.packet.rebuilt) return false;
  if (test.established && *test.established != (context.flow->established() && !context.handshake))
    return false;
  return !test.to_server || *test.to_server == (context.direction == Direction::to_server);
}

}  // namespace

bool ends_match(const Rule& rule, const Packet& p) {
  if (lacks_ports(p) && !(rule.source_ports.any() && rule.destination_ports.any())) return false;
  return go_between(rule, p.source, p.source_port, p.destination, p.destination_port) ||
         (rule.bidirectional &&
          go_between(rule, p.destination, p.destination_port, p.source, p.source_port));
}

bool protocol_is_told(const PacketContext& context) {
  const auto* flow = context.flow;
  if (flow == nullptr || flow->app == AppProto::unknown) return false;
  if (!flow->is_tcp() || flow->app_told[index(context.direction)]) return true;
  if (flow->packets[index(reverse(context.direction))] == 0)
    return flow->packets[index(context.direction)] > 1;
  const bool to_server = context.direction == Direction::to_server;
  const auto& receiver = flow->tcp.side(!to_server);
  const auto start = flow->tcp.stream_start(to_server);
  return receiver.acked != 0 && receiver.acked - start - 1 < 0x80000000U;
}

// What costs least, and fails most, first.
bool header_matches(const Rule& rule, const PacketContext& context) {
  const auto& p = context.packet;
  if (!proto_matches(rule.proto, p)) return false;
  if (rule.flags && !flags_match(*rule.flags, p)) return false;
  if (!app_matches(rule, context)) return false;
  if (rule.flow && !flow_matches(*rule.flow, context)) return false;
  if (rule.same_ip && p.source != p.destination) return false;
  for (const auto& event : rule.decode_events)
    if (!p.events.has(event)) return false;
  for (const auto event : rule.stream_events)
    if (context.stream_events == nullptr || !context.stream_events->has(event)) return false;
  for (const auto& test : rule.headers)
    if (!test_holds(test, context)) return false;
  if (rule.fragment_bits &&
      (p.ip_version != 4 ||
       !bits_match(rule.fragment_bits->mode, p.fragment_bits, rule.fragment_bits->wanted)))
    return false;
  if (!ends_match(rule, p)) return false;
  if (rule.ftp_bounce && !ftp_bounces(context)) return false;
  for (const auto& test : rule.stream_sizes)
    if (!stream_size_holds(test, context.flow)) return false;
  return true;
}

bool packet_sections_match(const Rule& rule, const Packet& packet, PayloadMatcher& matcher,
                           TransformScratch& scratch) {
  return std::all_of(rule.packet_sections.begin(), rule.packet_sections.end(),
                     [&](const Section& section) {
                       const auto header = header_of(section.buffer, packet);
                       return !header.empty() &&
                              matcher.matches(section.matches,
                                              {.data = apply(section.transforms, header, scratch)});
                     });
}

}  // namespace rampart::sniffer
