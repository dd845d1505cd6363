#include "store/writer.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <iterator>
#include <optional>

#include "base/assert.h"
#include "base/units.h"
#include "model/plan_json.h"
#include "model/secrets.h"
#include "store/database.h"
#include "store/records.h"
#include "store/schema.h"
#include "store/sql.h"

namespace rampart::store {
namespace {

base::Status make_parents(const std::string& path) {
  const auto parent = std::filesystem::path(path).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error)
    return base::fail(base::Errc::io,
                      fmt::format("make folder {}: {}", parent.string(), error.message()));
  return {};
}

// Runs work in one transaction; after an error the file is as before.
template <class Work>
base::Status in_transaction(Database& db, Work work) {
  RAMPART_CHECK(db.run(sql::kBegin));
  base::Status status = work();
  if (status) status = db.run(sql::kCommit);
  // SQLite rolls back by itself after some errors.
  if (!status && db.in_transaction()) static_cast<void>(db.run(sql::kRollback));
  return status;
}

std::string with_number(std::string_view pragma, std::int64_t n) {
  return fmt::format("{}{}", pragma, n);
}

base::Status migrate(Database& db) {
  const auto steps = schema_steps();
  const auto newest = static_cast<std::int64_t>(steps.size());
  RAMPART_TRY(const auto found, db.integer(sql::kGetVersion));
  if (found == newest) return {};
  return in_transaction(db, [&]() -> base::Status {
    // Read again: another process may have migrated in between.
    RAMPART_TRY(const auto version, db.integer(sql::kGetVersion));
    for (auto step = version; step < newest; ++step) {
      const std::string text(steps[static_cast<std::size_t>(step)]);
      RAMPART_CHECK(db.run(text.c_str()));
    }
    RAMPART_CHECK(db.run(with_number(sql::kSetApplication, sql::kApplicationId).c_str()));
    return db.run(with_number(sql::kSetVersion, newest).c_str());
  });
}

}  // namespace

// The connection, its statements, and the records that wait for commit().
class Writer::Batch {
 public:
  Batch(Database db, std::size_t max_waiting) : db_(std::move(db)), max_waiting_(max_waiting) {}

  Database& db() { return db_; }
  std::int64_t run = 0;        // key of the begun run; 0: none
  std::size_t load_count = 0;  // of its plan

  base::Status add(Row row) {
    RAMPART_CHECK(make_room(row.bytes()));
    rows_.push_back(std::move(row));
    return {};
  }
  // The rows of one record.
  base::Status add(std::vector<Row> rows) {
    std::size_t bytes = 0;
    for (const auto& row : rows) bytes += row.bytes();
    RAMPART_CHECK(make_room(bytes));
    std::move(rows.begin(), rows.end(), std::back_inserter(rows_));
    return {};
  }
  base::Status add(model::ScrapeResult record) {
    RAMPART_CHECK(make_room(bytes_of(record)));
    scrapes_.push_back(std::move(record));
    return {};
  }

  [[nodiscard]] bool much_waits() const { return bytes_ >= max_waiting_ / kMuch; }

  base::Status commit() {
    if (rows_.empty() && scrapes_.empty()) return {};
    RAMPART_CHECK(in_transaction(db_, [&] { return write_waiting(); }));
    rows_.clear();
    scrapes_.clear();
    bytes_ = 0;
    return {};
  }

  base::Status write(const std::vector<Row>& rows) {
    for (const auto& row : rows) RAMPART_CHECK(write(row));
    return {};
  }

  base::Status execute(std::string_view text, const std::vector<Value>& values) {
    RAMPART_TRY(auto statement, db_.prepare(text));
    return db_.execute(statement, values);
  }

  // Replaces the notes of the run with this key, in the current transaction.
  base::Status write_notes(std::int64_t key, const std::vector<std::string>& notes) {
    RAMPART_CHECK(execute(sql::clear(sql::Table::note), {key}));
    std::vector<Row> rows;
    for (const auto& note : notes)
      rows.push_back({sql::Table::note, {key, static_cast<std::int64_t>(rows.size()), note}});
    return write(rows);
  }

 private:
  static constexpr std::size_t kMuch = 4;  // this part of max_waiting_

  // What is larger than all the room there is goes in where little else waits.
  base::Status make_room(std::size_t bytes) {
    RAMPART_ASSERT(run != 0);
    if (bytes_ + bytes > max_waiting_ && much_waits())
      return base::fail(base::Errc::io,
                        fmt::format("{}: {} of records wait for a commit that fails; this one is "
                                    "dropped",
                                    db_.path(), base::format_bytes(static_cast<double>(bytes_))));
    bytes_ += bytes;
    return {};
  }

  base::Status write(const Row& row) {
    auto& statement = inserts_[static_cast<std::size_t>(row.table)];
    if (!statement) {
      RAMPART_TRY(statement, db_.prepare(sql::insert(row.table)));
    }
    return db_.execute(*statement, row.values);
  }

  base::Status write_waiting() {
    RAMPART_CHECK(write(rows_));
    for (const auto& scrape : scrapes_) RAMPART_CHECK(write(scrape));
    return {};
  }

  // Row by row: as rows the samples would take three times the memory.
  base::Status write(const model::ScrapeResult& record) {
    RAMPART_CHECK(write(row_of(run, record)));
    for (const auto& sample : record.samples) RAMPART_CHECK(write(row_of(run, record, sample)));
    return {};
  }

  Database db_;
  std::array<std::optional<Statement>, sql::kTables> inserts_;
  std::vector<Row> rows_;
  std::vector<model::ScrapeResult> scrapes_;
  std::size_t bytes_ = 0;
  std::size_t max_waiting_;
};

Writer::Writer(std::unique_ptr<Batch> batch) : batch_(std::move(batch)) {}
Writer::Writer(Writer&&) noexcept = default;
Writer& Writer::operator=(Writer&&) noexcept = default;
Writer::~Writer() = default;

base::Result<Writer> Writer::open(const std::string& path, const Options& options) {
  RAMPART_CHECK(make_parents(path));
  RAMPART_TRY(auto db, Database::open(path, Database::Mode::write, options.busy_timeout));
  RAMPART_TRY(const auto application, db.integer(sql::kGetApplication));
  RAMPART_TRY(const auto tables, db.integer(sql::kCountTables));
  RAMPART_TRY(const auto version, db.integer(sql::kGetVersion));
  if (tables > 0 && application != sql::kApplicationId)
    return base::fail(base::Errc::config,
                      fmt::format("{}: is a database of another program: choose another file "
                                  "with --db",
                                  path));
  if (version > static_cast<std::int64_t>(schema_steps().size()))
    return base::fail(base::Errc::config,
                      fmt::format("{}: has schema {}, made by a newer rampart; this one knows {}: "
                                  "upgrade or choose another file with --db",
                                  path, version, schema_steps().size()));
  RAMPART_CHECK(db.run(sql::kWriterSettings));
  if (options.max_bytes > 0) {
    constexpr std::uint64_t kPage = 4096;
    const auto pages =
        static_cast<std::int64_t>(std::max<std::uint64_t>(options.max_bytes / kPage, 1));
    RAMPART_CHECK(db.run(with_number(sql::kMaxPages, pages).c_str()));
  }
  RAMPART_CHECK(migrate(db));
  return Writer(std::make_unique<Batch>(std::move(db), options.max_waiting));
}

base::Status Writer::begin(const model::RunRecord& run, const model::Plan& plan) {
  auto& b = *batch_;
  const std::vector<Value> id{run.id};
  RAMPART_CHECK(b.commit());
  std::int64_t key = 0;
  auto begun = in_transaction(b.db(), [&]() -> base::Status {
    RAMPART_TRY(auto find, b.db().prepare(sql::kFindExact));
    RAMPART_CHECK(b.db().bind(find, id));
    RAMPART_TRY(const bool taken, b.db().step(find));
    if (taken)
      return base::fail(base::Errc::config,
                        fmt::format("{}: run {} is already there", b.db().path(), run.id));
    RAMPART_CHECK(b.execute(sql::kInsertRun, {run.id, run.version, run.host, run.command, plan.name,
                                              model::to_json(model::without_secrets(plan)),
                                              std::string(model::to_string(run.end)),
                                              std::int64_t{run.end_signal}, run.end_reason}));
    key = b.db().last_key();
    return b.write_notes(key, run.notes);
  });
  if (!begun) return begun;
  b.run = key;
  b.load_count = plan.loads.size();
  return {};
}

base::Status Writer::add(const model::ClockAnchor& r) {
  return batch_->add(row_of(batch_->run, r));
}
base::Status Writer::add(const model::LoadInterval& r) {
  std::vector<Row> rows{row_of(batch_->run, r)};
  if (r.tls) rows.push_back(row_of(batch_->run, r, *r.tls));
  for (std::size_t i = 0; i < model::kLoadErrors; ++i) {
    const auto error = static_cast<model::LoadError>(i);
    if (r.counters.error(error) > 0) rows.push_back(row_of(batch_->run, r, error));
  }
  return batch_->add(std::move(rows));
}
base::Status Writer::add(const model::ClientInterval& r) {
  return batch_->add(row_of(batch_->run, r));
}
base::Status Writer::add(const model::ProbeResult& r) {
  return batch_->add(row_of(batch_->run, r));
}
base::Status Writer::add(model::ScrapeResult r) { return batch_->add(std::move(r)); }
base::Status Writer::add(const model::WireInterval& r) {
  return batch_->add(row_of(batch_->run, r));
}
base::Status Writer::add(const model::Detection& r) { return batch_->add(row_of(batch_->run, r)); }
base::Status Writer::add(const model::CanarySent& r) { return batch_->add(row_of(batch_->run, r)); }
base::Status Writer::add(const model::Trial& r) { return batch_->add(row_of(batch_->run, r)); }

bool Writer::much_waits() const { return batch_->much_waits(); }

base::Status Writer::commit() { return batch_->commit(); }

base::Status Writer::finish(const model::RunRecord& run, const Finish& finish) {
  auto& b = *batch_;
  RAMPART_ASSERT(b.run != 0 && finish.loads.size() == b.load_count);
  RAMPART_CHECK(b.commit());
  return in_transaction(b.db(), [&]() -> base::Status {
    RAMPART_CHECK(b.write_notes(b.run, run.notes));
    RAMPART_CHECK(b.execute(sql::clear(sql::Table::load_finish), {b.run}));
    RAMPART_CHECK(b.execute(sql::clear(sql::Table::wire_total), {b.run}));
    std::vector<Row> rows{row_of(b.run, finish.wire_totals)};
    for (std::size_t i = 0; i < finish.loads.size(); ++i)
      rows.push_back(
          {sql::Table::load_finish,
           {b.run, static_cast<std::int64_t>(i),
            static_cast<std::int64_t>(finish.loads[i].requests), finish.loads[i].oldest.count()}});
    RAMPART_CHECK(b.write(rows));
    return b.execute(
        sql::kFinishRun,
        {b.run, std::string(model::to_string(run.end)), std::int64_t{run.end_signal},
         run.end_reason, finish.stop.time_since_epoch().count(), std::int64_t{finish.wire_captured},
         static_cast<std::int64_t>(finish.drops.load),
         static_cast<std::int64_t>(finish.drops.probe),
         static_cast<std::int64_t>(finish.drops.wire)});
  });
}

base::Status Writer::save_result(std::string_view run, std::string_view json,
                                 const std::vector<model::Verdict>& verdicts) {
  auto& b = *batch_;
  RAMPART_CHECK(b.commit());
  return in_transaction(b.db(), [&]() -> base::Status {
    RAMPART_TRY(auto find, b.db().prepare(sql::kFindExact));
    const std::vector<Value> id{std::string(run)};
    RAMPART_CHECK(b.db().bind(find, id));
    RAMPART_TRY(const bool found, b.db().step(find));
    if (!found)
      return base::fail(base::Errc::not_found, fmt::format("{}: no run {}", b.db().path(), run));
    const auto key = find.integer(0);
    RAMPART_CHECK(b.execute(sql::clear(sql::Table::result), {key}));
    RAMPART_CHECK(b.execute(sql::clear(sql::Table::verdict), {key}));
    std::vector<Row> rows{{sql::Table::result, {key, std::string(json)}}};
    for (std::size_t i = 0; i < verdicts.size(); ++i) rows.push_back(row_of(key, i, verdicts[i]));
    return b.write(rows);
  });
}

}  // namespace rampart::store
