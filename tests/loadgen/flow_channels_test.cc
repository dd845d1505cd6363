// Flows over real connections: what goes from one answer to the next request, and the books of each
// step. Every test runs over HTTP/1.1 and HTTP/2.
#include <fmt/core.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "tests/loadgen/load_lab.h"
#include "tests/loadgen/scripted_web.h"
#include "tests/support/deadline.h"

namespace rampart::loadgen {
namespace {

using model::DataSet;
using model::Extract;
using model::LoadError;
using ::testing::ElementsAre;
using testing::ScriptedWeb;
using ::testing::SizeIs;
using Reply = ScriptedWeb::Reply;
using Request = ScriptedWeb::Request;
using namespace std::chrono_literals;

model::Step step(const std::string& method, const std::string& path,
                 std::vector<Extract> extract = {}) {
  model::Step out;
  out.name = method + " " + path;
  out.request.method = method;
  out.request.path = path;
  out.extract = std::move(extract);
  return out;
}

DataSet users(DataSet::Order order, std::size_t rows) {
  std::vector<std::vector<std::string>> cells;
  for (std::size_t i = 0; i < rows; ++i) cells.push_back({fmt::format("user{}", i), "pw&1"});
  return {.name = "users",
          .file = "users.csv",
          .order = order,
          .columns = {"name", "password"},
          .rows = std::make_shared<const std::vector<std::vector<std::string>>>(std::move(cells))};
}

class FlowOver : public ::testing::TestWithParam<model::Protocol> {
 protected:
  // So many flows, one user at a time on one connection.
  static model::Plan flows(const ScriptedWeb& web, std::uint64_t count,
                           std::vector<model::Step> steps) {
    auto plan = one_load(web.endpoint(), closed_by(1, 20s), 1);
    auto& load = plan.loads[0];
    load.arrival.max_requests = count;
    load.protocol = GetParam();
    load.flow = true;
    load.steps = std::move(steps);
    return plan;
  }
  static bool http1() { return GetParam() == model::Protocol::http1; }

  // Runs it, and checks the books of each step.
  static std::vector<model::LoadCounters> run(LoadLab& lab) {
    lab.run();
    const auto total = lab.total();
    std::map<std::uint32_t, model::LoadCounters> steps;
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint64_t> level;
    std::uint64_t in_flight = 0;
    for (const auto* interval : lab.intervals()) {
      steps[interval->step] += interval->counters;
      level[{interval->worker, interval->step}] = interval->in_flight;
    }
    std::vector<model::LoadCounters> out;
    for (const auto& [number, c] : steps) {
      std::uint64_t open = 0;
      for (const auto& [key, n] : level)
        if (key.second == number) open += n;
      EXPECT_EQ(c.offered, c.started + c.missed) << "step " << number;
      EXPECT_EQ(c.started, c.completed + c.failed + open) << "step " << number;
      if (!out.empty()) {
        EXPECT_LE(c.offered, out.back().completed) << "step " << number;
      }
      out.push_back(c);
      in_flight += open;
    }
    EXPECT_EQ(in_flight, total.in_flight);
    return out;
  }
};

TEST_P(FlowOver, ValuesGoFromAnswersIntoLaterRequests) {
  ScriptedWeb web([](const Request& request) -> Reply {
    if (request.path == "/login" && request.method == "GET")
      return {.headers = {{"x-csrf", "c0"}, {"x-csrf", "other"}},
              .body = "<a href='/item/7?x=1 y'>{{not a template}}",
              .chunked = true};
    if (request.path == "/login") return {.body = R"({"user": {"id": 42, "token": "t\"k"}})"};
    return {};
  });
  auto post = step(
      "POST", "/login",
      {{"id", Extract::From::json, "/user/id"}, {"token", Extract::From::json, "/user/token"}});
  post.request.body = "user={{users.name}}&password={{users.password}}&csrf={{csrf}}";
  post.request.headers = {{"X-Csrf", "<{{ csrf }}>"}, {"Content-Type", "text/plain"}};
  auto last = step("GET", "{{link}}&id={{id}}&n={{flow.number}}");
  last.request.headers = {{"Authorization", "Bearer {{token}}"}};
  auto plan = flows(web, 2,
                    {step("GET", "/login",
                          {{"csrf", Extract::From::header, "X-CSRF"},
                           {"link", Extract::From::regex, "href='([^']+)'"}}),
                     post, last});
  plan.loads[0].data = {users(DataSet::Order::sequential, 5)};
  LoadLab lab(std::move(plan));
  const auto steps = run(lab);
  ASSERT_EQ(steps.size(), 3U);
  for (const auto& s : steps) EXPECT_EQ(s.completed, 2U);
  const auto requests = web.requests();
  ASSERT_EQ(requests.size(), 6U);
  EXPECT_EQ(requests[1].body, "user=user0&password=pw&1&csrf=c0");
  EXPECT_EQ(requests[1].header("x-csrf"), "<c0>");
  EXPECT_EQ(requests[1].header("content-length"), fmt::format("{}", requests[1].body.size()));
  EXPECT_EQ(requests[4].body, "user=user1&password=pw&1&csrf=c0");
  EXPECT_EQ(requests[2].path, "/item/7?x=1%20y&id=42&n=0");
  EXPECT_EQ(requests[5].path, "/item/7?x=1%20y&id=42&n=1");
  EXPECT_EQ(requests[2].header("authorization"), "Bearer t\"k");
  for (const auto& request : requests) {
    EXPECT_EQ(request.header("accept-encoding"), "");
    EXPECT_EQ(request.header("x-rampart-run"), "20260101-000000-abcd");
    EXPECT_EQ(request.connection, 0U);
  }
}

TEST_P(FlowOver, CookiesLiveAsLongAsTheirFlow) {
  ScriptedWeb web([n = 0](const Request& request) mutable -> Reply {
    if (request.path != "/login") return {};
    return {.headers = {{"set-cookie", fmt::format("session=s{}; HttpOnly", n++)},
                        {"set-cookie", "deep=d; Path=/a/b"},
                        {"set-cookie", "tls=x; Secure"}}};
  });
  auto own = step("GET", "/a/b/c");
  own.request.headers = {{"Cookie", "own={{flow.number}}"}};
  auto plan = flows(web, 2, {step("GET", "/login"), step("GET", "/a"), own});
  plan.loads[0].cookies = true;
  LoadLab lab(std::move(plan));
  run(lab);
  std::vector<std::string> cookies;
  for (const auto& request : web.requests()) cookies.push_back(request.header("cookie"));
  EXPECT_THAT(cookies, ElementsAre("", "session=s0", "own=0; deep=d; session=s0", "", "session=s1",
                                   "own=1; deep=d; session=s1"));
}

TEST_P(FlowOver, WithoutCookiesNoneAreKept) {
  ScriptedWeb web([](const Request&) -> Reply { return {.headers = {{"set-cookie", "a=b"}}}; });
  LoadLab lab(flows(web, 2, {step("GET", "/"), step("GET", "/{{flow.number}}")}));
  run(lab);
  EXPECT_EQ(web.requests().size(), 4U);
  for (const auto& request : web.requests()) EXPECT_EQ(request.header("cookie"), "");
}

// Two workers together hand out what one would.
TEST_P(FlowOver, EveryFlowHasItsNumberAndItsRow) {
  for (const auto order :
       {DataSet::Order::sequential, DataSet::Order::unique, DataSet::Order::random}) {
    SCOPED_TRACE(static_cast<int>(order));
    std::vector<std::string> first_run;
    for (const std::uint32_t workers : {2U, 1U}) {
      ScriptedWeb web([](const Request&) -> Reply { return {}; });
      auto plan = flows(web, 40, {step("GET", "/{{flow.number}}/{{users.name}}")});
      plan.workers = workers;
      plan.loads[0].connections = 3;
      plan.loads[0].arrival.users = 3;
      plan.loads[0].data = {users(order, order == DataSet::Order::sequential ? 16 : 40)};
      LoadLab lab(std::move(plan));
      EXPECT_EQ(run(lab)[0].completed, 40U);
      std::vector<std::string> paths;
      std::map<std::string, int> rows;
      std::set<std::string> numbers;
      for (const auto& request : web.requests()) {
        const auto slash = request.path.find('/', 1);
        numbers.insert(request.path.substr(1, slash - 1));
        ++rows[request.path.substr(slash + 1)];
        paths.push_back(request.path);
      }
      std::sort(paths.begin(), paths.end());
      EXPECT_THAT(numbers, SizeIs(40));
      EXPECT_TRUE(numbers.contains("0") && numbers.contains("39"));
      if (order == DataSet::Order::unique) {
        EXPECT_THAT(rows, SizeIs(40));
      }
      if (order == DataSet::Order::sequential) {
        EXPECT_THAT(rows, SizeIs(16));
        for (const auto& [row, times] : rows) EXPECT_TRUE(times == 2 || times == 3) << row;
        EXPECT_EQ(rows["user0"], 3);
        EXPECT_EQ(rows["user15"], 2);
      }
      if (order == DataSet::Order::random) {
        EXPECT_LT(rows.size(), 36U);  // 40 draws of 40 hit about 25
      }
      if (first_run.empty()) first_run = paths;
      EXPECT_EQ(paths, first_run);
    }
  }
}

// Where the plan has no bound of its own, the rows are one.
TEST_P(FlowOver, UniqueRowsEndTheSchedule) {
  ScriptedWeb web([](const Request&) -> Reply { return {}; });
  for (const bool open : {false, true}) {
    auto plan = flows(web, 0, {step("GET", "/{{users.name}}")});
    if (open) plan.loads[0].arrival = open_at(2000, 20s);
    plan.workers = 2;
    plan.loads[0].connections = 2;
    plan.loads[0].arrival.users = 2;
    plan.loads[0].data = {users(DataSet::Order::unique, 15)};
    LoadLab lab(std::move(plan));
    const auto steps = run(lab);
    EXPECT_EQ(steps[0].offered, 15U);
    EXPECT_EQ(steps[0].completed, 15U);
  }
  std::set<std::string> rows;
  for (const auto& request : web.requests()) rows.insert(request.path);
  EXPECT_THAT(rows, SizeIs(15));
  EXPECT_EQ(web.requests().size(), 30U);
}

// The answer's author may want to add a header, or to send the request elsewhere.
TEST_P(FlowOver, ValuesThatARequestCannotCarryEndTheFlow) {
  for (const std::string value : {R"(a\r\nX-Evil: 1)", R"(a\nb)", R"(a\rb)", R"(a\u0000b)"}) {
    SCOPED_TRACE(value);
    ScriptedWeb web([&](const Request&) -> Reply { return {.body = R"({"v":")" + value + "\"}"}; });
    auto second = step("GET", "/second");
    second.request.headers = {{"X-Value", "{{v}}"}};
    LoadLab lab(flows(web, 2, {step("GET", "/", {{"v", Extract::From::json, "/v"}}), second}));
    const auto steps = run(lab);
    EXPECT_EQ(steps[0].error(LoadError::not_extracted), 2U);
    EXPECT_EQ(steps[1].offered, 0U);
    EXPECT_EQ(web.requests().size(), 2U);
  }
  ScriptedWeb web([](const Request&) -> Reply { return {.body = "http://evil.test/"}; });
  LoadLab lab(
      flows(web, 2, {step("GET", "/", {{"v", Extract::From::regex, ".*"}}), step("GET", "{{v}}")}));
  EXPECT_EQ(run(lab)[0].error(LoadError::not_extracted), 2U);
  EXPECT_EQ(web.requests().size(), 2U);
}

TEST_P(FlowOver, InPathAndBodyAnyValueIsHarmless) {
  ScriptedWeb web(
      [](const Request&) -> Reply { return {.body = R"({"v":"a b\r\nX: \u0000%41%#é"})"}; });
  auto second = step("POST", "/p/{{v}}");
  second.request.body = "{{v}}";
  LoadLab lab(flows(web, 1, {step("GET", "/", {{"v", Extract::From::json, "/v"}}), second}));
  EXPECT_EQ(run(lab)[1].completed, 1U);
  const auto requests = web.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].path, "/p/a%20b%0D%0AX:%20%00%41%25%23%C3%A9");
  EXPECT_EQ(requests[1].body, std::string("a b\r\nX: \0%41%#\xc3\xa9", 16));
}

struct Wrong {
  const char* what;
  Extract extract;
  const char* expect_body;
  LoadError error;
};

TEST_P(FlowOver, AnAnswerWithoutWhatIsNeededEndsItsFlow) {
  using From = Extract::From;
  for (const auto& wrong :
       {Wrong{"header", {"v", From::header, "X-No"}, "", LoadError::not_extracted},
        Wrong{"regex", {"v", From::regex, "id=(\\d+)"}, "", LoadError::not_extracted},
        Wrong{"group", {"v", From::regex, "hello|(x)"}, "", LoadError::not_extracted},
        Wrong{"json", {"v", From::json, "/id"}, "", LoadError::not_extracted},
        Wrong{"body", {"v", From::regex, "hello"}, "goodbye", LoadError::unexpected_body}}) {
    SCOPED_TRACE(wrong.what);
    ScriptedWeb web([](const Request&) -> Reply { return {.body = "hello"}; });
    auto first = step("GET", "/", {wrong.extract});
    first.expect_body = wrong.expect_body;
    LoadLab lab(flows(web, 3, {first, step("GET", "/{{v}}")}));
    const auto steps = run(lab);
    EXPECT_EQ(steps[0].error(wrong.error), 3U);
    EXPECT_EQ(steps[0].completed, 0U);
    EXPECT_EQ(steps[1].offered, 0U);
    EXPECT_EQ(web.requests().size(), 3U);
  }
}

// The status goes first: of an error page nothing is asked.
TEST_P(FlowOver, AnUnexpectedStatusIsThatAndNothingElse) {
  ScriptedWeb web([](const Request&) -> Reply { return {.status = 503, .body = "sorry"}; });
  auto first = step("GET", "/", {{"v", Extract::From::regex, "id=(\\d+)"}});
  first.expect_body = "welcome";
  LoadLab lab(flows(web, 2, {first, step("GET", "/{{v}}")}));
  const auto steps = run(lab);
  EXPECT_EQ(steps[0].error(LoadError::http_5xx), 2U);
  EXPECT_EQ(steps[0].failed, 2U);
}

TEST_P(FlowOver, ABodyIsLookedAtUpToOneMebibyte) {
  constexpr std::size_t kMost = 1 << 20;
  for (const bool fits : {true, false}) {
    ScriptedWeb web([&](const Request& request) -> Reply {
      Reply reply{.body = "id=7;" + std::string(kMost - 5 + (fits ? 0 : 1), 'x')};
      reply.chunked = request.header("x-chunked") == "yes";
      return reply;
    });
    for (const bool expect : {false, true}) {
      auto first = step("GET", "/", {{"v", Extract::From::regex, "id=(\\d)"}});
      if (expect) first.expect_body = "xx";
      auto plan = flows(web, 2, {first, step("GET", "/{{v}}")});
      if (expect) plan.loads[0].steps[0].request.headers = {{"X-Chunked", "yes"}};
      LoadLab lab(std::move(plan));
      const auto steps = run(lab);
      EXPECT_EQ(steps[1].completed, fits ? 2U : 0U);
      const auto error = expect ? LoadError::unexpected_body : LoadError::not_extracted;
      EXPECT_EQ(steps[0].error(error), fits ? 0U : 2U);
    }
  }
}

TEST_P(FlowOver, ThinkTimesAreNotPartOfALatency) {
  ScriptedWeb web([](const Request&) -> Reply { return {.headers = {{"x-v", "1"}}}; });
  auto first = step("GET", "/", {{"v", Extract::From::header, "x-v"}});
  first.think = {model::ThinkTime::Kind::fixed, 150ms, {}};
  LoadLab lab(flows(web, 3, {first, step("GET", "/{{v}}")}));
  const auto steps = run(lab);
  EXPECT_EQ(steps[1].completed, 3U);
  base::Nanos length{0};
  for (const auto* interval : lab.intervals())
    if (interval->step == 0) length += interval->length;
  EXPECT_GE(length, 300ms);
  EXPECT_LT(lab.total().latency.at(50), 100ms);
}

// Each flow's second request finds its connection gone; the third one that it was closed in order.
TEST_P(FlowOver, ALostConnectionEndsItsFlowAndNoOther) {
  ScriptedWeb web([](const Request& request) -> Reply {
    return {.headers = {{"x-v", "7"}}, .vanish = request.path == "/two/7/1"};
  });
  auto plan = flows(web, 4,
                    {step("GET", "/one", {{"v", Extract::From::header, "X-V"}}),
                     step("GET", "/two/{{v}}/{{flow.number}}"), step("GET", "/three/{{v}}")});
  LoadLab lab(std::move(plan));
  const auto steps = run(lab);
  EXPECT_EQ(steps[0].completed, 4U);
  EXPECT_EQ(steps[1].completed, 3U);
  EXPECT_EQ(steps[1].failed, 1U);
  EXPECT_EQ(steps[2].completed, 3U);
  EXPECT_EQ(steps[0].connects, 2U);
}

TEST_P(FlowOver, ValuesAndCookiesOutliveTheConnection) {
  for (const std::uint64_t bound : {0U, 1U, 2U}) {
    SCOPED_TRACE(bound);
    ScriptedWeb web([&](const Request&) -> Reply {
      return {.headers = {{"x-v", "7"}, {"set-cookie", "s=1"}}, .close = bound == 0};
    });
    auto plan = flows(web, 5,
                      {step("GET", "/one", {{"v", Extract::From::header, "X-V"}}),
                       step("GET", "/two/{{v}}"), step("GET", "/three/{{flow.number}}")});
    plan.loads[0].cookies = true;
    plan.loads[0].requests_per_connection = bound;
    LoadLab lab(std::move(plan));
    const auto steps = run(lab);
    for (const auto& s : steps) EXPECT_EQ(s.completed, 5U);
    EXPECT_GE(steps[0].connects, bound == 2 ? 7U : 14U);
    for (const auto& request : web.requests())
      if (request.path != "/one") {
        EXPECT_EQ(request.header("cookie"), "s=1");
      }
  }
}

// A request that is given up is built anew for the next flow while its stream is still being
// cancelled.
TEST_P(FlowOver, TimeoutsDoNotMixRequestsUp) {
  ScriptedWeb web([](const Request& request) -> Reply {
    return {.body = request.body, .silent = request.path.ends_with("7")};
  });
  auto echo = step("POST", "/{{flow.number}}");
  echo.request.body = "{{flow.number}}-{{users.name}};";
  for (int i = 0; i < 14; ++i) echo.request.body += echo.request.body;  // does not fit in one frame
  echo.expect_body = "^(\\d+-user\\d+;)+$";
  auto plan = flows(web, 60, {echo});
  plan.loads[0].timeout = 50ms;
  plan.loads[0].streams = http1() ? 1 : 4;
  plan.loads[0].connections = 2;
  plan.loads[0].arrival.users = 8;
  plan.loads[0].data = {users(DataSet::Order::sequential, 5)};
  LoadLab lab(std::move(plan));
  const auto steps = run(lab);
  EXPECT_GT(steps[0].error(LoadError::timeout), 0U);
  EXPECT_EQ(steps[0].error(LoadError::unexpected_body), 0U);
  for (const auto& request : web.requests())
    EXPECT_TRUE(request.body.starts_with(request.path.substr(1) + "-user"));
}

// Larger than a server would take, and than a frame of HTTP/2 may be: it fails, and is not tried
// for ever.
TEST_P(FlowOver, AHeaderWithoutBoundFailsItsRequest) {
  ScriptedWeb web([](const Request&) -> Reply { return {.body = std::string(60'000, 'x')}; });
  auto second = step("GET", "/two");
  for (int i = 0; i < 20; ++i) second.request.headers.emplace_back(fmt::format("x-{}", i), "{{v}}");
  LoadLab lab(flows(web, 2, {step("GET", "/", {{"v", Extract::From::regex, ".*"}}), second}));
  const auto steps = run(lab);
  EXPECT_EQ(steps[1].started, 2U);
  EXPECT_EQ(steps[1].error(LoadError::protocol), http1() ? 0U : 2U);
}

// A load that is no flow takes its text as it is.
TEST_P(FlowOver, BracesMeanNothingElsewhere) {
  ScriptedWeb web([](const Request&) -> Reply { return {}; });
  auto plan = flows(web, 2, {step("POST", "/plain")});
  plan.loads[0].steps[0].request.body = "{{users.name}}";
  plan.loads[0].flow = false;
  LoadLab lab(std::move(plan));
  run(lab);
  for (const auto& request : web.requests()) EXPECT_EQ(request.body, "{{users.name}}");
}

INSTANTIATE_TEST_SUITE_P(Protocols, FlowOver,
                         ::testing::Values(model::Protocol::http1, model::Protocol::http2),
                         [](const auto& at) {
                           return at.param == model::Protocol::http1 ? "Http1" : "Http2";
                         });

}  // namespace
}  // namespace rampart::loadgen
