#include "sniffer/detect/byte_search.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace rampart::sniffer {
namespace {

Bytes bytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

std::string folded(std::string text) {
  for (auto& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return text;
}

// What it must find, by the library's own search of the same range.
std::size_t expected(const std::string& text, std::size_t from, std::size_t to,
                     const std::string& literal, bool nocase) {
  const auto all = nocase ? folded(text) : text;
  const auto at =
      all.substr(0, std::min(to, all.size())).find(nocase ? folded(literal) : literal, from);
  return at == std::string::npos ? kNowhere : at;
}

TEST(ByteSearch, finds_what_a_plain_search_finds) {
  std::mt19937 random(7);
  const std::string alphabet = "abAB@`[{\x00\xff";
  const auto text_of = [&](std::size_t size) {
    std::string out;
    while (out.size() < size) out += alphabet[random() % alphabet.size()];
    return out;
  };
  for (int i = 0; i < 20'000; ++i) {
    const auto text = text_of(random() % 80);
    const auto literal = text_of(1 + random() % 5);
    const auto from = random() % 90;
    const auto to = random() % 90;
    const bool nocase = random() % 2 == 0;
    ASSERT_EQ(find_bytes(bytes(text), from, to, literal, nocase),
              expected(text, from, to, literal, nocase))
        << text << " " << literal << " " << from << " " << to << " " << nocase;
  }
}

// Ranges end where the memory ends, so that a sanitizer sees whoever reads on.
TEST(ByteSearch, reads_nothing_behind_the_range) {
  for (std::size_t size = 1; size < 70; ++size) {
    std::vector<std::uint8_t> data(size, 'x');
    data.back() = 'y';
    EXPECT_EQ(find_bytes(data, 0, size, "y", false), size - 1);
    EXPECT_EQ(find_bytes(data, 0, size, "XY", true), size < 2 ? kNowhere : size - 2);
    EXPECT_EQ(find_bytes(data, 0, size - 1, "y", false), kNowhere);
  }
}

TEST(ByteSearch, only_letters_have_two_cases) {
  EXPECT_EQ(find_bytes(bytes("................@[......."), 0, 99, "`{", true), kNowhere);
  EXPECT_EQ(find_bytes(bytes("................QZ......."), 0, 99, "qz", true), 16U);
  EXPECT_EQ(find_bytes(bytes("................QZ......."), 0, 99, "qz", false), kNowhere);
}

}  // namespace
}  // namespace rampart::sniffer
