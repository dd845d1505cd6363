#include "scenarios/values.h"

#include <gtest/gtest.h>

#include <vector>

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;

TEST(Values, Limits) {
  EXPECT_DOUBLE_EQ(parse_at_least(">= 98%")->value, 0.98);
  EXPECT_DOUBLE_EQ(parse_at_least(" >=99.9 % ")->value, 0.999);
  EXPECT_DOUBLE_EQ(parse_below_share("< 0.1%")->value, 0.001);
  EXPECT_EQ(*parse_below_duration("<250ms"), 250ms);
  for (const auto* bad : {"98%", "> 98%", "<= 98%", ">= 98", "=> 98%", ">=", "", ">= 101%"})
    EXPECT_FALSE(parse_at_least(bad)) << bad;
  for (const auto* bad : {"0.1%", "<= 0.1%", "> 0.1%", "< 0.1", "< 0%", "< 10ms"})
    EXPECT_FALSE(parse_below_share(bad)) << bad;
  for (const auto* bad : {"250ms", "<= 250ms", "< 250", "< 0s", "< 5%", "< -1s"})
    EXPECT_FALSE(parse_below_duration(bad)) << bad;
  EXPECT_EQ(parse_at_least("> 98%").error().text, "'> 98%' is not of the form '>= 98%'");
}

TEST(Values, StopConditions) {
  const auto low = parse_stop_below("< 50% for 10s");
  ASSERT_TRUE(low);
  EXPECT_DOUBLE_EQ(low->limit.value, 0.5);
  EXPECT_EQ(low->over, 10s);
  const auto high = parse_stop_above(">20%  for  1m30s");
  ASSERT_TRUE(high);
  EXPECT_DOUBLE_EQ(high->limit.value, 0.2);
  EXPECT_EQ(high->over, 90s);
  EXPECT_EQ(parse_stop_below("< 50%").error().text,
            "'< 50%' does not say for how long, as in '< 50% for 10s'");
  EXPECT_EQ(parse_stop_below("< 50% for 10ms").error().text,
            "'< 50% for 10ms' must hold for 1s or longer: less is noise");
  for (const auto* bad : {"> 50% for 10s", "<= 50% for 10s", "< 50 for 10s", "< 50% for 10", ""})
    EXPECT_FALSE(parse_stop_below(bad)) << bad;
}

struct Case {
  Option option;
  std::string_view value;
  std::string_view error;  // "" is good
};

TEST(Values, ChecksByType) {
  const Option count{.path = "n", .type = Type::count, .min = "1", .max = "100k", .help = ""};
  const Option open_count{.path = "n", .type = Type::count, .min = "2", .help = ""};
  const Option time{.path = "t", .type = Type::duration, .min = "1ms", .max = "10m", .help = ""};
  const Option speed{.path = "r", .type = Type::rate, .max = "10M/s", .help = ""};
  const Option share{.path = "c", .type = Type::percent, .min = "50%", .max = "99.99%", .help = ""};
  const Option word{.path = "w",
                    .type = Type::choice,
                    .choices = "http1",
                    .planned_choices = "http2",
                    .help = ""};
  const Option label{.path = "l", .type = Type::name, .help = ""};
  const Option line{.path = "x", .type = Type::text, .help = ""};
  const Option body{.path = "x.body", .type = Type::text, .help = ""};
  const Option verb{.path = "m", .type = Type::method, .help = ""};
  const Option path{.path = "p", .type = Type::request_path, .help = ""};
  const Option value{.path = "h", .type = Type::header, .help = ""};
  for (const auto& [option, text, error] : std::vector<Case>{
           {count, "100k", ""},
           {count, "0", "0 is out of range: 1 to 100k"},
           {count, "100001", "100001 is out of range: 1 to 100k"},
           {count, "many", "'many' is not a count such as 100, 1k or 2M"},
           {open_count, "1", "1 is too little: 2 or more"},
           {time, "10m", ""},
           {time, "11m", "11m is out of range: 1ms to 10m"},
           {time, "0s", "0s is out of range: 1ms to 10m"},
           {speed, "11M/s", "11M/s is too much: 10M/s at most"},
           {speed, "0/s", ""},
           {share, "95%", ""},
           {share, "100%", "100% is out of range: 50% to 99.99%"},
           {word, "http1", ""},
           {word, "http2", "'http2' is not supported yet: use http1"},
           {word, "htp1", "unknown word 'htp1': did you mean 'http1'?"},
           {word, "gopher", "unknown word 'gopher': known are http1"},
           {label, "web-1.a_B", ""},
           {label, "a b", "'a b' is not a name: 1 to 64 letters, digits, '.', '_' or '-'"},
           {line, "any text", ""},
           {line, "", "the text is empty"},
           {line, "a\nb", "line breaks and control characters are not allowed here"},
           {body, "a\nb", ""},
           {body, "", ""},
           {verb, "DELETE", ""},
           {verb, "get", "'get' is not an HTTP method such as GET or POST"},
           {verb, "CONNECT", "CONNECT is not for load"},
           {path, "/a?b=%20", ""},
           {path, "a", "'a' must begin with '/'"},
           {path, "/a b", "'/a b': percent-encode blanks, '#' and bytes beyond ASCII"},
           {path, "/a\r\nX: y", "'/a\r\nX: y': percent-encode blanks, '#' and bytes beyond ASCII"},
           {value, "a\tb", ""},
           {value, "a\r\nX: y", "a header's value is one line"},
       }) {
    const auto status = check_value(option, text);
    EXPECT_EQ(status ? "" : status.error().text, error) << text;
  }
}

}  // namespace
}  // namespace rampart::scenarios
