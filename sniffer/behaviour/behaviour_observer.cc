#include "sniffer/behaviour/behaviour_observer.h"

#include <algorithm>
#include <chrono>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;

namespace {

// Messages about other packets, and what IPv6 finds its neighbours by, are no flood of themselves.
bool floods_with(const Packet& packet) {
  if (packet.proto == ip_proto::kIcmp)
    return packet.icmp_type != 3 && packet.icmp_type != 4 && packet.icmp_type != 5 &&
           packet.icmp_type != 11 && packet.icmp_type != 12;
  return packet.icmp_type >= 128 && (packet.icmp_type < 130 || packet.icmp_type > 137);
}

bool traces_route(const Packet& packet) {
  return packet.ttl < kTraceHops && packet.destination_port >= kFirstTracePort &&
         packet.destination_port <= kLastTracePort;
}

}  // namespace

void BehaviourObserver::tell(What what, const Flow& flow, base::WallTime at, More more) {
  if (flow.is_own() && what != What::syn_ack && what != What::handshake) return;
  sink_.on_observation({.client = flow.client.address,
                        .server = flow.server,
                        .what = what,
                        .own = flow.is_own(),
                        .number = more.number,
                        .witness = more.witness,
                        .at = at,
                        .value = more.value});
}

// hot
void BehaviourObserver::tcp(const Packet& packet, Flow& flow, Direction direction,
                            const TcpEvent& event, const AppLayer& app) {
  const bool to_server = direction == Direction::to_server;
  opening(packet, flow, direction, event);
  if (event.handshake)
    tell(What::handshake, flow, packet.time,
         {.value = event.rtt ? base::millis(*event.rtt) : Observation::kNotMeasured});
  if (event.retransmit && !packet.has(tcp_flag::kSyn)) tell(What::retransmit, flow, packet.time);
  if (to_server && (flow.app == AppProto::http1 || flow.open_request != kNoRequest))
    follow_request(packet, flow, event, app);
  if ((flow.app == AppProto::ftp || flow.app == AppProto::smtp) && !to_server)
    follow_logins(packet, flow, app);
  if (!event.closed) return;
  requests_.close(flow.open_request);
  if (flow.app == AppProto::ssh && flow.tcp.established()) {
    const bool brief = packet.time - flow.start < kShortSession &&
                       flow.bytes[index(Direction::to_client)] < kShortAnswers;
    tell(What::session, flow, packet.time, {.number = brief ? 1U : 0U});
  }
}

void BehaviourObserver::opening(const Packet& packet, const Flow& flow, Direction direction,
                                const TcpEvent& event) {
  const bool to_server = direction == Direction::to_server;
  if (packet.has(tcp_flag::kSyn)) {
    if (to_server && !packet.has(tcp_flag::kAck)) {
      if (flow.is_own()) ++own_;
      if (!event.retransmit)
        tell(What::syn, flow, packet.time);
      else if (packet.time - flow.start >= kSentAgain)
        tell(What::syn_again, flow, packet.time);
    } else if (!to_server && event.acceptable) {
      tell(What::syn_ack, flow, packet.time);
    }
  } else if (packet.has(tcp_flag::kRst)) {
    reset(packet, flow, direction, event);
  } else if (to_server && flow.packets[1] == 0) {
    if ((packet.flags & tcp_flag::kAck) == 0) {
      if (flow.packets[0] == 1) tell(What::stealth, flow, packet.time);  // FIN, Xmas, null scans
    } else if (flow.packets[0] == 2 && flow.tcp.state() == TcpState::syn_sent) {
      tell(What::goes_on, flow, packet.time);
    }
  }
}

void BehaviourObserver::reset(const Packet& packet, const Flow& flow, Direction direction,
                              const TcpEvent& event) {
  if (direction != Direction::to_client) return;
  const auto said = flow.tcp.side(true).flags;
  const bool open = flow.tcp.established();
  if (event.closed && open)
    tell(What::reset, flow, packet.time);
  else if (event.closed && (said & tcp_flag::kSyn) != 0)
    tell(What::syn_refused, flow, packet.time);
  else if (flow.tcp.state() == TcpState::none &&
           (said & (tcp_flag::kSyn | tcp_flag::kAck | tcp_flag::kRst)) == 0)
    tell(What::stealth_refused, flow, packet.time);
  else
    tell(What::other_reset, flow, packet.time);
}

// hot
void BehaviourObserver::datagram(const Packet& packet, const Flow& flow, Direction direction) {
  if (flow.is_own()) {
    ++own_;
    return;
  }
  const bool to_server = direction == Direction::to_server;
  if (packet.is_icmp() && to_server && floods_with(packet)) {
    tell(What::icmp, flow, packet.time);
  } else if (packet.is_udp()) {
    if (!to_server && flow.packets[1] == 1) tell(What::first_answer, flow, packet.time);
    if (!to_server || flow.packets[1] != 0) return;
    const bool first = flow.packets[0] == 1 && !traces_route(packet);
    tell(first ? What::first_datagram : What::datagram, flow, packet.time);
  }
}

void BehaviourObserver::claim(const Flow& flow) {
  if (flow.is_own() || flow.second.second != open_second_ || !flow.is_tcp()) return;
  tell(What::claimed, flow, {},
       {.number = flow.second.syn, .value = static_cast<double>(flow.second.handshakes)});
}

void BehaviourObserver::second(base::WallTime start) {
  const auto end = start + std::chrono::seconds(1);
  open_second_ = std::chrono::floor<std::chrono::seconds>(end.time_since_epoch()).count();
  requests_.each([&](const OpenRequest& r) {
    if (r.is_slow(end))
      sink_.on_observation(
          {.client = r.client, .server = r.server, .what = What::slow_request, .at = end});
  });
  sink_.on_observation({.client = {}, .server = {}, .what = What::second, .at = start});
}

BehaviourStats BehaviourObserver::stats() const {
  return {.own = own_, .untimed = requests_.untimed()};
}

}  // namespace rampart::sniffer
