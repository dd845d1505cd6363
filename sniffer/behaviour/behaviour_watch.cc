#include "sniffer/behaviour/behaviour_watch.h"

#include <algorithm>
#include <utility>

#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;
using Outcome = ScanTable::Outcome;

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
void BehaviourWatch::on_observation(const Observation& seen) {
  using What = Observation::What;
  switch (seen.what) {
    case What::second: return second(seen.at);
    case What::syn:
    case What::syn_again: return begin_handshake(seen);
    case What::stealth: return contact(seen, Outcome::asked, true);
    case What::syn_ack: return contact(seen, Outcome::answered, true);
    case What::syn_refused:
      if (!seen.own)
        if (auto* s = subject({seen.server.address, 0})) ++s->watch(Quantity::syn).refused;
      return contact(seen, Outcome::refused, true);
    case What::stealth_refused: return contact(seen, Outcome::refused, true);
    case What::reset:
    case What::handshake:
    case What::retransmit: return fare(seen);
    case What::request: return on_request(seen);
    case What::answer: return on_answer(seen);
    case What::slow_request: return on_slow(seen);
    case What::login: return login(seen, seen.number, false);
    case What::session: return login(seen, seen.number, true);
    case What::icmp: return suspect_host(seen, Quantity::icmp, spec_.icmp_flood.per_second, 0);
    case What::datagram:
    case What::first_datagram: return follow_datagram(seen);
    case What::first_answer: return contact(seen, Outcome::answered, false);
    case What::claimed: return claim(seen);
  }
}

void BehaviourWatch::suspect_host(const Observation& seen, Quantity quantity, double floor,
                                  std::uint16_t port) {
  auto* s = subject({seen.server.address, 0});
  if (s == nullptr) return;
  auto& watch = s->watch(quantity);
  ++watch.now;
  suspect(watch, floor, seen.client, port);
}

void BehaviourWatch::begin_handshake(const Observation& seen) {
  const bool again = seen.what == Observation::What::syn_again;
  if (again) note(seen.server, Vital::repeated_syns);
  if (seen.own) return;
  if (!again)
    suspect_host(seen, Quantity::syn, spec_.syn_flood.per_second, seen.server.port);
  else if (auto* s = subject({seen.server.address, 0}))
    ++s->watch(Quantity::syn).again;
  contact(seen, Outcome::asked, true);
}

// How its target fares, whoever asks.
void BehaviourWatch::fare(const Observation& seen) {
  if (seen.what == Observation::What::reset) return note(seen.server, Vital::resets);
  if (seen.what == Observation::What::retransmit) return note(seen.server, Vital::retransmits);
  note(seen.server, Vital::handshakes);
  if (seen.own) note(seen.server, Vital::own_handshakes);
  if (seen.value < 0) return;
  note(seen.server, Vital::rtt_ms, seen.value);
  note(seen.server, Vital::rtts);
}

// What a service that is known to answer does not answer is its own trouble, and no scan.
void BehaviourWatch::contact(const Observation& seen, Outcome outcome, bool tcp) {
  const auto service = hash(seen.server);
  if (tcp && outcome == Outcome::answered) services_.add(service);
  if (seen.own) return;
  if (tcp && outcome != Outcome::answered && services_.has(service)) return;
  const ScanTable::Contact contact{seen.client, seen.server, seen.at};
  const auto ports = tcp ? ScanKind::ports : ScanKind::datagram_ports;
  const auto kind = static_cast<std::uint64_t>(ports) << 32U;
  scans_.contact(ports, hash(seen.client, seen.server.address, kind), service, contact, outcome);
  if (!tcp) return;
  const auto port = static_cast<std::uint64_t>(ScanKind::hosts) << 32U | seen.server.port;
  scans_.contact(ScanKind::hosts, hash(seen.client, {}, port), service, contact, outcome);
}

void BehaviourWatch::follow_datagram(const Observation& seen) {
  suspect_host(seen, Quantity::udp, spec_.udp_flood.per_second, seen.server.port);
  if (seen.what == Observation::What::first_datagram) contact(seen, Outcome::asked, false);
}

void BehaviourWatch::on_request(const Observation& seen) {
  if (seen.witness) note(seen.server, Vital::requests);
  if (seen.own) return;
  auto* s = subject(seen.server);
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::requests);
  ++watch.now;
  suspect(watch, spec_.http_flood.per_second, seen.client, 0);
  auto* book = books_.at(watch.book);
  if (book == nullptr) return;
  ++book->pages_asked;
  book->pages.add(seen.number);
}

void BehaviourWatch::on_answer(const Observation& seen) {
  const auto status = seen.number;
  if (seen.witness) {
    note(seen.server, Vital::answers);
    if (status >= 500) note(seen.server, Vital::server_errors);
    if (seen.value >= 0) {
      note(seen.server, Vital::answer_ms, seen.value);
      note(seen.server, Vital::answers_timed);
    }
  }
  if (status == 401 || status == 403) login(seen, 1, false);
  if (status >= 200 && status < 400) login(seen, 0, false);
}

void BehaviourWatch::on_slow(const Observation& seen) {
  auto* s = subject(seen.server);
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::slow);
  auto* book = books_.at(watch.book);
  if (watch.now++ == 0 && book != nullptr) book->clear();
  suspect(watch, 0, seen.client, 0);
}

// `failures` 0: it was let in. `by_length`: that was told from how little was said.
void BehaviourWatch::login(const Observation& seen, std::uint32_t failures, bool by_length) {
  if (seen.own) return;
  const auto& who = seen.client;
  if (failures == 0) {
    auto* s = subjects_.find(seen.server, hash(seen.server));
    if (s == nullptr) return;
    if (auto* book = books_.at(s->watch(Quantity::logins).book))
      book->sources.credit(who, hash({who, 0}));
    return;
  }
  auto* s = subject(seen.server);
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::logins);
  watch.by_length = by_length;
  for (auto i = std::min(failures, spec_.failed_logins); i > 0; --i) {
    ++watch.now;
    suspect(watch, 0, who, 0);
  }
}

void BehaviourWatch::claim(const Observation& seen) {
  const base::Endpoint host{seen.server.address, 0};
  auto* s = subjects_.find(host, hash(host));
  if (s == nullptr) return;
  auto& watch = s->watch(Quantity::syn);
  watch.now -= std::min(watch.now, seen.number);
  if (seen.value > 0) note(seen.server, Vital::own_handshakes);
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
  return out;
}

}  // namespace rampart::sniffer
