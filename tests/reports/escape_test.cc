#include "reports/escape.h"

#include <gtest/gtest.h>

#include "tests/reports/golden.h"

namespace rampart::reports {
namespace {

TEST(Escape, Markup) {
  const std::pair<std::string, std::string> cases[] = {
      {"a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;"},
      {"caf\xC3\xA9", "caf\xC3\xA9"},
      {"\x01\x7F", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"a\tb\nc", "a\tb\nc"},
      {"\xff", "\xEF\xBF\xBD"},
      {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xF0\x9F\x98\x80", "\xF0\x9F\x98\x80"},
      {"\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"\xE2\x80\xAE", "\xEF\xBF\xBD"},
  };
  for (const auto& [raw, escaped] : cases) EXPECT_EQ(escape_markup(raw), escaped);
}

TEST(Escape, Terminal) {
  EXPECT_EQ(escape_terminal("\x1b[31m"), "\\x1b[31m");
  EXPECT_EQ(escape_terminal("a\nb"), "a\\x0ab");
  EXPECT_EQ(escape_terminal("\xC2\x9B"), "\\x9b");
  EXPECT_EQ(escape_terminal("ok <b>"), "ok <b>");
}

TEST(Escape, EveryPairOfBytesGivesUtf8) {
  for (int a = 0; a < 256; ++a)
    for (int b = 0; b < 256; ++b) {
      const std::string raw{static_cast<char>(a), static_cast<char>(b)};
      ASSERT_TRUE(is_utf8(escape_markup(raw)));
      ASSERT_TRUE(is_utf8(escape_terminal(raw)));
    }
}

TEST(Escape, Elide) {
  EXPECT_EQ(elide("short", 5), "short");
  EXPECT_EQ(elide("longer", 5), "long\u2026");
  EXPECT_EQ(elide("\u65e5\u672c\u8a9e", 5), "\u65e5\u672c\u2026");
}

TEST(Escape, Width) {
  EXPECT_EQ(display_width("abc"), 3U);
  EXPECT_EQ(display_width("caf\xC3\xA9"), 4U);
  EXPECT_EQ(display_width("e\xCC\x81"), 1U);
  EXPECT_EQ(display_width("\xE6\x97\xA5\xE6\x9C\xAC"), 4U);
}

}  // namespace
}  // namespace rampart::reports
