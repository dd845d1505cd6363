#include "correlator/conclude.h"

#include <algorithm>

#include "correlator/bystanders.h"
#include "correlator/capacity.h"
#include "correlator/client_limit.h"
#include "correlator/exit_code.h"
#include "correlator/objectives.h"
#include "correlator/rules.h"
#include "correlator/summaries.h"
#include "correlator/validity.h"

namespace rampart::correlator {
namespace {

// Slowness that only the load saw while its own client was at the limit is the client's.
bool is_clients_own(const Episode& e, const std::vector<model::TimeSpan>& at_limit) {
  if (e.symptom != Symptom::slow || e.probe_marks > 0) return false;
  base::Nanos shared{0};
  for (const auto& span : at_limit) shared += overlap(span, e.window);
  return 2 * shared >= e.window.to - e.window.from;
}

std::vector<std::vector<Episode>> episodes_of(const Timeline& t) {
  const auto at_limit = client_at_limit(t);
  std::vector<std::vector<Episode>> all;
  for (const auto& view : t.targets) {
    auto& episodes = all.emplace_back(find_episodes(view));
    std::erase_if(episodes, [&](const Episode& e) {
      return is_clients_own(e, at_limit) || is_searching(t, e.window, e.symptom);
    });
  }
  return all;
}

std::vector<model::Verdict> verdicts_of(const Timeline& t,
                                        const std::vector<std::vector<Episode>>& episodes) {
  const auto attacks = find_attacks(t);
  std::vector<model::Verdict> verdicts;
  for (std::size_t i = 0; i < t.targets.size(); ++i)
    for (std::size_t k = 0; k < episodes[i].size(); ++k)
      verdicts.push_back(judge(gather(t, t.targets[i], episodes[i], k, attacks)));
  for (std::size_t i = 0; i < t.targets.size(); ++i)
    for (auto& v : judge_exporters(t, t.targets[i], episodes[i])) verdicts.push_back(std::move(v));
  judge_attacks(t, attacks, verdicts);
  judge_detections(t, verdicts);
  judge_the_rest(t, verdicts);
  for (auto& v : verdicts) {
    v.window.from = std::clamp(v.window.from, base::Nanos(0), t.end);
    v.window.to = std::clamp(v.window.to, v.window.from, t.end);
  }
  std::stable_sort(verdicts.begin(), verdicts.end(),
                   [](const auto& a, const auto& b) { return a.window.from < b.window.from; });
  return verdicts;
}

}  // namespace

model::RunResult conclude(const model::Evidence& e) {
  const auto timeline = lay_out(e);
  const auto episodes = episodes_of(timeline);
  std::vector<model::TimeSpan> silent;
  for (const auto& of_target : episodes)
    for (const auto& episode : of_target)
      if (episode.symptom != Symptom::slow) silent.push_back(episode.window);

  model::RunResult r;
  r.run = e.run;
  r.scenario = e.plan.name;
  r.started = timeline.align.started();
  r.length = timeline.end;
  r.load = summarise_loads(e);
  r.client = summarise_client(e);
  r.probes = summarise_probes(e);
  r.up = summarise_up(e);
  r.wire = summarise_wire(e);
  if (e.plan.canaries || !e.canaries.empty()) r.detection = summarise_canaries(timeline);
  auto validity = validate(timeline, silent);
  r.capacity = conclude_capacity(timeline);
  if (r.capacity) validity = validate_search(*r.capacity, std::move(validity));
  r.validity = validity.validity;
  r.validity_reason = std::move(validity.reason);
  r.client.limited_by = std::move(validity.limited_by);
  r.verdicts = verdicts_of(timeline, episodes);
  r.objectives = weigh_objectives(e, r);
  r.drops = e.drops;
  r.exit_code = exit_code(r);
  return r;
}

}  // namespace rampart::correlator
