#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "model/behaviour.h"
#include "model/wire.h"
#include "sniffer/app/transaction.h"
#include "sniffer/behaviour/behaviour_stats.h"
#include "sniffer/behaviour/book.h"
#include "sniffer/behaviour/incident.h"
#include "sniffer/behaviour/kernel_counters.h"
#include "sniffer/behaviour/open_requests.h"
#include "sniffer/behaviour/scan_table.h"
#include "sniffer/behaviour/service_filter.h"
#include "sniffer/behaviour/subject_table.h"
#include "sniffer/flow/flow.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

class AppLayer;

class BehaviourSink {
 public:
  virtual ~BehaviourSink() = default;
  virtual void on_behaviour(const model::Detection& detection) = 0;
};

// Tells floods, scans and guessed passwords from what packets do, second by second of capture time.
// Memory is constant, whatever comes. Flows of this run are never suspects. How a target fares is
// told by those who use it: neither by this run nor by its attackers. docs/behaviour.md says what
// each attack is told by. One thread.
class BehaviourWatch {
 public:
  struct Options {
    model::BehaviourSpec spec;
    HashKey key;  // random: collisions cannot be chosen
    // Null: the capture is not of this host, or of another time.
    std::unique_ptr<behaviour::KernelSource> kernel;
  };
  // The sink is borrowed.
  BehaviourWatch(Options options, BehaviourSink& sink);
  ~BehaviourWatch();

  // A TCP packet of a flow, after its contents were worked off. hot: no allocation.
  void tcp(const Packet& packet, Flow& flow, Direction direction, const TcpEvent& event,
           const AppLayer& app);
  // Any other packet of a flow. hot
  void datagram(const Packet& packet, const Flow& flow, Direction direction);
  // A transaction of a flow came to a new stage in that direction. hot
  void transaction(Flow& flow, const Transaction& transaction, Direction direction,
                   base::WallTime at);
  void flow_end(Flow& flow) { requests_.close(flow.open_request); }
  // Before the flow, which nobody had claimed, gets its owner.
  void claim(const Flow& flow);

  // The second that begins at `start` is over; seconds come in order, without holes.
  void second(base::WallTime start);
  // What is under way ends with the capture.
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
  // Of a flow's server, and of the host as a whole.
  void note(const Flow& flow, Vital vital, double amount = 1);
  // Takes part in an attack on it that is under way, or seems to begin.
  [[nodiscard]] bool attacks(const Subject& subject, const base::IpAddress& who);
  void suspect(Watch& watch, double floor, const base::IpAddress& source, std::uint16_t port);
  void begin_handshake(const Packet& packet, const Flow& flow, const TcpEvent& event);
  void finish_handshake(const Flow& flow, const TcpEvent& event);
  void finish_unseen(const Packet& packet, const Flow& flow);
  void answer_syn(const Packet& packet, const Flow& flow);
  void hear(const Flow& flow);
  void reset(const Packet& packet, const Flow& flow, Direction direction, const TcpEvent& event);
  void contact(const Packet& packet, const Flow& flow, behaviour::ScanTable::Outcome outcome);
  // What applications say; behaviour_application.cc.
  void follow_request(const Packet& packet, Flow& flow, const TcpEvent& event, const AppLayer& app);
  void follow_logins(Flow& flow, const AppLayer& app);
  void http(Flow& flow, const Transaction& transaction, Direction direction, base::WallTime at);
  void on_request(Flow& flow, const Transaction& transaction);
  void on_answer(Flow& flow, const Transaction& transaction, base::WallTime at);
  void judge_answer(Flow& flow, const Transaction& transaction, unsigned status);
  [[nodiscard]] std::uint64_t hash_of(std::string_view text) const;
  void login(const Flow& flow, std::uint32_t failures, bool by_length);

  // Judging, once per second; behaviour_second.cc.
  void catch_up();
  void tend(Subject& subject);
  [[nodiscard]] bool is_quiet() const;
  void count_slow(base::WallTime end);
  void read_kernel();
  void judge(Subject& subject, base::WallTime end);
  void judge(Subject& subject, Quantity quantity, base::WallTime end);
  void judge(behaviour::Scout& scout, base::WallTime end);
  void begin_scan(behaviour::Scout& scout, std::uint64_t floor, const Subject* witness,
                  base::WallTime end);
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
  behaviour::OpenRequests requests_;
  std::vector<Incident> incidents_;
  struct Scanner {
    base::IpAddress address;
    std::uint16_t incident;
  };
  std::vector<Scanner> scanners_;  // that were reported and go on
  std::array<std::optional<behaviour::KernelCounters>, behaviour::kSustained + 2> kernel_seconds_;
  std::int64_t open_second_ = 0;  // since the epoch
  bool active_ = false;           // something came in the open second
  bool quiet_ = false;            // nothing is under way that a second without packets would change
  std::uint32_t skipped_ = 0;     // such seconds, which subjects_ does not know of yet
  BehaviourStats stats_;
};

// `live`: the kernel's counters are of the time that is watched, as far as this host is.
std::unique_ptr<BehaviourWatch> watch_behaviour(const model::BehaviourSpec& spec, HashKey key,
                                                bool live, BehaviourSink& sink);

}  // namespace rampart::sniffer
