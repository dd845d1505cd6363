#include "sniffer/behaviour/behaviour_observer.h"

#include <algorithm>
#include <chrono>
#include <string_view>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;

namespace {

constexpr double kNotMeasured = -1;

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

// A client whose window has no room for one segment waits for itself.
bool has_room(const Flow& flow) { return flow.tcp.side(true).window >= kSlowWindow; }

std::uint32_t hash_of(std::string_view path, HashKey key) {
  SipHash sip(key);
  while (!path.empty()) {
    std::uint64_t word = 0;
    const auto size = std::min<std::size_t>(path.size(), sizeof word);
    std::copy_n(path.data(), size, reinterpret_cast<char*>(&word));
    sip.add(word);
    path.remove_prefix(size);
  }
  return static_cast<std::uint32_t>(sip.finish());
}

}  // namespace

void BehaviourObserver::tell(What what, const Flow& flow, base::WallTime at, More more) {
  sink_.on_observation({.client = flow.client.address,
                        .server = flow.server,
                        .what = what,
                        .own = is_own(flow),
                        .number = more.number,
                        .witness = more.witness,
                        .at = at,
                        .value = more.value});
}

// hot
void BehaviourObserver::tcp(const Packet& packet, Flow& flow, Direction direction,
                            const TcpEvent& event, const AppLayer& app) {
  opening(packet, flow, direction, event);
  if (event.handshake)
    tell(What::handshake, flow, packet.time,
         {.value = event.rtt ? base::millis(*event.rtt) : kNotMeasured});
  if (event.retransmit && !packet.has(tcp_flag::kSyn)) tell(What::retransmit, flow, packet.time);
  if (flow.app == AppProto::http1) follow_request(packet, flow, direction);
  if ((flow.app == AppProto::ftp || flow.app == AppProto::smtp) &&
      direction == Direction::to_client) {
    const auto failed = app.failed_logins(flow);
    if (failed > flow.failed_logins)
      tell(What::login, flow, packet.time, {.number = failed - flow.failed_logins});
    flow.failed_logins = std::max(flow.failed_logins, failed);
  }
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
      if (is_own(flow)) ++own_;
      tell(event.retransmit ? What::syn_again : What::syn, flow, packet.time);
    } else if (!to_server && event.acceptable) {
      tell(What::syn_ack, flow, packet.time);
    }
  } else if (packet.has(tcp_flag::kRst)) {
    reset(packet, flow, direction, event);
  } else if ((packet.flags & tcp_flag::kAck) == 0 && flow.packets[0] == 1 && to_server) {
    tell(What::stealth, flow, packet.time);  // FIN, Xmas and null scans
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
}

// hot
void BehaviourObserver::datagram(const Packet& packet, const Flow& flow, Direction direction) {
  if (is_own(flow)) {
    ++own_;
    return;
  }
  const bool to_server = direction == Direction::to_server;
  if (packet.is_icmp() && to_server && floods_with(packet)) {
    tell(What::icmp, flow, packet.time);
  } else if (packet.is_udp()) {
    if (!to_server && flow.packets[1] == 1) tell(What::first_answer, flow, packet.time);
    if (!to_server || flow.packets[1] != 0) return;
    tell(flow.packets[0] == 1 ? What::first_datagram : What::datagram, flow, packet.time);
  }
}

// The bytes of a request that came after its first segment, and what its sender has room for.
void BehaviourObserver::follow_request(const Packet& packet, Flow& flow, Direction direction) {
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
  if (has_room(flow))
    r.narrow = {};
  else if (r.narrow == base::WallTime{})
    r.narrow = packet.time;
}

// hot
void BehaviourObserver::transaction(Flow& flow, const Transaction& transaction, Direction direction,
                                    base::WallTime at) {
  if (flow.app != AppProto::http1) return;
  const auto stage = transaction.stage[sniffer::index(direction)];
  if (direction == Direction::to_client) {
    if (stage == Stage::line) on_answer(flow, transaction, at);
    if (stage == Stage::complete) requests_.close(flow.open_request);
    return;
  }
  if (stage == Stage::line) on_request(flow, transaction, at);
  if (stage != Stage::complete) return;
  if (flow.open_request == kNoRequest)
    flow.open_request = requests_.open(flow.client.address, flow.server, at, is_own(flow));
  if (flow.open_request == kNoRequest) return;
  auto& r = requests_.at(flow.open_request);
  r.sent = true;
  r.since = at;
  r.narrow = {};
  r.room = has_room(flow);
}

void BehaviourObserver::on_request(const Flow& flow, const Transaction& transaction,
                                   base::WallTime at) {
  if (is_own(flow)) {
    ++own_;
    tell(What::request, flow, at);
    return;
  }
  tell(What::request, flow, at,
       {.number = hash_of(path_of(transaction).substr(0, 256), key_), .witness = has_room(flow)});
}

void BehaviourObserver::on_answer(const Flow& flow, const Transaction& transaction,
                                  base::WallTime at) {
  double after = kNotMeasured;
  bool witness = true;
  if (flow.open_request != kNoRequest) {
    const auto& r = requests_.at(flow.open_request);
    witness = r.room;
    if (r.sent && has_room(flow)) after = base::millis(at - r.since);
  }
  tell(What::answer, flow, at,
       {.number = status_of(transaction), .value = after, .witness = witness});
}

void BehaviourObserver::claim(const Flow& flow) {
  if (is_own(flow) || flow.second.second != open_second_ || !flow.is_tcp()) return;
  tell(What::claimed, flow, {},
       {.number = flow.second.syn, .value = static_cast<double>(flow.second.handshakes)});
}

void BehaviourObserver::second(base::WallTime start) {
  const auto end = start + std::chrono::seconds(1);
  open_second_ = std::chrono::floor<std::chrono::seconds>(end.time_since_epoch()).count();
  requests_.each([&](const OpenRequest& r) {
    if (!r.own && r.is_slow(end))
      sink_.on_observation(
          {.client = r.client, .server = r.server, .what = What::slow_request, .at = end});
  });
  sink_.on_observation({.client = {}, .server = {}, .what = What::second, .at = start});
}

BehaviourStats BehaviourObserver::stats() const {
  return {.own = own_, .untimed = requests_.untimed()};
}

}  // namespace rampart::sniffer
