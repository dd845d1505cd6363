#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

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
  struct Kind {
    std::string_view name;
    std::span<const Keyword> keywords;
  };
  const Kind kinds[] = {{"contents", content_keywords()}, {"bytes", byte_keywords()},
                        {"headers", header_keywords()},   {"state", state_keywords()},
                        {"applications", app_keywords()}, {"files", file_keywords()},
                        {"HTTP/2", http2_keywords()},     {"the rule itself", meta_keywords()}};
  std::string out = "| of | keywords |\n|---|---|\n";
  for (const auto& [name, keywords] : kinds) {
    std::vector<std::string_view> names;
    for (const auto& keyword : keywords) names.push_back(keyword.name);
    add_row(out, name, std::move(names));
  }
  add_row(out, "buffers (also older spellings), transforms", buffer_keywords());
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
