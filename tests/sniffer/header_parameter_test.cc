#include "sniffer/app/header_parameter.h"

#include <gtest/gtest.h>

namespace rampart::sniffer {
namespace {

struct Case {
  const char* field;
  const char* value;
};

TEST(HeaderParameter, finds_a_parameter_behind_the_value) {
  const Case cases[] = {
      {"attachment; filename=a.txt", "a.txt"},
      {"attachment; FileName = \"a b.txt\" ; size=3", "a b.txt"},
      {"attachment; filename=\"a;b.txt\"", "a;b.txt"},
      {"attachment; filename=\"open", "open"},
      {"attachment; xfilename=a; filename=b", "b"},
      {"filename=a", ""},
      {"attachment; filename", ""},
      {"attachment; filename=", ""},
      {"", ""},
      {";;;=;", ""},
      {"a; filename=\"x\\\"; filename=y", "x\\\"; filename=y"},
  };
  for (const auto& c : cases) EXPECT_EQ(header_parameter(c.field, "filename"), c.value) << c.field;
}

TEST(HeaderParameter, joins_what_is_sent_in_pieces) {
  const Case cases[] = {
      {"a; filename=plain; filename*=utf-8''long", "plain"},
      {"a; filename*=utf-8'en'a%20b%2", "a b%2"},
      {"a; filename*0=one; filename*1=\"two\"; filename*2=.zip", "onetwo.zip"},
      {"a; filename*1=two; filename*0=one; filename*3=four", "onetwo"},
      {"a; filename*0*=utf-8''a%2E; filename*1=b", "a.b"},
      {"a; filename*5=b", ""},
      {"a", ""},
  };
  std::string out;
  for (const auto& c : cases) {
    EXPECT_EQ(long_parameter(c.field, "filename", 255, out), *c.value != 0) << c.field;
    EXPECT_EQ(out, c.value) << c.field;
  }
  EXPECT_TRUE(long_parameter("a; filename*0=abc; filename*1=def", "filename", 4, out));
  EXPECT_EQ(out, "abcd");
}

}  // namespace
}  // namespace rampart::sniffer
