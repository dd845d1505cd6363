#include "runner/collector.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <stop_token>

#include "store/reader.h"
#include "tests/runner/run_lab.h"
#include "tests/support/fake_clock.h"

namespace rampart::runner {
namespace {

using namespace std::chrono_literals;

// What unrelated SQL counts in the file.
std::int64_t count(const std::string& file, const char* sql) {
  sqlite3* db = nullptr;
  sqlite3_stmt* statement = nullptr;
  std::int64_t found = -1;
  if (sqlite3_open(file.c_str(), &db) == SQLITE_OK &&
      sqlite3_prepare_v2(db, sql, -1, &statement, nullptr) == SQLITE_OK &&
      sqlite3_step(statement) == SQLITE_ROW)
    found = sqlite3_column_int64(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(db);
  return found;
}

// A run of one page, whose collector finds everything that was pushed in its only drain.
class CollectorTest : public ::testing::Test {
 protected:
  CollectorTest() : writer_(*store::Writer::open(folder_.file())) {
    plan_.targets.resize(1);
    plan_.probes.resize(1);
    plan_.scrapes.resize(1);
    model::RunRecord run;
    run.id = "a";
    EXPECT_TRUE(writer_.begin(run, plan_));
    EXPECT_TRUE(writer_.add(model::ClockAnchor{clock_.mono(), clock_.wall()}));
  }

  // As node_exporters show their CPUs: some 60 bytes of name for each sample.
  void push_scrape(std::size_t samples) {
    model::ScrapeResult r;
    r.start = clock_.mono();
    r.up = true;
    for (std::size_t i = 0; i < samples; ++i)
      r.samples.push_back(
          {fmt::format("node_cpu_seconds_total{{cpu=\"{}\",instance=\"10.0.0.{}\"}}", i % 64,
                       i / 64),
           1});
    ASSERT_TRUE(rings_.scrapes.push(std::move(r)));
  }

  void push_the_others() {
    model::ProbeResult probe;
    probe.start = clock_.mono();
    ASSERT_TRUE(rings_.probes.push(std::move(probe)));
    ASSERT_TRUE(rings_.canaries.push({1, clock_.mono(), true}));
    model::WireInterval wire;
    wire.start = clock_.wall();
    ASSERT_TRUE(rings_.wire.push(std::move(wire)));
    model::Detection detection;
    detection.at = clock_.wall();
    ASSERT_TRUE(rings_.detections.push(std::move(detection)));
  }

  void expect_whole(std::int64_t samples) {
    Collector collector(plan_, rings_, writer_, clock_, clock_.mono());
    std::stop_source stop;
    stop.request_stop();
    collector.run(stop.get_token());
    EXPECT_FALSE(collector.store_error()) << collector.store_error()->text;
    EXPECT_EQ(collector.lost(), 0U);
    EXPECT_EQ(count(folder_.file(), "SELECT count(*) FROM series_sample"), samples);
    for (const auto* table : {"probe_result", "canary_sent", "wire_interval", "detection"})
      EXPECT_EQ(count(folder_.file(), fmt::format("SELECT count(*) FROM {}", table).c_str()), 1)
          << table;
  }

  Folder folder_;
  testing::FakeClock clock_;
  model::Plan plan_;
  Rings rings_{1};
  store::Writer writer_;
};

// More than the store lets wait, between two commits that time alone would make.
TEST_F(CollectorTest, OneLargeResultLosesNothing) {
  push_scrape(10);
  push_scrape(256'000);
  push_scrape(10);
  push_the_others();
  expect_whole(256'020);
}

TEST_F(CollectorTest, ManyResultsInOneDrainLoseNothing) {
  for (int i = 0; i < 5; ++i) push_scrape(51'200);
  push_the_others();
  expect_whole(256'000);
}

}  // namespace
}  // namespace rampart::runner
