#include "probe/range_reading.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "lab.h"
#include "range_server.h"
#include "scripted_server.h"
#include "watch.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

// Stands still but for what a test does.
class SetClock final : public base::Clock {
 public:
  [[nodiscard]] base::MonoTime mono() const noexcept override { return mono_; }
  [[nodiscard]] base::WallTime wall() const noexcept override { return wall_; }
  void pass(base::Nanos time) {
    mono_ += time;
    wall_ += time;
  }
  void step(base::Nanos time) { wall_ += time; }

 private:
  base::MonoTime mono_{5h};
  base::WallTime wall_{490'000h};
};

// A ring with little room.
class Ring final : public model::Outbox<model::ScrapeResult> {
 public:
  bool push(model::ScrapeResult&& record) noexcept override {
    if (records.size() == room) return false;
    records.push_back(std::move(record));
    return true;
  }
  std::size_t room = 100'000;
  std::vector<model::ScrapeResult> records;
};

class RangeReadingTest : public testing::Test {
 public:
  Lab lab;
  SetClock clock;
  Context context{lab.loop, lab.curl, lab.sockets, clock, lab.hosts, lab.run_id};
  RangeServer server{lab.loop};
  Watch watch{lab};
  Ring results;
  const base::MonoTime begin = clock.mono();  // of the run
  // That, by the time of day.
  const std::int64_t begin_ms = clock.wall().time_since_epoch() / 1ms;
  std::unique_ptr<RangeReading> reading;

  model::ScrapeSpec spec;

  RangeReadingTest() {
    spec.name = "prometheus";
    spec.source = model::ScrapeSpec::Source::prometheus;
    spec.url = model::parse_url("http://prometheus.test:9090/prom/").value();
    spec.interval = 1s;
    spec.settle = 2s;
    spec.timeout = 5s;
    spec.headers = {{"Authorization", "Bearer abc"}};
    spec.endpoints = {server.endpoint()};
  }
  void make() {
    lab.plan.scrapes = {spec};
    reading = std::make_unique<RangeReading>(context, lab.plan, 0, begin, watch.trouble, results);
  }
  void run_at(base::Nanos age) {
    clock.pass(begin + age - clock.mono());
    lab.run(*reading);
  }
  void close_at(base::Nanos age) {
    clock.pass(begin + age - clock.mono());
    class Close final : public Job {
     public:
      Close(RangeReading& reading, base::MonoTime end) : reading_(reading), end_(end) {}
      void start(Job::Listener& listener) override { reading_.close(end_, listener); }

     private:
      RangeReading& reading_;
      base::MonoTime end_;
    };
    Close close(*reading, clock.mono());
    lab.run(close);
  }
  // Every `every` seconds from `first` on, in milliseconds since the run's start.
  void store_every(const std::string& name, std::int64_t first, std::int64_t every,
                   std::size_t count) {
    std::vector<std::int64_t> times;
    for (std::size_t i = 0; i < count; ++i)
      times.push_back(begin_ms + first + static_cast<std::int64_t>(i) * every);
    server.store(name, times);
  }
  // "2 a@1.5 b@1.25": the point, and what is there with the time at which it was sampled.
  [[nodiscard]] std::vector<std::string> points() const {
    std::vector<std::string> out;
    for (const auto& result : results.records) {
      std::string line = result.up ? fmt::format("{}", base::seconds(result.start - begin))
                                   : std::string(model::to_string(result.reason));
      for (const auto& s : result.samples)
        line += s.gone ? fmt::format(" -{}", s.series)
                       : fmt::format(" {}@{}", s.series,
                                     (s.value - static_cast<double>(begin_ms)) / 1e3);
      out.push_back(line);
    }
    return out;
  }
};

TEST_F(RangeReadingTest, HowItAsks) {
  make();
  run_at(10s);
  ASSERT_EQ(server.order(), "Ep");
  const auto& request = server.requests()[1];
  EXPECT_THAT(request, testing::StartsWith("POST /prom/api/v1/query_range HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\n\r\nquery=last_over_time%28%7B__name__%3D%7E%22up%7C"));
  EXPECT_THAT(request, HasSubstr("%7D%5B999ms%5D%29&start="));
  EXPECT_THAT(request, HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
}

TEST_F(RangeReadingTest, EachSampleOnceAtThePointAfterIt) {
  store_every("a", -100, 2700, 5);  // -0.1 2.6 5.3 8.0 10.7
  make();
  run_at(10s);
  EXPECT_THAT(points(), ElementsAre("3 a@2.6", "6 a@5.3", "8 a@8"))
      << "not what was sampled before the run, nor what may not have settled";
  run_at(12500ms);
  EXPECT_EQ(results.records.size(), 4U) << "nothing is read twice; an answer without samples";
  run_at(13s);
  EXPECT_THAT(points().back(), "11 a@10.7");
  run_at(13500ms);
  EXPECT_EQ(server.order(), "Eppp")
      << "nothing is due; and which ends its ranges hold is asked once";
}

// Prometheus 3 leaves the older end of a range out: the range is the whole step there, else what is
// scraped at the first millisecond of each would never be seen.
TEST_F(RangeReadingTest, TheFirstMillisecondOfAStepIsReadWhereRangesAreLeftOpen) {
  server.left_open = true;
  store_every("a", 1, 1000, 4);
  store_every("on_a_border", 1000, 1000, 4);
  make();
  run_at(5s);
  EXPECT_THAT(server.requests().back(), HasSubstr("%5B1000ms%5D"));
  EXPECT_THAT(points(), ElementsAre("1 a@0.001 on_a_border@1", "2 a@1.001 on_a_border@2",
                                    "3 a@2.001 on_a_border@3"));
}

// A crash between two scrapes of the server: nothing is made up in between.
TEST_F(RangeReadingTest, ASampleIsNotRepeatedUntilTheNext) {
  spec.interval = 5s;
  store_every("nginx_up", 1000, 60'000, 2);
  make();
  run_at(90s);
  EXPECT_THAT(points(), ElementsAre("5 nginx_up@1", "65 nginx_up@61"));
}

TEST_F(RangeReadingTest, AnAnswerWithoutSamplesIsOneToo) {
  make();
  run_at(10s);
  EXPECT_THAT(points(), ElementsAre("8"));
}

TEST_F(RangeReadingTest, TheEndHasTheRest) {
  store_every("a", 500, 1000, 20);
  make();
  run_at(10s);
  EXPECT_EQ(results.records.size(), 8U);
  close_at(11s);
  ASSERT_EQ(results.records.size(), 11U);
  EXPECT_EQ(points().back(), "11 a@10.5");
  run_at(15s);  // does nothing
  EXPECT_EQ(results.records.size(), 11U);
}

TEST_F(RangeReadingTest, WhatIsGoneHasNoValueFromThenOn) {
  store_every("a", 500, 3000, 1);
  store_every("up", 500, 3000, 4);  // a scrape each
  make();
  run_at(10s);
  EXPECT_THAT(points(), ElementsAre("1 a@0.5 up@0.5", "4 up@3.5 -a", "7 up@6.5"));
}

TEST_F(RangeReadingTest, PagesByTime) {
  store_every("a", 250, 1000, 200);
  make();
  run_at(103s);
  // The first page is small; how many series there are says how long the next may be.
  EXPECT_THAT(server.counts, ElementsAre(20, 81));
  ASSERT_EQ(results.records.size(), 101U);
  for (std::size_t i = 0; i < results.records.size(); ++i)
    EXPECT_EQ(points()[i], fmt::format("{} a@{}", i + 1, static_cast<double>(i) + 0.25));
}

// Both axes go on from where they are.
TEST_F(RangeReadingTest, TheTimeOfDayMayBeSet) {
  store_every("a", 250, 1000, 5);
  store_every("b", 3'600'000 + 5250, 1000, 5);
  make();
  run_at(7s);
  clock.step(1h);
  run_at(12s);
  EXPECT_THAT(points()[4], "5 a@4.25");
  EXPECT_THAT(points()[5], "6 b@3605.25");
  EXPECT_EQ(results.records.size(), 10U);
}

// A little each time would read a sample twice, or not at all.
TEST_F(RangeReadingTest, TheTimeOfDayMayBeSlewed) {
  store_every("a", 1, 1000, 40);
  make();
  for (int i = 5; i < 40; i += 5) {
    clock.step(i % 2 == 0 ? 2ms : -2ms);
    run_at(i * 1s);
  }
  EXPECT_EQ(results.records.size(), 33U);
}

TEST_F(RangeReadingTest, ADifferentClockIsToldOnce) {
  server.head = "Date: Tue, 24 Nov 2026 16:00:31 GMT";
  clock.step(std::chrono::sys_days(std::chrono::year(2026) / 11 / 24) + 16h -
             std::chrono::sys_time<base::Nanos>(clock.wall().time_since_epoch()));
  make();
  run_at(10s);
  EXPECT_EQ(
      results.records.at(0).detail,
      "the server's clock is 21.0 s ahead of ours: what it stored is taken for later by as much");
  run_at(20s);
  EXPECT_EQ(results.records.at(1).detail, "");
}

TEST_F(RangeReadingTest, AsksForLessWhereAnAnswerIsTooLarge) {
  spec.limits.body = 3000;
  server.padding = 500;  // a point takes more than this
  store_every("a", 0, 1000, 12);
  make();
  run_at(11s);
  EXPECT_THAT(server.counts, ElementsAre(9, 4, 4, 1));
  EXPECT_EQ(results.records.size(), 9U);
  for (const auto& result : results.records) EXPECT_TRUE(result.up) << result.detail;
}

TEST_F(RangeReadingTest, AsksForLessWhereTheServerFindsItTooMuchAndLaterForMore) {
  server.most = 5;
  store_every("a", 0, 1000, 100);
  make();
  run_at(42s);
  EXPECT_THAT(server.counts, ElementsAre(20, 10, 5, 5, 5, 5, 5, 5, 5, 5));
  EXPECT_EQ(results.records.size(), 40U);
  server.most = 1000;
  run_at(92s);
  EXPECT_EQ(results.records.size(), 90U);
  EXPECT_GE(server.counts.back(), 9U) << "the bound rises again";
}

TEST_F(RangeReadingTest, WhatIsTooLargeForOnePointIsAnError) {
  spec.limits.body = 3000;
  server.padding = 3000;
  make();
  run_at(11s);
  EXPECT_THAT(server.counts, ElementsAre(9, 4, 2, 1));
  ASSERT_EQ(results.records.size(), 1U);
  EXPECT_EQ(results.records[0].reason, ProbeReason::protocol);
  EXPECT_THAT(results.records[0].detail, HasSubstr("sent more than 2.93 KiB"));
  results.records.clear();
  server.padding = 0;
  for (const auto* name : {"a", "b", "c"}) store_every(name, 0, 500, 20);
  spec.limits = {.series = 2};
  make();
  run_at(11s);
  ASSERT_EQ(results.records.size(), 1U);
  EXPECT_THAT(results.records[0].detail, HasSubstr("more than 2 series to record"));
}

TEST_F(RangeReadingTest, WhatFindsNoRoomIsReadAgain) {
  store_every("up", 500, 1000, 12);
  store_every("a", 500, 1000, 4);
  results.room = 4;
  make();
  run_at(9s);
  EXPECT_THAT(points(),
              ElementsAre("1 a@0.5 up@0.5", "2 a@1.5 up@1.5", "3 a@2.5 up@2.5", "4 a@3.5 up@3.5"));
  results.records.clear();
  results.room = 100;
  run_at(10s);
  EXPECT_THAT(points(), ElementsAre("5 up@4.5 -a", "6 up@5.5", "7 up@6.5", "8 up@7.5"));
}

TEST_F(RangeReadingTest, AFailureIsToldAndReadAgain) {
  store_every("a", 500, 1000, 12);
  make();
  server.status = "400 Bad Request";
  server.body = R"({"status":"error","errorType":"bad_data","error":"1:3: parse error"})";
  run_at(11s);
  EXPECT_THAT(points(), ElementsAre("http_status"));
  EXPECT_EQ(results.records[0].detail, "status 400: bad_data: 1:3: parse error");
  server.status = "401 Unauthorized";
  server.body = "Unauthorized";
  run_at(11s);
  EXPECT_EQ(results.records[1].detail, "status 401, expected 200");
  results.records.pop_back();
  server.status = "200 OK";
  server.body = "<html>";
  run_at(11s);
  EXPECT_EQ(results.records[1].reason, ProbeReason::protocol);
  EXPECT_EQ(results.records[1].detail, "byte 1: this is no JSON");
  server.body.clear();
  run_at(11s);
  EXPECT_EQ(results.records.size(), 11U);
  EXPECT_EQ(points()[2], "1 a@0.5");
}

// Where a proxy, or a server of another kind, does not say which ends its ranges hold, what is sure
// is asked for, and the question is put ever less often.
TEST_F(RangeReadingTest, AServerThatDoesNotSayIsAskedEverLessOften) {
  server.says_ends = false;
  server.left_open = true;
  store_every("a", 500, 1000, 30);
  make();
  for (int i = 3; i < 20; ++i) run_at(i * 1s);
  EXPECT_EQ(server.order(), "EpEppEppppEppppppppEpp");
  EXPECT_EQ(results.records.size(), 17U) << "nothing is lost for it";
  for (const auto& request : server.requests())
    EXPECT_THAT(request, testing::AnyOf(HasSubstr("%5B999ms%5D"), HasSubstr("range_ends")));
  server.says_ends = true;
  for (int i = 20; i < 40; ++i) run_at(i * 1s);
  EXPECT_THAT(server.order(), testing::EndsWith("ppEpppppp")) << "and then no more";
  EXPECT_THAT(server.requests().back(), HasSubstr("%5B1000ms%5D"));
}

// What the prober itself missed is not blamed on the server.
TEST_F(RangeReadingTest, IsNotBlamedForTheProbersOwnPause) {
  spec.timeout = 400ms;
  spec.settle = 0s;
  lab.plan.scrapes = {spec};
  RangeReading own(lab.context, lab.plan, 0, lab.clock.mono() - 5s, watch.trouble, results);
  server.still = SelfCheck::kEvery + SelfCheck::kLate + 200ms;
  lab.run(own);
  ASSERT_EQ(results.records.size(), 1U);
  EXPECT_FALSE(results.records[0].up);
  EXPECT_EQ(results.records[0].reason, ProbeReason::local) << results.records[0].detail;
  EXPECT_THAT(results.records[0].detail, HasSubstr("the prober itself stood still for "));
}

// A proxy in front of the server that wants https, or a path of its own.
TEST_F(RangeReadingTest, ARedirectIsAskedTheSame) {
  ScriptedServer first(lab.loop, [this](const std::string&) {
    return ScriptedServer::Answer{
        fmt::format("HTTP/1.1 302 Found\r\nLocation: http://prometheus.test:{}/p/api/v1/query_range"
                    "\r\nContent-Length: 0\r\n\r\n",
                    server.endpoint().port),
        ScriptedServer::Then::hold,
        {}};
  });
  spec.endpoints = {first.endpoint()};
  store_every("a", 500, 1000, 12);
  make();
  run_at(5s);
  EXPECT_THAT(server.requests().at(0), testing::StartsWith("POST /p/api/v1/query_range"));
  EXPECT_THAT(points(), ElementsAre("1 a@0.5", "2 a@1.5", "3 a@2.5"));
}

TEST_F(RangeReadingTest, NobodyListens) {
  spec.endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 1}};
  make();
  run_at(11s);
  EXPECT_THAT(points(), ElementsAre("connect_refused"));
}

TEST_F(RangeReadingTest, NothingIsDueYet) {
  make();
  run_at(2900ms);
  EXPECT_EQ(server.order(), "E") << "what will be needed can be asked for already";
  EXPECT_THAT(results.records, IsEmpty());
}

// A run that ends before anything has settled has little time left for what it wants to know.
TEST_F(RangeReadingTest, AtTheEndThePointsComeFirst) {
  store_every("a", 500, 1000, 12);
  make();
  close_at(3s);
  EXPECT_EQ(server.order(), "p");
  EXPECT_THAT(points(), ElementsAre("1 a@0.5", "2 a@1.5", "3 a@2.5"));
}

// The run ends while an answer is awaited.
TEST_F(RangeReadingTest, ClosesWhileItReads) {
  store_every("a", 500, 1000, 12);
  make();
  clock.pass(10s);
  class Both final : public Job {
   public:
    Both(RangeReading& reading, base::MonoTime end) : reading_(reading), end_(end) {}
    void start(Job::Listener& listener) override {
      reading_.start(never_);
      reading_.close(end_, listener);
    }

   private:
    struct Never final : Job::Listener {
      void on_job_done() override { ADD_FAILURE() << "the first listener is told nothing"; }
    };
    Never never_;
    RangeReading& reading_;
    base::MonoTime end_;
  };
  Both both(*reading, clock.mono());
  lab.run(both);
  EXPECT_EQ(results.records.size(), 10U);
}

}  // namespace
}  // namespace rampart::probe
