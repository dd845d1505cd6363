#include "probe/module/line_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace rampart::probe {
namespace {

// Every line there is, with '|' behind each.
std::string lines_of(LineReader& reader) {
  std::string out;
  while (const auto line = reader.next()) out += std::string(*line) + '|';
  return out;
}

TEST(LineReader, CutsWhatComesIntoLines) {
  const struct {
    std::string text;
    const char* open;  // the lines while more may come
    const char* end;   // and those that the end adds
  } cases[] = {
      {"", "", ""},
      {"one\n", "one|", ""},
      {"one\ntwo\n", "one|two|", ""},
      {"one\r\ntwo\r\n", "one|two|", ""},
      {"one", "", "one|"},
      {"one\ntwo", "one|", "two|"},
      {"\n\n", "||", ""},
      {"one\r", "", "one|"},
      {"\r\n", "|", ""},
      {"a\rb\r\r\n", "a\rb\r|", ""},
      {std::string("a\0b\n", 4), "a", ""},
  };
  for (const auto& c : cases)
    for (const std::size_t step : {1U, 2U, 100U}) {
      LineReader reader;
      std::string open;
      for (std::size_t at = 0; at < c.text.size(); at += step) {
        reader.add(std::span(c.text).subspan(at, std::min(step, c.text.size() - at)));
        open += lines_of(reader);
      }
      EXPECT_STREQ(open.c_str(), c.open) << c.text << " by " << step;
      reader.end();
      EXPECT_EQ(lines_of(reader), c.end) << c.text << " by " << step;
      EXPECT_FALSE(reader.next());
      EXPECT_FALSE(reader.too_long());
      EXPECT_EQ(reader.left(), 0U);
    }
}

TEST(LineReader, ALineHasItsBound) {
  const struct {
    std::size_t size;  // of the line, without its end
    bool ends;
    bool too_long;
  } cases[] = {{LineReader::kLongest - 1, true, false},
               {LineReader::kLongest, true, true},
               {LineReader::kLongest - 1, false, false},
               {LineReader::kLongest, false, true},
               {10 * LineReader::kLongest, true, true}};
  for (const auto& c : cases) {
    LineReader reader;
    std::string text(c.size, 'x');
    if (c.ends) text += '\n';
    std::string lines;
    for (std::size_t at = 0; at < text.size(); at += 4096) {
      reader.add(std::span(text).subspan(at, std::min<std::size_t>(4096, text.size() - at)));
      lines += lines_of(reader);
      EXPECT_LE(reader.left(), LineReader::kLongest + 4096);
    }
    reader.end();
    lines += lines_of(reader);
    EXPECT_EQ(reader.too_long(), c.too_long) << c.size << c.ends;
    EXPECT_EQ(lines.size(), c.too_long ? 0 : c.size + 1) << c.size << c.ends;
    if (!c.too_long) continue;
    const std::string more = "and now a line\n";
    reader.add(more);
    EXPECT_FALSE(reader.next());
  }
}

TEST(LineReader, LeavesWhatIsNoLineYet) {
  LineReader reader;
  const std::string text = "220 ready\r\nmore";
  reader.add(text);
  EXPECT_EQ(reader.next(), "220 ready");
  EXPECT_EQ(reader.left(), 4U);
  reader.clear();
  EXPECT_EQ(reader.left(), 0U);
  const std::string rest = " of it\n";
  reader.add(rest);
  EXPECT_EQ(reader.next(), " of it");
}

}  // namespace
}  // namespace rampart::probe
