#include "sniffer/behaviour/incident.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sniffer/decode/packet.h"

namespace rampart::sniffer::behaviour {
namespace {

using model::Cause;

constexpr std::string_view kDos = "Attempted Denial of Service";
constexpr std::array<AttackWords, 7> kWords{{
    {Cause::attack_syn_flood, "SYN flood", kDos, "unfinished handshakes/s", 2, ip_proto::kTcp},
    {Cause::attack_icmp_flood, "ICMP flood", kDos, "packets/s", 2, ip_proto::kIcmp},
    {Cause::attack_udp_flood, "UDP flood", kDos, "unanswered datagrams/s", 2, ip_proto::kUdp},
    {Cause::attack_http_flood, "HTTP flood", kDos, "requests/s", 2, ip_proto::kTcp},
    {Cause::attack_slow_http, "slow HTTP", kDos, "slow requests at a time", 2, ip_proto::kTcp},
    {Cause::attack_port_scan, "port scan", "Detection of a Network Scan", "failed contacts/s", 3,
     ip_proto::kTcp},
    {Cause::attack_brute_force, "brute force", "Unsuccessful User Privilege Gain",
     "failed logins/s", 2, ip_proto::kTcp},
}};

std::uint8_t proto_of(const Incident& incident) {
  if (incident.datagrams) return ip_proto::kUdp;
  const bool icmp6 = incident.cause == Cause::attack_icmp_flood && incident.target.address.v6;
  return icmp6 ? ip_proto::kIcmp6 : words_of(incident.cause).proto;
}

std::string_view tried(const Incident& scan) {
  if (scan.several_hosts) return "different hosts tried without success";
  return scan.datagrams ? "different UDP ports tried without success"
                        : "different ports tried without success";
}

double share(double part, double all) { return all > 0 ? part / all : 0; }

// Means per second of the time before and during the attack, and what they show.
class Comparison {
 public:
  explicit Comparison(const Incident& incident) : i_(incident) {}

  ImpactFound take() {
    if (i_.witnessed) {
      handshakes();
      trouble("connections reset by the server", Vital::resets);
      trouble("segments sent again", Vital::retransmits);
      mean("handshake round trip", Vital::rtt_ms, Vital::rtts);
      http();
    }
    shown_ = !found_.evidence.empty();
    kernel();
    if (!shown_)
      say("observations of users during the attack", 0, "",
          "at least 1, so harm could not be seen");
    else if (found_.impact == model::Impact::unknown)
      found_.impact = model::Impact::absorbed;
    if (i_.witnessed && during(Vital::own_handshakes) > 0)
      say("handshakes completed by this run", per_second(Vital::own_handshakes), "/s",
          fmt::format("{:.1f}/s before", i_.before[Vital::own_handshakes]));
    return std::move(found_);
  }

 private:
  [[nodiscard]] double during(Vital v) const { return i_.during[v]; }
  [[nodiscard]] double per_second(Vital v) const { return share(during(v), i_.seconds); }

  void say(std::string series, double value, std::string unit, std::string expected) {
    found_.evidence.push_back({std::move(series), value, std::move(unit), std::move(expected)});
  }
  void hurt(bool yes) {
    if (!yes) return;
    found_.impact = model::Impact::degrading;
    shown_ = true;
  }

  // A client that is not answered sends its SYN again; one that floods does not.
  void handshakes() {
    const auto done = during(Vital::handshakes);
    const auto tried = done + during(Vital::repeated_syns);
    if (tried <= 0) return;
    const auto before_tried = i_.before[Vital::handshakes] + i_.before[Vital::repeated_syns];
    const double before = before_tried > 0 ? share(i_.before[Vital::handshakes], before_tried) : 1;
    const double now = share(done, tried);
    say("handshakes completed, of those that clients insisted on", 100 * now, "%",
        before_tried > 0 ? fmt::format("{:.0f} % before", 100 * before) : "100 %");
    say("handshakes completed", per_second(Vital::handshakes), "/s",
        fmt::format("{:.1f}/s before", i_.before[Vital::handshakes]));
    hurt(during(Vital::repeated_syns) >= kLeastSeen && now < kFewerServed * before);
  }

  // More of it than before, and not a few.
  void trouble(std::string series, Vital v) {
    const double now = per_second(v);
    if (during(v) <= 0) return;
    say(std::move(series), now, "/s", fmt::format("{:.1f}/s before", i_.before[v]));
    const bool many =
        during(v) >= 10 * kLeastSeen && during(v) > (1 - kFewerServed) * during(Vital::handshakes);
    hurt(many && now > kSlower * i_.before[v]);
  }

  void mean(std::string series, Vital sum, Vital count) {
    if (during(count) < kLeastSeen) return;
    const double now = share(during(sum), during(count));
    const double before = share(i_.before[sum], i_.before[count]);
    const bool known = i_.before[count] > 0;
    say(std::move(series), now, "ms",
        known ? fmt::format("{:.1f} ms before", before) : "not known before");
    hurt(known && now > kSlower * before && now > before + kSlowerByMs);
  }

  void http() {
    const auto requests = during(Vital::requests);
    if (requests <= 0) return;
    const double answered = std::min(share(during(Vital::answers), requests), 1.0);
    say("requests answered", 100 * answered, "%", "100 %");
    const double errors = share(during(Vital::server_errors), during(Vital::answers));
    const double before = share(i_.before[Vital::server_errors], i_.before[Vital::answers]);
    say("answers with 5xx", 100 * errors, "%", fmt::format("{:.1f} % before", 100 * before));
    // What is under way at the end has no answer yet.
    const double missing = requests - during(Vital::answers) - per_second(Vital::requests);
    hurt(missing > kLeastSeen && answered < kFewerServed);
    hurt(errors > before + kServerErrors && during(Vital::server_errors) >= kLeastSeen);
    mean("time to answer", Vital::answer_ms, Vital::answers_timed);
  }

  void kernel() {
    if (!i_.kernel_before || !i_.kernel_now) return;
    const auto harm = proto_of(i_) == ip_proto::kTcp ? Proof::harm : Proof::none;
    const auto queue = i_.cause == Cause::attack_syn_flood ? Proof::either : harm;
    const auto buffer = i_.cause == Cause::attack_udp_flood ? Proof::either : Proof::none;
    count("kernel: SYN cookies sent", &KernelCounters::syn_cookies, Proof::none);
    count("kernel: SYNs dropped, half-open queue full", &KernelCounters::queue_full_drops, queue);
    count("kernel: accept queue full", &KernelCounters::listen_overflows, queue);
    // The two above, and also SYNs to whose sender there is no way back.
    count("kernel: SYNs dropped, for any reason", &KernelCounters::listen_drops, Proof::none);
    count("kernel: ICMP packets with errors", &KernelCounters::icmp_errors, Proof::none);
    count("kernel: datagrams to closed ports", &KernelCounters::udp_no_ports, Proof::none);
    count("kernel: datagrams dropped, receive buffer full", &KernelCounters::udp_buffer_errors,
          buffer);
  }
  // Of a counter: nothing either way; harm where it rises; and where it does not, that there was
  // none, for it counts just what the attack would do.
  enum class Proof : std::uint8_t { none, harm, either };
  void count(std::string series, std::uint64_t KernelCounters::* member, Proof proof) {
    const auto before = *i_.kernel_before.*member;
    const auto now = std::max(*i_.kernel_now.*member, before);
    const auto more = static_cast<double>(now - before);
    if (more <= 0 && proof != Proof::either) return;
    say(std::move(series), more, "", proof == Proof::none ? "no harm by itself" : "0");
    shown_ = shown_ || proof == Proof::either;
    hurt(proof != Proof::none && more >= kLeastSeen);
  }

  const Incident& i_;
  ImpactFound found_;
  bool shown_ = false;  // users, or what would have kept them out
};

void add_sources(model::Behaviour& b, const Incident& incident, const Book* book) {
  if (incident.scanner) {
    b.sources = 1;
    b.top.push_back(*incident.scanner);
    return;
  }
  if (book == nullptr) return;
  b.sources = static_cast<std::uint64_t>(std::llround(book->source_count()));
  std::array<Book::Sources::Hitter, kShownSources> top;
  const auto size = book->sources.top(top);
  for (std::size_t i = 0; i < size; ++i)
    if (book->stands_out(top[i])) b.top.push_back({top[i].thing, top[i].count});
}

}  // namespace

void Incident::add(base::WallTime end, double value, bool is_above, const Vitals* vitals) {
  ++seconds;
  ++since_told;
  if (vitals != nullptr)
    for (std::size_t k = 0; k < kVitals; ++k) during.values[k] += vitals->values[k];
  if (!is_above) {
    ++calm;
    return;
  }
  calm = 0;
  ++above;
  to = end;
  sum += value;
  peak = std::max(peak, value);
}

double Incident::rate() const {
  if (!scanner) return share(sum, above);
  return static_cast<double>(scanner->count) / std::max(base::seconds(to - from), 1.0);
}

const AttackWords& words_of(model::Cause cause) {
  for (const auto& words : kWords)
    if (words.cause == cause) return words;
  return kWords.front();
}

ImpactFound judge_impact(const Incident& incident) { return Comparison(incident).take(); }

model::Detection report(const Incident& incident, const Book* book, model::BehaviourPhase phase,
                        base::WallTime at) {
  const auto& words = words_of(incident.cause);
  auto b = std::make_shared<model::Behaviour>();
  b->cause = incident.cause;
  b->phase = phase;
  b->number = incident.number;
  b->target = incident.target;
  b->from = incident.from;
  b->to = incident.to;
  b->count = incident.scanner ? incident.scanner->count
                              : static_cast<std::uint64_t>(std::llround(incident.sum));
  b->rate = incident.rate();
  b->peak = incident.scanner ? b->rate : incident.peak;
  b->threshold = incident.threshold;
  b->baseline = incident.baseline;
  b->unit = words.unit;
  add_sources(*b, incident, book);
  auto found = judge_impact(incident);
  b->impact = found.impact;
  b->evidence = std::move(found.evidence);
  if (incident.scanner)
    b->evidence.insert(b->evidence.begin(),
                       {std::string(tried(incident)), static_cast<double>(b->count), "",
                        fmt::format("< {:.0f}", incident.threshold)});

  model::Detection d;
  d.at = at;
  d.gid = model::kBehaviourGid;
  d.sid = model::behaviour_sid(incident.cause);
  d.rev = 1;
  d.severity = b->impact == model::Impact::degrading ? 1 : words.severity;
  d.msg = words.message;
  d.category = words.category;
  if (!b->top.empty()) d.source.address = b->top.front().address;
  d.destination = incident.target;
  d.proto = proto_of(incident);
  d.behaviour = std::move(b);
  return d;
}

}  // namespace rampart::sniffer::behaviour
