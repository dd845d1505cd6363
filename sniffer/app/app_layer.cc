#include "sniffer/app/app_layer.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>

#include "sniffer/app/ftp_data_parser.h"
#include "sniffer/app/ftp_parser.h"
#include "sniffer/app/http2_parser.h"
#include "sniffer/app/http_parser.h"
#include "sniffer/app/protocol_guess.h"
#include "sniffer/app/smtp_parser.h"
#include "sniffer/app/ssh_parser.h"
#include "sniffer/app/tls_parser.h"

namespace rampart::sniffer {
namespace {

constexpr std::uint16_t kDnsPort = 53;
constexpr std::uint8_t kMostHandovers = 8;

bool has_port(const Flow& flow, std::uint16_t port) {
  return flow.client.port == port || flow.server.port == port;
}

// Null where the protocol is known by name only. `changed`: the connection spoke another before.
std::unique_ptr<AppParser> make_parser(AppProto proto, bool changed,
                                       const AppLayerOptions& options) {
  switch (proto) {
    case AppProto::http1:
      return make_http_parser({.changed = changed, .decode_bodies = options.decode_bodies});
    case AppProto::tls: return std::make_unique<TlsParser>();
    case AppProto::dns: return std::make_unique<DnsParser>();
    case AppProto::smtp: return std::make_unique<SmtpParser>(changed);
    case AppProto::ftp: return std::make_unique<FtpParser>();
    case AppProto::ssh: return std::make_unique<SshParser>();
    case AppProto::http2: return std::make_unique<Http2Parser>();
    case AppProto::smb:
    case AppProto::ftp_data:
    case AppProto::unknown:
    case AppProto::failed: return nullptr;
  }
  return nullptr;
}

// Protocols in which the client speaks first.
bool client_begins(AppProto proto) {
  return proto == AppProto::http1 || proto == AppProto::tls || proto == AppProto::dns;
}

// The protocols of replies are told by the client's first command, which may be of either.
bool by_lines(AppProto proto) { return proto == AppProto::smtp || proto == AppProto::ftp; }

// The only reply that tells by itself what its sender speaks, to those who go by it; after any
// other the client's command is all that they know.
bool greets_as_ftp(Bytes said) {
  constexpr std::string_view kGreeting = "220 (";
  return said.size() >= kGreeting.size() &&
         std::equal(kGreeting.begin(), kGreeting.end(), said.begin());
}

bool has_slot(const Flow& flow) { return flow.app_slot != kNoFlow; }

// After an agreement to change to `expected`.
void tell_unexpected(AppProto expected, AppProto found, Direction direction, AppSink& sink) {
  if (expected == AppProto::unknown || expected == found) return;
  sink.on_event(
      expected == AppProto::tls ? AppEvent::no_tls_after_starttls : AppEvent::unexpected_protocol,
      direction, nullptr);
}

}  // namespace

AppLayer::AppLayer(AppLayerOptions options) : options_(options) {}
AppLayer::~AppLayer() = default;

AppLayer::Slot& AppLayer::slot_of(Flow& flow) {
  if (flow.app_slot == kNoFlow) {
    if (free_.empty()) {
      free_.push_back(static_cast<std::uint32_t>(slots_.size()));
      slots_.push_back(std::make_unique<Slot>());
    }
    flow.app_slot = free_.back();
    free_.pop_back();
  }
  return *slots_[flow.app_slot];
}

void AppLayer::release(Flow& flow) {
  if (flow.app_slot == kNoFlow) return;
  auto& slot = *slots_[flow.app_slot];
  used_ -= slot.charged;
  slot = {};
  free_.push_back(flow.app_slot);
  flow.app_slot = kNoFlow;
}

void AppLayer::give_up(Flow& flow, AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  for (const auto direction : {Direction::to_server, Direction::to_client})
    if (slot.parser && !slot.ended[index(direction)]) slot.parser->end(direction, sink);
  if (!slot.parser) {
    flow.app = AppProto::failed;
    const auto spoken = [&](std::size_t side) {
      return !slot.kept[side].empty() || slot.lost[side] != 0;
    };
    flow.app_one_sided = spoken(0) != spoken(1) && slot.handovers == 0;
    const auto first = slot.turns.empty() ? Direction::to_server : slot.turns.front().direction;
    tell_unexpected(slot.expected, AppProto::failed, first, sink);
  }
  release(flow);
}

void AppLayer::charge(Flow& flow, AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  std::size_t now = slot.kept[0].capacity() + slot.kept[1].capacity();
  if (slot.parser) now += slot.parser->memory();
  used_ = used_ - slot.charged + now;
  slot.charged = now;
  if (used_ <= options_.memory) return;
  ++stats_.given_up;
  give_up(flow, sink);
}

// After a change the flow counts as what it spoke until it is told what it goes on with.
bool AppLayer::is_undecided(const Flow& flow) const {
  return has_slot(flow) ? !slots_[flow.app_slot]->parser : flow.app == AppProto::unknown;
}

bool AppLayer::has_ended(const Flow& flow, Direction direction) const {
  return flow.app_slot != kNoFlow && slots_[flow.app_slot]->ended[index(direction)];
}

// hot
void AppLayer::bytes(Flow& flow, Direction direction, Bytes bytes, AppSink& sink) {
  if (flow.app_one_sided) unanswered(flow, direction, sink);
  if (bytes.empty() || flow.app == AppProto::failed || has_ended(flow, direction)) return;
  if (is_undecided(flow))
    undecided(flow, direction, bytes, sink);
  else if (flow.app_slot != kNoFlow)
    feed(flow, direction, bytes, sink);
}

void AppLayer::unanswered(Flow& flow, Direction direction, AppSink& sink) {
  if (flow.streams[index(reverse(direction))].started()) {
    flow.app_one_sided = false;
  } else if (flow.bytes[index(direction)] > kMostUnanswered) {
    flow.app_one_sided = false;
    sink.on_event(AppEvent::proto_detection_skipped, direction, nullptr);
  }
}

void AppLayer::undecided(Flow& flow, Direction direction, Bytes bytes, AppSink& sink) {
  if (!expected_.empty() && !has_slot(flow) && was_expected(flow, sink)) {
    this->bytes(flow, direction, bytes, sink);
    return;
  }
  auto& slot = slot_of(flow);
  if (slot.turns.empty() && slot.lost == std::array<std::uint64_t, 2>{}) {
    // Mostly the first segment tells, and need not be kept.
    FirstBytes first;
    first.said[index(direction)] = bytes;
    first.no_more = slot.ended;
    first.ports = {flow.client.port, flow.server.port};
    const auto proto = guess_stream(first);
    if (proto == AppProto::failed) {
      give_up(flow, sink);
      return;
    }
    if (proto != AppProto::unknown) {
      if (direction == Direction::to_client && client_begins(proto) && slot.handovers == 0)
        sink.on_event(AppEvent::wrong_direction_first_data, direction, nullptr);
      const auto ended = std::exchange(slot.ended, {});
      begin(flow, proto, direction, sink);
      this->bytes(flow, direction, bytes, sink);
      for (const auto side : {Direction::to_server, Direction::to_client})
        if (ended[index(side)]) end(flow, side, sink);
      return;
    }
  }
  if (!keep(slot, direction, bytes)) {
    give_up(flow, sink);
    return;
  }
  decide(flow, sink);
}

void AppLayer::expect(const Flow& control, DataConnection agreed) {
  if (expected_.size() == kMostExpected) expected_.pop_front();
  auto listener = agreed.client_listens ? control.client : control.server;
  listener.port = agreed.port;
  const auto& caller = agreed.client_listens ? control.server : control.client;
  expected_.push_back({listener, caller.address, control.last, std::move(agreed)});
}

// Between the same hosts and soon: what somebody announces must not hide other connections.
bool AppLayer::was_expected(Flow& flow, AppSink& sink) {
  constexpr auto kLongest = std::chrono::seconds(60);
  const auto found = std::find_if(expected_.begin(), expected_.end(), [&](const Expected& e) {
    return e.listener == flow.server && e.caller == flow.client.address &&
           flow.last - e.at <= kLongest;
  });
  if (found == expected_.end()) return false;
  flow.app = AppProto::ftp_data;
  slot_of(flow).parser = std::make_unique<FtpDataParser>(found->agreed);
  expected_.erase(found);
  charge(flow, sink);
  return flow.app_slot != kNoFlow;
}

// False where a bound is reached; that of the bytes is decide()'s.
bool AppLayer::keep(Slot& slot, Direction direction, Bytes bytes) {
  const auto side = index(direction);
  if (slot.lost[side] != 0) {  // nothing can be told from what follows a hole
    slot.lost[side] += bytes.size();
    return true;
  }
  auto& kept = slot.kept[side];
  if (slot.turns.empty() || slot.turns.back().direction != direction) {
    if (slot.turns.size() == kMostTurns) return false;
    slot.turns.push_back({direction, 0});
  }
  kept.insert(kept.end(), bytes.begin(), bytes.end());
  slot.turns.back().bytes += static_cast<std::uint32_t>(bytes.size());
  return true;
}

void AppLayer::decide(Flow& flow, AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  FirstBytes first;
  first.ports = {flow.client.port, flow.server.port};
  for (std::size_t side = 0; side < 2; ++side) {
    first.said[side] = slot.kept[side];
    first.no_more[side] =
        slot.ended[side] || slot.lost[side] != 0 || slot.kept[side].size() >= kMostKept;
  }
  const auto proto = guess_stream(first);
  const bool full = std::max(slot.kept[0].size(), slot.kept[1].size()) >= kMostKept;
  if (proto == AppProto::failed || (proto == AppProto::unknown && full)) {
    give_up(flow, sink);
    return;
  }
  if (proto == AppProto::unknown) {
    charge(flow, sink);
    return;
  }
  if (!slot.turns.empty() && slot.turns.front().direction == Direction::to_client &&
      client_begins(proto) && slot.handovers == 0)
    sink.on_event(AppEvent::wrong_direction_first_data, Direction::to_client, nullptr);
  // What was said goes to the parser in the order in which it was said.
  const auto kept = std::exchange(slot.kept, {});
  const auto turns = std::exchange(slot.turns, {});
  const auto lost = std::exchange(slot.lost, {});
  const auto ended = std::exchange(slot.ended, {});
  begin(flow, proto, turns.empty() ? Direction::to_server : turns.front().direction, sink);
  std::array<Bytes, 2> rest{kept[0], kept[1]};
  const auto behind = unread_;  // of what the protocol before was told
  for (std::size_t side = 0; side < 2; ++side) unread_[side] += kept[side].size() + lost[side];
  for (const auto& turn : turns) {
    auto& side = rest[index(turn.direction)];
    unread_[index(turn.direction)] -= turn.bytes;
    bytes(flow, turn.direction, side.first(turn.bytes), sink);
    side = side.subspan(turn.bytes);
  }
  unread_ = behind;
  for (const auto direction : {Direction::to_server, Direction::to_client}) {
    if (lost[index(direction)] != 0) gap(flow, direction, lost[index(direction)], sink);
    if (ended[index(direction)]) end(flow, direction, sink);
  }
}

void AppLayer::begin(Flow& flow, AppProto proto, Direction direction, AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  // A tunnel in a tunnel, each of which took a request and its answer: HTTP goes on with HTTP.
  if (proto == flow.app && slot.handovers > 1) --slot.handovers;
  flow.app = proto;
  tell_unexpected(slot.expected, proto, direction, sink);
  slot.parser = make_parser(proto, slot.handovers != 0, options_);
  if (slot.parser)
    charge(flow, sink);
  else
    release(flow);
}

void AppLayer::judge(const Flow& flow, Slot& slot, Direction direction, Bytes bytes,
                     AppSink& sink) {
  if (std::exchange(slot.judged[index(direction)], true) || flow.app == AppProto::ftp_data) return;
  if (by_lines(flow.app)) {
    if (direction == Direction::to_client && !greets_as_ftp(bytes))
      sink.on_event(AppEvent::detected_one_direction_only, direction, nullptr);
    return;
  }
  const auto side = guess_side(bytes, direction, {flow.client.port, flow.server.port});
  if (side == AppProto::unknown || side == flow.app) return;
  const bool starttls = slot.expected == AppProto::tls && flow.app == AppProto::tls;
  const auto event = starttls                   ? AppEvent::no_tls_after_starttls
                     : side == AppProto::failed ? AppEvent::detected_one_direction_only
                                                : AppEvent::mismatch_both_directions;
  sink.on_event(event, direction, nullptr);
}

void AppLayer::feed(Flow& flow, Direction direction, Bytes bytes, AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  judge(flow, slot, direction, bytes, sink);
  if (slot.parser->bytes(direction, bytes, sink)) {
    if (auto agreed = slot.parser->take_data_connection()) expect(flow, *std::move(agreed));
    charge(flow, sink);
    return;
  }
  const auto handover = slot.parser->handover();
  if (!handover || slot.handovers == kMostHandovers)
    release(flow);
  else
    change(flow, *handover, direction, bytes.subspan(std::min(handover->used, bytes.size())), sink);
}

void AppLayer::change(Flow& flow, Handover handover, Direction direction, Bytes rest,
                      AppSink& sink) {
  auto& slot = *slots_[flow.app_slot];
  slot.parser.reset();
  slot.judged = {};
  const auto ended = std::exchange(slot.ended, {});
  slot.expected = handover.to;
  ++slot.handovers;
  charge(flow, sink);
  bytes(flow, direction, rest, sink);
  for (const auto side : {Direction::to_server, Direction::to_client})
    if (ended[index(side)]) end(flow, side, sink);
}

void AppLayer::gap(Flow& flow, Direction direction, std::uint64_t bytes, AppSink& sink) {
  if (bytes == 0 || flow.app == AppProto::failed || has_ended(flow, direction)) return;
  const bool agreed = !expected_.empty() && flow.app == AppProto::unknown && !has_slot(flow) &&
                      was_expected(flow, sink);
  if (!agreed && is_undecided(flow)) {
    slot_of(flow).lost[index(direction)] += bytes;
    decide(flow, sink);
    return;
  }
  if (!has_slot(flow)) return;
  if (slots_[flow.app_slot]->parser->gap(direction, bytes, sink))
    charge(flow, sink);
  else
    release(flow);
}

void AppLayer::end(Flow& flow, Direction direction, AppSink& sink) {
  if (!has_slot(flow)) return;
  auto& slot = *slots_[flow.app_slot];
  if (std::exchange(slot.ended[index(direction)], true)) return;
  if (!slot.parser) {
    decide(flow, sink);
    return;
  }
  slot.parser->end(direction, sink);
  if (slot.ended[0] && slot.ended[1]) release(flow);
}

// hot
void AppLayer::datagram(Flow& flow, Direction direction, Bytes datagram, AppSink& sink) {
  if (datagram.empty() || flow.app == AppProto::failed) return;
  if (flow.app == AppProto::unknown) {
    const auto proto = guess_datagram(datagram, flow.client.port, flow.server.port);
    // On the port of DNS one odd datagram must not hide those that follow.
    if (proto == AppProto::dns || !has_port(flow, kDnsPort)) flow.app = proto;
    if (proto != AppProto::dns) return;
  }
  datagrams_.message(direction, datagram, flow.app_messages++, sink);
}

void AppLayer::forget(Flow& flow) { release(flow); }

const Transaction* AppLayer::open_transaction(const Flow& flow, std::uint64_t number) const {
  if (flow.app_slot == kNoFlow) return nullptr;
  const auto& parser = slots_[flow.app_slot]->parser;
  return parser ? parser->open_transaction(number) : nullptr;
}

std::uint32_t AppLayer::failed_logins(const Flow& flow) const {
  return is_parsed(flow) ? slots_[flow.app_slot]->parser->failed_logins() : 0;
}

std::uint32_t AppLayer::accepted_logins(const Flow& flow) const {
  return is_parsed(flow) ? slots_[flow.app_slot]->parser->accepted_logins() : 0;
}

}  // namespace rampart::sniffer
