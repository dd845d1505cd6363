#pragma once

#include <optional>
#include <span>

#include "model/capacity.h"

namespace rampart::correlator {

// A 95 % interval of the capacity, the rate at which a trial is as likely to keep its limits as to
// miss them, from the outcomes of all trials. The chance to keep them is taken to fall along a
// logistic curve over the logarithm of the rate; the interval holds every capacity whose profile
// likelihood, over all widths of the curve, is within 1.92 of the best one's logarithm (half of the
// 95 % quantile of chi-squared with one degree of freedom; D. R. Cox and D. Oakes, Analysis of
// Survival Data, 3.3). Three votes that agree at each end of a bracket give the bracket itself;
// votes that disagree widen it. It is never wider than the rates that were tried, and it speaks of
// the scatter between trials, not of what a longer trial would have shown. Nothing without trials
// that kept the limits and trials that missed them.
//
// `found` is the search's answer, the highest rate that most of its trials kept. Where one of the
// trials at the next rate was kept too, the likeliest capacities may all lie above it; the interval
// is then widened to hold it, since that rate was seen to work. The upper end may lie above the
// lowest rate that was missed.
std::optional<model::RateInterval> capacity_interval(std::span<const model::Trial> trials,
                                                     base::Rps found);

}  // namespace rampart::correlator
