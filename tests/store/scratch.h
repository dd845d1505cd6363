#pragma once

#include <sqlite3.h>
#include <stdlib.h>

#include <filesystem>
#include <string>

#include "model/evidence.h"

namespace rampart::store {

// A folder that is gone at the end of the test.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rampart-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  [[nodiscard]] std::string file(const std::string& name = "run.db") const {
    return (folder_ / name).string();
  }

 private:
  std::filesystem::path folder_;
};

// Runs SQL on a file as an unrelated program would.
inline int run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  sqlite3_open(path.c_str(), &db);
  const int code = sqlite3_exec(db, sql, nullptr, nullptr, nullptr);
  sqlite3_close(db);
  return code;
}

inline base::MonoTime mono_at(double seconds) {
  return base::MonoTime(std::chrono::hours(30)) + base::from_seconds(seconds);
}
inline base::WallTime wall_at(double seconds) {
  return base::WallTime(std::chrono::hours(500'000)) + base::from_seconds(seconds);
}

// Two loads, one probe, one scrape on one target.
inline model::Plan two_loads() {
  model::Plan plan;
  plan.name = "two";
  plan.targets.resize(1);
  plan.targets[0].name = "web";
  plan.loads.resize(2);
  plan.probes.resize(1);
  plan.scrapes.resize(1);
  return plan;
}

inline model::RunRecord run_named(const std::string& id) {
  model::RunRecord run;
  run.id = id;
  run.version = "0.1.0";
  run.host = "h";
  run.command = "rampart run x.yml";
  return run;
}

// Counters that keep both identities: `started` requests of which 3 are still open.
inline model::LoadInterval interval(std::uint32_t load, std::uint32_t worker, double start,
                                    std::uint64_t started) {
  model::LoadInterval i;
  i.load = load;
  i.worker = worker;
  i.start = mono_at(start);
  i.length = std::chrono::seconds(1);
  i.counters.offered = started + 2;
  i.counters.started = started;
  i.counters.missed = 2;
  i.counters.failed = 1;
  i.counters.completed = started - 4;
  i.counters.errors[static_cast<std::size_t>(model::LoadError::http_5xx)] = 1;
  i.counters.bytes_in = 1000 * started;
  i.in_flight = 3;
  for (std::uint64_t n = 0; n + 3 < started; ++n) {
    i.latency.record(std::chrono::microseconds(900 + n));
    i.service.record(std::chrono::microseconds(700 + n));
  }
  return i;
}

}  // namespace rampart::store
