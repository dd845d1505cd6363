#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <atomic>
#include <filesystem>
#include <string>

#include "runner/prepare.h"
#include "runner/run.h"

namespace rampart::runner {

// A folder for a database, gone at the end of the test.
class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rampart-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name = "run.db") const {
    return (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

// The counters that a program's signal handler sets.
struct Signals {
  std::atomic<int> count{0};
  std::atomic<int> number{0};

  void raise(int signal) {
    number = signal;
    ++count;
  }
};

inline RunOptions options_for(const std::string& database, const Signals& signals) {
  return {.database = database,
          .command = "rampart run test.yml",
          .sniff = true,
          .signals = &signals.count,
          .signal_number = &signals.number,
          .on_progress = {}};
}

// One target with a load of `rate` requests a second and a probe every 200 ms.
inline model::Plan small_plan(const base::Endpoint& at, double rate, base::Nanos duration) {
  model::Plan plan;
  plan.name = "small";
  plan.duration = duration;
  model::Target target;
  target.name = "web";
  target.url = {"http", "127.0.0.1", at.port, "/"};
  plan.targets.push_back(target);
  model::LoadSpec load;
  load.name = "browse";
  load.connections = 8;
  load.steps.emplace_back().name = "GET /";
  load.arrival.stages = {{base::Rps{rate}, base::Rps{rate}, duration}};
  load.arrival.duration = duration;
  plan.loads.push_back(load);
  model::ProbeSpec probe;
  probe.name = "web-http";
  probe.interval = std::chrono::milliseconds(200);
  probe.timeout = std::chrono::milliseconds(180);
  plan.probes.push_back(probe);
  const auto prepared = prepare(plan, scenarios::Authorisation::loopback_only());
  EXPECT_TRUE(prepared) << prepared.error().text;
  return plan;
}

inline void expect_balance(const model::LoadSummary& load) {
  const auto& c = load.counters;
  EXPECT_EQ(c.offered, c.started + c.missed);
  EXPECT_EQ(c.started, c.completed + c.failed + load.in_flight);
}

}  // namespace rampart::runner
