#include "probe/range_reading.h"

#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>

#include "lab.h"
#include "scripted_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::chrono_literals;

// Answers query_range from what a test says of each point.
class Server {
 public:
  explicit Server(net::Loop& loop)
      : server_(loop, [this](const std::string& request) { return answer(request); }) {}
  [[nodiscard]] base::Endpoint endpoint() const { return server_.endpoint(); }
  [[nodiscard]] const std::vector<std::string>& requests() const { return server_.requests(); }

  // Whether the first series has a value there.
  std::function<bool(double seconds)> there = [](double) { return true; };
  std::size_t series = 1;
  std::size_t padding = 0;  // bytes for each point that mean nothing
  std::string status = "200 OK";
  std::string body;                 // instead, where it is not empty
  std::vector<std::size_t> counts;  // points of each ask

  static double field(const std::string& request, const std::string& name) {
    const auto at = request.find("&" + name + "=");
    return std::strtod(request.c_str() + at + name.size() + 2, nullptr);
  }

 private:
  ScriptedServer::Answer answer(const std::string& request) {
    const double start = field(request, "start");
    const double step = field(request, "step");
    const auto count = static_cast<std::size_t>((field(request, "end") - start) / step + 1.5);
    counts.push_back(count);
    std::string result;
    for (std::size_t s = 0; s < series; ++s) {
      std::string values;
      for (std::size_t i = 0; i < count; ++i) {
        const double at = start + static_cast<double>(i) * step;
        if (s == 0 && !there(at)) continue;
        values += fmt::format("{}[{:.3f},\"{}\"]", values.empty() ? "" : ",", at, i);
      }
      result += fmt::format("{}{{\"metric\":{{\"__name__\":\"s{}\"}},\"values\":[{}]}}",
                            s == 0 ? "" : ",", s, values);
    }
    const auto text = body.empty()
                          ? fmt::format(
                                "{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\","
                                "\"result\":[{}]}}}}{}",
                                result, std::string(padding * count, ' '))
                          : body;
    return {fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n\r\n{}", status, text.size(), text),
            ScriptedServer::Then::hold,
            {}};
  }
  ScriptedServer server_;
};

class RangeReadingTest : public testing::Test {
 public:
  Lab lab;
  Server server{lab.loop};
  Kept<model::ScrapeResult> results;
  base::MonoTime begin = lab.clock.mono() - 10s;  // of the run
  std::unique_ptr<RangeReading> reading;

  model::ScrapeSpec spec;

  RangeReadingTest() {
    spec.name = "prometheus";
    spec.source = model::ScrapeSpec::Source::prometheus;
    spec.url = model::parse_url("http://prometheus.test:9090/prom/").value();
    spec.interval = 1s;
    spec.timeout = 5s;
    spec.headers = {{"Authorization", "Bearer abc"}};
    spec.endpoints = {server.endpoint()};
  }
  void make() {
    lab.plan.scrapes = {spec};
    reading = std::make_unique<RangeReading>(lab.context, lab.plan, 0, begin, results);
  }
  // "2 s0 s1": the point, and what is there.
  std::vector<std::string> points() const {
    std::vector<std::string> out;
    for (const auto& result : results.records) {
      std::string line = result.up ? fmt::format("{}", (result.start - begin) / 1s)
                                   : std::string(model::to_string(result.reason));
      for (const auto& sample : result.samples)
        line += fmt::format(" {}{}", sample.gone ? "-" : "", sample.series);
      out.push_back(line);
    }
    return out;
  }
};

TEST_F(RangeReadingTest, ReadsWhatHasSettledEachPointOnce) {
  make();
  lab.run(*reading);
  ASSERT_EQ(server.requests().size(), 1U);
  EXPECT_THAT(server.requests()[0],
              testing::StartsWith("POST /prom/api/v1/query_range HTTP/1.1\r\n"));
  EXPECT_THAT(server.requests()[0], HasSubstr("\r\n\r\nquery=%7B__name__%3D%7E%22up%7C"));
  EXPECT_THAT(server.requests()[0], HasSubstr("\r\nAuthorization: Bearer abc\r\n"));
  EXPECT_THAT(server.requests()[0],
              HasSubstr("\r\nContent-Type: application/x-www-form-urlencoded\r\n"));
  EXPECT_THAT(points(),
              ElementsAre("0 s0", "1 s0", "2 s0", "3 s0", "4 s0", "5 s0", "6 s0", "7 s0", "8 s0"));
  EXPECT_EQ(results.records[3].samples[0].value, 3);
  EXPECT_EQ(results.records[3].start, begin + 3s);
  results.records.clear();
  lab.run(*reading);
  EXPECT_LE(results.records.size(), 1U) << "but for a slow machine, nothing is due";
  EXPECT_TRUE(points().empty() || points()[0] == "9 s0");
}

// The answers' times are the server's: near to ours where both have the time of day.
TEST_F(RangeReadingTest, AsksByTheTimeOfDay) {
  make();
  const auto now = base::seconds(lab.clock.wall().time_since_epoch());
  lab.run(*reading);
  EXPECT_NEAR(Server::field(server.requests().at(0), "start"), now - 10, 1);
}

TEST_F(RangeReadingTest, TheEndHasTheRest) {
  make();
  lab.run(*reading);
  const auto before = results.records.size();
  class Close final : public Job {
   public:
    Close(RangeReading& reading, base::MonoTime end) : reading_(reading), end_(end) {}
    void start(Job::Listener& listener) override { reading_.close(end_, listener); }
    RangeReading& reading_;
    base::MonoTime end_;
  };
  Close close(*reading, begin + 10s);
  lab.run(close);
  EXPECT_EQ(results.records.size(), 11U);
  EXPECT_LT(before, 11U);
  EXPECT_EQ(points().back(), "10 s0");
  lab.run(*reading);  // does nothing
  EXPECT_EQ(results.records.size(), 11U);
}

TEST_F(RangeReadingTest, WhatIsGoneHasNoValueFromThenOn) {
  const auto from = base::seconds(lab.clock.wall().time_since_epoch()) - 10;
  server.there = [from](double at) { return at < from + 2.5 || at > from + 5.5; };
  make();
  lab.run(*reading);
  EXPECT_THAT(points(),
              ElementsAre("0 s0", "1 s0", "2 s0", "3 -s0", "4", "5", "6 s0", "7 s0", "8 s0"));
}

TEST_F(RangeReadingTest, PagesByTime) {
  begin = lab.clock.mono() - 102s;
  make();
  lab.run(*reading);
  // The first page is small; how many series there are says how long the next may be.
  EXPECT_THAT(server.counts, ElementsAre(20, 81));
  ASSERT_EQ(results.records.size(), 101U);
  for (std::size_t i = 0; i < results.records.size(); ++i)
    EXPECT_EQ(results.records[i].start, begin + i * 1s);
}

TEST_F(RangeReadingTest, AsksForLessWhereAnAnswerIsTooLarge) {
  spec.limits.body = 3000;
  server.padding = 500;  // a point takes more than this
  make();
  lab.run(*reading);
  EXPECT_THAT(server.counts, ElementsAre(9, 4, 4, 1));
  EXPECT_EQ(results.records.size(), 9U);
  for (const auto& result : results.records) EXPECT_TRUE(result.up) << result.detail;
}

TEST_F(RangeReadingTest, WhatIsTooLargeForOnePointIsAnError) {
  spec.limits.body = 3000;
  server.padding = 3000;
  make();
  lab.run(*reading);
  EXPECT_THAT(server.counts, ElementsAre(9, 4, 2, 1));
  ASSERT_EQ(results.records.size(), 1U);
  EXPECT_EQ(results.records[0].reason, ProbeReason::protocol);
  EXPECT_THAT(results.records[0].detail, HasSubstr("sent more than 2.93 KiB"));
  results.records.clear();
  server.padding = 0;
  server.series = 3;
  spec.limits = {.series = 2};
  make();
  lab.run(*reading);
  ASSERT_EQ(results.records.size(), 1U);
  EXPECT_THAT(results.records[0].detail, HasSubstr("more than 2 series to record"));
}

TEST_F(RangeReadingTest, AFailureIsToldAndReadAgain) {
  make();
  server.status = "400 Bad Request";
  server.body = R"({"status":"error","errorType":"bad_data","error":"1:3: parse error"})";
  lab.run(*reading);
  EXPECT_THAT(points(), ElementsAre("http_status"));
  EXPECT_EQ(results.records[0].detail, "status 400: bad_data: 1:3: parse error");
  EXPECT_GT(results.records[0].duration, 0ns);
  server.status = "401 Unauthorized";
  server.body = "Unauthorized";
  lab.run(*reading);
  EXPECT_EQ(results.records[1].detail, "status 401, expected 200");
  results.records.pop_back();
  server.status = "200 OK";
  server.body = "<html>";
  lab.run(*reading);
  EXPECT_EQ(results.records[1].reason, ProbeReason::protocol);
  EXPECT_EQ(results.records[1].detail, "byte 1: this is no JSON");
  server.body.clear();
  lab.run(*reading);
  EXPECT_GE(results.records.size(), 11U);
  EXPECT_EQ(results.records[2].start, begin);
}

TEST_F(RangeReadingTest, NobodyListens) {
  spec.endpoints = {{base::IpAddress::v4(127, 0, 0, 1), 1}};
  make();
  lab.run(*reading);
  EXPECT_THAT(points(), ElementsAre("connect_refused"));
}

TEST_F(RangeReadingTest, NothingIsDueYet) {
  begin = lab.clock.mono();
  make();
  lab.run(*reading);
  EXPECT_THAT(server.requests(), IsEmpty());
  EXPECT_THAT(results.records, IsEmpty());
}

// The run ends while an answer is awaited.
TEST_F(RangeReadingTest, ClosesWhileItReads) {
  make();
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
  Both both(*reading, begin + 10s);
  lab.run(both);
  EXPECT_EQ(results.records.size(), 11U);
}

}  // namespace
}  // namespace rampart::probe
