// What BehaviourObserver sees in what applications say: requests, answers, logins.
#include <algorithm>
#include <string_view>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/behaviour_observer.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;

namespace {

// A client whose window has no room for one segment waits for itself.
bool has_room(const Flow& flow) { return flow.tcp.side(true).window >= kSlowWindow; }

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

std::string_view text_of(const Transaction& transaction, BufferId id) {
  const auto view = transaction.buffer(id, Direction::to_server, 0);
  if (!view) return {};
  return {reinterpret_cast<const char*>(view->data.data()), view->data.size()};
}

// "GET /path" of "GET /path?query HTTP/1.1".
std::string_view asked_by(const Transaction& transaction) {
  const auto line = text_of(transaction, BufferId::http_request_line);
  const auto path = std::min(line.find(' ') + 1, line.size());
  return line.substr(0, std::min(line.find_first_of(" ?", path), path + 256));
}

std::string_view path_of(const Transaction& transaction) {
  const auto asked = asked_by(transaction);
  return asked.substr(std::min(asked.find(' ') + 1, asked.size()));
}

bool has_credentials(const Transaction& transaction) {
  constexpr std::string_view kField = "\r\nauthorization\r\n";
  const auto names = text_of(transaction, BufferId::http_header_names);
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
  return std::search(names.begin(), names.end(), kField.begin(), kField.end(), same) != names.end();
}

// Some clients end a body with an empty line that is part of no request (RFC 9112, 2.2).
bool is_empty_line(const Packet& packet) {
  const auto& text = packet.payload;
  return text.size() <= 2 &&
         std::all_of(text.begin(), text.end(), [](auto c) { return c == '\r' || c == '\n'; });
}

}  // namespace

// The new bytes of a request, and what its sender has room for. What HTTP does not read any more is
// no request: a WebSocket, a tunnel, a parser that gave up.
void BehaviourObserver::follow_request(const Packet& packet, Flow& flow, const TcpEvent& event,
                                       const AppLayer& app) {
  if (flow.is_own() || flow.app != AppProto::http1 || !app.is_parsed(flow)) {
    requests_.close(flow.open_request);
    return;
  }
  if (!event.acceptable) return;
  const auto bytes = std::min(event.advanced, packet.payload_size);
  if (flow.open_request == kNoRequest) {
    if (bytes != 0 && !is_empty_line(packet))
      flow.open_request = requests_.open(flow.client.address, flow.server, packet.time);
    return;
  }
  auto& r = requests_.at(flow.open_request);
  if (!r.sent) {
    r.trickled += bytes;
    return;
  }
  if (has_room(flow))
    r.narrow = {};
  else if (r.narrow == base::WallTime{})
    r.narrow = packet.time;
}

void BehaviourObserver::follow_logins(const Packet& packet, Flow& flow, const AppLayer& app) {
  const auto failed = app.failed_logins(flow);
  const auto accepted = app.accepted_logins(flow);
  if (failed > flow.failed_logins)
    tell(What::login, flow, packet.time, {.number = failed - flow.failed_logins});
  if (accepted > flow.accepted_logins) tell(What::login, flow, packet.time);
  flow.failed_logins = std::max(flow.failed_logins, failed);
  flow.accepted_logins = std::max(flow.accepted_logins, accepted);
}

// hot
void BehaviourObserver::transaction(Flow& flow, const Transaction& transaction, Direction direction,
                                    base::WallTime at) {
  if (flow.app == AppProto::http1) http(flow, transaction, direction, at);
}

void BehaviourObserver::http(Flow& flow, const Transaction& transaction, Direction direction,
                             base::WallTime at) {
  const auto stage = transaction.stage[sniffer::index(direction)];
  if (direction == Direction::to_client) {
    if (stage == Stage::line) on_answer(flow, transaction, at);
    if (stage == Stage::complete) requests_.close(flow.open_request);
    return;
  }
  if (stage == Stage::line) on_request(flow, transaction, at);
  if (stage != Stage::complete || flow.is_own()) return;
  tell(What::whole_request, flow, at, {.witness = has_room(flow)});
  if (flow.open_request == kNoRequest)
    flow.open_request = requests_.open(flow.client.address, flow.server, at);
  if (flow.open_request == kNoRequest) return;
  auto& r = requests_.at(flow.open_request);
  r.sent = true;
  r.since = at;
  r.narrow = {};
  r.room = has_room(flow);
}

std::uint64_t BehaviourObserver::hash_of(std::string_view text) const {
  SipHash sip(key_);
  while (!text.empty()) {
    std::uint64_t word = 0;
    const auto size = std::min<std::size_t>(text.size(), sizeof word);
    std::copy_n(text.data(), size, reinterpret_cast<char*>(&word));
    sip.add(word);
    text.remove_prefix(size);
  }
  return sip.finish();
}

void BehaviourObserver::on_request(const Flow& flow, const Transaction& transaction,
                                   base::WallTime at) {
  if (flow.is_own())
    ++own_;
  else
    tell(What::request, flow, at,
         {.number = static_cast<std::uint32_t>(hash_of(path_of(transaction)))});
}

void BehaviourObserver::on_answer(Flow& flow, const Transaction& transaction, base::WallTime at) {
  if (flow.is_own()) return;
  double after = Observation::kNotMeasured;
  bool witness = true;
  if (flow.open_request != kNoRequest) {
    const auto& r = requests_.at(flow.open_request);
    witness = r.room;
    if (r.sent && has_room(flow)) after = base::millis(at - r.since);
  }
  const auto status = status_of(transaction);
  tell(What::answer, flow, at, {.number = status, .value = after, .witness = witness});
  judge_answer(flow, transaction, status, at);
}

// A page that anybody gets is no login: what was let in had to carry credentials, or was refused
// before.
void BehaviourObserver::judge_answer(Flow& flow, const Transaction& transaction, unsigned status,
                                     base::WallTime at) {
  const auto asked = [&] {
    return static_cast<std::uint32_t>(hash_of(asked_by(transaction)) | 1U);
  };
  if (status == 401 || status == 403) {
    flow.refused_request = asked();
    tell(What::login, flow, at, {.number = 1});
  } else if (status >= 200 && status < 400) {
    const bool again = flow.refused_request != 0 && flow.refused_request == asked();
    if (again) flow.refused_request = 0;
    if (again || has_credentials(transaction)) tell(What::login, flow, at);
  }
}

}  // namespace rampart::sniffer
