#include "reports/terminal.h"
#include <gtest/gtest.h>
#include <cstdio>
#include "reports/progress.h"
#include "tests/reports/sample_run.h"
namespace rampart::reports {
TEST(Terminal, Prints) {
  const auto run = sample_run();
  std::puts(render_terminal(run.result, {.colour = false, .width = 100}).c_str());
  std::puts(render_load_summary(run.result, {}).c_str());
  std::puts(model::to_json(run.result).c_str());
}
}  // namespace rampart::reports
