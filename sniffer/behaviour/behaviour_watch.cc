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
void BehaviourWatch::note(const Observation& seen, Vital vital, double amount) {
  const auto& who = seen.client;
  if (scans(who)) return;
  auto* host = subject({seen.server.address, 0});
  auto* service = subject(seen.server);
  if (host == service) host = nullptr;  // the one took the place of the other
  for (const auto* s : {host, service})
    if (s != nullptr && attacks(*s, who)) return;
  for (auto* s : {host, service})
    if (s != nullptr) s->now[vital] += amount;
}

bool BehaviourWatch::scans(const base::IpAddress& source) const {
  return std::any_of(scanners_.begin(), scanners_.end(),
                     [&](const Scanner& s) { return s.address == source; });
}

bool BehaviourWatch::attacks(const Subject& subject, const base::IpAddress& who) {
  return std::any_of(subject.watches.begin(), subject.watches.end(), [&](const Watch& w) {
    if (w.incident == kNoIncident && w.over == 0) return false;
    const auto* book = books_.at(w.book);
    return book != nullptr && book->attacks(who, hash({who, 0}));
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
void BehaviourWatch::on_observation(const Observation& seen) {
  using What = Observation::What;
  active_ = active_ || seen.what != What::second;
  switch (seen.what) {
    case What::second: return second(seen.at);
    case What::syn:
    case What::syn_again: return begin_handshake(seen);
    case What::goes_on: return finish_unseen(seen);
    case What::stealth: return contact(seen, Outcome::asked, true);
    case What::syn_ack: return answer_syn(seen);
    case What::syn_refused:
    case What::stealth_refused: return refuse(seen);
    case What::reset: hear(seen); return note(seen, Vital::resets);
    case What::other_reset: return hear(seen);
    case What::handshake: return finish_handshake(seen);
    case What::retransmit: return note(seen, Vital::retransmits);
    case What::request: return on_request(seen);
    case What::whole_request:
      if (seen.witness) note(seen, Vital::requests);
      return;
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

void BehaviourWatch::forgive(const Observation& seen) {
  auto* s = subjects_.find({seen.server.address, 0}, hash({seen.server.address, 0}));
  if (s == nullptr) return;
  if (auto* book = books_.at(s->watch(Quantity::syn).book))
    book->sources.forgive(seen.client, hash({seen.client, 0}));
}

void BehaviourWatch::begin_handshake(const Observation& seen) {
  if (seen.what == Observation::What::syn) {
    suspect_host(seen, Quantity::syn, spec_.syn_flood.per_second, seen.server.port);
  } else {
    forgive(seen);
    if (services_.has(hash(seen.server))) note(seen, Vital::repeated_syns);
    if (auto* s = subject({seen.server.address, 0})) ++s->watch(Quantity::syn).again;
  }
  contact(seen, Outcome::asked, true);
}

void BehaviourWatch::finish_handshake(const Observation& seen) {
  if (seen.own) return note(seen, Vital::own_handshakes);
  forgive(seen);  // before what it says of the host counts, which an attacker's does not
  note(seen, Vital::handshakes);
  if (auto* s = subject({seen.server.address, 0})) ++s->watch(Quantity::syn).finished;
  if (seen.value < 0) return;
  note(seen, Vital::rtt_ms, seen.value);
  note(seen, Vital::rtts);
}

// A capture may hold one direction alone. A client that goes on after its SYN was answered, where
// no packet at all comes from that host.
void BehaviourWatch::finish_unseen(const Observation& seen) {
  auto* s = subject({seen.server.address, 0});
  if (s == nullptr || s->speaks) return;
  ++s->watch(Quantity::syn).finished;
  forgive(seen);
  contact(seen, Outcome::answered, true);
}

void BehaviourWatch::answer_syn(const Observation& seen) {
  hear(seen);
  contact(seen, Outcome::answered, true);
}

void BehaviourWatch::refuse(const Observation& seen) {
  hear(seen);
  if (seen.what == Observation::What::syn_refused) {
    if (auto* s = subject({seen.server.address, 0})) ++s->watch(Quantity::syn).refused;
    forgive(seen);
  }
  contact(seen, Outcome::refused, true);
}

void BehaviourWatch::hear(const Observation& seen) {
  if (auto* s = subject({seen.server.address, 0})) s->speaks = true;
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
  if (!seen.witness) return;
  note(seen, Vital::answers);
  if (seen.number >= 500) note(seen, Vital::server_errors);
  if (seen.value < 0) return;
  note(seen, Vital::answer_ms, seen.value);
  note(seen, Vital::answers_timed);
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
    if (watch.book == kNoBook && ++watch.refusals < kListedRefusal) continue;
    suspect(watch, 0, who, 0);
  }
}

void BehaviourWatch::claim(const Observation& seen) {
  for (const auto& key : {base::Endpoint{seen.server.address, 0}, seen.server}) {
    auto* s = subjects_.find(key, hash(key));
    if (s == nullptr) continue;
    auto& others = s->now[Vital::handshakes];
    others = std::max(0.0, others - seen.value);
    s->now[Vital::own_handshakes] += seen.value;
    if (key.port != 0) continue;
    auto& watch = s->watch(Quantity::syn);
    watch.now -= std::min(watch.now, seen.number);
    for (auto i = seen.number; i > 0; --i) forgive(seen);
    watch.finished -= std::min(watch.finished, static_cast<std::uint32_t>(seen.value));
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
  out.unlisted = books_.unlisted();
  return out;
}

}  // namespace rampart::sniffer
