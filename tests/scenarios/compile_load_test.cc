#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

std::string load(std::string_view rest) {
  return with_target("load: [ { name: a, " + std::string(rest) + " } ]\n");
}

struct StageCase {
  const char* arrival;
  std::vector<model::Stage> stages;
};

TEST(CompileLoad, Stages) {
  using base::Rps;
  const std::vector<StageCase> cases{
      {"{ rate: 200/s, duration: 30s }", {{Rps{200}, Rps{200}, 30s}}},
      {"{ stages: [ { to: 500/s, over: 30s }, { hold: 2m }, { to: 0/s, over: 10s } ] }",
       {{Rps{0}, Rps{500}, 30s}, {Rps{500}, Rps{500}, 2min}, {Rps{500}, Rps{0}, 10s}}},
      {"{ stages: [ { from: 50/s, hold: 10s }, { from: 10/s, to: 20/s, over: 1s } ] }",
       {{Rps{50}, Rps{50}, 10s}, {Rps{10}, Rps{20}, 1s}}},
      {"{ stages: [ { to: 80/s, over: 0s }, { hold: 5s } ] }", {{Rps{80}, Rps{80}, 5s}}},
      {"{ stages: [ { to: 1k/s, over: 1m30s } ] }", {{Rps{0}, Rps{1000}, 90s}}},
  };
  for (const auto& [arrival, stages] : cases) {
    const auto parsed = parse(load(std::string("arrival: ") + arrival));
    ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
    const auto& got = parsed.plan->loads[0].arrival;
    EXPECT_EQ(got.model, model::Arrival::Model::open);
    ASSERT_EQ(got.stages.size(), stages.size()) << arrival;
    base::Nanos sum{0};
    for (std::size_t i = 0; i < stages.size(); ++i) {
      EXPECT_EQ(got.stages[i].from, stages[i].from) << arrival;
      EXPECT_EQ(got.stages[i].to, stages[i].to) << arrival;
      EXPECT_EQ(got.stages[i].over, stages[i].over) << arrival;
      sum += stages[i].over;
    }
    EXPECT_EQ(got.duration, sum);
    EXPECT_EQ(parsed.plan->duration, sum);
  }
}

TEST(CompileLoad, ConnectionsAndHttp2ReachThePlan) {
  const auto parsed = parse(
      load("protocol: http2, streams: 16, requests_per_connection: 100, connection_rate: 50/s,\n"
           "  sources: [ 127.0.1.0/24, \"::1\" ], first_byte_timeout: 200ms,\n"
           "  arrival: { distribution: uniform, burst: 4, rate: 10/s, duration: 5s }"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& spec = parsed.plan->loads[0];
  EXPECT_EQ(spec.protocol, model::Protocol::http2);
  EXPECT_EQ(spec.streams, 16U);
  EXPECT_EQ(spec.requests_per_connection, 100U);
  EXPECT_EQ(spec.connection_rate.per_second, 50);
  ASSERT_EQ(spec.sources.size(), 2U);
  EXPECT_EQ(base::to_string(spec.sources[0]), "127.0.1.0/24");
  EXPECT_EQ(spec.first_byte_timeout, 200ms);
  EXPECT_EQ(spec.arrival.distribution, model::Arrival::Distribution::uniform);
  EXPECT_EQ(spec.arrival.burst, 4U);
}

TEST(CompileLoad, UsersShareTheStreamsOfHttp2) {
  const auto parsed =
      parse(load("protocol: http2, streams: 16, arrival: { users: 40, duration: 5s }"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  EXPECT_EQ(parsed.plan->loads[0].connections, 3U);
}

TEST(CompileLoad, StreamsAndSourcesThatDoNotFit) {
  const auto errors = [](std::string_view rest) {
    return to_text(
        parse(load(std::string(rest) + ", arrival: { rate: 1/s, duration: 1s }")).errors);
  };
  EXPECT_NE(errors("streams: 4").find("streams belong to HTTP/2"), std::string::npos);
  EXPECT_NE(errors("protocol: http2, connections: 100k, streams: 1000").find("at most a million"),
            std::string::npos);
  EXPECT_NE(errors("sources: [ example.test ]").find("'example.test' is no address or network"),
            std::string::npos);
}

TEST(CompileLoad, EveryFieldReachesThePlan) {
  const auto parsed = parse(load(
      "protocol: http1, connections: 8, connect_timeout: 250ms, timeout: 2s,\n"
      "  arrival: { model: open, distribution: poisson, rate: 10/s, duration: 5s, requests: 1k },\n"
      "  request: { method: POST, path: \"/a?b\", headers: { Accept: text/html }, body: \"x=1\",\n"
      "             expect: { status: [ 200, 302 ] } }"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& spec = parsed.plan->loads[0];
  EXPECT_EQ(spec.name, "a");
  EXPECT_EQ(spec.target, 0U);
  EXPECT_EQ(spec.protocol, model::Protocol::http1);
  EXPECT_EQ(spec.connections, 8U);
  EXPECT_EQ(spec.connect_timeout, 250ms);
  EXPECT_EQ(spec.timeout, 2s);
  EXPECT_EQ(spec.arrival.distribution, model::Arrival::Distribution::poisson);
  EXPECT_EQ(spec.arrival.max_requests, 1000U);
  EXPECT_EQ(spec.steps.at(0).request.method, "POST");
  EXPECT_EQ(spec.steps.at(0).request.path, "/a?b");
  ASSERT_EQ(spec.steps.at(0).request.headers.size(), 1U);
  EXPECT_EQ(spec.steps.at(0).request.headers[0].first, "Accept");
  EXPECT_EQ(spec.steps.at(0).request.headers[0].second, "text/html");
  EXPECT_EQ(spec.steps.at(0).request.body, "x=1");
  EXPECT_EQ(spec.steps.at(0).request.expect_status, (std::vector<std::uint16_t>{200, 302}));
}

TEST(CompileLoad, DefaultsAreThoseOfTheTable) {
  const auto parsed = parse(load("arrival: { rate: 10/s, duration: 5s }"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& spec = parsed.plan->loads[0];
  EXPECT_EQ(spec.connections, 64U);
  EXPECT_EQ(spec.connect_timeout, 5s);
  EXPECT_EQ(spec.timeout, 30s);
  EXPECT_EQ(spec.arrival.distribution, model::Arrival::Distribution::constant);
  EXPECT_EQ(spec.arrival.max_requests, 0U);
  EXPECT_EQ(spec.steps.at(0).request.method, "GET");
  EXPECT_EQ(spec.steps.at(0).request.path, "");
  EXPECT_TRUE(spec.steps.at(0).request.expect_status.empty());
}

TEST(CompileLoad, ClosedUsers) {
  const auto parsed = parse("duration: 10s\n" + load("arrival: { users: 32 }"));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  const auto& spec = parsed.plan->loads[0];
  EXPECT_EQ(spec.arrival.model, model::Arrival::Model::closed);
  EXPECT_EQ(spec.arrival.users, 32U);
  EXPECT_EQ(spec.arrival.duration, 10s);
  EXPECT_TRUE(spec.arrival.stages.empty());
  EXPECT_EQ(spec.connections, 32U);
}

TEST(CompileLoad, ALoadWithoutALengthLastsAsLongAsTheRun) {
  const auto text = [](std::string_view top) {
    return std::string(top) + with_target(
                                  "load:\n"
                                  "  - { name: a, arrival: { rate: 1/s } }\n"
                                  "  - { name: b, arrival: { rate: 2/s, duration: 20s } }\n"
                                  "  - { name: c, arrival: { users: 3 } }\n");
  };
  const auto longest = parse(text(""));
  ASSERT_TRUE(longest.plan) << to_text(longest.errors);
  EXPECT_EQ(longest.plan->duration, 20s);
  EXPECT_EQ(longest.plan->loads[0].arrival.duration, 20s);
  EXPECT_EQ(longest.plan->loads[0].arrival.stages[0].over, 20s);
  EXPECT_EQ(longest.plan->loads[2].arrival.duration, 20s);
  const auto given = parse(text("duration: 60s\n"));
  ASSERT_TRUE(given.plan) << to_text(given.errors);
  EXPECT_EQ(given.plan->duration, 60s);
  EXPECT_EQ(given.plan->loads[0].arrival.stages[0].over, 60s);
  EXPECT_EQ(given.plan->loads[1].arrival.duration, 20s);
}

TEST(CompileLoad, Refused) {
  for (const auto& [arrival, wanted] : std::vector<BadCase>{
           {"{ rate: 5/s }",
            "t.yml:2:29: nothing says how long: add duration: 30s here, or to the whole scenario"},
           {"{ users: 5, requests: 10 }",
            "t.yml:2:29: nothing says how long: add duration: 30s here, or to the whole scenario"},
           {"{ duration: 5s }",
            "t.yml:2:29: an open arrival needs rate: 200/s, stages: [...] or replay: times.txt"},
           {"{ model: closed, duration: 5s }", "t.yml:2:29: a closed arrival needs users: 32"},
           {"{ users: 4, rate: 5/s, duration: 5s }",
            "t.yml:2:38: users belong to the closed model: write model: closed, or a rate instead"},
           {"{ model: closed, users: 4, rate: 5/s, duration: 5s }",
            "t.yml:2:62: rate belongs to the open model: closed users wait for their answers and "
            "offer no rate"},
           {"{ rate: 5/s, stages: [ { to: 5/s, over: 5s } ] }",
            "t.yml:2:37: stages already say it: leave rate out"},
           {"{ duration: 9s, stages: [ { to: 5/s, over: 5s } ] }",
            "t.yml:2:41: stages already say it: leave duration out"},
           {"{ stages: [ { hold: 5s } ] }",
            "t.yml:2:49: the first stage holds at 0/s: begin with { to: 500/s, over: 30s }"},
           {"{ stages: [ { to: 5/s } ] }",
            "t.yml:2:41: a stage is { to: 500/s, over: 30s } or { hold: 2m }"},
           {"{ stages: [ { to: 5/s, hold: 2s } ] }",
            "t.yml:2:58: a stage either holds, or goes to a rate over a time: make it two stages"},
           {"{ stages: [ { to: 5/s, over: 0s } ] }",
            "t.yml:2:39: no stage sends anything: hold a rate, as in { to: 500/s, over: 0s }, { "
            "hold: 2m }"},
           {"{ stages: [] }",
            "t.yml:2:39: no stage sends anything: hold a rate, as in { to: 500/s, over: 0s }, { "
            "hold: 2m }"},
           {"{ stages: [ { to: 5/s, over: 700h }, { hold: 100h } ] }",
            "t.yml:2:39: all stages together last longer than 744h"},
           {"{ stages: [ { to: 5/s, over: 30 } ] }",
            "t.yml:2:58: load.arrival.stages.over: '30' lacks a known unit: use ns, us, ms, s, m "
            "or h"},
       })
    EXPECT_EQ(errors_of(load(std::string("arrival: ") + arrival)), wanted) << arrival;
  EXPECT_EQ(errors_of(load("connections: 4, arrival: { users: 5, duration: 1s }")),
            "t.yml:2:33: 5 users need 5 connections: leave connections out, or give 5 or more");
  EXPECT_EQ(errors_of(load("timeout: 1s")),
            "t.yml:2:9: 'arrival' is missing in load: when requests are due");
  EXPECT_EQ(errors_of("duration: 2s\n" + load("arrival: { rate: 1/s, duration: 9s }")),
            "t.yml:1:11: the run would end after 2.00 s, before load 'a', which lasts 9.00 s");
  EXPECT_EQ(errors_of("targets: { db: { url: \"tcp://127.0.0.1:5432\" } }\n"
                      "load: [ { name: a, target: db, arrival: { rate: 1/s, duration: 9s } } ]\n"),
            "t.yml:2:28: protocol http1 needs an http or https target, and 'db' is "
            "tcp://127.0.0.1:5432");
  EXPECT_EQ(errors_of(with_target("load:\n"
                                  "  - { name: a, arrival: { rate: 1/s, duration: 9s } }\n"
                                  "  - { name: a, arrival: { rate: 1/s, duration: 9s } }\n")),
            "t.yml:4:13: the name 'a' is taken: load in line 3 has it");
}

TEST(CompileLoad, Pace) {
  const std::string arrival = ", arrival: { rate: 1/s, duration: 1s }";
  const auto parsed = parse(load("pace: { read: 1KB/s, write: 10B/s }" + arrival));
  ASSERT_TRUE(parsed.plan) << to_text(parsed.errors);
  EXPECT_EQ(parsed.plan->loads[0].pace.read, 1000U);
  EXPECT_EQ(parsed.plan->loads[0].pace.write, 10U);
  for (const auto& [pace, wanted] : std::vector<BadCase>{
           {"pace: {}", "t.yml:2:26: say how slow: { read: 1KB/s }, { write: 10B/s } or both"},
           {"pace: { read: 10 }",
            "t.yml:2:34: load.pace.read: '10' is not a byte rate such as 10B/s or 1KB/s"},
           {"pace: { read: 0B/s }",
            "t.yml:2:34: load.pace.read: '0B/s' would never move a byte: 1B/s or more"},
           {"pace: { write: 11GB/s }",
            "t.yml:2:35: load.pace.write: 11GB/s is out of range: 1B/s to 10GB/s"},
           {"protocol: http2, pace: { write: 1B/s }",
            "t.yml:2:43: only http1 can be paced: leave protocol out"},
       })
    EXPECT_EQ(errors_of(load(pace + arrival)), wanted) << pace;
}

}  // namespace
}  // namespace rampart::scenarios
