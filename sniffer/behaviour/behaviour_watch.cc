#include "sniffer/behaviour/behaviour_watch.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "sniffer/app/app_layer.h"
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

// 0 where there is none.
unsigned status_of(const Transaction& transaction) {
  const auto text = transaction.buffer(BufferId::http_stat_code, Direction::to_client, 0);
  if (!text || text->data.size() != 3) return 0;
  unsigned out = 0;
  for (const auto c : text->data) {
    if (c < '0' || c > '9') return 0;
    out = out * 10 + (c - '0');
  }
  return out;
}

// Of "GET /path?query HTTP/1.1".
std::string_view path_of(const Transaction& transaction) {
  const auto line = transaction.buffer(BufferId::http_request_line, Direction::to_server, 0);
  if (!line) return {};
  std::string_view text{reinterpret_cast<const char*>(line->data.data()), line->data.size()};
  text.remove_prefix(std::min(text.find(' ') + 1, text.size()));
  return text.substr(0, text.find_first_of(" ?"));
}

}  // namespace

BehaviourWatch::BehaviourWatch(Options options, BehaviourSink& sink)
    : spec_(options.spec),
      key_(options.key),
      kernel_(std::move(options.kernel)),
      sink_(sink),
      incidents_(kIncidents) {}
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

void BehaviourWatch::note(const base::Endpoint& server, Vital vital, double amount) {
  for (const auto& key : {base::Endpoint{server.address, 0}, server})
    if (auto* s = subject(key)) s->now[vital] += amount;
}

// From a part of the threshold on who does it, and where to, is written down.
void BehaviourWatch::suspect(Watch& watch, double floor, const base::IpAddress& source,
                             std::uint16_t port) {
  if (watch.book == kNoBook && watch.now >= floor / 4) watch.book = books_.take();
  auto* book = books_.at(watch.book);
  if (book == nullptr) return;
  const auto h = hash({source, 0});
  book->sources.add(source, h);
  book->distinct.add(h);
  if (port != 0) book->ports.add(port, port);
}

// hot
void BehaviourWatch::tcp(const Packet& packet, Flow& flow, Direction direction,
                         const TcpEvent& event, const AppLayer& app) {
  if (packet.has(tcp_flag::kSyn)) {
    if (direction == Direction::to_server && !packet.has(tcp_flag::kAck))
      begin_handshake(packet, flow, event);
    else if (direction == Direction::to_client && event.acceptable)
      contact(packet, flow, Outcome::answered);
  } else if (packet.has(tcp_flag::kRst)) {
    reset(packet, flow, direction, event);
  } else if ((packet.flags & tcp_flag::kAck) == 0 && flow.packets[0] == 1 && !is_own(flow) &&
             direction == Direction::to_server) {
    contact(packet, flow, Outcome::asked);  // FIN, Xmas and null scans
  }
  if (event.handshake) {
    note(flow.server, Vital::handshakes);
    if (is_own(flow)) note(flow.server, Vital::own_handshakes);
    if (event.rtt) {
      note(flow.server, Vital::rtt_ms, base::millis(*event.rtt));
      note(flow.server, Vital::rtts);
    }
  }
  if (event.retransmit && !packet.has(tcp_flag::kSyn)) note(flow.server, Vital::retransmits);
  if (flow.app == AppProto::http1) follow_request(packet, flow, direction);
  if ((flow.app == AppProto::ftp || flow.app == AppProto::smtp) &&
      direction == Direction::to_client) {
    const auto failed = app.failed_logins(flow);
    if (failed > flow.failed_logins) login(flow, failed - flow.failed_logins, false);
    flow.failed_logins = std::max(flow.failed_logins, failed);
  }
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
  if (event.retransmit) note(flow.server, Vital::repeated_syns);
  if (is_own(flow)) {
    ++stats_.own;
    return;
  }
  if (auto* s = subject({flow.server.address, 0})) {
    auto& watch = s->watch(Quantity::syn);
    if (event.retransmit) {
      ++watch.again;
    } else {
      ++watch.now;
      suspect(watch, spec_.syn_flood.per_second, flow.client.address, flow.server.port);
    }
  }
  contact(packet, flow, Outcome::asked);
}

void BehaviourWatch::reset(const Packet& packet, const Flow& flow, Direction direction,
                           const TcpEvent& event) {
  if (direction != Direction::to_client) return;
  const auto said = flow.tcp.side(true).flags;
  const bool to_syn = event.closed && !flow.tcp.established() && (said & tcp_flag::kSyn) != 0;
  const bool to_stealth = flow.tcp.state() == TcpState::none &&
                          (said & (tcp_flag::kSyn | tcp_flag::kAck | tcp_flag::kRst)) == 0;
  if (event.closed && flow.tcp.established()) note(flow.server, Vital::resets);
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
    if (flow.packets[0] == 1) contact(packet, flow, Outcome::asked);
  }
}

// The bytes of a request that came after its first segment, and what its sender has room for.
void BehaviourWatch::follow_request(const Packet& packet, Flow& flow, Direction direction) {
  if (is_own(flow) || direction != Direction::to_server) return;
  if (flow.open_request == kNoRequest) {
    if (packet.payload_size != 0)
      flow.open_request = requests_.open(flow.client.address, flow.server, packet.time);
    return;
  }
  auto& r = requests_.at(flow.open_request);
  if (!r.sent) {
    r.trickled += packet.payload_size;
    return;
  }
  if (flow.tcp.side(true).window >= kSlowWindow)
    r.narrow = {};
  else if (r.narrow == base::WallTime{})
    r.narrow = packet.time;
}

// hot
void BehaviourWatch::transaction(Flow& flow, const Transaction& transaction, Direction direction,
                                 base::WallTime at) {
  if (flow.app == AppProto::http1) http(flow, transaction, direction, at);
}

void BehaviourWatch::http(Flow& flow, const Transaction& transaction, Direction direction,
                          base::WallTime at) {
  const auto stage = transaction.stage[sniffer::index(direction)];
  if (direction == Direction::to_client) {
    if (stage == Stage::line) on_answer(flow, transaction, at);
    if (stage == Stage::complete) requests_.close(flow.open_request);
    return;
  }
  if (stage == Stage::line) on_request(flow, transaction);
  if (stage != Stage::complete) return;
  if (flow.open_request == kNoRequest)
    flow.open_request = requests_.open(flow.client.address, flow.server, at, is_own(flow));
  if (flow.open_request == kNoRequest) return;
  auto& r = requests_.at(flow.open_request);
  r.sent = true;
  r.since = at;
  r.narrow = {};
}

void BehaviourWatch::on_request(Flow& flow, const Transaction& transaction) {
  note(flow.server, Vital::requests);
  if (is_own(flow)) {
    ++stats_.own;
    return;
  }
  auto* s = subject(flow.server);
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::requests);
  ++watch.now;
  suspect(watch, spec_.http_flood.per_second, flow.client.address, 0);
  auto* book = books_.at(watch.book);
  if (book == nullptr) return;
  ++book->pages_asked;
  SipHash sip(key_);
  for (auto path = path_of(transaction).substr(0, 256); !path.empty();) {
    std::uint64_t word = 0;
    const auto size = std::min<std::size_t>(path.size(), sizeof word);
    std::copy_n(path.data(), size, reinterpret_cast<char*>(&word));
    sip.add(word);
    path.remove_prefix(size);
  }
  book->pages.add(sip.finish());
}

void BehaviourWatch::on_answer(Flow& flow, const Transaction& transaction, base::WallTime at) {
  note(flow.server, Vital::answers);
  if (flow.open_request != kNoRequest) {
    const auto& r = requests_.at(flow.open_request);
    if (r.sent) {
      note(flow.server, Vital::answer_ms, base::millis(at - r.since));
      note(flow.server, Vital::answers_timed);
    }
  }
  const auto status = status_of(transaction);
  if (status >= 500) note(flow.server, Vital::server_errors);
  if (status == 401 || status == 403) login(flow, 1, false);
  if (status >= 200 && status < 400) login(flow, 0, false);
}

// `failures` 0: it was let in. `by_length`: that was told from how little was said.
void BehaviourWatch::login(const Flow& flow, std::uint32_t failures, bool by_length) {
  if (is_own(flow)) return;
  const auto& who = flow.client.address;
  if (failures == 0) {
    auto* s = subjects_.find(flow.server, hash(flow.server));
    if (s == nullptr) return;
    if (auto* book = books_.at(s->watch(Quantity::logins).book))
      book->sources.credit(who, hash({who, 0}));
    return;
  }
  auto* s = subject(flow.server);
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::logins);
  watch.by_length = by_length;
  for (auto i = std::min(failures, spec_.failed_logins); i > 0; --i) {
    ++watch.now;
    suspect(watch, 0, who, 0);
  }
}

void BehaviourWatch::claim(const Flow& flow) {
  if (is_own(flow) || flow.second.second != open_second_ || !flow.is_tcp()) return;
  auto* s = subjects_.find({flow.server.address, 0}, hash({flow.server.address, 0}));
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::syn);
  watch.now -= std::min(watch.now, flow.second.syn);
  if (flow.second.handshakes > 0) note(flow.server, Vital::own_handshakes);
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
  return out;
}

}  // namespace rampart::sniffer
