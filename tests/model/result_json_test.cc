#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "model/result.h"

namespace rampart::model {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::json;

RunResult small_run() {
  RunResult r;
  r.run = {.id = "20261121-012416-3f9a",
           .version = "0.1.0",
           .host = "web-1",
           .command = "rampart run a.yml",
           .end = RunEnd::interrupted,
           .end_signal = 2,
           .end_reason = "SIGINT",
           .notes = {"capture was off"}};
  r.scenario = "demo";
  r.started = base::WallTime(1795224256s) + base::Nanos(123ms);
  r.length = 40s;
  r.exit_code = 130;
  r.validity = Validity::client_limited;
  r.validity_reason = "busy";
  LoadSummary load;
  load.name = "browse";
  load.protocol = "http1";
  load.target = "web";
  load.counters.offered = 12;
  load.counters.started = 11;
  load.counters.completed = 7;
  load.counters.failed = 3;
  load.counters.missed = 1;
  load.counters.errors[static_cast<std::size_t>(LoadError::http_5xx)] = 3;
  load.in_flight = 1;
  load.oldest_in_flight = 1500us;
  load.rate = 0.175;
  load.latency = {.count = 10,
                  .mean = 3ms,
                  .p50 = 2ms,
                  .p90 = 4ms,
                  .p95 = 5ms,
                  .p99 = 6500us,
                  .p99_9 = 7ms,
                  .max = 8ms};
  load.histogram = "HISTFAAA";
  r.load = {load};
  ProbeSummary probe;
  probe.name = "web-http";
  probe.sent = 4;
  probe.succeeded = 3;
  probe.availability = 0.75;
  probe.ci95 = {0.3, 0.95};
  probe.reasons = {{"reset", 1}};
  r.probes = {probe};
  r.up = {{"node", 8, 7, 40, 3, {{"protocol", 1}}, "line 3, column 1: bad"}};
  Verdict verdict;
  verdict.target = "web";
  verdict.state = State::down;
  verdict.cause = Cause::fault_hang;
  verdict.actor = Actor::internal;
  verdict.confidence = 0.9;
  verdict.window = {27s, 31500ms};
  verdict.evidence = {{"probe web-http success", {27s, 31s}, 0, "%", "100 %"}};
  verdict.ruled_out = {{Cause::overload_self, "too little load"}};
  r.verdicts = {verdict};
  r.objectives = {
      {"availability", "web-http", ">= 98 %", "75 %", Interval{0.3, 0.95}, Outcome::missed},
      {"latency p99", "browse", "< 1 s", "6.5 ms", std::nullopt, Outcome::met}};
  r.drops.wire = 5;
  return r;
}

TEST(ResultJson, HasEveryMemberOfTheContract) {
  const auto d = Json::parse(to_json(small_run()));
  for (const auto* key :
       {"schema", "rampart", "run", "scenario", "started", "seconds", "exit", "validity", "load",
        "client", "probes", "up", "wire", "detection", "verdicts", "objectives", "drops"})
    EXPECT_TRUE(d.contains(key)) << key;
  for (const auto* key : {"name", "protocol", "target", "offered", "started", "completed", "failed",
                          "missed", "in_flight", "rate", "latency_ms", "service_ms", "errors",
                          "bytes_in", "bytes_out", "histogram"})
    EXPECT_TRUE(d["load"][0].contains(key)) << key;
  for (const auto* key : {"p50", "p90", "p95", "p99", "p99_9", "max", "mean"})
    EXPECT_TRUE(d["load"][0]["latency_ms"].contains(key)) << key;
  for (const auto* key : {"connect", "timeout", "reset", "tls", "protocol", "http_4xx", "http_5xx"})
    EXPECT_TRUE(d["load"][0]["errors"].contains(key)) << key;
  for (const auto* key : {"cpu_percent", "loop_lag_ms_p99", "schedule_lag_ms_p99", "limited_by"})
    EXPECT_TRUE(d["client"].contains(key)) << key;
  for (const auto* key : {"name", "module", "target", "sent", "succeeded", "availability", "ci95",
                          "duration_ms", "phases_ms"})
    EXPECT_TRUE(d["probes"][0].contains(key)) << key;
  for (const auto* key : {"name", "scrapes", "succeeded", "series", "gone", "reasons", "why"})
    EXPECT_TRUE(d["up"][0].contains(key)) << key;
  EXPECT_EQ(d["up"][0]["reasons"]["protocol"], 1);
  for (const auto* key : {"resolve", "connect", "tls", "processing", "transfer"})
    EXPECT_TRUE(d["probes"][0]["phases_ms"].contains(key)) << key;
  for (const auto* key :
       {"packets", "bytes", "dropped_kernel", "dropped_ring", "flows", "detections"})
    EXPECT_TRUE(d["wire"].contains(key)) << key;
  for (const auto* key : {"sent", "seen", "recall", "ci95", "delay_ms", "by_source"})
    EXPECT_TRUE(d["detection"].contains(key)) << key;
  for (const auto* key : {"target", "state", "cause", "impact", "actor", "confidence", "from", "to",
                          "evidence", "ruled_out"})
    EXPECT_TRUE(d["verdicts"][0].contains(key)) << key;
  for (const auto* key : {"name", "target", "wanted", "actual", "ci95", "outcome"})
    EXPECT_TRUE(d["objectives"][0].contains(key)) << key;
}

TEST(ResultJson, ValuesAndUnits) {
  const auto d = Json::parse(to_json(small_run()));
  EXPECT_EQ(d["schema"], 1);
  EXPECT_EQ(d["started"], "2026-11-21T01:24:16.123Z");
  EXPECT_EQ(d["seconds"], 40.0);
  EXPECT_EQ(d["exit"], 130);
  EXPECT_EQ(d["validity"], "CLIENT_LIMITED");
  EXPECT_EQ(d["end"], (Json{{"how", "interrupted"}, {"signal", 2}, {"reason", "SIGINT"}}));
  EXPECT_EQ(d["load"][0]["latency_ms"]["p99"], 6.5);
  EXPECT_EQ(d["load"][0]["oldest_in_flight_ms"], 1.5);
  EXPECT_EQ(d["load"][0]["errors"]["http_5xx"], 3);
  EXPECT_EQ(d["probes"][0]["ci95"], Json::array({0.3, 0.95}));
  EXPECT_EQ(d["probes"][0]["reasons"], (Json{{"reset", 1}}));
  EXPECT_EQ(d["verdicts"][0]["cause"], "fault.hang");
  EXPECT_EQ(d["verdicts"][0]["from"], 27.0);
  EXPECT_EQ(d["verdicts"][0]["to"], 31.5);
  EXPECT_EQ(d["verdicts"][0]["evidence"][0]["window"], Json::array({27.0, 31.0}));
  EXPECT_EQ(d["verdicts"][0]["ruled_out"][0]["cause"], "overload.self");
  EXPECT_EQ(d["objectives"][0]["outcome"], "missed");
  EXPECT_TRUE(d["objectives"][1]["ci95"].is_null());
  EXPECT_EQ(d["drops"]["wire"], 5);
}

TEST(ResultJson, TheBooksBalance) {
  const auto load = Json::parse(to_json(small_run()))["load"][0];
  EXPECT_EQ(load["offered"].get<int>(), load["started"].get<int>() + load["missed"].get<int>());
  EXPECT_EQ(load["started"].get<int>(), load["completed"].get<int>() + load["failed"].get<int>() +
                                            load["in_flight"].get<int>());
}

TEST(ResultJson, WhatWasNotMeasuredIsNull) {
  auto r = small_run();
  r.probes[0].sent = r.probes[0].succeeded = 0;
  const auto d = Json::parse(to_json(r));
  EXPECT_TRUE(d["load"][0]["service_ms"]["p99"].is_null());
  EXPECT_EQ(d["load"][0]["service_ms"]["count"], 0);
  EXPECT_TRUE(d["load"][0]["asked_rate"].is_null());
  EXPECT_TRUE(d["probes"][0]["availability"].is_null());
  EXPECT_TRUE(d["probes"][0]["ci95"].is_null());
  EXPECT_TRUE(d["probes"][0]["phases_ms"]["connect"].is_null());
  EXPECT_TRUE(d["client"]["cpu_percent"].is_number());
  r.load.clear();
  const auto unloaded = Json::parse(to_json(r));
  for (const auto& [name, value] : unloaded["client"].items())
    EXPECT_EQ(value.is_null(), name != "limited_by") << name;
  EXPECT_EQ(d["wire"]["captured"], false);
  EXPECT_TRUE(d["wire"]["packets"].is_null());
  EXPECT_EQ(d["detection"]["sent"], 0);
  EXPECT_TRUE(d["detection"]["recall"].is_null());
}

TEST(ResultJson, ACapacitySearch) {
  EXPECT_TRUE(Json::parse(to_json(small_run()))["capacity"].is_null());
  auto r = small_run();
  auto& c = r.capacity.emplace();
  c.load = "browse";
  c.target = "web";
  c.wanted = "p99 < 250 ms, errors < 1 %";
  c.rate = 1980;
  c.high = 2079;
  c.ci95 = {{1950, 2010}};
  c.ended = SearchEnd::found;
  c.reason = "because";
  c.length = 71s;
  auto& tried = c.trials.emplace_back();
  tried.judged = {1s, 5s};
  tried.trial = {.rate = base::Rps{2079},
                 .from = {},
                 .to = {},
                 .offered = 8316,
                 .completed = 7900,
                 .failed = 3,
                 .missed = 2,
                 .p50 = 4ms,
                 .p99 = 312ms,
                 .max = 400ms,
                 .outcome = TrialOutcome::missed,
                 .limited_by = "p99 312 ms"};
  auto json = Json::parse(to_json(r))["capacity"];
  EXPECT_EQ(json, Json::parse(R"({"load": "browse", "target": "web",
      "wanted": "p99 < 250 ms, errors < 1 %", "unit": "requests/s", "rate": 1980.0, "low": 1980.0, "high": 2079.0,
      "ci95": [1950.0, 2010.0], "ended": "found", "reason": "because", "seconds": 71.0,
      "trials": [{"rate": 2079.0, "from": 1.0, "to": 5.0, "offered": 8316, "completed": 7900,
        "failed": 3, "missed": 2, "latency_ms": {"p50": 4.0, "p99": 312.0, "max": 400.0},
        "outcome": "missed", "limited_by": "p99 312 ms"}]})"));
  c.flows = true;
  tried.trial.p50 = tried.trial.p99 = tried.trial.max = base::Nanos(0);
  json = Json::parse(to_json(r))["capacity"];
  EXPECT_EQ(json["unit"], "flows/s");
  EXPECT_EQ(json["trials"][0]["latency_ms"],
            Json::parse(R"({"p50": null, "p99": null, "max": null})"));
  r.capacity = CapacityResult{};
  json = Json::parse(to_json(r))["capacity"];
  for (const auto* unknown : {"rate", "low", "high", "ci95"})
    EXPECT_TRUE(json[unknown].is_null()) << unknown;
  EXPECT_EQ(json["ended"], "interrupted");
}

TEST(ResultJson, OneLinePerMemberAndANewlineAtTheEnd) {
  const auto text = to_json(small_run());
  EXPECT_TRUE(text.starts_with("{\n\"schema\": 1,\n\"rampart\": \"0.1.0\",\n\"run\": "));
  EXPECT_TRUE(text.ends_with("}\n}\n"));
  EXPECT_EQ(static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')),
            Json::parse(text).size() + 2);
}

TEST(ResultJson, HostileStringsAreReplacedNotThrown) {
  auto r = small_run();
  for (const std::string bad : {"\xff\xfe", "a\xE2\x82", "\"},\"exit\":0,{\"", "\x1b[2J\n"}) {
    r.scenario = r.verdicts[0].summary = r.probes[0].reasons[0].first = r.run.notes[0] = bad;
    const auto d = Json::parse(to_json(r));
    EXPECT_EQ(d["exit"], 130);
  }
}

TEST(ResultJson, InfiniteAndUndefinedNumbersAreNull) {
  auto r = small_run();
  r.verdicts[0].evidence[0].value = std::numeric_limits<double>::infinity();
  r.client.cpu_percent = std::numeric_limits<double>::quiet_NaN();
  const auto d = Json::parse(to_json(r));
  EXPECT_TRUE(d["verdicts"][0]["evidence"][0]["value"].is_null());
  EXPECT_TRUE(d["client"]["cpu_percent"].is_null());
}

TEST(ResultJson, EmptyRun) { EXPECT_EQ(Json::parse(to_json(RunResult{}))["load"], Json::array()); }

}  // namespace
}  // namespace rampart::model
