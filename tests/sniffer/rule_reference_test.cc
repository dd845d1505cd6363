#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "sniffer/rules/rule_parser.h"

namespace rampart::sniffer {
namespace {

constexpr const char* kPage = RAMPART_SOURCE_DIR "/docs/rules.md";

void add_row(std::string& out, std::string_view kind, std::vector<std::string_view> names) {
  std::sort(names.begin(), names.end());
  out.append("| ").append(kind).append(" | ");
  for (const auto name : names)
    out.append(name == names.front() ? "`" : ", `").append(name).append("`");
  out += " |\n";
}

std::string table() {
  std::string out = "| of | keywords |\n|---|---|\n";
  for (const auto& kind : keyword_kinds()) {
    std::vector<std::string_view> names;
    for (const auto& keyword : kind.keywords()) names.push_back(keyword.name);
    add_row(out, kind.title, std::move(names));
  }
  // A keyword that has a value is not the buffer of the same name.
  auto buffers = buffer_keywords();
  std::erase_if(buffers, [](auto name) { return find_keyword(name) != nullptr; });
  add_row(out, "buffers (also older spellings), transforms", std::move(buffers));
  return out;
}

// RAMPART_UPDATE=1 writes the generated part instead of comparing it.
TEST(RuleReference, ThePageNamesEveryKeyword) {
  std::ifstream in(kPage);
  std::string page(std::istreambuf_iterator<char>(in), {});
  const auto begin = page.find("-->\n", page.find("<!-- keywords:")) + 4;
  const auto end = page.find("<!-- /keywords -->");
  ASSERT_NE(end, std::string::npos);
  if (std::getenv("RAMPART_UPDATE") != nullptr)
    std::ofstream(kPage) << page.replace(begin, end - begin, table());
  else
    EXPECT_EQ(page.substr(begin, end - begin), table()) << "run this test with RAMPART_UPDATE=1";
}

}  // namespace
}  // namespace rampart::sniffer
