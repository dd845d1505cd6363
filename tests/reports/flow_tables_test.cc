#include "reports/flow_tables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "reports/html.h"
#include "reports/terminal.h"
#include "tests/reports/golden.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

std::string between(const std::string& text, const std::string& from, const std::string& to) {
  const auto start = text.find(from);
  return start == std::string::npos ? "" : text.substr(start, text.find(to, start) - start);
}

TEST(FlowTables, InTheTerminal) {
  const auto text = render_terminal(sample_flow().result, {.colour = false, .width = 100});
  expect_golden("flow.txt", between(text, "STEPS", "\nERRORS"));
}

TEST(FlowTables, InTheLoadSummary) {
  expect_golden("flow_load_summary.txt", render_load_summary(sample_flow().result, {}));
}

TEST(FlowTables, InHtml) {
  const auto run = sample_flow();
  const auto page = render_html(run.result, run.evidence);
  if (const char* path = std::getenv("RAMPART_SAMPLE_FLOW"); path != nullptr)
    std::ofstream(path) << page;
  const auto caption = page.find("Requests of each flow");
  ASSERT_NE(caption, std::string::npos);
  const auto start = page.rfind("<div", caption);
  expect_golden("html_flow.html", page.substr(start, page.find("<h3>", start) - start));
}

TEST(FlowTables, NothingWhereThereIsNoFlowAndNoTls) {
  const auto run = sample_run();
  EXPECT_TRUE(step_table(run.result).empty());
  EXPECT_TRUE(step_page_table(run.result).rows.empty());
  EXPECT_TRUE(tls_table(run.result).empty());
  EXPECT_TRUE(tls_page_table(run.result).rows.empty());
  EXPECT_EQ(tls_text(run.result.load[0]), "");
  EXPECT_EQ(render_terminal(run.result, {}).find("STEPS"), std::string::npos);
}

TEST(FlowTables, TlsInWords) {
  model::LoadSummary load;
  load.tls = {.version = "TLSv1.2",
              .cipher = "AES128-SHA",
              .group = "",
              .alpn = "",
              .key_type = "",
              .key_bits = 0};
  load.counters.handshakes = 1;
  load.counters.resumed = 1;
  EXPECT_EQ(tls_text(load), "TLS 1.2, AES128-SHA; 1 handshake, 1 resumed");
  load.tls->key_type = "ED25519";
  load.tls->group = "X25519";
  EXPECT_EQ(tls_text(load), "TLS 1.2, AES128-SHA, X25519, ED25519; 1 handshake, 1 resumed");
}

// A step that was never reached has no figures: neither 0 nor a share.
TEST(FlowTables, AStepThatWasNeverReached) {
  auto run = sample_flow();
  run.result.load[0].steps[2] = model::StepSummary();
  const auto row = step_page_table(run.result).rows.at(2);
  EXPECT_EQ(row.at(2).text, "0");
  for (std::size_t column = 5; column <= 8; ++column) EXPECT_EQ(row.at(column).text, "-");
}

}  // namespace
}  // namespace rampart::reports
