#include "reports/terminal.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/reports/golden.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

bool has_controls(const std::string& text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n') || byte == 0x7F;
  });
}

TEST(Terminal, SummaryOfTheSample) {
  expect_golden("terminal.txt",
                render_terminal(sample_run().result, {.colour = false, .width = 100}));
}

TEST(Terminal, LoadSummaryOfTheSample) {
  expect_golden("load_summary.txt", render_load_summary(sample_run().result, {}));
}

TEST(Terminal, ColourOnlyAddsSequences) {
  const auto run = sample_run();
  auto coloured = render_terminal(run.result, {.colour = true, .width = 100});
  EXPECT_NE(coloured.find("\x1b[1;31m"), std::string::npos);
  for (auto at = coloured.find('\x1b'); at != std::string::npos; at = coloured.find('\x1b'))
    coloured.erase(at, coloured.find('m', at) - at + 1);
  EXPECT_EQ(coloured, render_terminal(run.result, {.colour = false, .width = 100}));
}

TEST(Terminal, VerdictComesFirst) {
  const auto text = render_terminal(sample_run().result, {});
  EXPECT_TRUE(text.starts_with("web was down from 27.0 to 31.0 s: fault.hang; and degraded once\n"))
      << text;
}

TEST(Terminal, SaysThatARunWasCutOff) {
  auto run = sample_run();
  run.result.run.end = model::RunEnd::unfinished;
  run.result.length = std::chrono::milliseconds(23400);
  for (const auto& text : {render_terminal(run.result, {}), render_load_summary(run.result, {})})
    EXPECT_TRUE(text.starts_with("cut off: no stop was recorded, the last record is at 23.4 s"))
        << text;
}

TEST(Terminal, EmptyRunIsNoZero) {
  model::RunResult empty;
  const auto text = render_terminal(empty, {});
  EXPECT_NE(text.find("no verdict"), std::string::npos) << text;
  EXPECT_EQ(text.find("LOAD"), std::string::npos);
  EXPECT_EQ(text.find("WIRE"), std::string::npos);
  model::ProbeSummary silent;
  silent.name = "web";
  empty.probes = {silent};
  EXPECT_NE(render_terminal(empty, {}).find("no data"), std::string::npos);
}

TEST(Terminal, HostileStringsCannotSteerTheTerminal) {
  for (const std::string text : {"\x1b[2J\x1b]0;owned\x07",
                                 "\xC2\x9B"
                                 "31m",
                                 "\r\nPASS", "\xff\xfe"}) {
    const auto run = hostile_run(text);
    for (const auto& out : {render_terminal(run.result, {}), render_load_summary(run.result, {})}) {
      EXPECT_FALSE(has_controls(out));
      EXPECT_EQ(out.find("\xC2\x9B"), std::string::npos);
      EXPECT_TRUE(is_utf8(out));
    }
  }
}

TEST(Terminal, ClientLimitIsSaidAtTheTop) {
  auto run = sample_run();
  run.result.validity = model::Validity::client_limited;
  run.result.validity_reason = "the load threads were 99 % busy";
  const auto text = render_terminal(run.result, {});
  EXPECT_LT(text.find("not valid, the load generator itself was the limit"), text.find("VERDICTS"));
}

TEST(Terminal, TheLimitIsNamedWhetherItSpoilsOrNot) {
  auto run = sample_run();
  run.result.client.limited_by = "connections";
  for (const auto validity : {model::Validity::valid, model::Validity::client_limited}) {
    run.result.validity = validity;
    const std::string colour = validity == model::Validity::valid ? "\x1b[33m" : "\x1b[1;31m";
    const TerminalOptions options{.colour = true, .width = 100};
    for (const auto& text :
         {render_terminal(run.result, options), render_load_summary(run.result, options)}) {
      const auto at = text.find("limited by");
      ASSERT_NE(at, std::string::npos);
      EXPECT_NE(text.find(colour + "connections", at), std::string::npos) << text.substr(at, 60);
    }
  }
}

}  // namespace
}  // namespace rampart::reports
