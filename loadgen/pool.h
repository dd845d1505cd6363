#pragma once

#include <cstdint>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "loadgen/channel.h"
#include "model/outbox.h"
#include "model/owner.h"
#include "model/plan.h"

namespace rampart::loadgen {

// The channels of one load on one worker: where each connects to and from, how fast, and when it
// tries again. Loop thread only.
class Pool {
 public:
  struct Options {
    const model::LoadSpec& spec;
    const model::Target& target;
    std::uint32_t worker = 0;
    std::uint32_t workers = 1;  // that share the connection rate
    std::uint64_t seed = 0;
  };

  Pool(Options options, model::Outbox<model::OwnTuple>& tuples);

  void add(std::unique_ptr<Channel> channel);
  [[nodiscard]] std::span<const std::unique_ptr<Channel>> channels() const { return channels_; }

  // Opens a closed channel: now, or in its turn where a connection rate is set.
  void connect(Channel& channel, base::MonoTime now);
  // The channel is open.
  void opened(Channel& channel);
  // The channel has ended or is given up: closes it. Returns the state that it was in.
  Channel::State end(Channel& channel);
  // After a failure: a pause that grows.
  void retry_later(Channel& channel, base::MonoTime now);

  // Opens the channels whose turn has come.
  void open_queued(base::MonoTime now);
  // A channel that has tried to connect for too long; null where there is none.
  [[nodiscard]] Channel* timed_out(base::MonoTime now) const;
  // The channels whose pause is over, closed again.
  template <class Function>
  void wake_rested(base::MonoTime now, Function revive) {
    for (auto* c = backing_off_.front(); c != nullptr;) {
      auto* next = c->link.next;
      if (c->deadline <= now) {
        backing_off_.remove(*c);
        c->state = Channel::State::closed;
        revive(*c);
      }
      c = next;
    }
  }

 private:
  void dial(Channel& channel, base::MonoTime now);

  using List = IntrusiveList<Channel, &Channel::link>;

  const Options options_;
  model::Outbox<model::OwnTuple>& tuples_;
  std::vector<base::IpAddress> sources_;
  base::Nanos between_connects_{0};
  base::MonoTime next_connect_;
  std::mt19937 jitter_;
  std::vector<std::unique_ptr<Channel>> channels_;
  List queued_;       // first come, first opened
  List connecting_;   // by deadline: all wait equally long
  List backing_off_;  // any order
};

// Every address of the networks, in order, at most `most`; of an IPv4 network with more than two
// addresses not the first and the last.
std::vector<base::IpAddress> addresses_of(const std::vector<base::Cidr>& networks,
                                          std::size_t most);

}  // namespace rampart::loadgen
