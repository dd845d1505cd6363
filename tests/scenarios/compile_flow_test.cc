#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;
using Kind = model::ThinkTime::Kind;
using From = model::Extract::From;

// A flow whose steps begin in line 3; `more` are further keys of the load.
std::string flow(std::string_view steps, std::string_view more = "") {
  return with_target("load: [ { name: a, arrival: { rate: 1/s, duration: 1s }, " +
                     std::string(more) + "flow: [\n" + std::string(steps) + "\n] } ]\n");
}

model::LoadSpec load_of(const std::string& text) {
  const auto parsed = parse(text);
  EXPECT_TRUE(parsed.plan) << to_text(parsed.errors);
  return parsed.plan ? parsed.plan->loads.at(0) : model::LoadSpec{};
}

TEST(CompileFlow, ALoginReachesThePlan) {
  const auto load = load_of(
      with_target("load:\n"
                  "  - name: shop\n"
                  "    arrival: { rate: 1/s, duration: 1s }\n"
                  "    flow:\n"
                  "      - get: /login?flow={{flow.number}}\n"
                  "        headers: { Accept: text/html }\n"
                  "        expect: { status: [200, 204], body: \"Sign in\" }\n"
                  "        extract: { csrf: { header: X-Csrf }, id: { regex: 'id=(\\d+)' } }\n"
                  "      - think: { uniform: [100ms, 2s] }\n"
                  "      - post: \"/login/{{ id }}\"\n"
                  "        name: sign in\n"
                  "        headers: { X-Csrf: \"{{csrf}}\" }\n"
                  "        body: \"csrf={{csrf}}\\n\"\n"
                  "        extract: { token: { json: /user/0/token } }\n"));
  EXPECT_TRUE(load.flow);
  EXPECT_TRUE(load.cookies);
  ASSERT_EQ(load.steps.size(), 2U);
  const auto& page = load.steps[0];
  EXPECT_EQ(page.name, "GET /login?flow={{flow.number}}");
  EXPECT_EQ(page.request.method, "GET");
  EXPECT_EQ(page.request.path, "/login?flow={{flow.number}}");
  EXPECT_EQ(page.request.headers,
            (std::vector<std::pair<std::string, std::string>>{{"Accept", "text/html"}}));
  EXPECT_EQ(page.request.expect_status, (std::vector<std::uint16_t>{200, 204}));
  EXPECT_EQ(page.expect_body, "Sign in");
  ASSERT_EQ(page.extract.size(), 2U);
  EXPECT_EQ(page.extract[0].name, "csrf");
  EXPECT_EQ(page.extract[0].from, From::header);
  EXPECT_EQ(page.extract[0].expression, "X-Csrf");
  EXPECT_EQ(page.extract[1].from, From::regex);
  EXPECT_EQ(page.extract[1].expression, "id=(\\d+)");
  EXPECT_EQ(page.think.kind, Kind::uniform);
  EXPECT_EQ(page.think.low, 100ms);
  EXPECT_EQ(page.think.high, 2s);
  const auto& login = load.steps[1];
  EXPECT_EQ(login.name, "sign in");
  EXPECT_EQ(login.request.method, "POST");
  EXPECT_EQ(login.request.body, "csrf={{csrf}}\n");
  EXPECT_EQ(login.extract[0].from, From::json);
  EXPECT_EQ(login.think.kind, Kind::none);
}

TEST(CompileFlow, EveryVerbAndItsName) {
  const auto load = load_of(
      flow("{ get: /a }, { post: /a }, { put: /a }, { patch: /a }, { delete: /a }, { head: /a },\n"
           "{ options: /a }, { get: /a }, { get: /a }, { get: /a, name: \"GET /b\" }"));
  std::vector<std::string> names;
  for (const auto& step : load.steps) names.push_back(step.name);
  EXPECT_EQ(names, (std::vector<std::string>{"GET /a", "POST /a", "PUT /a", "PATCH /a", "DELETE /a",
                                             "HEAD /a", "OPTIONS /a", "GET /a #2", "GET /a #3",
                                             "GET /b"}));
}

TEST(CompileFlow, Pauses) {
  const auto think = [](const std::string& steps) {
    return load_of(flow("{ get: / }, " + steps)).steps.at(0).think;
  };
  EXPECT_EQ(think("{ think: 500ms }").kind, Kind::fixed);
  EXPECT_EQ(think("{ think: 500ms }, { think: 1s }").low, 1500ms);
  EXPECT_EQ(think("{ think: { exponential: 1s } }").kind, Kind::exponential);
  EXPECT_EQ(think("{ think: { exponential: 1s } }").low, 1s);
  EXPECT_EQ(think("{ think: { uniform: [0s, 0s] } }").kind, Kind::uniform);
  const auto closed = load_of(with_target(
      "load: [ { name: a, think: { uniform: [1s, 3s] }, arrival: { users: 2, duration: 9s } } ]"));
  EXPECT_EQ(closed.steps.at(0).think.kind, Kind::uniform);
  EXPECT_EQ(closed.steps.at(0).think.high, 3s);
  EXPECT_FALSE(closed.flow);
  EXPECT_FALSE(closed.cookies);
}

TEST(CompileFlow, Cookies) {
  EXPECT_TRUE(load_of(flow("{ get: / }", "cookies: true, ")).cookies);
  EXPECT_FALSE(load_of(flow("{ get: / }", "cookies: false, ")).cookies);
}

TEST(CompileFlow, StepsThatAreNone) {
  const std::string one = "a step is a request such as { get: /login }, or { think: 500ms }";
  for (const auto& [steps, wanted] : std::vector<std::pair<std::string, std::string>>{
           {"{ name: x }", "t.yml:3:1: " + one},
           {"{ get: /a, post: /b }",
            "t.yml:3:18: a step is one request, and this one has get and post: make them two "
            "steps"},
           {"{ get: /a, think: 1s }",
            "t.yml:3:19: a pause is a step of its own, after the request: make it two"},
           {"{ think: 1s }, { get: /a }",
            "t.yml:3:10: a pause follows the request before it, and there is none: begin the flow "
            "with a request"},
           {"{ get: /a }, { think: 1s, name: x }",
            "t.yml:3:33: name belongs to a request, and this step is a pause"},
           {"{ get: /a }, { think: 1s }, { think: { exponential: 1s } }",
            "t.yml:3:38: the request before has a pause already, and only fixed ones add up"},
           {"{ get: /a }, { think: { uniform: [1s, 2s] } }, { think: 1s }",
            "t.yml:3:57: the request before has a pause already, and only fixed ones add up"},
           {"{ get: /a }, { think: { uniform: [2s, 1s] } }",
            "t.yml:3:34: write the shortest and the longest pause, as in [100ms, 2s]"},
           {"{ get: /a }, { think: { uniform: 2s } }",
            "t.yml:3:34: write the shortest and the longest pause, as in [100ms, 2s]"},
           {"{ get: /a }, { think: {} }",
            "t.yml:3:23: a pause is 500ms, { uniform: [100ms, 2s] } or { exponential: 1s }: one of "
            "them"},
           {"{ get: /a }, { think: { uniform: [1s, 2s], exponential: 1s } }",
            "t.yml:3:23: a pause is 500ms, { uniform: [100ms, 2s] } or { exponential: 1s }: one of "
            "them"},
           {"{ get: /a }, { think: { exponential: 0s } }",
            "t.yml:3:38: load.flow.think.exponential: 0s is out of range: 1us to 24h"},
           {"{ get: a }", "t.yml:3:8: load.flow.get: 'a' must begin with '/'"},
           {"{ get: \"{{flow.number}}\" }",
            "t.yml:3:8: load.flow.get: '{{flow.number}}' must begin with '/'"},
           {"{ get: \"/a b\" }",
            "t.yml:3:8: load.flow.get: '/a b': percent-encode blanks, '#' and bytes beyond ASCII"},
           {"{ fetch: /a }",
            "t.yml:3:1: " + one +
                "\nt.yml:3:3: unknown key 'fetch' in load.flow: known are get, post, put, patch, "
                "delete, head, options, name, headers, body, extract, expect, think"},
           {"{ get: /a, name: x }, { get: /b, name: x }",
            "t.yml:3:40: the name 'x' is taken by a step before it"},
       })
    EXPECT_EQ(errors_of(flow(steps)), wanted) << steps;
}

TEST(CompileFlow, NamesAndWhatTheyMean) {
  for (const auto& [steps, wanted] : std::vector<BadCase>{
           {"{ get: \"/a/{{id}}\" }",
            "t.yml:3:8: nothing is called 'id' here; there is flow.number"},
           {"{ get: /a, extract: { id: { header: X } }, body: \"{{id}}\" }",
            "t.yml:3:50: nothing is called 'id' here; there is flow.number"},
           {"{ get: /a, extract: { id: { header: X } } },\n{ get: /b, headers: { X: \"{{ixd}}\" } "
            "}",
            "t.yml:4:26: nothing is called 'ixd' here; there is flow.number, id"},
           {"{ get: /a, body: \"{{id\" }",
            "t.yml:3:18: '{{' is not closed: a value is filled in by {{name}}"},
           {"{ get: /a, extract: { id: {} } }",
            "t.yml:3:27: a value comes from one of header, regex and json, such as { header: "
            "X-Csrf }"},
           {"{ get: /a, extract: { id: { header: X, json: /a } } }",
            "t.yml:3:27: a value comes from one of header, regex and json, such as { header: "
            "X-Csrf }"},
           {"{ get: /a, extract: { id: { header: \"X Y\" } } }",
            "t.yml:3:37: 'X Y' is not a header's name"},
           {"{ get: /a, extract: { id: { json: a/b } } }",
            "t.yml:3:35: 'a/b' is no JSON pointer: write /name/0/name, where ~0 is ~ and ~1 is /"},
           {"{ get: /a, extract: { flow.number: { header: X } } }",
            "t.yml:3:23: 'flow.number' is taken: choose another name"},
           {"{ get: /a, extract: { \"a b\": { header: X } } }",
            "t.yml:3:23: 'a b' is not a name: 1 to 64 letters, digits, '.', '_' or '-'"},
           {"{ head: /a, extract: { id: { json: /a } } }",
            "t.yml:3:36: the answer to HEAD has no body"},
           {"{ head: /a, expect: { body: x } }", "t.yml:3:29: the answer to HEAD has no body"},
           {"{ get: /a, expect: { status: 99 } }",
            "t.yml:3:30: load.flow.expect.status: 99 is out of range: 100 to 599"},
           {"{ get: /a, headers: { Content-Length: 5 } }",
            "t.yml:3:23: 'Content-Length' is written by rampart itself"},
       })
    EXPECT_EQ(errors_of(flow(steps)), wanted) << steps;
}

TEST(CompileFlow, WhatDoesNotGoWithAFlow) {
  for (const auto& [text, wanted] : std::vector<std::pair<std::string, const char*>>{
           {flow("{ get: / }", "request: { path: /x }, "),
            "t.yml:2:67: a load has a request or a flow: make it the flow's first step"},
           {flow("{ get: / }", "think: 1s, "),
            "t.yml:2:65: the pauses of a flow are steps of it: put this one there"},
           {flow(""), "t.yml:2:64: a flow needs at least one request, such as { get: /login }"},
           {with_target(
                "load: [ { name: a, cookies: true, arrival: { rate: 1/s, duration: 1s } } ]"),
            "t.yml:2:29: a single request keeps no cookies: write a flow"},
           {with_target("load: [ { name: a, think: 1s, arrival: { rate: 1/s, duration: 1s } } ]"),
            "t.yml:2:27: users of a closed load pause, and arrivals of an open one come by the "
            "clock: write model: closed, or put it into a flow"},
       })
    EXPECT_EQ(errors_of(text), wanted) << text;
  std::string many;
  for (int i = 0; i < 101; ++i) many += "{ get: / }, ";
  EXPECT_EQ(errors_of(flow(many)), "t.yml:2:64: a flow may have 100 requests");
  std::string values;
  for (int i = 0; i < 101; ++i) values += "v" + std::to_string(i) + ": { header: X }, ";
  EXPECT_EQ(errors_of(flow("{ get: /, extract: { " + values + "} }")),
            "t.yml:2:64: a flow may extract 100 values");
}

// The check itself lives where patterns are used; here it is only asked.
TEST(CompileFlow, PatternsAreCheckedInTheirPlace) {
  const auto check = [](std::string_view pattern) -> base::Status {
    if (pattern == "(a")
      return base::fail(base::Errc::config, "not a regular expression: missing )");
    return {};
  };
  const auto errors = [&](const std::string& text) {
    return to_text(parse_scenario(text, "t.yml", {}, {.check_pattern = check}).errors);
  };
  EXPECT_EQ(errors(flow("{ get: /, expect: { body: \"(a\" } }")),
            "t.yml:3:27: body is not a regular expression: missing )");
  EXPECT_EQ(errors(flow("{ get: /, extract: { x: { regex: \"(a\" } } }")),
            "t.yml:3:34: regex is not a regular expression: missing )");
  EXPECT_EQ(errors(with_target(
                "duration: 1s\nprobes: [ { name: p, module: { kind: http, body_matches: (a } } ]")),
            "t.yml:3:58: body_matches is not a regular expression: missing )");
  EXPECT_EQ(errors(flow("{ get: /, expect: { body: \"(a)\" } }")), "");
}

}  // namespace
}  // namespace rampart::scenarios
