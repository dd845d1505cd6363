#include "base/histogram.h"

#include <benchmark/benchmark.h>

#include <cstdint>
#include <random>
#include <vector>

namespace {

using rampart::base::Histogram;
using rampart::base::Nanos;

// Service times as a healthy server has them: log-normal around 1 ms.
std::vector<Nanos> times() {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> around(13.8, 0.7);
  std::vector<Nanos> out;
  for (int i = 0; i < 4096; ++i) out.push_back(Nanos(static_cast<std::int64_t>(around(random))));
  return out;
}

Histogram filled() {
  Histogram histogram;
  for (const auto t : times()) histogram.record(t);
  return histogram;
}

void record(benchmark::State& state) {
  const auto values = times();
  Histogram histogram;
  std::size_t i = 0;
  for (auto _ : state) histogram.record(values[i++ % values.size()]);
  benchmark::DoNotOptimize(histogram.count());
}
BENCHMARK(record);

void merge(benchmark::State& state) {
  const auto part = filled();
  Histogram whole;
  for (auto _ : state) whole.merge(part);
  benchmark::DoNotOptimize(whole.count());
}
BENCHMARK(merge);

// What a worker does with each of its histograms once a second.
void copy(benchmark::State& state) {
  const auto histogram = filled();
  for (auto _ : state) {
    const Histogram taken(histogram);
    benchmark::DoNotOptimize(taken.count());
  }
}
BENCHMARK(copy);

void percentile(benchmark::State& state) {
  const auto histogram = filled();
  for (auto _ : state) benchmark::DoNotOptimize(histogram.at(99));
}
BENCHMARK(percentile);

void encode(benchmark::State& state) {
  const auto histogram = filled();
  for (auto _ : state) benchmark::DoNotOptimize(encode_hdr_v2_compressed(histogram));
}
BENCHMARK(encode);

}  // namespace
