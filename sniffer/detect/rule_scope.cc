#include "sniffer/detect/rule_scope.h"

#include <algorithm>

namespace rampart::sniffer {
namespace {

// True of all packets of a flow alike, or of the flow itself.
bool is_of_flow(const HeaderTest& t) {
  return t.field == HeaderTest::Field::ip_proto || t.field == HeaderTest::Field::ip_version ||
         t.field == HeaderTest::Field::flow_age;
}

// Needs single packets: what it asks for is not a property of a stream.
bool packet_only(const Rule& r) {
  return r.proto == RuleProto::tcp_packet || r.flags || r.same_ip ||
         !std::all_of(r.headers.begin(), r.headers.end(), is_of_flow) || r.fragment_bits ||
         (r.flow && r.flow->no_stream) ||
         std::any_of(r.packet_sections.begin(), r.packet_sections.end(),
                     [](const Section& s) { return !is_address(s.buffer); });
}

bool stream_only(const Rule& r) {
  return r.proto == RuleProto::tcp_stream || (r.flow && r.flow->only_stream);
}

bool looks_at_stream(const Rule& r) {
  return on_tcp(r.proto) && !r.payload.empty() && (stream_only(r) || !packet_only(r));
}

// A place counted from the start means the start of the packet too.
bool has_fixed_place(const Rule& r) {
  return std::any_of(r.payload.begin(), r.payload.end(), [](const PayloadMatch& m) {
    const auto* c = std::get_if<Content>(&m);
    return c != nullptr && (c->offset || c->depth || c->startswith);
  });
}

bool looks_at_packets_of_streams(const Rule& r) {
  return on_tcp(r.proto) && (!looks_at_stream(r) || (!stream_only(r) && has_fixed_place(r)));
}

// Of what a flow remembers it may set bits, and nothing else.
bool only_sets(const Rule& r) {
  return std::all_of(r.flowbits.begin(), r.flowbits.end(),
                     [](const Flowbits& f) { return f.op == BitOp::set; }) &&
         r.flowints.empty();
}

bool asks_for_protocol_alone(const Rule& r) {
  return std::all_of(r.headers.begin(), r.headers.end(), [](const HeaderTest& t) {
    return t.field == HeaderTest::Field::ip_proto || t.field == HeaderTest::Field::ip_version;
  });
}

// What is left in a sealed set excludes.
bool excludes_addresses(const Rule& r) {
  return !r.source.members.empty() || !r.destination.members.empty();
}

}  // namespace

Looks looks_of(const Rule& rule) {
  return static_cast<Looks>(kAtOther | (looks_at_stream(rule) ? kAtStream : 0) |
                            (looks_at_packets_of_streams(rule) ? kAtPacket : 0) |
                            (stream_only(rule) ? 0 : kAtLoose));
}

bool on_tcp(RuleProto proto) {
  return proto == RuleProto::tcp || proto == RuleProto::tcp_packet ||
         proto == RuleProto::tcp_stream || proto == RuleProto::ip || proto == RuleProto::ipv4 ||
         proto == RuleProto::ipv6;
}

bool has_contents(const Rule& r) {
  return !r.payload.empty() && r.sections.empty() && r.app_events.empty() && !on_packet_events(r);
}

bool on_packet_events(const Rule& r) {
  return !r.decode_events.empty() || !r.stream_events.empty();
}

bool addresses_alone(const Rule& r) {
  return r.payload.empty() && asks_for_protocol_alone(r) && r.packet_sections.empty() && !r.flags &&
         !r.flow && !r.same_ip && !r.fragment_bits && r.app == AppProto::unknown &&
         r.app_protos.empty() && r.stream_sizes.empty() && only_sets(r) && !r.ftp_bounce &&
         !excludes_addresses(r);
}

bool protocol_alone(const Rule& r) {
  const bool state = r.flow && (r.flow->established || r.flow->only_stream || r.flow->no_stream ||
                                r.flow->fragment || !r.flow->to_server);
  const bool asks = std::any_of(r.flowbits.begin(), r.flowbits.end(),
                                [](const Flowbits& f) { return is_test(f.op); }) ||
                    std::any_of(r.flowints.begin(), r.flowints.end(),
                                [](const Flowint& f) { return is_test(f.op); });
  return !r.app_protos.empty() && r.app == AppProto::unknown && r.payload.empty() &&
         r.headers.empty() && r.packet_sections.empty() && !r.flags && !state && !r.same_ip &&
         !r.fragment_bits && r.stream_sizes.empty() && !asks && !r.ftp_bounce;
}

bool asks_for_hosts(const Rule& r) {
  return std::any_of(r.xbits.begin(), r.xbits.end(), [](const Xbits& x) { return is_test(x.op); });
}

bool asks_for_app(const Rule& r) { return r.app != AppProto::unknown || !r.app_protos.empty(); }

bool ends_flow(const Rule& r) {
  return r.action == Action::drop || r.action == Action::reject || r.bypass;
}

bool passes_flow(const Rule& r) { return !packet_only(r); }

bool goes(const Rule& r, Direction direction) {
  return !r.flow || !r.flow->to_server || *r.flow->to_server == (direction == Direction::to_server);
}

}  // namespace rampart::sniffer
