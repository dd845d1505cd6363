#include <fmt/core.h>

#include "scenarios/arrival_times.h"
#include "scenarios/compile.h"
#include "scenarios/text_file.h"

namespace rampart::scenarios {

namespace {

constexpr std::size_t kMaxArrivalTimesOfAll = 10'000'000;

}  // namespace

void compile_replay(const Section& arrival, const Draft& draft, model::Arrival& out) {
  constexpr base::Nanos kShortest = std::chrono::milliseconds(100);
  for (const auto* other : {"rate", "stages", "distribution", "burst"})
    if (arrival.has(other))
      arrival.error(other, fmt::format("the replayed times already say it: leave {} out", other));
  out.duration = kShortest;
  const auto path = existing_file(arrival, "replay", draft);
  if (path.empty()) return;
  std::size_t earlier = 0;
  for (const auto& load : draft.plan.loads) earlier += load.arrival.replay.size();
  if (earlier > kMaxArrivalTimesOfAll)
    return arrival.error("replay", fmt::format("all loads together replay more than {} times",
                                               kMaxArrivalTimesOfAll));
  const auto text = read_text_file(path, kMaxArrivalTimesMebibytes);
  if (!text) return arrival.error("replay", text.error().text);
  auto times = parse_arrival_times(*text);
  if (!times) return arrival.error("replay", fmt::format("{}:{}", path, times.error().text));
  out.replay = *std::move(times);
  // The last one is due within the load, not at its end.
  const auto needed = std::max(kShortest, out.replay.back() + base::Nanos(1));
  out.duration = arrival.has("duration") ? arrival.duration("duration") : needed;
  if (out.duration < needed)
    arrival.error("duration", fmt::format("the last time of {} is {} after the start: leave "
                                          "duration out, or make it longer",
                                          path, base::format_duration(out.replay.back())));
}

}  // namespace rampart::scenarios
