#include <gtest/gtest.h>

#include "tests/reports/golden.h"
#include "tests/reports/sample_run.h"

namespace rampart::reports {
namespace {

TEST(Document, JsonOfTheSample) {
  auto run = sample_run();
  run.result.load[0].histogram = "left out: its bytes depend on the version of zlib";
  expect_golden("run.json", model::to_json(run.result));
}

}  // namespace
}  // namespace rampart::reports
