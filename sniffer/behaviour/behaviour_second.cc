// What BehaviourWatch makes of each second.
#include <algorithm>
#include <cmath>
#include <utility>

#include "sniffer/behaviour/behaviour_watch.h"
#include "sniffer/behaviour/limits.h"

namespace rampart::sniffer {

using namespace behaviour;
using model::BehaviourPhase;
using model::Cause;

namespace {

constexpr std::array kAll = {Quantity::syn,      Quantity::icmp, Quantity::udp,
                             Quantity::requests, Quantity::slow, Quantity::logins};
constexpr auto kSecond = std::chrono::seconds(1);

Cause cause_of(Quantity quantity) {
  switch (quantity) {
    case Quantity::syn: return Cause::attack_syn_flood;
    case Quantity::icmp: return Cause::attack_icmp_flood;
    case Quantity::udp: return Cause::attack_udp_flood;
    case Quantity::requests: return Cause::attack_http_flood;
    case Quantity::slow: return Cause::attack_slow_http;
    case Quantity::logins: return Cause::attack_brute_force;
  }
  return Cause::unknown;
}

bool applies(const Subject& subject, Quantity quantity) {
  return of_host(quantity) == (subject.key.port == 0);
}

// Floods have to last; slow requests and guesses have been counted for a while already.
unsigned sustained(Quantity quantity) {
  return quantity == Quantity::slow || quantity == Quantity::logins ? 1 : kSustained;
}

using TopSources = std::array<Book::Sources::Hitter, kShownSources>;

std::uint64_t share_of_top(const Book::Sources& sources, TopSources& top) {
  std::uint64_t sum = 0;
  const auto size = sources.top(top);
  for (std::size_t i = 0; i < size; ++i) sum += top[i].count;
  return sum;
}

// The moving average; the plain mean while it is young.
void learn(double& usual, double value, std::uint32_t seconds, double forget = kForget) {
  usual += (value - usual) * std::max(forget, 1.0 / (seconds + 1.0));
}

// As `times` of the above, of nothing.
void fade(double& usual, std::uint32_t seconds, std::uint32_t times, double forget = kForget) {
  const auto young = std::min(std::max(0.0, 1 / forget - 1 - seconds), static_cast<double>(times));
  if (young > 0) usual *= seconds / (seconds + young);
  usual *= std::pow(1 - forget, times - young);
}

std::uint64_t count_of(const Scout& scout) {
  return static_cast<std::uint64_t>(std::llround(scout.failed));
}

constexpr double memory_of(Quantity quantity) {
  return quantity == Quantity::logins ? 1.0 / kLoginMemory : kForget;
}

}  // namespace

double BehaviourWatch::floor_of(Quantity quantity) const {
  switch (quantity) {
    case Quantity::syn: return spec_.syn_flood.per_second;
    case Quantity::icmp: return spec_.icmp_flood.per_second;
    case Quantity::udp: return spec_.udp_flood.per_second;
    case Quantity::requests: return spec_.http_flood.per_second;
    case Quantity::slow: return spec_.slow_http;
    case Quantity::logins: return spec_.failed_logins;
  }
  return 0;
}

double BehaviourWatch::value_of(const Subject& subject, Quantity quantity) const {
  const auto& watch = subject.watches[behaviour::index(quantity)];
  if (quantity != Quantity::syn) return watch.now;
  return std::max(0.0, static_cast<double>(watch.now) - watch.refused - watch.finished);
}

// Each client of a host is told from an attacker by more than the rate.
bool BehaviourWatch::looks_like_it(const Subject& subject, Quantity quantity, double value) {
  const auto& watch = subject.watches[behaviour::index(quantity)];
  const auto* book = books_.at(watch.book);
  if (quantity == Quantity::syn) {
    const double tried = static_cast<double>(watch.now) - watch.refused;
    if (value < kUnfinished * tried || watch.again > kRepeated * value) return false;
    if (book == nullptr) return true;
    std::array<Book::Ports::Hitter, 1> top;
    book->ports.top(top);
    return static_cast<double>(top[0].count) >=
               kOnePort * static_cast<double>(book->ports.total()) ||
           book->source_count() >= kManySources;
  }
  if (quantity == Quantity::requests) {
    if (book == nullptr) return false;
    TopSources top;
    const auto few = static_cast<double>(share_of_top(book->sources, top));
    return few >= kFewSources * static_cast<double>(book->sources.total()) &&
           static_cast<double>(top[0].count) >= kBusySource * (book->seconds + 1) &&
           book->pages.count() <= kFewPages * static_cast<double>(book->pages_asked);
  }
  return quantity != Quantity::logins || guesses(subject);
}

bool BehaviourWatch::guesses(const Subject& subject) {
  const auto& watch = subject.watches[behaviour::index(Quantity::logins)];
  const auto* book = books_.at(watch.book);
  if (book == nullptr || watch.now == 0) return false;
  const double floor = spec_.failed_logins * (watch.by_length ? kSessionsPerLogin : 1);
  TopSources top;
  const auto size = book->sources.top(top);
  for (std::size_t i = 0; i < size; ++i) {
    const auto failed = static_cast<double>(top[i].count);
    if (failed >= floor && failed >= kFailuresPerSuccess * static_cast<double>(top[i].good))
      return true;
  }
  const auto all = static_cast<double>(book->sources.total());
  const bool known = subject.seconds >= kLoginMemory;
  const double usual = known ? spec_.factor * watch.usual * kLoginWindow : 0;
  return all >= kSpreadLogins && all >= usual && !watch.by_length &&
         book->source_count() >= kSpreadSources &&
         all >= kFailuresPerSuccess * static_cast<double>(book->sources.credits());
}

void BehaviourWatch::read_kernel() {
  if (kernel_ == nullptr) return;
  std::rotate(kernel_seconds_.begin(), kernel_seconds_.begin() + 1, kernel_seconds_.end());
  kernel_seconds_.back() = kernel_->read();
}

void BehaviourWatch::second(base::WallTime start) {
  const auto end = start + kSecond;
  open_second_ = std::chrono::floor<std::chrono::seconds>(end.time_since_epoch()).count();
  const bool active = std::exchange(active_, false);
  services_.tick();
  read_kernel();
  if (!active && quiet_) {
    ++skipped_;
    return;
  }
  catch_up();
  subjects_.each([&](Subject& s) { judge(s, end); });
  scans_.tick(end, [&](Scout& s) { judge(s, end); });
  subjects_.each([&](Subject& s) { tend(s); });
  quiet_ = !active && is_quiet();
}

// Then a second in which nothing is observed only makes what is usual fade.
bool BehaviourWatch::is_quiet() const {
  return scans_.empty() && books_.none_taken() &&
         std::none_of(incidents_.begin(), incidents_.end(),
                      [](const Incident& i) { return i.used; });
}

void BehaviourWatch::catch_up() {
  const auto skipped = std::exchange(skipped_, 0);
  if (skipped == 0) return;
  subjects_.each([&](Subject& s) {
    if (s.seconds == 0) return;  // came in this second
    for (const auto q : kAll)
      if (applies(s, q)) fade(s.watch(q).usual, s.seconds, skipped, memory_of(q));
    for (auto& value : s.usual.values) fade(value, s.seconds, skipped);
    s.idle += skipped;
    s.seconds += skipped;
  });
}

// What is left of its second.
void BehaviourWatch::tend(Subject& s) {
  bool quiet = !s.attacked();
  for (const auto q : kAll) {
    if (!applies(s, q)) continue;
    auto& watch = s.watch(q);
    const auto value = value_of(s, q);
    quiet = quiet && watch.over == 0;
    if (watch.over == 0 && watch.incident == kNoIncident)
      learn(watch.usual, value, s.seconds, memory_of(q));
    tend_book(s, q, value);
  }
  for (auto& watch : s.watches) watch.now = watch.refused = watch.again = watch.finished = 0;
  bool idle = true;
  for (std::size_t i = 0; i < kVitals; ++i) {
    idle = idle && s.now.values[i] == 0;
    if (quiet) learn(s.usual.values[i], s.now.values[i], s.seconds);
  }
  s.idle = idle ? s.idle + 1 : 0;
  s.now = {};
  ++s.seconds;
}

void BehaviourWatch::judge(Subject& s, base::WallTime end) {
  for (const auto q : kAll)
    if (applies(s, q)) judge(s, q, end);
}

void BehaviourWatch::judge(Subject& s, Quantity quantity, base::WallTime end) {
  auto& watch = s.watch(quantity);
  const auto value = value_of(s, quantity);
  if (watch.incident != kNoIncident) {
    auto& incident = incidents_[watch.incident];
    const auto* witness = subjects_.find(incident.target, hash(incident.target));
    const bool logins = quantity == Quantity::logins;
    const bool above = logins ? value > 0 : value >= kClear * incident.threshold;
    incident.add(end, value, above, witness == nullptr ? nullptr : &witness->now);
    if (go_on(watch.incident, books_.at(watch.book), logins ? kCalmLogins : kCalm, end))
      watch.incident = kNoIncident;
    return;
  }
  const bool known = kSecond * s.seconds >= spec_.warm_up;
  const double floor = floor_of(quantity);
  const double threshold = std::max(floor, known ? spec_.factor * watch.usual : 0.0);
  const bool enough = quantity == Quantity::logins || value >= threshold;
  if (!enough || !looks_like_it(s, quantity, value)) {
    watch.over = 0;
    watch.over_sum = 0;
    return;
  }
  ++watch.over;
  watch.over_sum += value;
  if (watch.over < sustained(quantity)) return;
  auto target = s.key;
  const auto* book = books_.at(watch.book);
  double length = watch.over;
  double sum = watch.over_sum;
  if (quantity == Quantity::syn && book != nullptr) {
    std::array<Book::Ports::Hitter, 1> top;
    if (book->ports.top(top) > 0 &&
        static_cast<double>(top[0].count) >= kOnePort * static_cast<double>(book->ports.total()))
      target.port = top[0].thing;
  } else if (quantity == Quantity::logins && book != nullptr) {
    length = book->seconds + 1;
    sum = static_cast<double>(book->sources.total());
  }
  const auto* witness = subjects_.find(target, hash(target));
  watch.over = 0;
  watch.over_sum = 0;
  watch.incident = open(cause_of(quantity), target, witness == nullptr ? &s : witness,
                        end - base::from_seconds(length), end);
  if (watch.incident == kNoIncident) return;
  auto& incident = incidents_[watch.incident];
  incident.threshold = threshold;
  incident.baseline = watch.usual;
  // Who is listed from now on counted as a user in a second that was not known to be an attack's.
  const auto* vitals = witness == nullptr ? &s.now : &witness->now;
  incident.add(end, value, true, sustained(quantity) > 1 ? vitals : nullptr);
  incident.above = static_cast<unsigned>(length);
  incident.sum = sum;
  tell(report(incident, book, BehaviourPhase::begin, end));
}

void BehaviourWatch::judge(Scout& scout, base::WallTime end) {
  const auto before = std::exchange(scout.failed, scout.count());
  // What it asked quickly and in vain is known to have failed only once it is silent.
  const bool active = scout.last >= end - kSecond || scout.failed > before;
  if (scout.incident != kNoIncident) {
    auto& incident = incidents_[scout.incident];
    const bool elsewhere = std::exchange(incident.elsewhere, false);
    const auto* witness = witness_of(scout);
    incident.scanner->count = count_of(scout);
    incident.add(end, scout.failed, active || elsewhere,
                 witness == nullptr ? nullptr : &witness->now);
    const auto number = scout.incident;
    if (!go_on(number, nullptr, kCalmScan, end)) return;
    scout = {};
    std::erase_if(scanners_, [&](const Scanner& s) { return s.incident == number; });
    return;
  }
  // One report of a source, however many hosts and ports it goes through.
  const auto known = std::find_if(scanners_.begin(), scanners_.end(),
                                  [&](const Scanner& s) { return s.address == scout.source; });
  if (known != scanners_.end()) {
    if (scout.failed > before) incidents_[known->incident].elsewhere = true;
  } else if (active) {
    begin_scan(scout, end);
  }
}

void BehaviourWatch::judge_last(Scout& scout, base::WallTime end) {
  const auto before = std::exchange(scout.failed, scout.count());
  if (scout.incident != kNoIncident)
    incidents_[scout.incident].scanner->count = count_of(scout);
  else if (scout.failed > before && !scans(scout.source))
    begin_scan(scout, end);
}

const Subject* BehaviourWatch::witness_of(const Scout& scout) {
  if (scout.kind == ScanKind::hosts) return nullptr;
  const base::Endpoint host{scout.target.address, 0};
  return subjects_.find(host, hash(host));
}

void BehaviourWatch::begin_scan(Scout& scout, base::WallTime end) {
  const auto floor = scout.kind == ScanKind::hosts   ? spec_.scan_hosts
                     : scout.kind == ScanKind::ports ? spec_.scan_ports
                                                     : std::max(kDatagramPorts, spec_.scan_ports);
  if (count_of(scout) < floor) return;
  if (scout.kind == ScanKind::datagram_ports &&
      floods(scout.target.address, Cause::attack_udp_flood))
    return;
  const base::Endpoint target{scout.target.address, scout.port};  // port 0 but of hosts
  const auto from = std::min(scout.began, end - kSecond);
  scout.incident = open(Cause::attack_port_scan, target, witness_of(scout), from, end);
  if (scout.incident == kNoIncident) return;
  scanners_.push_back({scout.source, scout.incident});
  auto& incident = incidents_[scout.incident];
  incident.scanner = {scout.source, count_of(scout)};
  incident.several_hosts = scout.kind == ScanKind::hosts;
  incident.datagrams = scout.kind == ScanKind::datagram_ports;
  incident.threshold = static_cast<double>(floor);
  incident.add(end, scout.failed, true, nullptr);  // its contacts still counted as a user's
  tell(report(incident, nullptr, BehaviourPhase::begin, end));
}

// kNoIncident where as many as can be followed are under way.
std::uint16_t BehaviourWatch::open(Cause cause, const base::Endpoint& target,
                                   const Subject* witness, base::WallTime from,
                                   base::WallTime end) {
  const auto free =
      std::find_if(incidents_.begin(), incidents_.end(), [](const Incident& i) { return !i.used; });
  if (free == incidents_.end()) {
    ++stats_.unreported;
    return kNoIncident;
  }
  *free = {};
  free->used = true;
  free->cause = cause;
  free->number = ++stats_.incidents;
  free->target = target;
  free->from = from;
  free->to = end;
  free->witnessed = witness != nullptr;
  if (witness != nullptr) free->before = witness->usual;
  if (kernel_ != nullptr && kernel_->is_local(target.address)) {
    for (auto i = kernel_seconds_.rbegin(); i != kernel_seconds_.rend(); ++i)
      if (*i) free->kernel_before = *i;
    free->kernel_now = kernel_seconds_.back();
  }
  return static_cast<std::uint16_t>(free - incidents_.begin());
}

bool BehaviourWatch::go_on(std::uint16_t number, const Book* book, unsigned calm,
                           base::WallTime end) {
  auto& incident = incidents_[number];
  if (incident.kernel_before && incident.calm == 0 && kernel_seconds_.back())
    incident.kernel_now = kernel_seconds_.back();
  if (incident.calm >= calm) {
    tell(report(incident, book, BehaviourPhase::end, end));
    incident.used = false;
    return true;
  }
  if (incident.calm == 0 && incident.since_told >= kUpdateEvery) {
    incident.since_told = 0;
    tell(report(incident, book, BehaviourPhase::update, end));
  }
  return false;
}

void BehaviourWatch::tell(const model::Detection& detection) {
  ++stats_.reports;
  sink_.on_behaviour(detection);
}

void BehaviourWatch::finish() {
  const base::WallTime end{std::chrono::seconds(open_second_)};
  const auto close = [&](std::uint16_t& number, const Book* book) {
    if (number == kNoIncident) return;
    tell(report(incidents_[number], book, BehaviourPhase::end, end));
    incidents_[number].used = false;
    number = kNoIncident;
  };
  subjects_.each([&](Subject& s) {
    for (auto& watch : s.watches) close(watch.incident, books_.at(watch.book));
  });
  scans_.close([&](Scout& s) { judge_last(s, end); });
  scans_.each([&](Scout& s) { close(s.incident, nullptr); });
}

void BehaviourWatch::tend_book(Subject& subject, Quantity quantity, double value) {
  auto& watch = subject.watch(quantity);
  if (subject.seconds % kLoginWindow == 0) watch.refusals = 0;
  const bool attacked = watch.incident != kNoIncident || watch.over != 0;
  books_.keep(watch.book, attacked);
  auto* book = books_.at(watch.book);
  if (book == nullptr) return;
  ++book->seconds;
  if (attacked) return;
  if (quantity == Quantity::slow) {
    if (value == 0) books_.give_back(watch.book);
  } else if (quantity == Quantity::logins) {
    if (book->seconds < kLoginWindow) return;
    if (book->sources.total() == 0)
      books_.give_back(watch.book);
    else
      book->clear();
  } else if (watch.now < floor_of(quantity) / 4) {
    books_.give_back(watch.book);
  } else {
    book->clear();
  }
}

bool BehaviourWatch::floods(const base::IpAddress& host, Cause cause) const {
  return std::any_of(incidents_.begin(), incidents_.end(), [&](const Incident& i) {
    return i.used && i.cause == cause && i.target.address == host;
  });
}

}  // namespace rampart::sniffer
