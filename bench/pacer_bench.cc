#include "loadgen/pacer.h"

#include <benchmark/benchmark.h>

namespace {

using namespace std::chrono_literals;
using rampart::base::Rps;
using rampart::loadgen::Pacer;
using rampart::model::Arrival;

void walk(benchmark::State& state, const Arrival& arrival) {
  Pacer pacer(arrival, {0, 1}, 1);
  for (auto _ : state) {
    pacer.advance();
    if (pacer.due() == Pacer::kNever) pacer = Pacer(arrival, {0, 1}, 1);
    benchmark::DoNotOptimize(pacer.due());
  }
}

Arrival ramp(double from, double to, Arrival::Distribution distribution) {
  Arrival arrival;
  arrival.distribution = distribution;
  arrival.stages = {{Rps{from}, Rps{to}, 1000s}};
  arrival.duration = 1000s;
  return arrival;
}

void constant(benchmark::State& state) {
  walk(state, ramp(1e6, 1e6, Arrival::Distribution::constant));
}
BENCHMARK(constant);

void ramped(benchmark::State& state) { walk(state, ramp(0, 2e6, Arrival::Distribution::constant)); }
BENCHMARK(ramped);

void poisson(benchmark::State& state) {
  walk(state, ramp(1e6, 1e6, Arrival::Distribution::poisson));
}
BENCHMARK(poisson);

}  // namespace
