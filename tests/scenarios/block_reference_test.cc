#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <set>

#include "parse.h"
#include "scenarios/blackbox/block.h"
#include "scenarios/blackbox/field_value.h"
#include "scenarios/blackbox_config.h"
#include "scenarios/options.h"

namespace rampart::scenarios {
namespace {

constexpr const char* kPage = RAMPART_SOURCE_DIR "/docs/blackbox.md";

// RAMPART_UPDATE=1 writes the generated part instead of comparing it.
TEST(BlockReference, ThePageHoldsTheGeneratedTables) {
  auto page = file_text(kPage);
  const auto begin = page.find("-->\n", page.find("<!-- reference:")) + 4;
  const auto end = page.find("<!-- /reference -->");
  ASSERT_NE(end, std::string::npos);
  if (std::getenv("RAMPART_UPDATE") != nullptr)
    std::ofstream(kPage) << page.replace(begin, end - begin, blackbox_reference_markdown());
  else {
    EXPECT_EQ(page.substr(begin, end - begin), blackbox_reference_markdown())
        << "run this test with RAMPART_UPDATE=1";
  }
}

void expect_sound(const blackbox::Field& field, std::string_view block) {
  using blackbox::Form;
  const auto where = std::string(block) + "." + std::string(field.key);
  EXPECT_NE(field.help.empty(), field.refused.empty()) << where;
  const bool inner =
      field.form == Form::block || field.form == Form::blocks || field.form == Form::named;
  if (field.refused.empty()) {
    EXPECT_EQ(field.block != nullptr, inner) << where;
  }
  const auto fits = [&](std::string_view value) {
    Node node;
    node.kind = Node::Kind::scalar;
    node.value = value;
    return check_value(field, node).has_value();
  };
  EXPECT_TRUE(field.fallback.empty() || field.fallback == "0" || fits(field.fallback)) << where;
  for (const auto word : words(field.choices)) EXPECT_TRUE(fits(word)) << where << word;
  for (const auto word : words(field.refused_choices)) EXPECT_FALSE(fits(word)) << where << word;
}

TEST(BlockReference, EveryRowIsSound) {
  std::set<const blackbox::Block*> listed;
  for (const auto* block : blackbox::all_blocks()) {
    EXPECT_TRUE(listed.insert(block).second) << block->name << " stands twice";
    for (const auto& field : block->fields) {
      EXPECT_EQ(block->find(field.key), &field) << field.key << " stands twice";
      expect_sound(field, block->name);
    }
  }
  for (const auto* block : blackbox::all_blocks())
    for (const auto& field : block->fields)
      EXPECT_TRUE(field.block == nullptr || listed.contains(field.block)) << field.key;
}

}  // namespace
}  // namespace rampart::scenarios
