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
#include "net/loop.h"

namespace rampart::loadgen {

// The channels of one load on one worker: where each connects to and from, how fast, and when it
// tries again. However many are to be opened, each turn of the loop opens for 5 ms at most, so that
// those that are open are served meanwhile: of 20,000 connections from one address the last ones
// take the kernel a millisecond each, to find a port. Loop thread only.
class Pool final : private net::Deferred {
 public:
  struct Options {
    const model::LoadSpec& spec;
    const model::Target& target;
    std::uint32_t worker = 0;
    std::uint32_t workers = 1;  // that share the connection rate
    std::uint64_t seed = 0;
  };

  // All outlive it.
  struct Surroundings {
    net::Loop& loop;
    const base::Clock& clock;
    model::Outbox<model::OwnTuple>& tuples;
  };

  Pool(Options options, Surroundings around);

  void add(std::unique_ptr<Channel> channel);
  [[nodiscard]] std::span<const std::unique_ptr<Channel>> channels() const { return channels_; }

  // Opens a closed channel: now, or in its turn.
  void connect(Channel& channel);
  // Those that still wait for their turn go on waiting.
  void stop() { stopped_ = true; }
  // The channel is open.
  void opened(Channel& channel);
  // The channel has ended or is given up: closes it. Returns the state that it was in.
  Channel::State end(Channel& channel);
  // After a failure: a pause that grows.
  void retry_later(Channel& channel, base::MonoTime now);

  // Opens the channels whose turn has come.
  void open_queued();
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
  void before_wait() override;
  [[nodiscard]] bool may_dial() const;
  void dial(Channel& channel);

  using List = IntrusiveList<Channel, &Channel::link>;

  const Options options_;
  Surroundings around_;
  std::vector<base::IpAddress> sources_;
  base::Nanos between_connects_{0};
  base::MonoTime next_connect_;
  base::Nanos dialled_{0};  // time that opening has taken in this turn of the loop
  bool stopped_ = false;
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
