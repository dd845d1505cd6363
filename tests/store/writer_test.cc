#include "store/writer.h"
#include "store/schema.h"
#include "store/sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "store/reader.h"
#include "store/schema.h"
#include "tests/store/scratch.h"

namespace rampart::store {
namespace {

using testing::HasSubstr;

model::ProbeResult probe_at(double seconds) {
  model::ProbeResult p;
  p.start = mono_at(seconds);
  p.success = true;
  return p;
}

void start(Writer& writer, const std::string& id) {
  ASSERT_TRUE(writer.begin(run_named(id), two_loads()));
  ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
}

TEST(Writer, MakesParentFolders) {
  Scratch scratch;
  EXPECT_TRUE(Writer::open(scratch.file("a/b/c.db")));
  EXPECT_TRUE(std::filesystem::exists(scratch.file("a/b/c.db")));
}

unsigned mode_of(const std::string& path) {
  std::error_code missing;
  return static_cast<unsigned>(std::filesystem::status(path, missing).permissions()) & 0777U;
}

// A run's text may hold a password.
TEST(Writer, KeepsANewDatabaseForItsOwnerAndAnOldOneAsItWas) {
  const auto before = umask(022);
  Scratch scratch;
  run_sql(scratch.file("old.db"), "VACUUM");
  ASSERT_EQ(chmod(scratch.file("old.db").c_str(), 0640), 0);
  std::filesystem::create_symlink(scratch.file("pointed.db"), scratch.file("link.db"));
  for (const auto& [name, mode] : std::initializer_list<std::pair<std::string, unsigned>>{
           {"new.db", 0600}, {"old.db", 0640}, {"link.db", 0600}}) {
    auto writer = Writer::open(scratch.file(name));
    ASSERT_TRUE(writer) << writer.error().text;
    start(*writer, "a");
    EXPECT_EQ(mode_of(scratch.file(name)), mode) << name;
    const auto beside = std::filesystem::canonical(scratch.file(name)).string();
    for (const auto* end : {"-wal", "-shm"}) EXPECT_EQ(mode_of(beside + end), mode) << name << end;
  }
  umask(before);
}

TEST(Writer, SaysWhyAFileCannotBeUsed) {
  Scratch scratch;
  std::ofstream(scratch.file("garbage.db")) << std::string(5000, 'x');
  std::ofstream(scratch.file("short.db")) << "hello";
  run_sql(scratch.file("other.db"), "CREATE TABLE t(a)");
  ASSERT_TRUE(Writer::open(scratch.file("newer.db")));
  run_sql(scratch.file("newer.db"), "PRAGMA user_version = 999");
  std::filesystem::create_directory(scratch.file("folder.db"));
  struct Case {
    std::string name, says;
    base::Errc code;
  };
  const Case cases[] = {
      {"garbage.db", "is not an SQLite database", base::Errc::config},
      {"short.db", "is not an SQLite database", base::Errc::config},
      {"other.db", "is a database of another program", base::Errc::config},
      {"newer.db", "has schema 999, made by a newer rampart", base::Errc::config},
      {"folder.db", "cannot be opened", base::Errc::io},
      {"garbage.db/x.db", "make folder", base::Errc::io},
  };
  for (const auto& c : cases) {
    const auto writer = Writer::open(scratch.file(c.name));
    ASSERT_FALSE(writer) << c.name;
    EXPECT_THAT(writer.error().text, HasSubstr(c.says));
    EXPECT_THAT(writer.error().text, HasSubstr(c.name.substr(0, c.name.find('/'))));
    EXPECT_EQ(writer.error().code, c.code) << writer.error().text;
  }
}

TEST(Writer, BringsAnOlderSchemaUpToDate) {
  Scratch scratch;
  const auto sql = std::string(schema_steps().front()) + "PRAGMA user_version = 1;" +
                   std::string(sql::kSetApplication) + std::to_string(sql::kApplicationId);
  run_sql(scratch.file(), sql.c_str());
  const auto old = Reader::open(scratch.file());
  ASSERT_FALSE(old);
  EXPECT_THAT(old.error().text, HasSubstr("older rampart"));
  auto writer = Writer::open(scratch.file());
  ASSERT_TRUE(writer) << writer.error().text;
  start(*writer, "a");
  EXPECT_TRUE(writer->save_result("a", "{}", {}));
}

TEST(Writer, RefusesARunTwice) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file());
  start(writer, "a");
  const auto again = writer.begin(run_named("a"), two_loads());
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().text, HasSubstr("run a is already there"));
}

TEST(Writer, KeepsTheBatchWhereAnotherHoldsTheLock) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file(), {.busy_timeout = base::Nanos(0)});
  start(writer, "a");
  ASSERT_TRUE(writer.commit());
  ASSERT_TRUE(writer.add(probe_at(1)));
  sqlite3* other = nullptr;
  sqlite3_open(scratch.file().c_str(), &other);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
  const auto locked = writer.commit();
  ASSERT_FALSE(locked);
  EXPECT_EQ(locked.error().code, base::Errc::timeout);
  EXPECT_THAT(locked.error().text, HasSubstr("locked"));
  sqlite3_exec(other, "ROLLBACK", nullptr, nullptr, nullptr);
  sqlite3_close(other);
  EXPECT_TRUE(writer.commit());
  EXPECT_EQ(Reader::open(scratch.file())->load("a")->probes.size(), 1U);
}

TEST(Writer, TwoRunsShareAFile) {
  Scratch scratch;
  auto one = *Writer::open(scratch.file());
  auto two = *Writer::open(scratch.file());
  start(one, "a");
  start(two, "b");
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(one.add(probe_at(i)));
    ASSERT_TRUE(two.add(probe_at(i)));
    ASSERT_TRUE(one.commit());
    ASSERT_TRUE(two.commit());
  }
  auto reader = *Reader::open(scratch.file());
  EXPECT_EQ(reader.load("a")->probes.size(), 20U);
  EXPECT_EQ(reader.load("b")->probes.size(), 20U);
}

// Fills the file to its limit; what was committed stays readable, the batch waits, and it goes in
// once there is room.
TEST(Writer, DiskFull) {
  Scratch scratch;
  constexpr std::uint64_t kLimit = 1 << 20;
  auto writer = *Writer::open(scratch.file(), {.max_bytes = kLimit});
  start(writer, "a");
  auto probe = probe_at(0);
  probe.detail = std::string(4000, 'd');
  std::size_t committed = 0;
  base::Status status;
  while (committed < 10'000) {
    probe.start = mono_at(static_cast<double>(committed));
    ASSERT_TRUE(writer.add(probe));
    status = writer.commit();
    if (!status) break;
    ++committed;
  }
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, base::Errc::io);
  EXPECT_THAT(status.error().text, HasSubstr("disk full"));
  EXPECT_THAT(status.error().text, HasSubstr(scratch.file()));
  EXPECT_GT(committed, 100U);
  auto reader = *Reader::open(scratch.file());
  EXPECT_EQ(reader.load("a")->probes.size(), committed);
  EXPECT_FALSE(writer.commit());
  run_sql(scratch.file(), "DELETE FROM probe_result WHERE start_mono_ns < 108050000000000");
  const auto retried = writer.commit();
  EXPECT_TRUE(retried) << retried.error().text;
  const auto left = reader.load("a");
  EXPECT_EQ(left->probes.back().start, mono_at(static_cast<double>(committed)));
  EXPECT_TRUE(reader.check());
}

TEST(Writer, BoundsWhatWaits) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file(), {.max_waiting = 10'000});
  start(writer, "a");
  auto probe = probe_at(0);
  probe.detail = std::string(4000, 'd');
  EXPECT_TRUE(writer.add(probe));
  EXPECT_TRUE(writer.add(probe));
  const auto full = writer.add(probe);
  ASSERT_FALSE(full);
  EXPECT_THAT(full.error().text, HasSubstr("this one is dropped"));
  EXPECT_TRUE(writer.commit());
  EXPECT_TRUE(writer.add(probe));
}

// Where the rows of a record do not all fit, none of them is written.
TEST(Writer, ARecordIsTakenWholeOrNotAtAll) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file(), {.max_waiting = 10'000});
  start(writer, "a");
  auto probe = probe_at(0);
  probe.detail = std::string(6000, 'd');
  ASSERT_TRUE(writer.add(probe));
  auto load = interval(0, 0, 0, 10);
  load.tls.emplace().cipher = std::string(3000, 'c');
  EXPECT_FALSE(writer.add(load)) << "its first row would fit";
  model::ScrapeResult scrape;
  scrape.start = mono_at(0);
  scrape.up = true;
  scrape.samples.assign(100, {"nginx_up", 1});
  EXPECT_FALSE(writer.add(scrape));
  ASSERT_TRUE(writer.commit());
  auto e = Reader::open(scratch.file())->load("a");
  ASSERT_TRUE(e) << e.error().text;
  EXPECT_EQ(e->probes.size(), 1U);
  EXPECT_EQ(e->scrapes.size(), 0U);
  EXPECT_EQ(e->load.size(), 0U);
}

TEST(Writer, ARecordLargerThanAllTheRoomIsTakenWhereLittleWaits) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file(), {.max_waiting = 10'000});
  start(writer, "a");
  model::ScrapeResult scrape;
  scrape.start = mono_at(0);
  scrape.up = true;
  scrape.samples.assign(1000, {"nginx_up", 1});
  EXPECT_TRUE(writer.add(scrape));
  EXPECT_FALSE(writer.add(probe_at(1))) << "what waits is bounded all the same";
  ASSERT_TRUE(writer.commit());
  EXPECT_TRUE(writer.add(probe_at(1)));
  ASSERT_TRUE(writer.commit());
  const auto e = Reader::open(scratch.file())->load("a");
  ASSERT_TRUE(e) << e.error().text;
  ASSERT_EQ(e->scrapes.size(), 1U);
  EXPECT_EQ(e->scrapes[0].samples.size(), 1000U);
  EXPECT_EQ(e->probes.size(), 1U);
}

// The child commits two probes at a time and reports each commit through the pipe.
[[noreturn]] void write_until_killed(const std::string& path, int pipe) {
  auto writer = Writer::open(path);
  if (!writer || !writer->begin(run_named("killed"), two_loads())) _exit(1);
  if (!writer->add(model::ClockAnchor{mono_at(0), wall_at(0)})) _exit(1);
  for (std::uint32_t n = 0; n < 1'000'000; n += 2) {
    if (!writer->add(probe_at(n)) || !writer->add(probe_at(n + 1))) _exit(1);
    if (!writer->add(interval(0, 0, n, 50))) _exit(1);
    if (!writer->commit()) _exit(1);
    if (write(pipe, &n, sizeof n) != sizeof n) _exit(1);
  }
  _exit(0);
}

TEST(Writer, AKilledRunLosesOnlyTheOpenBatch) {
  for (const std::uint32_t kill_at : {0U, 20U, 300U}) {
    Scratch scratch;
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      close(ends[0]);
      write_until_killed(scratch.file(), ends[1]);
    }
    close(ends[1]);
    std::uint32_t acknowledged = 0;
    std::uint32_t n = 0;
    bool killed = false;
    // Read on after the kill: what was acknowledged before it arrived counts too.
    while (read(ends[0], &n, sizeof n) == sizeof n) {
      acknowledged = n + 2;
      if (n >= kill_at && !killed) killed = kill(child, SIGKILL) == 0;
    }
    close(ends[0]);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    ASSERT_TRUE(std::filesystem::exists(scratch.file() + "-wal"));

    auto reader = Reader::open(scratch.file());
    ASSERT_TRUE(reader) << reader.error().text;
    EXPECT_TRUE(reader->check());
    const auto e = reader->load("killed");
    ASSERT_TRUE(e) << e.error().text;
    EXPECT_EQ(e->run.end, model::RunEnd::unfinished);
    EXPECT_GE(e->probes.size(), acknowledged);
    EXPECT_LE(e->probes.size(), acknowledged + 2);
    EXPECT_EQ(e->probes.size(), 2 * e->load.size());  // a batch is whole or absent
    EXPECT_GT(e->end, mono_at(0));
  }
}

}  // namespace
}  // namespace rampart::store
