#include "sniffer/detect/pattern_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>

#include "sniffer/detect/pattern_compiler.h"

namespace rampart::sniffer {
namespace {

Bytes bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string lower(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

// What a hit promises: the literal's last bytes occur.
std::vector<std::uint32_t> expected(const std::vector<Literal>& literals, const std::string& text) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t i = 0; i < literals.size(); ++i) {
    const auto& all = literals[i].bytes;
    const auto last = all.substr(all.size() - std::min(all.size(), PatternSet::kLongest));
    if ((literals[i].nocase ? lower(text) : text).find(last) != std::string::npos) out.push_back(i);
  }
  return out;
}

std::string random_text(std::mt19937& random, std::size_t size) {
  static constexpr std::string_view kAlphabets[] = {"aA/", "abcdefghijklmnopqrstuvwxyz", "ab"};
  const auto& alphabet = kAlphabets[random() % 3];
  std::string out;
  while (out.size() < size) out += alphabet[random() % alphabet.size()];
  return out;
}

std::vector<Literal> random_literals(std::mt19937& random) {
  std::vector<Literal> out(2 + random() % 30);
  for (auto& literal : out) {
    literal.nocase = random() % 2 == 0;
    literal.bytes = random_text(random, 1 + random() % (random() % 3 == 0 ? 5 : 100));
    if (literal.nocase) literal.bytes = lower(literal.bytes);
  }
  return out;
}

// Long and short literals together, some of them in the text whole and some in part.
TEST(PatternSet, finds_what_is_there_whatever_else_is_searched_for) {
  std::mt19937 random(7);
  for (int round = 0; round < 60; ++round) {
    const auto literals = random_literals(random);
    ScanScratch scratch;
    PatternCompiler patterns;
    auto set = patterns.add(literals);
    ASSERT_TRUE(patterns.finish(scratch));
    for (int i = 0; i < 20; ++i) {
      std::string text = random_text(random, random() % 40);
      for (int n = 0; n < 3; ++n) {
        const auto& some = literals[random() % literals.size()].bytes;
        text += some.substr(0, 1 + random() % some.size()) + random_text(random, random() % 9);
        if (random() % 2 == 0) text += some;
      }
      std::vector<std::uint32_t> hits;
      EXPECT_TRUE(set.scan(bytes_of(text), scratch, hits));
      std::sort(hits.begin(), hits.end());
      ASSERT_EQ(hits, expected(literals, text)) << text;
    }
  }
}

}  // namespace
}  // namespace rampart::sniffer
