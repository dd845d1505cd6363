#include "reports/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <tuple>

#include "reports/figures.h"

namespace rampart::reports {
namespace {

int weight(model::State state) {
  switch (state) {
    case model::State::down: return 3;
    case model::State::degraded: return 2;
    case model::State::unknown: return 1;
    case model::State::healthy: return 0;
  }
  return 0;
}

// What a person did.
std::string signal_text(int signal) {
  if (signal == SIGINT) return "Ctrl-C (SIGINT)";
  return signal == SIGTERM ? "SIGTERM" : fmt::format("signal {}", signal);
}

// Of two times of trouble of one kind the longer one is worse, then the later one.
auto seriousness(const model::Verdict& v) {
  const bool trouble = weight(v.state) >= weight(model::State::degraded);
  const bool attack = by_others(v);
  const bool degrading_attack = attack && v.impact == model::Impact::degrading;
  const auto lasted = trouble ? v.window.to - v.window.from : base::Nanos(0);
  const auto began = trouble ? v.window.from : base::Nanos(0);
  return std::make_tuple(weight(v.state), !only_monitoring(v), degrading_attack, attack,
                         !is_attack(v.cause), lasted, began, v.confidence);
}

}  // namespace

bool only_monitoring(const model::Verdict& verdict) {
  return verdict.cause == model::Cause::fault_exporter_down;
}

bool by_others(const model::Verdict& verdict) {
  return is_attack(verdict.cause) && verdict.actor != model::Actor::own;
}

bool worse(const model::Verdict& a, const model::Verdict& b) {
  return seriousness(a) > seriousness(b);
}

const model::Verdict* worst_verdict(const model::RunResult& result) {
  const auto worst = std::max_element(result.verdicts.begin(), result.verdicts.end(),
                                      [](const auto& a, const auto& b) { return worse(b, a); });
  return worst == result.verdicts.end() ? nullptr : &*worst;
}

std::string_view cause_meaning(model::Cause cause) {
  using enum model::Cause;
  switch (cause) {
    case none: return "";
    case overload_self: return "our own load went past what the server can do";
    case fault_process_down: return "nothing listens: the process is gone";
    case fault_hang: return "the server accepts connections and does not answer";
    case fault_slow: return "the server answers, much more slowly than before";
    case fault_http_5xx: return "the server answers with errors of its own";
    case fault_backlog: return "the kernel turns connections away: the accept queue is full";
    case fault_dns: return "the name does not resolve";
    case fault_tls_expired: return "the certificate has expired";
    case fault_tls_mismatch: return "the certificate is for another name";
    case fault_packet_loss: return "packets are lost on the way";
    case fault_network_latency: return "the network takes longer than before";
    case fault_blackhole: return "packets vanish: nothing comes back";
    case fault_reject: return "connections are rejected";
    case fault_exporter_down:
      return "only the metrics page is unreachable or wrong, users are served";
    case fault_cpu: return "the host is out of CPU for reasons other than this load";
    case fault_memory: return "the host is out of memory";
    case fault_fds: return "the server is out of file descriptors";
    case fault_disk: return "the disk is full or too slow";
    case attack_syn_flood: return "a flood of SYN packets that are not ours";
    case attack_icmp_flood: return "a flood of ICMP packets that are not ours";
    case attack_udp_flood: return "a flood of UDP packets that are not ours";
    case attack_http_flood: return "a flood of HTTP requests that are not ours";
    case attack_slow_http: return "requests kept open on purpose, byte by byte";
    case attack_port_scan: return "somebody tries port after port";
    case attack_brute_force: return "somebody tries password after password";
    case attack_signature: return "requests that match an attack signature";
    case unknown: return "the evidence does not single out a cause";
  }
  return "";
}

std::string exit_meaning(const model::RunResult& result) {
  if (result.capacity && result.exit_code == 0) return "the capacity was found";
  if (result.capacity && result.exit_code == 6) return "undecided: the capacity was not found";
  switch (result.exit_code) {
    case 0: return result.objectives.empty() ? "no objectives were set" : "all met";
    case 1: return "runtime error";
    case 2: return "usage, configuration or not authorised";
    case 3: return "an objective was missed";
    case 4: return "an attack degrades the service";
    case 5: return "the load generator was the limit, the figures are not valid";
    case 6: {
      const auto dead = std::find_if(result.load.begin(), result.load.end(), model::never_answered);
      if (dead != result.load.end())
        return fmt::format("undecided: {} never got an answer that it expects", dead->name);
      return "undecided: too few samples";
    }
    case 130:
    case 143: return "interrupted";
    default: return "unknown exit code";
  }
}

std::string end_text(const model::RunResult& result) {
  const auto at = run_time_text(result.length);
  const auto why = result.run.end_reason.empty() ? "" : ": " + result.run.end_reason;
  switch (result.run.end) {
    case model::RunEnd::completed: return "";
    case model::RunEnd::unfinished:
      return fmt::format(
          "cut off: no stop was recorded, the last record is at {}; what follows is incomplete{}",
          at, why);
    case model::RunEnd::interrupted:
      return fmt::format("interrupted by {} at {}; what follows is what was seen until then",
                         signal_text(result.run.end_signal), at);
    case model::RunEnd::stopped: return fmt::format("stopped at {} by stop_when{}", at, why);
    case model::RunEnd::failed: return fmt::format("failed at {}{}", at, why);
  }
  return "";
}

std::string validity_text(const model::RunResult& result) {
  const auto& reason = result.validity_reason;
  const auto with = [&reason](std::string_view word) {
    return reason.empty() ? std::string(word) : fmt::format("{}: {}", word, reason);
  };
  switch (result.validity) {
    case model::Validity::valid: return with("valid");
    case model::Validity::client_limited:
      return with("not valid, the load generator itself was the limit");
    case model::Validity::inconclusive: return with("inconclusive");
  }
  return "";
}

}  // namespace rampart::reports
