#include "loadgen/script.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <string>
#include <vector>

#include "base/reuse.h"
#include "tests/support/fake_clock.h"

namespace rampart::loadgen {
namespace {

using model::Extract;
using model::LoadError;

struct Lab {
  Lab() {
    target.url = *model::parse_url("http://h.test/");
    load.name = "shop";
    load.flow = true;
    load.steps.resize(2);
    load.steps[0].request.path = "/login";
    load.steps[0].extract = {{"v", Extract::From::header, "X-V"}};
    load.steps[1].request.path = "/{{v}}";
  }
  base::Result<std::unique_ptr<Script>> make(Share share = {}) {
    return Script::make(
        {.load = load, .target = target, .run_id = "r1", .share = share, .clock = clock});
  }
  testing::FakeClock clock;
  model::Target target;
  model::LoadSpec load;
};

TEST(Script, BuildsOnlyWhatDependsOnTheFlow) {
  Lab lab;
  const auto script = *lab.make({.index = 1, .count = 3});
  EXPECT_TRUE(script->observes(0));
  EXPECT_FALSE(script->observes(1));
  Exchange exchange;
  for (const std::string number : {"1", "4"}) {
    exchange.step = 0;
    script->begin(exchange);
    EXPECT_EQ(exchange.session->values.all()[0], number);
    EXPECT_EQ(script->request(exchange), nullptr);
    exchange.session->on_header("x-v", "a" + number);
    EXPECT_EQ(script->judge(exchange), std::nullopt);
    exchange.step = 1;
    const auto* own = script->request(exchange);
    ASSERT_NE(own, nullptr);
    const auto& second = *own;
    EXPECT_TRUE(second.bytes.starts_with("GET /a" + number + " HTTP/1.1\r\n")) << second.bytes;
    EXPECT_FALSE(second.observe);
    // The same again where it has to be sent again.
    const auto bytes = second.bytes;
    EXPECT_EQ(script->request(exchange)->bytes, bytes);
  }
}

TEST(Script, AddsCookiesWhereThereAreAny) {
  Lab lab;
  lab.load.cookies = true;
  const auto script = *lab.make();
  EXPECT_TRUE(script->observes(1));
  Exchange exchange;
  script->begin(exchange);
  EXPECT_EQ(script->request(exchange), nullptr);
  exchange.session->on_header("Set-Cookie", "s=1");
  const auto* again = script->request(exchange);
  ASSERT_NE(again, nullptr);
  EXPECT_NE(again->bytes.find("\r\nCookie: s=1\r\n"), std::string::npos) << again->bytes;
  EXPECT_TRUE(again->observe);
  script->begin(exchange);
  EXPECT_EQ(script->request(exchange), nullptr);
}

TEST(Script, LargeAnswersHoldNoMemoryOnceTheyHaveEnded) {
  for (const auto protocol : {model::Protocol::http1, model::Protocol::http2}) {
    Lab lab;
    lab.load.protocol = protocol;
    lab.load.cookies = true;
    lab.load.steps[0].extract = {{"v", Extract::From::json, "/v"}};
    lab.load.steps[1].request.path = "/{{v}}{{v}}";
    lab.load.steps[1].request.body = "{{v}}{{v}}";
    const std::string value(60'000, '<');  // in a path three bytes each
    const std::string body =
        R"({"v": ")" + value + R"(", "w": ")" + std::string(900'000, 'w') + "\"}";
    const auto script = *lab.make();
    Exchange exchange;
    script->begin(exchange);
    script->request(exchange);
    auto& session = *exchange.session;
    const auto before = mallinfo2().uordblks;
    for (int i = 0; i < 50; ++i)
      session.on_header("set-cookie", std::to_string(i) + "=" + std::string(4000, 'c'));
    session.on_body(body);
    EXPECT_EQ(script->judge(exchange), std::nullopt);
    script->forget(exchange);
    EXPECT_LT(session.answer.body.capacity(), base::kMostKept + 1);
    exchange.step = 1;
    const auto* request = script->request(exchange);
    ASSERT_NE(request, nullptr);
    EXPECT_GT(request->size, 8 * value.size());
    EXPECT_GT(session.target.size(), 6 * value.size());
    script->forget(exchange);
    EXPECT_EQ(session.values.all()[1], value) << "the flow goes on";
    EXPECT_TRUE(session.target.empty());
    script->end(exchange);
    EXPECT_LT(mallinfo2().uordblks, before + 2 * base::kMostKept);
    exchange.step = 0;
    script->begin(exchange);
    EXPECT_EQ(script->request(exchange), nullptr) << "no cookie";
    EXPECT_EQ(session.values.all()[1], "");
  }
}

TEST(Script, SaysWhereItIsWrong) {
  struct Case {
    const char* what;
    void (*spoil)(model::LoadSpec& load);
    const char* text;
  };
  for (const auto& [what, spoil, text] : {
           Case{"not yet known", [](auto& load) { load.steps[0].request.path = "/{{v}}"; },
                "load 'shop', step 1: nothing is called 'v' here"},
           Case{"unknown", [](auto& load) { load.steps[1].request.body = "{{w}}"; },
                "load 'shop', step 2: nothing is called 'w' here"},
           Case{"expression", [](auto& load) { load.steps[1].expect_body = "("; },
                "load 'shop', step 2: '(' is no regular expression: "},
           Case{"number", [](auto& load) { load.steps[1].request.path = "{{flow.number}}"; },
                "load 'shop': a path begins with /"},
           Case{"data", [](auto& load) { load.data.resize(1); }, "load 'shop': data set '' has no"},
       }) {
    Lab lab;
    spoil(lab.load);
    const auto script = lab.make();
    ASSERT_FALSE(script) << what;
    EXPECT_TRUE(script.error().text.starts_with(text)) << script.error().text;
  }
}

}  // namespace
}  // namespace rampart::loadgen
