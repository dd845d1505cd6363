#include "tests/reports/golden.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "reports/escape.h"

namespace rampart::reports {

void expect_golden(std::string_view name, const std::string& actual) {
  const auto path = std::string(RAMPART_TEST_DATA) + "/golden/" + std::string(name);
  if (std::getenv("RAMPART_UPDATE_GOLDEN") != nullptr) {
    std::ofstream(path, std::ios::binary) << actual;
    ADD_FAILURE() << "wrote " << path << ", look at the difference";
    return;
  }
  std::ifstream file(path, std::ios::binary);
  std::stringstream wanted;
  wanted << file.rdbuf();
  EXPECT_EQ(actual, wanted.str()) << path << " (RAMPART_UPDATE_GOLDEN=1 writes it anew)";
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const bool replacement = text.starts_with("\xEF\xBF\xBD");
    if (take_code_point(text) == 0xFFFD && !replacement) return false;
  }
  return true;
}

}  // namespace rampart::reports
