#pragma once

#include <cstdint>

namespace rampart::sniffer {

struct BehaviourStats {
  std::uint64_t reports = 0;     // begins, updates and ends
  std::uint64_t incidents = 0;   // attacks
  std::uint64_t own = 0;         // handshakes, datagrams and requests of this run: never suspects
  std::uint64_t displaced = 0;   // hosts, endpoints and sources forgotten for lack of places
  std::uint64_t untimed = 0;     // requests under way beyond those that can be timed
  std::uint64_t unlisted = 0;    // suspicious acts whose senders could not be listed
  std::uint64_t unreported = 0;  // attacks beyond those that can be followed at a time

  BehaviourStats& operator+=(const BehaviourStats& other) {
    reports += other.reports;
    incidents += other.incidents;
    own += other.own;
    displaced += other.displaced;
    untimed += other.untimed;
    unlisted += other.unlisted;
    unreported += other.unreported;
    return *this;
  }
};

}  // namespace rampart::sniffer
