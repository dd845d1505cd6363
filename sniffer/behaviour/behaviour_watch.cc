#include "sniffer/behaviour/behaviour_watch.h"

#include <algorithm>
#include <utility>

#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;
using Outcome = ScanTable::Outcome;

namespace {

bool is_own(const Flow& flow) { return flow.owner != model::Owner::other; }

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

BehaviourWatch::BehaviourWatch(Options options, BehaviourSink& sink)
    : spec_(options.spec),
      key_(options.key),
      kernel_(std::move(options.kernel)),
      sink_(sink),
      incidents_(kIncidents) {
  scanners_.reserve(kIncidents);
}
BehaviourWatch::~BehaviourWatch() = default;

std::uint64_t BehaviourWatch::hash(const base::Endpoint& endpoint) const {
  SipHash sip(key_);
  sip.add(endpoint.address);
  sip.add(endpoint.port);
  return sip.finish();
}

std::uint64_t BehaviourWatch::hash(const base::IpAddress& a, const base::IpAddress& b,
                                   std::uint64_t more) const {
  SipHash sip(key_);
  sip.add(a);
  sip.add(b);
  sip.add(more);
  return sip.finish();
}

Subject* BehaviourWatch::subject(const base::Endpoint& key) {
  return subjects_.find_or_add(key, hash(key), books_);
}

// hot
void BehaviourWatch::note(const Flow& flow, Vital vital, double amount) {
  const auto& who = flow.client.address;
  if (is_own(flow) != (vital == Vital::own_handshakes)) return;
  const bool scans = std::any_of(scanners_.begin(), scanners_.end(),
                                 [&](const Scanner& s) { return s.address == who; });
  if (scans) return;
  auto* host = subject({flow.server.address, 0});
  auto* service = subject(flow.server);
  if (host == service) host = nullptr;  // the one took the place of the other
  for (const auto* s : {host, service})
    if (s != nullptr && attacks(*s, who)) return;
  for (auto* s : {host, service})
    if (s != nullptr) s->now[vital] += amount;
}

bool BehaviourWatch::attacks(const Subject& subject, const base::IpAddress& who) {
  return std::any_of(subject.watches.begin(), subject.watches.end(), [&](const Watch& w) {
    if (w.incident == kNoIncident && w.over == 0) return false;
    const auto* book = books_.at(w.book);
    return book != nullptr && book->stands_out(who, hash({who, 0}));
  });
}

// From a part of the threshold on who does it, and where to, is written down.
void BehaviourWatch::suspect(Watch& watch, double floor, const base::IpAddress& source,
                             std::uint16_t port) {
  if (watch.book == kNoBook && watch.now >= floor / 4) books_.take(watch.book);
  auto* book = books_.open(watch.book);
  if (book == nullptr) return;
  const auto h = hash({source, 0});
  book->sources.add(source, h);
  book->distinct.add(h);
  if (port != 0) book->ports.add(port, port);
}

// hot
void BehaviourWatch::tcp(const Packet& packet, Flow& flow, Direction direction,
                         const TcpEvent& event, const AppLayer& app) {
  active_ = true;
  const bool to_server = direction == Direction::to_server;
  if (packet.has(tcp_flag::kSyn)) {
    if (to_server && !packet.has(tcp_flag::kAck))
      begin_handshake(packet, flow, event);
    else if (!to_server && event.acceptable)
      answer_syn(packet, flow);
  } else if (packet.has(tcp_flag::kRst)) {
    reset(packet, flow, direction, event);
  } else if (to_server && flow.packets[1] == 0) {
    if ((packet.flags & tcp_flag::kAck) != 0)
      finish_unseen(packet, flow);
    else if (flow.packets[0] == 1 && !is_own(flow))
      contact(packet, flow, Outcome::asked);  // FIN, Xmas and null scans
  }
  if (event.handshake) finish_handshake(flow, event);
  if (event.retransmit && !packet.has(tcp_flag::kSyn)) note(flow, Vital::retransmits);
  if (to_server && (flow.app == AppProto::http1 || flow.open_request != kNoRequest))
    follow_request(packet, flow, event, app);
  if ((flow.app == AppProto::ftp || flow.app == AppProto::smtp) && !to_server)
    follow_logins(flow, app);
  if (!event.closed) return;
  requests_.close(flow.open_request);
  if (flow.app == AppProto::ssh && flow.tcp.established()) {
    const bool brief = packet.time - flow.start < kShortSession &&
                       flow.bytes[index(Direction::to_client)] < kShortAnswers;
    login(flow, brief ? 1 : 0, true);
  }
}

void BehaviourWatch::begin_handshake(const Packet& packet, const Flow& flow,
                                     const TcpEvent& event) {
  const bool again = event.retransmit && packet.time - flow.start >= kSentAgain;
  if (again && services_.has(hash(flow.server))) note(flow, Vital::repeated_syns);
  if (is_own(flow)) {
    ++stats_.own;
    return;
  }
  if (auto* s = subject({flow.server.address, 0})) {
    auto& watch = s->watch(Quantity::syn);
    if (again) {
      ++watch.again;
    } else if (!event.retransmit) {
      ++watch.now;
      suspect(watch, spec_.syn_flood.per_second, flow.client.address, flow.server.port);
    }
  }
  contact(packet, flow, Outcome::asked);
}

void BehaviourWatch::finish_handshake(const Flow& flow, const TcpEvent& event) {
  note(flow, is_own(flow) ? Vital::own_handshakes : Vital::handshakes);
  if (is_own(flow)) return;
  if (auto* s = subject({flow.server.address, 0})) ++s->watch(Quantity::syn).finished;
  if (!event.rtt) return;
  note(flow, Vital::rtt_ms, base::millis(*event.rtt));
  note(flow, Vital::rtts);
}

// A capture may hold one direction alone. A client that goes on after its SYN was answered, where
// no packet at all comes from that host.
void BehaviourWatch::finish_unseen(const Packet& packet, const Flow& flow) {
  if (is_own(flow) || flow.packets[0] != 2 || flow.tcp.state() != TcpState::syn_sent) return;
  auto* s = subject({flow.server.address, 0});
  if (s == nullptr || s->speaks) return;
  ++s->watch(Quantity::syn).finished;
  contact(packet, flow, Outcome::answered);
}

void BehaviourWatch::answer_syn(const Packet& packet, const Flow& flow) {
  hear(flow);
  contact(packet, flow, Outcome::answered);
}

void BehaviourWatch::hear(const Flow& flow) {
  if (auto* s = subject({flow.server.address, 0})) s->speaks = true;
}

void BehaviourWatch::reset(const Packet& packet, const Flow& flow, Direction direction,
                           const TcpEvent& event) {
  if (direction != Direction::to_client) return;
  hear(flow);
  const auto said = flow.tcp.side(true).flags;
  const bool to_syn = event.closed && !flow.tcp.established() && (said & tcp_flag::kSyn) != 0;
  const bool to_stealth = flow.tcp.state() == TcpState::none &&
                          (said & (tcp_flag::kSyn | tcp_flag::kAck | tcp_flag::kRst)) == 0;
  if (event.closed && flow.tcp.established()) note(flow, Vital::resets);
  if (is_own(flow) || (!to_syn && !to_stealth)) return;
  if (to_syn)
    if (auto* s = subject({flow.server.address, 0})) ++s->watch(Quantity::syn).refused;
  contact(packet, flow, Outcome::refused);
}

// What a service that is known to answer does not answer is its own trouble, and no scan.
void BehaviourWatch::contact(const Packet& packet, const Flow& flow, Outcome outcome) {
  const auto service = hash(flow.server);
  const bool tcp = packet.is_tcp();
  if (tcp && outcome == Outcome::answered) services_.add(service);
  if (is_own(flow)) return;
  if (tcp && outcome != Outcome::answered && services_.has(service)) return;
  const ScanTable::Contact contact{flow.client.address, flow.server, packet.time};
  const auto ports = tcp ? ScanKind::ports : ScanKind::datagram_ports;
  const auto kind = static_cast<std::uint64_t>(ports) << 32U;
  scans_.contact(ports, hash(flow.client.address, flow.server.address, kind), service, contact,
                 outcome);
  if (!tcp) return;
  const auto port = static_cast<std::uint64_t>(ScanKind::hosts) << 32U | flow.server.port;
  scans_.contact(ScanKind::hosts, hash(flow.client.address, {}, port), service, contact, outcome);
}

// hot
void BehaviourWatch::datagram(const Packet& packet, const Flow& flow, Direction direction) {
  active_ = true;
  if (is_own(flow)) {
    ++stats_.own;
    return;
  }
  const bool to_server = direction == Direction::to_server;
  if (packet.is_icmp() && to_server && floods_with(packet)) {
    if (auto* s = subject({flow.server.address, 0})) {
      auto& watch = s->watch(Quantity::icmp);
      ++watch.now;
      suspect(watch, spec_.icmp_flood.per_second, flow.client.address, 0);
    }
  } else if (packet.is_udp()) {
    const bool first_answer = !to_server && flow.packets[1] == 1;
    if (first_answer) contact(packet, flow, Outcome::answered);
    if (!to_server || flow.packets[1] != 0) return;
    if (auto* s = subject({flow.server.address, 0})) {
      auto& watch = s->watch(Quantity::udp);
      ++watch.now;
      suspect(watch, spec_.udp_flood.per_second, flow.client.address, flow.server.port);
    }
    if (flow.packets[0] == 1 && !traces_route(packet)) contact(packet, flow, Outcome::asked);
  }
}

void BehaviourWatch::claim(const Flow& flow) {
  if (is_own(flow) || flow.second.second != open_second_ || !flow.is_tcp()) return;
  for (const auto& key : {base::Endpoint{flow.server.address, 0}, flow.server}) {
    auto* s = subjects_.find(key, hash(key));
    if (s == nullptr) continue;
    const double finished = flow.second.handshakes;
    auto& others = s->now[Vital::handshakes];
    others = std::max(0.0, others - finished);
    s->now[Vital::own_handshakes] += finished;
    if (key.port != 0) continue;
    auto& watch = s->watch(Quantity::syn);
    watch.now -= std::min(watch.now, flow.second.syn);
    watch.finished -= std::min(watch.finished, flow.second.handshakes);
  }
}

std::unique_ptr<BehaviourWatch> watch_behaviour(const model::BehaviourSpec& spec, HashKey key,
                                                bool live, BehaviourSink& sink) {
  BehaviourWatch::Options options{.spec = spec, .key = key, .kernel = nullptr};
  if (live) options.kernel = std::make_unique<ProcKernelSource>();
  return std::make_unique<BehaviourWatch>(std::move(options), sink);
}

BehaviourStats BehaviourWatch::stats() const {
  auto out = stats_;
  out.displaced = subjects_.displaced() + scans_.displaced();
  out.untimed = requests_.untimed();
  out.unlisted = books_.unlisted();
  return out;
}

}  // namespace rampart::sniffer
