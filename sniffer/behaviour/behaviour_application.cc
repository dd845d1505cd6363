// What BehaviourWatch makes of what applications say: requests, answers, logins.
#include <algorithm>
#include <string_view>

#include "sniffer/app/app_layer.h"
#include "sniffer/behaviour/behaviour_watch.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;

namespace {

bool is_own(const Flow& flow) { return flow.owner != model::Owner::other; }

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
void BehaviourWatch::follow_request(const Packet& packet, Flow& flow, const TcpEvent& event,
                                    const AppLayer& app) {
  if (is_own(flow) || flow.app != AppProto::http1 || !app.is_parsed(flow)) {
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
  if (flow.tcp.side(true).window >= kSlowWindow)
    r.narrow = {};
  else if (r.narrow == base::WallTime{})
    r.narrow = packet.time;
}

void BehaviourWatch::follow_logins(Flow& flow, const AppLayer& app) {
  const auto failed = app.failed_logins(flow);
  const auto accepted = app.accepted_logins(flow);
  if (failed > flow.failed_logins) login(flow, failed - flow.failed_logins, false);
  if (accepted > flow.accepted_logins) login(flow, 0, false);
  flow.failed_logins = std::max(flow.failed_logins, failed);
  flow.accepted_logins = std::max(flow.accepted_logins, accepted);
}

// hot
void BehaviourWatch::transaction(Flow& flow, const Transaction& transaction, Direction direction,
                                 base::WallTime at) {
  active_ = true;
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
  if (stage != Stage::complete || is_own(flow)) return;
  note(flow, Vital::requests);
  if (flow.open_request == kNoRequest)
    flow.open_request = requests_.open(flow.client.address, flow.server, at);
  if (flow.open_request == kNoRequest) return;
  auto& r = requests_.at(flow.open_request);
  r.sent = true;
  r.since = at;
  r.narrow = {};
}

std::uint64_t BehaviourWatch::hash_of(std::string_view text) const {
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

void BehaviourWatch::on_request(Flow& flow, const Transaction& transaction) {
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
  book->pages.add(hash_of(path_of(transaction)));
}

void BehaviourWatch::on_answer(Flow& flow, const Transaction& transaction, base::WallTime at) {
  if (is_own(flow)) return;
  note(flow, Vital::answers);
  if (flow.open_request != kNoRequest) {
    const auto& r = requests_.at(flow.open_request);
    if (r.sent) {
      note(flow, Vital::answer_ms, base::millis(at - r.since));
      note(flow, Vital::answers_timed);
    }
  }
  const auto status = status_of(transaction);
  if (status >= 500) note(flow, Vital::server_errors);
  judge_answer(flow, transaction, status);
}

// A page that anybody gets is no login: what was let in had to carry credentials, or was refused
// before.
void BehaviourWatch::judge_answer(Flow& flow, const Transaction& transaction, unsigned status) {
  const auto asked = [&] {
    return static_cast<std::uint32_t>(hash_of(asked_by(transaction)) | 1U);
  };
  if (status == 401 || status == 403) {
    flow.refused_request = asked();
    login(flow, 1, false);
  } else if (status >= 200 && status < 400) {
    const bool again = flow.refused_request != 0 && flow.refused_request == asked();
    if (again) flow.refused_request = 0;
    if (again || has_credentials(transaction)) login(flow, 0, false);
  }
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
    if (watch.book == kNoBook && ++watch.refusals < kListedRefusal) continue;
    suspect(watch, 0, who, 0);
  }
}

}  // namespace rampart::sniffer
