#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/evidence.h"
#include "model/verdict.h"

namespace rampart::store {

// Writes the timeline of runs into an SQLite file. Passive; one thread: the runner's writer thread.
//
// Records are kept in memory until commit() writes them in one transaction, so the file is locked
// only for the moments of commit() and several runs can share it. What the file promises:
// - A process killed with SIGKILL loses what was added since its last commit() and nothing else;
//   the file stays sound and readable. The runner commits a few times a second.
// - Power loss or a crash of the kernel is another matter: the file is in WAL mode with
//   synchronous=NORMAL, so it stays sound, but commits since the last checkpoint (about 4 MB) may
//   be gone. A load test does not need more, and fsync on every commit would stall the writer.
class Writer {
 public:
  struct Options {
    base::Nanos busy_timeout = std::chrono::seconds(5);  // how long another writer is waited for
    std::uint64_t max_bytes = 0;         // the file may not grow above it; 0: as SQLite allows
    std::size_t max_waiting = 64 << 20;  // bytes that may wait for a commit that keeps failing
  };
  // What is known only at the stop.
  struct InFlight {
    std::uint64_t requests = 0;
    base::Nanos oldest{0};
  };
  struct Finish {
    base::MonoTime stop;
    std::vector<InFlight> loads;  // one per Plan::loads
    model::WireTotals wire_totals;
    model::Drops drops;
    bool wire_captured = false;
  };

  // Makes the file and its parent folders where missing and brings an older schema up to date.
  // Errors: Errc::config (not a database, of another program, made by a newer rampart),
  // Errc::permission (read-only), Errc::timeout (locked), Errc::io (disk full and the rest).
  static base::Result<Writer> open(const std::string& path, const Options& options);
  static base::Result<Writer> open(const std::string& path) { return open(path, Options()); }

  Writer(Writer&&) noexcept;
  Writer& operator=(Writer&&) noexcept;
  // Does not commit: what was added since the last commit() is dropped.
  ~Writer();

  // Starts a run and commits. An id that the file already has is Errc::config.
  base::Status begin(const model::RunRecord& run, const model::Plan& plan);

  // Needs a begun run. A record is taken whole or not at all. Fails only where it would pass
  // max_waiting and much waits already: the record is then dropped. So one that is larger than
  // max_waiting by itself finds room as long as commits succeed.
  base::Status add(const model::ClockAnchor& record);
  base::Status add(const model::LoadInterval& record);
  base::Status add(const model::ClientInterval& record);
  base::Status add(const model::ProbeResult& record);
  base::Status add(model::ScrapeResult record);
  base::Status add(const model::WireInterval& record);
  base::Status add(const model::Detection& record);
  base::Status add(const model::CanarySent& record);
  base::Status add(const model::Trial& record);

  // A quarter of max_waiting waits: commit before more is added.
  [[nodiscard]] bool much_waits() const;

  // Writes everything that was added. After an error (disk full, locked) nothing of it is in the
  // file and all of it still waits: call again.
  base::Status commit();

  // Records the stop and commits. Repeatable after an error.
  base::Status finish(const model::RunRecord& run, const Finish& finish);

  // Keeps the result document and its verdicts with a run that any writer has begun; replaces an
  // earlier one. Commits. Errc::not_found where there is no such run.
  base::Status save_result(std::string_view run, std::string_view json,
                           const std::vector<model::Verdict>& verdicts);

 private:
  class Batch;
  explicit Writer(std::unique_ptr<Batch> batch);

  std::unique_ptr<Batch> batch_;
};

}  // namespace rampart::store
