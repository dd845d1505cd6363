#include "sniffer/app/line_reader.h"

#include <gtest/gtest.h>

#include "packet_builder.h"
#include "sniffer/app/line_protocol.h"

namespace rampart::sniffer {
namespace {

using Lines = std::vector<std::string>;

// A line that was cut ends with '~'.
Lines read_all(const std::string& text, std::size_t most, std::size_t step) {
  LineReader reader(most);
  const auto all = test::octets(text);
  Lines out;
  for (std::size_t at = 0; at < all.size(); at += step) {
    auto bytes = Bytes(all).subspan(at, std::min(step, all.size() - at));
    while (const auto line = reader.next(bytes))
      out.push_back(std::string(line->text) + (line->too_long ? "~" : ""));
    EXPECT_TRUE(bytes.empty());
    EXPECT_LE(reader.memory(), most + 64);
  }
  return out;
}

TEST(LineReader, cuts_lines) {
  const struct {
    const char* text;
    Lines lines;
  } cases[] = {
      {"", {}},
      {"open", {}},
      {"a\r\nb\n", {"a", "b"}},
      {"\n\r\n", {"", ""}},
      {"a\rb\r\n", {"a\rb"}},
      {"12345678\r\nc\n", {"12345678", "c"}},
      {"123456789\nc\n", {"12345678~", "c"}},
      {"12345678901234567890\r\nc\r\n", {"12345678~", "c"}},
      {"1234567\r\r\nc\r\n", {"1234567\r", "c"}},
  };
  for (const auto& c : cases)
    for (std::size_t step = 1; step < 30; ++step)
      EXPECT_EQ(read_all(c.text, 8, step), c.lines) << c.text << ' ' << step;
}

TEST(LineReader, counts_what_it_leaves_out) {
  for (const std::size_t step : {1, 5, 100}) {
    LineReader reader(8);
    const auto all = test::octets("123456789012\nc\n1234567890");
    std::vector<std::uint64_t> cut;
    for (std::size_t at = 0; at < all.size(); at += step) {
      auto bytes = Bytes(all).subspan(at, std::min(step, all.size() - at));
      while (const auto line = reader.next(bytes)) cut.push_back(line->cut);
    }
    EXPECT_EQ(cut, (std::vector<std::uint64_t>{4, 0})) << step;
    EXPECT_EQ(reader.open().size() + reader.open_cut(), 10U) << step;
  }
}

TEST(LineReader, shows_what_has_not_ended) {
  LineReader reader(8);
  const auto text = test::octets("a\nopen");
  Bytes bytes(text);
  EXPECT_TRUE(reader.next(bytes));
  EXPECT_EQ(reader.open(), "");
  EXPECT_FALSE(reader.next(bytes));
  EXPECT_EQ(reader.open(), "open");
  reader.clear();
  EXPECT_EQ(reader.open(), "");
}

TEST(LineProtocol, reads_commands_and_replies) {
  EXPECT_EQ(read_command("MAIL FROM:<a@b>").verb, "MAIL");
  EXPECT_EQ(read_command("MAIL FROM:<a@b>").argument, "FROM:<a@b>");
  EXPECT_EQ(read_command("QUIT").verb, "QUIT");
  EXPECT_EQ(read_command("QUIT").argument, "");
  EXPECT_TRUE(same_word("sTarTtls", "STARTTLS"));
  EXPECT_FALSE(same_word("START", "STARTTLS"));
  const struct {
    const char* line;
    unsigned code;  // 0: no reply
    bool last;
  } cases[] = {{"220 hi", 220, true}, {"220-hi", 220, false}, {"220", 220, true},
               {"22", 0, true},       {"2x0 hi", 0, true},    {"2200 hi", 0, true}};
  for (const auto& c : cases) {
    const auto reply = read_reply(c.line);
    EXPECT_EQ(reply ? reply->code : 0, c.code) << c.line;
    EXPECT_EQ(reply ? reply->last : true, c.last) << c.line;
  }
}

}  // namespace
}  // namespace rampart::sniffer
