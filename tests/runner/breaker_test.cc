#include "runner/breaker.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

#include "base/units.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

model::StopWhen availability(double below, base::Nanos over) {
  model::StopWhen limits;
  limits.availability_below = base::Ratio{below};
  limits.availability_over = over;
  return limits;
}
model::StopWhen errors(double above, base::Nanos over) {
  model::StopWhen limits;
  limits.errors_above = base::Ratio{above};
  limits.errors_over = over;
  return limits;
}

Breaker::Second probes(std::uint64_t sent, std::uint64_t ok) { return {1s, sent, ok, 0, 0}; }
Breaker::Second requests(std::uint64_t ended, std::uint64_t failed) {
  return {1s, 0, 0, ended, failed};
}

struct Case {
  const char* name;
  model::StopWhen limits;
  std::vector<Breaker::Second> seconds;
  std::optional<std::size_t> trips;  // in this second
};

TEST(Breaker, TripsOnceAConditionHasHeldForLongEnough) {
  const auto bad = probes(1, 0);
  const auto good = probes(1, 1);
  const auto none = probes(0, 0);
  const auto half = probes(2, 1);
  const std::vector<Case> cases{
      {"no limit", {}, {bad, bad, requests(10, 10)}, {}},
      {"at once", availability(0.5, 0s), {good, bad}, 1},
      {"three seconds", availability(0.5, 3s), {bad, bad, bad}, 2},
      {"two are not three", availability(0.5, 3s), {bad, bad, good, bad, bad}, {}},
      {"exactly the limit is not below it", availability(0.5, 0s), {half, half}, {}},
      {"silence does not trip", availability(0.5, 3s), {bad, none, none, none}, {}},
      {"but counts once it is known to have gone on",
       availability(0.5, 3s),
       {bad, none, none, bad},
       3},
      {"or to have ended", availability(0.5, 3s), {bad, none, none, good, bad, bad}, {}},
      {"silence before the first failure does not count",
       availability(0.5, 3s),
       {none, none, none, bad, bad},
       {}},
      {"a probe every five seconds",
       availability(0.5, 10s),
       {bad, none, none, none, none, bad, none, none, none, none, bad},
       10},
      {"errors", errors(0.1, 2s), {requests(100, 11), requests(100, 11)}, 1},
      {"exactly the limit is not above it", errors(0.1, 0s), {requests(100, 10)}, {}},
      {"a good second begins anew",
       errors(0.1, 2s),
       {requests(10, 10), requests(10, 0), requests(10, 10)},
       {}},
      {"nothing ends during a hang, then timeouts",
       errors(0.1, 4s),
       {requests(9, 9), requests(0, 0), requests(0, 0), requests(9, 9)},
       3},
  };
  for (const auto& [name, limits, seconds, trips] : cases) {
    Breaker breaker(limits);
    std::optional<std::size_t> tripped;
    for (std::size_t i = 0; i < seconds.size() && !tripped; ++i)
      if (breaker.feed(seconds[i])) tripped = i;
    EXPECT_EQ(tripped, trips) << name;
  }
}

TEST(Breaker, SaysWhichConditionHeld) {
  Breaker availability_breaker(availability(0.5, 0s));
  EXPECT_EQ(availability_breaker.feed(probes(4, 1)),
            "availability below 50 % for " + base::format_duration(0s));
  Breaker error_breaker(errors(0.25, 1s));
  EXPECT_EQ(error_breaker.feed(requests(4, 2)),
            "errors above 25 % for " + base::format_duration(1s));
}

}  // namespace
}  // namespace rampart::runner
