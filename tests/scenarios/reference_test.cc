#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

#include "parse.h"
#include "scenarios/options.h"
#include "scenarios/scenario.h"
#include "scenarios/values.h"

namespace rampart::scenarios {
namespace {

constexpr const char* kPage = RAMPART_SOURCE_DIR "/docs/scenario.md";

// RAMPART_UPDATE=1 writes the generated part instead of comparing it.
TEST(Reference, ThePageHoldsTheGeneratedTable) {
  auto page = file_text(kPage);
  const auto begin = page.find("-->\n", page.find("<!-- reference:")) + 4;
  const auto end = page.find("<!-- /reference -->");
  ASSERT_NE(end, std::string::npos);
  if (std::getenv("RAMPART_UPDATE") != nullptr)
    std::ofstream(kPage) << page.replace(begin, end - begin, reference_markdown());
  else {
    EXPECT_EQ(page.substr(begin, end - begin), reference_markdown())
        << "run this test with RAMPART_UPDATE=1";
  }
}

TEST(Reference, EveryRowIsSound) {
  for (const auto* table : {&scenario_options(), &authorisation_options()}) {
    for (const auto& row : table->rows()) {
      EXPECT_EQ(table->find(row.path), &row) << row.path << " stands twice";
      EXPECT_FALSE(row.help.empty()) << row.path;
      const auto dot = row.path.rfind('.');
      auto parent = dot == std::string_view::npos ? "" : row.path.substr(0, dot);
      if (parent.ends_with("[]")) parent.remove_suffix(2);
      if (!parent.empty()) {
        EXPECT_NE(table->find(parent), nullptr) << row.path;
      }
      if (!row.fallback.empty()) {
        EXPECT_TRUE(check_value(row, row.fallback)) << row.path << " " << row.fallback;
      }
      for (const auto word : words(row.choices)) EXPECT_TRUE(check_value(row, word)) << row.path;
      for (const auto limit : {row.min, row.max})
        if (!limit.empty()) {
          EXPECT_TRUE(check_value(row, limit)) << row.path << " " << limit;
        }
    }
  }
}

}  // namespace
}  // namespace rampart::scenarios
