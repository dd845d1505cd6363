#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/deleter.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;
extern "C" int sqlite3_close_v2(sqlite3*);
extern "C" int sqlite3_finalize(sqlite3_stmt*);

namespace rampart::store {

struct Blob {
  std::string bytes;
};
using Value = std::variant<std::int64_t, double, std::string, Blob, std::nullptr_t>;

// A prepared statement. Borrows its Database. One thread.
class Statement {
 public:
  // Columns of the current row. Text and blobs of any bytes, also zero bytes.
  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::uint64_t count(int column) const {
    return static_cast<std::uint64_t>(integer(column));
  }
  [[nodiscard]] double real(int column) const;  // NaN for NULL
  // Times and durations. Damaged values are brought into a range in which no sum or difference of
  // two overflows: 31 years of uptime, the epoch to 2096, 0 to 3 years.
  [[nodiscard]] base::MonoTime mono(int column) const;
  [[nodiscard]] base::WallTime wall(int column) const;
  [[nodiscard]] base::Nanos duration(int column) const;
  [[nodiscard]] std::string text(int column) const;
  // Valid until the next step.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool null(int column) const;

 private:
  friend class Database;
  std::unique_ptr<sqlite3_stmt, base::Deleter<sqlite3_finalize>> handle_;
};

// One connection to an SQLite file. Errors are Errc::io unless said otherwise and name the file.
class Database {
 public:
  // write creates the file, for its owner alone; one that is there keeps its mode.
  enum class Mode { read, write };
  static base::Result<Database> open(const std::string& path, Mode mode, base::Nanos busy_timeout);

  // One or more statements without results.
  base::Status run(const char* sql);
  base::Result<Statement> prepare(std::string_view sql);
  // Resets the statement and binds values to ?1, ?2, ...; they must live until the last step.
  base::Status bind(Statement& statement, const std::vector<Value>& values);
  // True: a row is there. False: done.
  base::Result<bool> step(Statement& statement);
  // Binds, steps to the end, resets.
  base::Status execute(Statement& statement, const std::vector<Value>& values);
  base::Result<std::int64_t> integer(std::string_view sql);

  [[nodiscard]] std::int64_t last_key() const;
  [[nodiscard]] bool in_transaction() const;
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  base::Error error() const;

  std::string path_;
  std::unique_ptr<sqlite3, base::Deleter<sqlite3_close_v2>> handle_;
};

}  // namespace rampart::store
