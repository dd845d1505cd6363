#include "scenarios/file_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scratch_folder.h"

namespace rampart::scenarios {
namespace {

using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class FilePattern : public testing::Test {
 protected:
  FilePattern() {
    std::filesystem::create_directories(scratch.file("a[1]"));
    for (const auto* name :
         {"b.json", "a.json", ".hidden.json", "c.yml", "a[1]/x.json", "a[1]/[x]"})
      scratch.write(name, "[]");
  }
  // From the scratch folder on; an error's text.
  std::vector<std::string> files(const std::string& text) const {
    const auto found = matching_files(scratch.file(""), text);
    if (!found) return {found.error().text};
    std::vector<std::string> out;
    for (const auto& path : *found)
      out.push_back(std::filesystem::relative(path, scratch.file("")).string());
    return out;
  }
  const ScratchFolder scratch;
};

TEST_F(FilePattern, PlainPaths) {
  EXPECT_THAT(files("a.json"), ElementsAre("a.json"));
  EXPECT_THAT(files("none.json"), ElementsAre("none.json"));
  EXPECT_THAT(files("a[1]/x.json"), ElementsAre("a[1]/x.json"));
  EXPECT_THAT(*matching_files("elsewhere", "/etc/hosts"), ElementsAre("/etc/hosts"));
}

TEST_F(FilePattern, PatternsByName) {
  EXPECT_THAT(files("*.json"), ElementsAre(".hidden.json", "a.json", "b.json"));
  EXPECT_THAT(files("?.json"), ElementsAre("a.json", "b.json"));
  EXPECT_THAT(files("[bc].*"), ElementsAre("b.json", "c.yml"));
  EXPECT_THAT(files("a[1]/*.json"), ElementsAre("a[1]/x.json"));
  EXPECT_THAT(files("./.*"), ElementsAre(".hidden.json"));
  EXPECT_THAT(*matching_files("elsewhere", scratch.file("c*")), ElementsAre(EndsWith("/c.yml")));
}

TEST_F(FilePattern, WhatIsRefused) {
  EXPECT_THAT(files("*.txt"), ElementsAre("*.txt: no file fits"));
  EXPECT_THAT(files("none/*.json"), ElementsAre(HasSubstr("none/*.json")));
  EXPECT_THAT(files("*/x.json"),
              ElementsAre("*/x.json: * may stand in the last part of a path only"));
  for (std::size_t i = 0; i <= kMostMatches; ++i) scratch.write("m" + std::to_string(i), "");
  EXPECT_THAT(files("m*"), ElementsAre("m*: more than 1000 files fit"));
}

}  // namespace
}  // namespace rampart::scenarios
