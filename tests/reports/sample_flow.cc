#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

using namespace std::chrono_literals;

model::StepSummary step(std::string name, std::uint64_t started, std::uint64_t failed,
                        base::Nanos median) {
  model::StepSummary out;
  out.name = std::move(name);
  out.counters.offered = out.counters.started = started;
  out.counters.failed = failed;
  out.counters.completed = started - failed;
  base::Histogram latency;
  for (std::uint64_t i = 0; i < started; ++i)
    latency.record(median / 2 + median * static_cast<base::Nanos::rep>(i % 1000) / 1000);
  out.latency = out.service = model::Percentiles::of(latency);
  return out;
}

}  // namespace

SampleRun sample_flow() {
  auto run = sample_run();
  auto& load = run.result.load.at(0);
  load.steps = {step("GET /login", 4100, 0, 6ms), step("POST /login", 4100, 37, 41ms),
                step("GET /cart?user={{users.name}}&page={{flow.number}}", 4063, 0, 12ms)};
  load.asked_rate = 110;
  load.flow_rate = 100.5;
  auto& errors = load.steps[1].counters.errors;
  errors[static_cast<std::size_t>(model::LoadError::http_5xx)] = 30;
  errors[static_cast<std::size_t>(model::LoadError::not_extracted)] = 7;
  load.tls = {.version = "TLSv1.3",
              .cipher = "TLS_AES_256_GCM_SHA384",
              .group = "X25519",
              .alpn = "",
              .key_type = "RSA",
              .key_bits = 2048};
  load.counters.handshakes = 64;
  return run;
}

}  // namespace rampart::reports
