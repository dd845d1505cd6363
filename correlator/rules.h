#pragma once

#include <string>
#include <vector>

#include "correlator/facts.h"
#include "model/verdict.h"

namespace rampart::correlator {

// What one cause rule makes of an episode.
struct Opinion {
  model::Cause cause = model::Cause::unknown;
  double score = 0;       // 0 to 1; below 0.5 the cause is ruled out
  std::string because{};  // why it is ruled out
  model::State state = model::State::degraded;
  model::Actor actor = model::Actor::internal;
  std::string summary{};  // one sentence where it is the cause
};

// One function per cause, one file per family: rule_load, rule_service, rule_network, rule_attack.
Opinion judge_overload(const Facts& f);
Opinion judge_slow(const Facts& f);
Opinion judge_process_down(const Facts& f);
Opinion judge_hang(const Facts& f);
Opinion judge_http_5xx(const Facts& f);
Opinion judge_tls_expired(const Facts& f);
Opinion judge_tls_mismatch(const Facts& f);
Opinion judge_dns(const Facts& f);
Opinion judge_blackhole(const Facts& f);
Opinion judge_reject(const Facts& f);
Opinion judge_syn_flood(const Facts& f);
Opinion judge_signature(const Facts& f);
// One for each other attack that was under way.
std::vector<Opinion> judge_other_attacks(const Facts& f);

// Exactly one cause for the episode: the best opinion, or unknown where none reaches 0.5 or two are
// too close to call.
model::Verdict judge(const Facts& f);

// What was observed in the window, as evidence. Never empty.
std::vector<model::EvidenceItem> evidence_of(const Facts& f);

}  // namespace rampart::correlator
