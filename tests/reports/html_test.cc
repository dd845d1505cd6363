#include "reports/html.h"
#include <gtest/gtest.h>
#include <fstream>
#include "tests/reports/sample_run.h"
namespace rampart::reports {
TEST(Html, Prints) {
  const auto run = sample_run();
  std::ofstream("/tmp/report.html") << render_html(run.result, run.evidence);
}
}
