#include "scenarios/csv.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace rampart::scenarios {
namespace {

using Rows = std::vector<std::vector<std::string>>;

struct GoodCase {
  std::string text;
  std::vector<std::string> columns;
  Rows rows;
};

TEST(Csv, Read) {
  for (const auto& [text, columns, rows] : std::vector<GoodCase>{
           {"name,age\nann,4\nbob,5\n", {"name", "age"}, {{"ann", "4"}, {"bob", "5"}}},
           {"name,age\r\nann,4\r\n", {"name", "age"}, {{"ann", "4"}}},
           {"name\nann", {"name"}, {{"ann"}}},
           {"\xEF\xBB\xBFname\nann\n", {"name"}, {{"ann"}}},
           {"a,b\n\"x,y\",\"say \"\"hi\"\"\"\n", {"a", "b"}, {{"x,y", "say \"hi\""}}},
           {"a,b\n\"two\r\nlines\",z\n", {"a", "b"}, {{"two\r\nlines", "z"}}},
           {"\"a\"\n\"\"\n", {"a"}, {{""}}},
           {"a,b\n,\n", {"a", "b"}, {{"", ""}}},
           {"a\nx\n\ny\n", {"a"}, {{"x"}, {""}, {"y"}}},
           {"a b,c\n 1 ,2\n", {"a b", "c"}, {{" 1 ", "2"}}},
           {"a\n\xFF\xFE\n", {"a"}, {{"\xFF\xFE"}}},
           {std::string("a\nx\0y\n", 6), {"a"}, {{std::string("x\0y", 3)}}},
       }) {
    const auto csv = parse_csv(text);
    ASSERT_TRUE(csv) << text << csv.error().text;
    EXPECT_EQ(csv->columns, columns) << text;
    EXPECT_EQ(csv->rows, rows) << text;
  }
}

struct BadCsv {
  std::string text;
  std::string error;
};

TEST(Csv, Refused) {
  const std::string name =
      "has a name that {{set.column}} cannot hold: at most 64 bytes, no braces, "
      "line breaks, tabs or blanks around it";
  for (const auto& [text, error] : std::vector<BadCsv>{
           {"", "1:1: the file is empty: its first line names the columns"},
           {"\xEF\xBB\xBF", "1:1: the file is empty: its first line names the columns"},
           {"a,b\n", "2:1: there are no rows, only the line that names the columns"},
           {"a,b\n1\n", "2:1: 1 value, and the first line names 2 columns"},
           {"a\n1\n2,3\n", "3:1: 2 values, and the first line names 1 column"},
           {"a,b\n1,2\n\n", "3:1: 1 value, and the first line names 2 columns"},
           {"a,b\n\"1\n2\",3\n4\n", "4:1: 1 value, and the first line names 2 columns"},
           {"a\n\"open\n", "2:1: the quote that opens here is never closed"},
           {"a,b\nx,\"\n\n", "2:3: the quote that opens here is never closed"},
           {"a\nx\"y\n",
            "2:2: a quote inside of a value: put the whole value in quotes and double this one"},
           {"a\n\"x\"y\n",
            "2:4: after a closing quote comes a comma or the end of the line; a quote inside of a "
            "value is doubled"},
           {"a\n\"1\n22\"x\n",
            "3:4: after a closing quote comes a comma or the end of the line; a quote inside of a "
            "value is doubled"},
           {"a\rb\n", "1:2: a carriage return without a line feed: end lines with LF or CRLF"},
           {"a,\n1,2\n", "1:1: column 2 has no name: the first line names the columns"},
           {"a,b,a\n1,2,3\n", "1:1: column 3 is called 'a' like one before it"},
           {"a{b\n1\n", "1:1: column 1 " + name},
           {"a, b\n1,2\n", "1:1: column 2 " + name},
           {std::string(65, 'a') + "\n1\n", "1:1: column 1 " + name},
       }) {
    const auto csv = parse_csv(text);
    ASSERT_FALSE(csv) << text;
    EXPECT_EQ(csv.error().text, error) << text;
    EXPECT_EQ(csv.error().code, base::Errc::parse);
  }
}

TEST(Csv, Limits) {
  std::string columns = "c0";
  for (std::size_t i = 1; i <= kMaxCsvColumns; ++i) columns += ",c" + std::to_string(i);
  EXPECT_NE(parse_csv(columns + "\n").error().text.find("more than 256 values in a line"),
            std::string::npos);
  std::string rows = "a\n";
  for (std::size_t i = 0; i < kMaxCsvRows; ++i) rows += "1\n";
  ASSERT_TRUE(parse_csv(rows));
  EXPECT_EQ(parse_csv(rows + "1\n").error().text, "1000002:1: more than 1000000 rows");
}

TEST(Csv, SaysWhereAValueBegins) {
  const std::string text = "\xEF\xBB\xBFid,note\r\n1,\"a\nb\",x\r\n2,c,y\n";
  EXPECT_EQ(csv_place(text, 0, 0), "2:1");
  EXPECT_EQ(csv_place(text, 0, 1), "2:3");
  EXPECT_EQ(csv_place(text, 0, 2), "3:4");
  EXPECT_EQ(csv_place(text, 1, 1), "4:3");
  EXPECT_EQ(csv_place(text, 2, 0), "");
}

}  // namespace
}  // namespace rampart::scenarios
