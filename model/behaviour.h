#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ip_address.h"
#include "base/result.h"
#include "base/units.h"
#include "model/verdict.h"

// Attacks that no signature describes: floods, scans, guessed passwords. What they are is told from
// how much of it there is. docs/behaviour.md explains each number.

namespace rampart::model {

// Detections of behaviour have a generator id of their own, so that their sids are free of those of
// rules.
inline constexpr std::uint32_t kBehaviourGid = 1000;

// Floors: below them nothing is reported, however unusual it is.
struct BehaviourSpec {
  bool enabled = true;
  base::Rps syn_flood{100};          // handshakes begun and not completed, per host
  base::Rps icmp_flood{250};         // packets, per host
  base::Rps udp_flood{1000};         // datagrams of conversations without an answer, per host
  base::Rps http_flood{200};         // requests, per endpoint
  std::uint32_t slow_http = 20;      // requests that trickle at a time, per endpoint
  std::uint32_t scan_ports = 15;     // of one host, tried by one source within five minutes
  std::uint32_t scan_hosts = 25;     // the same port of so many
  std::uint32_t failed_logins = 20;  // by one source at one endpoint within a minute
  double factor = 4;                 // times what is usual there
  base::Nanos warm_up = std::chrono::seconds(30);  // until that is known
};

enum class BehaviourPhase : std::uint8_t { begin, update, end };
std::string_view to_string(BehaviourPhase phase);

struct BehaviourSource {
  base::IpAddress address;
  std::uint64_t count = 0;  // at least so many
  bool operator==(const BehaviourSource&) const = default;
};

// One observation of the time of the attack.
struct BehaviourMeasure {
  std::string series;  // "handshakes completed"
  double value = 0;
  std::string unit;      // "/s", "%", "ms"
  std::string expected;  // as before: "98 % before"
  bool operator==(const BehaviourMeasure&) const = default;
};

// What is known of one attack by now: each later report of it takes the place of the earlier.
struct Behaviour {
  Cause cause = Cause::unknown;  // attack.syn_flood, ... never attack.signature
  BehaviourPhase phase = BehaviourPhase::begin;
  std::uint64_t number = 0;  // of the attack, in the capture
  base::Endpoint target;     // port 0: the whole host
  base::WallTime from;       // beginning of the first second above the threshold
  base::WallTime to;         // end of the last one
  std::uint64_t count = 0;   // of all that was counted
  double rate = 0;           // mean of the time, per second; slow_http: at a time
  double peak = 0;           // of the highest second
  double threshold = 0;
  double baseline = 0;               // what was usual; 0: nothing, or not known
  std::string unit;                  // of these four: "handshakes/s"
  std::uint64_t sources = 0;         // distinct, estimated
  std::vector<BehaviourSource> top;  // those that stand out, most active first
  Impact impact = Impact::absorbed;
  std::vector<BehaviourMeasure> evidence;

  bool operator==(const Behaviour&) const = default;
};

// The sid of each attack, and back; 0 and unknown where there is none. Stable: docs/behaviour.md.
std::uint32_t behaviour_sid(Cause cause);
Cause behaviour_cause(std::uint32_t sid);

// The object `behaviour` of an EVE line, and the text that the store keeps.
std::string to_json(const Behaviour& behaviour);
// Errc::parse for anything that the above did not write.
base::Result<Behaviour> behaviour_from_json(std::string_view text);

}  // namespace rampart::model
