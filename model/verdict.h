#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/anchor.h"

// The words of judgement. Fixed: benchmarks score them.

namespace rampart::model {

enum class State : std::uint8_t { healthy, degraded, down, unknown };
enum class Impact : std::uint8_t { none, absorbed, degrading, unknown };
enum class Actor : std::uint8_t { own, bystander, attacker, internal, unknown };

enum class Cause : std::uint8_t {
  none,  // with State::healthy
  overload_self,
  fault_process_down,
  fault_hang,
  fault_slow,
  fault_http_5xx,
  fault_backlog,
  fault_dns,
  fault_tls_expired,
  fault_tls_mismatch,
  fault_packet_loss,
  fault_network_latency,
  fault_blackhole,
  fault_reject,
  fault_exporter_down,
  fault_cpu,
  fault_memory,
  fault_fds,
  fault_disk,
  attack_syn_flood,
  attack_icmp_flood,
  attack_udp_flood,
  attack_http_flood,
  attack_slow_http,
  attack_port_scan,
  attack_brute_force,
  attack_signature,
  unknown,
};

// "overload.self", "fault.hang", ... as in the JSON.
std::string_view to_string(State state);
std::string_view to_string(Impact impact);
std::string_view to_string(Actor actor);
std::string_view to_string(Cause cause);
std::optional<State> state_from(std::string_view name);
std::optional<Impact> impact_from(std::string_view name);
std::optional<Actor> actor_from(std::string_view name);
std::optional<Cause> cause_from(std::string_view name);
[[nodiscard]] bool is_attack(Cause cause);

// One observation that speaks for the verdict.
struct EvidenceItem {
  std::string series;  // "probe web-http success", "load browse latency p99"
  TimeSpan window;
  double value = 0;
  std::string unit;      // "ms", "%", "/s", "" for a count
  std::string expected;  // what it would be without the cause: "< 5.2 ms (baseline)"
};

struct RuledOut {
  Cause cause = Cause::unknown;
  std::string because;
};

struct Verdict {
  std::string target;
  State state = State::unknown;
  Cause cause = Cause::unknown;
  Impact impact = Impact::none;
  Actor actor = Actor::unknown;
  double confidence = 0;  // 0 to 1
  TimeSpan window;
  std::string summary;  // one sentence for people
  std::vector<EvidenceItem> evidence;
  std::vector<RuledOut> ruled_out;
};

}  // namespace rampart::model
