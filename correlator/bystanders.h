#pragma once

#include <vector>

#include "correlator/attacks.h"
#include "correlator/episode.h"
#include "correlator/timeline.h"
#include "model/verdict.h"

// Verdicts that are not about an episode of trouble: monitoring that broke, attacks that were
// absorbed, canaries, and targets that are well.

namespace rampart::correlator {

// fault.exporter_down for stretches of two or more failed scrapes while the service was served;
// unknown where nobody saw the service then, and where it was the scraper that stopped or was not
// let in. Pages that fail alike at the same time are one verdict. Scrapes that fail during an
// episode belong to it, and whether users were served is asked outside of it.
std::vector<model::Verdict> judge_exporters(const Timeline& timeline, const TargetView& view,
                                            const std::vector<Episode>& episodes);

// Puts the attacks among the verdicts of the episodes: one that caused an episode takes over its
// verdict (with the attack's window). Any other is absorbed, unless the wire shows that others
// suffered from it and no probe or load of this run was served well meanwhile.
void judge_attacks(const Timeline& timeline, const std::vector<Attack>& attacks,
                   std::vector<model::Verdict>& verdicts);

// attack.signature for detections: one verdict by this run (actor own) for its canaries, one per
// group of detections in the traffic of others, groups being 30 s apart. Detections on load and
// probe traffic give none.
void judge_detections(const Timeline& timeline, std::vector<model::Verdict>& verdicts);

// One healthy verdict for each target that is neither degraded nor down by the verdicts so far; a
// degraded one of unknown cause where 5 % and more failed without making an episode; an unknown one
// where nobody looked.
void judge_the_rest(const Timeline& timeline, std::vector<model::Verdict>& verdicts);

}  // namespace rampart::correlator
