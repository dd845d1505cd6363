#include "sniffer/detect/pattern_compiler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using Source = PatternLoad::Source;
using Ids = std::vector<std::uint32_t>;
using testing::HasSubstr;
using testing::IsEmpty;

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// A rule set of two lists, and what is found with them.
struct Loaded {
  ScanScratch scratch;
  PatternSet first;
  PatternSet second;
  PatternLoad load;

  explicit Loaded(const std::string& folder, const std::string& literal = "needle") {
    PatternCompiler patterns(folder);
    first = patterns.add({{literal}, {"straw", true}});
    second = patterns.add({{"hay"}});
    EXPECT_TRUE(patterns.finish(scratch));
    load = patterns.load();
  }
  Ids find(PatternSet& set, const std::string& text) const {
    Ids out;
    EXPECT_TRUE(set.scan(bytes_of(text), scratch, out));
    std::sort(out.begin(), out.end());
    return out;
  }
  void expect_to_work() {
    EXPECT_EQ(find(first, "needle Straw hay"), (Ids{0, 1}));
    EXPECT_EQ(find(second, "needle Straw hay"), (Ids{0}));
  }
};

TEST(PatternCompiler, compiles_once_what_is_the_same) {
  PatternCompiler patterns;
  ScanScratch first;
  ScanScratch second;
  auto a = patterns.add({{"needle"}});
  auto b = patterns.add({{"needle"}});
  auto c = patterns.add({{"needle", true}});
  auto none = patterns.add({});
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(a.empty());
  ASSERT_TRUE(patterns.finish(first));
  EXPECT_EQ(patterns.load().databases, 2U);
  EXPECT_EQ(patterns.load().source, Source::compiled);
  // Another pipeline, which wants the same and has its own scratch.
  auto d = patterns.add({{"needle"}});
  ASSERT_TRUE(patterns.finish(second));
  EXPECT_EQ(patterns.load().databases, 2U);
  for (auto* set : {&a, &b}) {
    Ids hits;
    EXPECT_TRUE(set->scan(bytes_of("a needle"), first, hits));
    EXPECT_EQ(hits, (Ids{0}));
  }
  Ids hits;
  EXPECT_TRUE(d.scan(bytes_of("needle, needle"), second, hits));
  EXPECT_EQ(hits, (Ids{0})) << "each once";
}

TEST(PatternCompiler, has_nothing_to_say_about_nothing) {
  const test::ScratchDir dir;
  ScanScratch scratch;
  PatternCompiler patterns(dir.path("c"));
  ASSERT_TRUE(patterns.finish(scratch));
  EXPECT_EQ(patterns.load().source, Source::none);
  EXPECT_FALSE(std::filesystem::exists(dir.path("c")));
}

TEST(PatternCompiler, reads_from_the_cache_what_it_compiled_before) {
  const test::ScratchDir dir;
  Loaded first(dir.path("c"));
  EXPECT_EQ(first.load.source, Source::compiled);
  EXPECT_THAT(first.load.problem, IsEmpty());
  EXPECT_TRUE(std::filesystem::exists(first.load.cache_file));
  first.expect_to_work();
  Loaded second(dir.path("c"));
  EXPECT_EQ(second.load.source, Source::cache);
  EXPECT_EQ(second.load.cache_file, first.load.cache_file);
  EXPECT_EQ(second.load.databases, first.load.databases);
  EXPECT_EQ(second.load.bytes, first.load.bytes);
  second.expect_to_work();
  Loaded other(dir.path("c"), "pin");
  EXPECT_EQ(other.load.source, Source::compiled) << "another rule set";
  EXPECT_EQ(other.find(other.first, "needle pin"), (Ids{0}));
}

TEST(PatternCompiler, without_a_folder_keeps_nothing) {
  Loaded rules("");
  EXPECT_EQ(rules.load.source, Source::compiled);
  EXPECT_THAT(rules.load.cache_file, IsEmpty());
  EXPECT_THAT(rules.load.problem, IsEmpty());
  rules.expect_to_work();
}

TEST(PatternCompiler, does_without_a_cache_that_cannot_be_used) {
  const test::ScratchDir dir;
  Loaded rules(dir.write("file", "x") + "/c");
  EXPECT_EQ(rules.load.source, Source::compiled);
  EXPECT_THAT(rules.load.cache_file, IsEmpty());
  EXPECT_THAT(rules.load.problem, HasSubstr("file"));
  rules.expect_to_work();
}

TEST(PatternCompiler, replaces_a_damaged_file) {
  const test::ScratchDir dir;
  const Loaded first(dir.path("c"));
  std::ofstream(first.load.cache_file, std::ios::binary | std::ios::app) << "x";
  Loaded second(dir.path("c"));
  EXPECT_EQ(second.load.source, Source::compiled);
  EXPECT_THAT(second.load.problem, HasSubstr("is damaged"));
  second.expect_to_work();
  EXPECT_EQ(Loaded(dir.path("c")).load.source, Source::cache);
}

// The file is sound, yet Hyperscan does not take what is in it.
TEST(PatternCompiler, compiles_where_the_second_database_is_refused) {
  const test::ScratchDir dir;
  const Loaded first(dir.path("c"));
  const PatternCache cache({.folder = dir.path("c")});
  const auto name = std::filesystem::path(first.load.cache_file).filename().string();
  PatternKey key{};
  for (std::size_t i = 0; i < key.size(); ++i)
    key[i] = static_cast<std::uint8_t>(std::stoul(name.substr(2 * i, 2), nullptr, 16));
  const auto entry = cache.read(key);
  ASSERT_TRUE(entry && *entry);
  const auto good = (*entry)->blobs.at(0);
  const std::string blobs[] = {{good.begin(), good.end()}, "something else"};
  ASSERT_TRUE(cache.write(key, blobs));
  Loaded second(dir.path("c"));
  EXPECT_EQ(second.load.source, Source::compiled);
  EXPECT_THAT(second.load.problem, HasSubstr("not a database"));
  second.expect_to_work();
}

}  // namespace
}  // namespace rampart::sniffer
