#pragma once

#include <array>
#include <memory>
#include <optional>
#include <vector>

#include "model/behaviour.h"
#include "model/wire.h"
#include "sniffer/behaviour/behaviour_stats.h"
#include "sniffer/behaviour/book.h"
#include "sniffer/behaviour/incident.h"
#include "sniffer/behaviour/kernel_counters.h"
#include "sniffer/behaviour/observation.h"
#include "sniffer/behaviour/scan_table.h"
#include "sniffer/behaviour/service_filter.h"
#include "sniffer/behaviour/subject_table.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

class BehaviourSink {
 public:
  virtual ~BehaviourSink() = default;
  virtual void on_behaviour(const model::Detection& detection) = 0;
};

// Tells floods, scans and guessed passwords from what was observed, second by second of capture
// time. Memory is constant, whatever comes. Flows of this run are never suspects. How a target
// fares is told by those who use it: neither by this run nor by its attackers. docs/behaviour.md
// says what each attack is told by. One thread.
class BehaviourWatch final : public ObservationSink {
 public:
  struct Options {
    model::BehaviourSpec spec;
    HashKey key;  // random: collisions cannot be chosen
    // Null: the capture is not of this host, or of another time.
    std::unique_ptr<behaviour::KernelSource> kernel;
  };
  // The sink is borrowed.
  BehaviourWatch(Options options, BehaviourSink& sink);
  ~BehaviourWatch() override;

  // Those of one flow come in the order of its packets, and those of a second before its end. hot:
  // no allocation, but for reports at the end of a second.
  void on_observation(const Observation& observation) override;
  // What is under way ends with the capture, and what was not answered by then has failed.
  void finish();

  [[nodiscard]] BehaviourStats stats() const;

 private:
  using Subject = behaviour::Subject;
  using Quantity = behaviour::Quantity;
  using Watch = behaviour::Watch;
  using Incident = behaviour::Incident;
  using Vital = behaviour::Vital;

  // Counting; behaviour_watch.cc.
  [[nodiscard]] std::uint64_t hash(const base::Endpoint& endpoint) const;
  [[nodiscard]] std::uint64_t hash(const base::IpAddress& a, const base::IpAddress& b,
                                   std::uint64_t more) const;
  Subject* subject(const base::Endpoint& key);
  // Of its server, and of the host as a whole.
  void note(const Observation& seen, Vital vital, double amount = 1);
  // Takes part in an attack on it that is under way, or seems to begin.
  [[nodiscard]] bool attacks(const Subject& subject, const base::IpAddress& who);
  void suspect(Watch& watch, double floor, const base::IpAddress& source, std::uint16_t port);
  void suspect_host(const Observation& seen, Quantity quantity, double floor, std::uint16_t port);
  // A handshake that was not left unfinished, or that its client insists upon.
  void forgive(const Observation& seen);
  void begin_handshake(const Observation& seen);
  void finish_handshake(const Observation& seen);
  void finish_unseen(const Observation& seen);
  void answer_syn(const Observation& seen);
  void refuse(const Observation& seen);
  void hear(const Observation& seen);
  [[nodiscard]] bool scans(const base::IpAddress& source) const;  // and was reported
  void contact(const Observation& seen, behaviour::ScanTable::Outcome outcome, bool tcp);
  void follow_datagram(const Observation& seen);
  void on_request(const Observation& seen);
  void on_answer(const Observation& seen);
  void on_slow(const Observation& seen);
  void login(const Observation& seen, std::uint32_t failures, bool by_length);
  void claim(const Observation& seen);

  // Judging, once per second; behaviour_second.cc.
  void second(base::WallTime start);
  void catch_up();
  void tend(Subject& subject);
  [[nodiscard]] bool is_quiet() const;
  void read_kernel();
  void judge(Subject& subject, base::WallTime end);
  void judge(Subject& subject, Quantity quantity, base::WallTime end);
  void judge(behaviour::Scout& scout, base::WallTime end);
  void judge_last(behaviour::Scout& scout, base::WallTime end);  // as the capture ends
  // Where it tried enough.
  void begin_scan(behaviour::Scout& scout, base::WallTime end);
  // How the host fares that it tries; null where it tries many.
  [[nodiscard]] const Subject* witness_of(const behaviour::Scout& scout);
  [[nodiscard]] double value_of(const Subject& subject, Quantity quantity) const;
  [[nodiscard]] double floor_of(Quantity quantity) const;
  bool looks_like_it(const Subject& subject, Quantity quantity, double value);
  bool guesses(const Subject& subject);
  std::uint16_t open(model::Cause cause, const base::Endpoint& target, const Subject* witness,
                     base::WallTime from, base::WallTime end);
  void tell(const model::Detection& detection);
  // True where it is over and was reported so.
  bool go_on(std::uint16_t incident, const behaviour::Book* book, unsigned calm,
             base::WallTime end);
  void tend_book(Subject& subject, Quantity quantity, double value);
  [[nodiscard]] bool floods(const base::IpAddress& host, model::Cause cause) const;

  // Set at construction.
  const model::BehaviourSpec spec_;
  const HashKey key_;
  const std::unique_ptr<behaviour::KernelSource> kernel_;
  BehaviourSink& sink_;

  behaviour::SubjectTable subjects_;
  behaviour::Books books_;
  behaviour::ScanTable scans_;
  behaviour::ServiceFilter services_;
  std::vector<Incident> incidents_;
  struct Scanner {
    base::IpAddress address;
    std::uint16_t incident;
  };
  std::vector<Scanner> scanners_;  // that were reported and go on
  std::array<std::optional<behaviour::KernelCounters>, behaviour::kSustained + 2> kernel_seconds_;
  std::int64_t open_second_ = 0;  // since the epoch
  bool active_ = false;           // something was observed in the open second
  bool quiet_ = false;            // nothing is under way that such a second would change
  std::uint32_t skipped_ = 0;     // seconds of nothing, which subjects_ does not know of yet
  BehaviourStats stats_;
};

// `live`: the kernel's counters are of the time that is watched, as far as this host is.
std::unique_ptr<BehaviourWatch> watch_behaviour(const model::BehaviourSpec& spec, HashKey key,
                                                bool live, BehaviourSink& sink);

}  // namespace rampart::sniffer
