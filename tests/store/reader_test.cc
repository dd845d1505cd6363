#include "store/reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "store/writer.h"
#include "tests/store/scratch.h"

namespace rampart::store {
namespace {

using testing::HasSubstr;

void record(const std::string& path, const std::string& id) {
  auto writer = *Writer::open(path);
  ASSERT_TRUE(writer.begin(run_named(id), two_loads()));
  ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
  ASSERT_TRUE(writer.add(interval(0, 0, 0, 10)));
  ASSERT_TRUE(writer.commit());
}

TEST(Reader, FindsRunsByIdPrefixAndLast) {
  Scratch scratch;
  for (const auto* id : {"20261121-01-aa", "20261121-02-bb", "20261121-02-bbb", "x%_y"})
    record(scratch.file(), id);
  auto reader = *Reader::open(scratch.file());
  struct Case {
    std::string_view wanted, found;
  };
  const Case cases[] = {
      {"20261121-01-aa", "20261121-01-aa"},
      {"20261121-01", "20261121-01-aa"},
      {"20261121-02-bb", "20261121-02-bb"},
      {"20261121-02-bbb", "20261121-02-bbb"},
      {"last", "x%_y"},
      {"x%", "x%_y"},
      {"2026", ""},
      {"", ""},
      {"%", ""},
      {"_", ""},
      {"20261122", ""},
      {"'", ""},
  };
  for (const auto& c : cases) {
    const auto e = reader.load(c.wanted);
    EXPECT_EQ(e ? e->run.id : "", c.found) << c.wanted;
    EXPECT_TRUE(e || e.error().code == base::Errc::not_found);
  }
  EXPECT_THAT(reader.load("2026").error().text, HasSubstr("fits several runs"));
  const auto runs = reader.list();
  ASSERT_TRUE(runs);
  ASSERT_EQ(runs->size(), 4U);
  EXPECT_EQ(runs->front().id, "20261121-01-aa");
}

// A worker counts what it missed only at its stop; a run that was killed has none.
TEST(Reader, AnUnfinishedRunStillBalances) {
  struct Case {
    std::uint64_t offered, started, ended;
    std::uint64_t balanced, missed, in_flight;
  };
  const Case cases[] = {
      {100, 100, 100, 100, 0, 0},
      {100, 80, 75, 100, 20, 5},   // arrivals that waited for a connection
      {100, 103, 100, 103, 0, 3},  // starts recorded just before their arrivals were counted
      {0, 0, 0, 0, 0, 0},
  };
  for (const auto& c : cases) {
    Scratch scratch;
    auto writer = *Writer::open(scratch.file());
    ASSERT_TRUE(writer.begin(run_named("a"), two_loads()));
    ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
    model::LoadInterval i;
    i.load = 1;
    i.start = mono_at(0);
    i.length = std::chrono::seconds(1);
    i.counters.offered = c.offered;
    i.counters.started = c.started;
    i.counters.completed = c.ended;
    ASSERT_TRUE(writer.add(i));
    ASSERT_TRUE(writer.commit());
    const auto e = Reader::open(scratch.file())->load("a");
    ASSERT_TRUE(e) << e.error().text;
    const auto& total = e->load_totals[1];
    EXPECT_EQ(total.counters.offered, c.balanced);
    EXPECT_EQ(total.counters.missed, c.missed);
    EXPECT_EQ(total.in_flight, c.in_flight);
    EXPECT_EQ(total.counters.offered, total.counters.started + total.counters.missed);
    EXPECT_EQ(total.counters.started,
              total.counters.completed + total.counters.failed + total.in_flight);
  }
}

// One page, scraped every second.
void record_series(const std::string& path, const std::vector<std::string>& series, int scrapes) {
  auto writer = *Writer::open(path);
  ASSERT_TRUE(writer.begin(run_named("a"), two_loads()));
  ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
  for (int i = 0; i < scrapes; ++i) {
    model::ScrapeResult scrape;
    scrape.start = mono_at(i);
    scrape.up = true;
    for (const auto& name : series) scrape.samples.push_back({name, static_cast<double>(i)});
    ASSERT_TRUE(writer.add(std::move(scrape)));
  }
  ASSERT_TRUE(writer.commit());
}

std::vector<std::string> series_of(const model::ScrapeResult& scrape) {
  std::vector<std::string> names;
  for (const auto& sample : scrape.samples) names.push_back(sample.series);
  return names;
}

TEST(Reader, FewSeriesAreReadWholeAndOfManyOnlyState) {
  std::vector<std::string> series = {"a{b=\"x_up\"}", "c{d=\"y_up{\"}", "nginx_up",
                                     "up{job=\"w\"}", "up_since",       "upper"};
  ASSERT_EQ(series.size(), model::kFewSeries);
  Scratch few;
  record_series(few.file(), series, 3);
  const auto whole = Reader::open(few.file())->load("a");
  ASSERT_TRUE(whole) << whole.error().text;
  EXPECT_TRUE(whole->all_series);
  EXPECT_EQ(series_of(whole->scrapes.at(2)), series);

  series.emplace_back("varnish_up{");
  series.emplace_back("z{up=\"up\"}");
  Scratch many;
  record_series(many.file(), series, 3);
  const auto part = Reader::open(many.file())->load("a");
  ASSERT_TRUE(part) << part.error().text;
  EXPECT_FALSE(part->all_series);
  ASSERT_EQ(part->scrapes.size(), 3U);
  for (const auto& scrape : part->scrapes)
    EXPECT_THAT(series_of(scrape),
                testing::ElementsAre("nginx_up", "up{job=\"w\"}", "varnish_up{"));
  EXPECT_EQ(part->scrapes[2].samples[0].value, 2);
  EXPECT_TRUE(part->run.notes.empty()) << "nothing that a verdict looks at is left out";
}

// Series are counted by page: the same name on two pages is two.
TEST(Reader, SeriesOfTwoPagesAreNotTheSame) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file());
  auto plan = two_loads();
  plan.scrapes.resize(2);
  ASSERT_TRUE(writer.begin(run_named("a"), plan));
  ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
  for (const std::uint32_t page : {0U, 1U}) {
    model::ScrapeResult scrape;
    scrape.scrape = page;
    scrape.start = mono_at(1);
    scrape.up = true;
    scrape.samples = {{"a", 1}, {"b", 1}, {"c", 1}, {"nginx_up", page + 1.0}};
    ASSERT_TRUE(writer.add(std::move(scrape)));
  }
  ASSERT_TRUE(writer.commit());
  const auto e = Reader::open(scratch.file())->load("a");
  ASSERT_TRUE(e) << e.error().text;
  EXPECT_FALSE(e->all_series);
  for (const auto& scrape : e->scrapes) {
    ASSERT_EQ(series_of(scrape), std::vector<std::string>{"nginx_up"});
    EXPECT_EQ(scrape.samples[0].value, scrape.scrape + 1.0);
  }
}

TEST(Reader, SamplesAreBoundedAndANoteSaysWhatIsLeftOut) {
  Scratch scratch;
  std::vector<std::string> series;
  for (int i = 0; i < 10; ++i)
    series.push_back("up{a=\"" + std::string(895, "abcdefghij"[i]) + "\"}");
  record_series(scratch.file(), series, 30);
  const auto e = Reader::open(scratch.file(), {.max_samples = 100'000})->load("a");
  ASSERT_TRUE(e) << e.error().text;
  EXPECT_EQ(e->scrapes.size(), 30U);
  std::size_t samples = 0;
  std::size_t bytes = 0;
  for (const auto& scrape : e->scrapes)
    for (const auto& sample : scrape.samples) {
      ++samples;
      bytes += sample.series.size();
    }
  EXPECT_EQ(samples, 100U);
  EXPECT_LT(bytes, 100'000U);
  EXPECT_TRUE(e->scrapes.back().samples.empty()) << "the first are kept";
  EXPECT_EQ(e->page_totals.at(0).series, 10U) << "counted all the same";
  ASSERT_EQ(e->run.notes.size(), 1U);
  EXPECT_THAT(e->run.notes[0],
              HasSubstr("200 samples of scraped series were not looked at, those after 9.0 s"));
}

// Also in a run that was recorded before scrapes were counted.
TEST(Reader, CountsWhatScrapesRecordedAndWhatLeftThePage) {
  Scratch scratch;
  {
    auto writer = *Writer::open(scratch.file());
    auto plan = two_loads();
    plan.scrapes.resize(2);
    ASSERT_TRUE(writer.begin(run_named("a"), plan));
    ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
    model::ScrapeResult scrape;
    scrape.start = mono_at(0);
    scrape.up = true;
    scrape.samples = {{"a", 1}, {"b", 1}, {"c", 1}};
    ASSERT_TRUE(writer.add(scrape));
    scrape.start = mono_at(1);
    scrape.samples = {{"a", 1}, {"b", 0, true}, {"c", 0, true}};
    ASSERT_TRUE(writer.add(scrape));
    scrape.start = mono_at(2);
    scrape.up = false;
    scrape.samples = {{"a", 0, true}};
    ASSERT_TRUE(writer.add(scrape));
    ASSERT_TRUE(writer.commit());
  }
  for (const bool older : {false, true}) {
    if (older) {
      ASSERT_EQ(run_sql(scratch.file(),
                        "ALTER TABLE scrape_result DROP COLUMN series;"
                        "ALTER TABLE scrape_result DROP COLUMN gone; PRAGMA user_version = 7"),
                SQLITE_OK);
      ASSERT_TRUE(Writer::open(scratch.file()));
    }
    const auto e = Reader::open(scratch.file())->load("a");
    ASSERT_TRUE(e) << e.error().text;
    ASSERT_EQ(e->page_totals.size(), 2U);
    EXPECT_EQ(e->page_totals[0].series, 3U);
    EXPECT_EQ(e->page_totals[0].gone, 2U) << "what a failure took is not counted";
    EXPECT_EQ(e->page_totals[1].series, 0U);
  }
}

TEST(Reader, SaysWhyAFileCannotBeRead) {
  Scratch scratch;
  std::ofstream(scratch.file("garbage.db")) << std::string(5000, 'x');
  run_sql(scratch.file("other.db"), "CREATE TABLE t(a)");
  record(scratch.file("newer.db"), "a");
  run_sql(scratch.file("newer.db"), "PRAGMA user_version = 999");
  std::ofstream(scratch.file("empty.db")).flush();
  struct Case {
    std::string name, says;
    base::Errc code;
  };
  const Case cases[] = {
      {"missing.db", "no such file", base::Errc::not_found},
      {"garbage.db", "is not an SQLite database", base::Errc::config},
      {"other.db", "is not a rampart database", base::Errc::config},
      {"newer.db", "newer rampart", base::Errc::config},
      {"empty.db", "is not a rampart database", base::Errc::config},
  };
  for (const auto& c : cases) {
    const auto reader = Reader::open(scratch.file(c.name));
    ASSERT_FALSE(reader) << c.name;
    EXPECT_THAT(reader.error().text, HasSubstr(c.says));
    EXPECT_EQ(reader.error().code, c.code);
  }
}

TEST(Reader, DamagedRowsAreErrors) {
  const std::pair<const char*, const char*> cases[] = {
      {"UPDATE run SET plan = '{'", "damaged JSON"},
      {"UPDATE run SET plan = '{}'", "is missing"},
      {"UPDATE load_interval SET load = 2", "names load 2"},
      {"UPDATE load_interval SET load = -1", "names load"},
      {"UPDATE load_interval SET latency = x'00'", "a stored histogram"},
      {"UPDATE load_interval SET latency = 'text'", "a stored histogram"},
      {"UPDATE load_interval SET service = x''", "a stored histogram"},
      {"DELETE FROM anchor", "ended before it started"},
      {"INSERT INTO probe_result VALUES(1,1,0,0,0,'','',0,0,0,0,0,0)", "names probe 1"},
      {"INSERT INTO scrape_result VALUES(1,9,0,0,0,'','',0,0)", "names scrape 9"},
      {"INSERT INTO series_sample VALUES(1,0,0,'x',1,0)", "belongs to no scrape"},
      {"INSERT INTO load_finish VALUES(1,5,0,0)", "names load 5"},
      {"INSERT INTO detection VALUES(1,0,0,0,0,0,'','',x'0102',0,x'01020304',0,0,'',0,'')",
       "neither 4 nor 16"},
  };
  for (const auto& [sql, says] : cases) {
    Scratch scratch;
    record(scratch.file(), "a");
    ASSERT_EQ(run_sql(scratch.file(), sql), SQLITE_OK) << sql;
    const auto e = Reader::open(scratch.file())->load("a");
    ASSERT_FALSE(e) << sql;
    EXPECT_EQ(e.error().code, base::Errc::parse);
    EXPECT_THAT(e.error().text, HasSubstr(says));
  }
}

// Numbers that no run can have recorded give odd evidence, never undefined behaviour.
TEST(Reader, SurvivesExtremeNumbers) {
  for (const auto* value : {"9223372036854775807", "-9223372036854775808", "-1", "0", "NULL"})
    for (const auto* column : {"start_mono_ns", "length_ns", "offered", "completed", "in_flight"}) {
      Scratch scratch;
      record(scratch.file(), "a");
      const auto sql = std::string("UPDATE OR IGNORE load_interval SET ") + column + " = " + value +
                       "; UPDATE OR IGNORE anchor SET mono_ns = " + value;
      run_sql(scratch.file(), sql.c_str());
      const auto e = Reader::open(scratch.file())->load("a");
      ASSERT_TRUE(e) << e.error().text;
      EXPECT_EQ(e->load.size(), 1U);
      EXPECT_GE(e->end, e->load[0].start);
    }
}

TEST(Reader, SeesWhatIsCommittedWhileAWriterIsActive) {
  Scratch scratch;
  auto writer = *Writer::open(scratch.file());
  ASSERT_TRUE(writer.begin(run_named("a"), two_loads()));
  ASSERT_TRUE(writer.add(model::ClockAnchor{mono_at(0), wall_at(0)}));
  ASSERT_TRUE(writer.commit());
  auto reader = *Reader::open(scratch.file());
  for (std::uint32_t n = 0; n < 5; ++n) {
    ASSERT_TRUE(writer.add(interval(0, 0, n, 10)));
    EXPECT_EQ(reader.load("a")->load.size(), n);
    ASSERT_TRUE(writer.commit());
    EXPECT_EQ(reader.load("a")->load.size(), n + 1);
  }
}

}  // namespace
}  // namespace rampart::store
