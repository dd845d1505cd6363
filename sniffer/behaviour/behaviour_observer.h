#pragma once

#include <cstdint>
#include <string_view>

#include "sniffer/app/transaction.h"
#include "sniffer/behaviour/behaviour_stats.h"
#include "sniffer/behaviour/observation.h"
#include "sniffer/behaviour/open_requests.h"
#include "sniffer/flow/flow.h"
#include "sniffer/flow/siphash.h"

namespace rampart::sniffer {

class AppLayer;

// Sees in packets and transactions what BehaviourWatch judges. Most packets show nothing. Memory is
// constant. One thread.
class BehaviourObserver {
 public:
  // The sink is borrowed. Observers of one watch share a random key.
  BehaviourObserver(HashKey key, ObservationSink& sink) : key_(key), sink_(sink) {}

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

  // Of own traffic and of what could not be timed; the rest is the watch's.
  [[nodiscard]] BehaviourStats stats() const;

 private:
  using What = Observation::What;
  struct More {
    std::uint32_t number = 0;
    double value = 0;
    bool witness = true;
  };
  // Passes over what own flows show, but for how they are served.
  void tell(What what, const Flow& flow, base::WallTime at, More more);
  void tell(What what, const Flow& flow, base::WallTime at) { tell(what, flow, at, {}); }
  void opening(const Packet& packet, const Flow& flow, Direction direction, const TcpEvent& event);
  void reset(const Packet& packet, const Flow& flow, Direction direction, const TcpEvent& event);
  // What applications say; behaviour_application.cc.
  void follow_request(const Packet& packet, Flow& flow, const TcpEvent& event, const AppLayer& app);
  void follow_logins(const Packet& packet, Flow& flow, const AppLayer& app);
  void http(Flow& flow, const Transaction& transaction, Direction direction, base::WallTime at);
  void on_request(const Flow& flow, const Transaction& transaction, base::WallTime at);
  void on_answer(Flow& flow, const Transaction& transaction, base::WallTime at);
  void judge_answer(Flow& flow, const Transaction& transaction, unsigned status, base::WallTime at);
  [[nodiscard]] std::uint64_t hash_of(std::string_view text) const;

  // Set at construction.
  const HashKey key_;
  ObservationSink& sink_;

  behaviour::OpenRequests requests_;
  std::int64_t open_second_ = 0;  // since the epoch
  std::uint64_t own_ = 0;
};

}  // namespace rampart::sniffer
