#include "store/database.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace rampart::store {
namespace {

struct Explanation {
  int code;
  base::Errc errc;
  std::string_view text;
};
constexpr Explanation kExplanations[] = {
    {SQLITE_FULL, base::Errc::io, "disk full: free some space or choose another file with --db"},
    {SQLITE_READONLY, base::Errc::permission,
     "is read-only: check the owner of the file and folder"},
    {SQLITE_PERM, base::Errc::permission, "access denied: check the owner of the file and folder"},
    {SQLITE_NOTADB, base::Errc::config, "is not an SQLite database: choose another file with --db"},
    {SQLITE_CORRUPT, base::Errc::io, "is damaged: keep a copy and choose another file with --db"},
    {SQLITE_BUSY, base::Errc::timeout, "is locked by another process"},
    {SQLITE_CANTOPEN, base::Errc::io,
     "cannot be opened: check that the folder exists and is yours"},
};

int length_of(std::string_view text) { return static_cast<int>(text.size()); }

// An empty file for a new database, which SQLite itself would make readable by everybody; the files
// that it lays beside one have its mode. A file that is there is not opened: closing it would give
// up locks that this process holds on it. What fails here fails in SQLite too, which says why.
void make_private(const std::string& path) {
  struct stat found{};
  if (stat(path.c_str(), &found) == 0 || errno != ENOENT) return;
  const int made = open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
  if (made >= 0) close(made);
}

}  // namespace

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}
double Statement::real(int column) const {
  return null(column) ? std::numeric_limits<double>::quiet_NaN()
                      : sqlite3_column_double(handle_.get(), column);
}
base::MonoTime Statement::mono(int column) const {
  constexpr std::int64_t kMost = 1'000'000'000'000'000'000;
  return base::MonoTime(base::Nanos(std::clamp(integer(column), -kMost, kMost)));
}
base::WallTime Statement::wall(int column) const {
  constexpr std::int64_t kMost = 4'000'000'000'000'000'000;
  return base::WallTime(base::Nanos(std::clamp<std::int64_t>(integer(column), 0, kMost)));
}
base::Nanos Statement::duration(int column) const {
  constexpr std::int64_t kMost = 100'000'000'000'000'000;
  return base::Nanos(std::clamp<std::int64_t>(integer(column), 0, kMost));
}
std::string Statement::text(int column) const { return std::string(bytes(column)); }
std::string_view Statement::bytes(int column) const {
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const int size = sqlite3_column_bytes(handle_.get(), column);
  return data == nullptr ? std::string_view{}
                         : std::string_view(data, static_cast<std::size_t>(size));
}
bool Statement::null(int column) const {
  return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL;
}

base::Result<Database> Database::open(const std::string& path, Mode mode,
                                      base::Nanos busy_timeout) {
  const int flags =
      (mode == Mode::read ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) |
      SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  Database db;
  db.path_ = path;
  if (mode == Mode::write) make_private(path);
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
  db.handle_.reset(raw);
  if (raw == nullptr) return base::fail(base::Errc::io, fmt::format("{}: out of memory", path));
  if (code != SQLITE_OK) return base::fail(db.error());
  const auto wait = std::chrono::duration_cast<std::chrono::milliseconds>(busy_timeout).count();
  sqlite3_busy_timeout(raw, static_cast<int>(wait));
  // A file made by someone else must not be able to run functions through its schema.
  sqlite3_db_config(raw, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(raw, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  return db;
}

base::Error Database::error() const {
  const int code = sqlite3_errcode(handle_.get()) & 0xFF;
  for (const auto& known : kExplanations)
    if (known.code == code)
      return {known.errc,
              fmt::format("{}: {} ({})", path_, known.text, sqlite3_errmsg(handle_.get()))};
  return {base::Errc::io, fmt::format("{}: {}", path_, sqlite3_errmsg(handle_.get()))};
}

base::Status Database::run(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return base::fail(error());
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) {
  Statement statement;
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), length_of(sql),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  statement.handle_.reset(raw);
  if (code != SQLITE_OK) return base::fail(error());
  return statement;
}

base::Status Database::bind(Statement& statement, const std::vector<Value>& values) {
  auto* s = statement.handle_.get();
  sqlite3_reset(s);
  sqlite3_clear_bindings(s);
  int index = 0;
  for (const auto& value : values) {
    ++index;
    int code = SQLITE_OK;
    // The values outlive the step, so SQLite need not copy them.
    if (const auto* i = std::get_if<std::int64_t>(&value)) code = sqlite3_bind_int64(s, index, *i);
    if (const auto* d = std::get_if<double>(&value)) code = sqlite3_bind_double(s, index, *d);
    if (const auto* t = std::get_if<std::string>(&value))
      code = sqlite3_bind_text64(s, index, t->data(), t->size(), SQLITE_STATIC, SQLITE_UTF8);
    if (const auto* b = std::get_if<Blob>(&value))
      code = sqlite3_bind_blob64(s, index, b->bytes.data(), b->bytes.size(), SQLITE_STATIC);
    if (code != SQLITE_OK) return base::fail(error());
  }
  return {};
}

base::Result<bool> Database::step(Statement& statement) {
  const int code = sqlite3_step(statement.handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  auto failure = error();  // before the reset, which may change the text
  sqlite3_reset(statement.handle_.get());
  return base::fail(std::move(failure));
}

base::Status Database::execute(Statement& statement, const std::vector<Value>& values) {
  RAMPART_CHECK(bind(statement, values));
  bool more = true;
  while (more) {
    RAMPART_TRY(more, step(statement));
  }
  sqlite3_reset(statement.handle_.get());
  return {};
}

base::Result<std::int64_t> Database::integer(std::string_view sql) {
  RAMPART_TRY(auto statement, prepare(sql));
  RAMPART_TRY(const bool found, step(statement));
  return found ? statement.integer(0) : 0;
}

std::int64_t Database::last_key() const { return sqlite3_last_insert_rowid(handle_.get()); }
bool Database::in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

}  // namespace rampart::store
