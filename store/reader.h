#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/evidence.h"

namespace rampart::store {

// Reads runs back. Read-only; works while a Writer is active and on the file of a killed run. One
// thread.
class Reader {
 public:
  struct Options {
    std::size_t max_samples = 128 << 20;  // bytes of memory that a run's samples may take, about
  };

  // Errors: Errc::not_found (no such file), Errc::config (not rampart's, or another schema),
  // Errc::io.
  static base::Result<Reader> open(const std::string& path, const Options& options);
  static base::Result<Reader> open(const std::string& path) { return open(path, Options()); }

  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;
  ~Reader();

  // `run` is an id, the unique beginning of one, or "last". Errc::not_found where there is none or
  // the beginning fits several; Errc::parse where the records are damaged.
  //
  // Workers are merged: seconds whose starts round to the same second since the first anchor become
  // one LoadSecond (histograms merge exactly). Minimum and maximum of histograms come back as cell
  // bounds, at most 0.1 % off. Where no stop was recorded the run is RunEnd::unfinished, ends with
  // its last record, in_flight is what was started and did not end, and missed is what came due and
  // was not started.
  //
  // Where a run has more than model::kFewSeries scraped series, only model::state_metrics() are read.
  // Samples that would pass max_samples are left out, from one moment on, and a note says so.
  base::Result<model::Evidence> load(std::string_view run);

  // Every run, oldest first.
  base::Result<std::vector<model::RunRecord>> list();

  // The result document that was kept with the run (named as for load); Errc::not_found where it
  // was never judged.
  base::Result<std::string> result(std::string_view run);

  // SQLite's own check of the whole file.
  base::Status check();

 private:
  class Query;
  explicit Reader(std::unique_ptr<Query> query);

  std::unique_ptr<Query> query_;
};

}  // namespace rampart::store
