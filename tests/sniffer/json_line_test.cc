#include "sniffer/eve/json_line.h"

#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <span>
#include <string>
#include <utility>

namespace rampart::sniffer {
namespace {

using namespace std::string_literals;

std::string with_text(std::string_view text) {
  JsonLine line;
  line.add("a", text);
  return std::move(line).finish();
}

TEST(JsonLine, HasItsFieldsInTheOrderOfTheCalls) {
  JsonLine line;
  line.add("name", "x");
  line.open("inner");
  line.open("deeper");
  line.close();
  line.add("yes", true);
  line.add("byte", std::uint8_t{255});
  line.close();
  line.add("most", std::numeric_limits<std::uint64_t>::max());
  line.add("least", std::numeric_limits<std::int64_t>::min());
  const std::array<std::uint16_t, 2> numbers{7, 65535};
  line.add("list", numbers);
  line.add("none", std::span<const std::uint16_t>());
  EXPECT_EQ(std::move(line).finish(), R"({"name":"x","inner":{"deeper":{},"yes":true,"byte":255},)"
                                      R"("most":18446744073709551615,"least":-9223372036854775808,)"
                                      R"("list":[7,65535],"none":[]})");
}

TEST(JsonLine, EscapesWhatWouldEndAText) {
  EXPECT_EQ(with_text(""), R"({"a":""})");
  EXPECT_EQ(with_text(" !~"), R"({"a":" !~"})");
  EXPECT_EQ(with_text("\"\\"), R"({"a":"\"\\"})");
  EXPECT_EQ(with_text("x\n\0\x7F"s), "{\"a\":\"x\\n\\u0000\x7F\"}");
  EXPECT_EQ(with_text("\xC3\xA4 \xFF"), "{\"a\":\"\xC3\xA4 \xEF\xBF\xBD\"}");
}

TEST(JsonLine, MayBeGoneOnWith) {
  JsonLine line;
  line.add("a", 1);
  EXPECT_EQ(std::move(line).unfinished(), R"({"a":1)");
}

}  // namespace
}  // namespace rampart::sniffer
