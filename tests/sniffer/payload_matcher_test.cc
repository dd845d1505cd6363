#include "sniffer/detect/payload_matcher.h"

#include <gtest/gtest.h>

#include <string>

#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using namespace std::string_literals;

bool matches(const std::string& options, const std::string& text, bool whole = true) {
  const auto parsed = parse_rules("alert ip any any -> any any (" + options + " sid:1;)", "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d) << " of " << options;
  if (parsed.set.rules.empty()) return false;
  PayloadMatcher matcher;
  const Bytes data{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  return matcher.matches(parsed.set.rules[0].payload, {data, 0, 0, whole});
}

struct Case {
  const char* options;
  std::string text;
  bool expected;
};

void check(std::span<const Case> cases) {
  for (const auto& c : cases)
    EXPECT_EQ(matches(c.options, c.text), c.expected) << c.options << " on '" << c.text << "'";
}

TEST(PayloadMatcher, what_cannot_end_in_fresh_bytes_is_told_cheaply) {
  const auto may = [](const std::string& options, const std::string& text, std::size_t fresh) {
    const auto parsed = parse_rules("alert ip any any -> any any (" + options + " sid:1;)", "t");
    const Bytes data{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    return may_reach_fresh(parsed.set.rules.at(0).payload, {data, 0, fresh});
  };
  const auto two = R"(content:"abc"; content:"XY"; nocase;)";
  EXPECT_FALSE(may(two, "abc....", 4));
  EXPECT_TRUE(may(two, "abc..xy", 6)) << "the last byte of a content is fresh";
  EXPECT_FALSE(may(two, "abcxy..", 5));
  EXPECT_TRUE(may(two, "....abc", 4));
  EXPECT_TRUE(may(R"(content:"abc"; isdataat:9;)", "abc....", 4)) << "more bytes may be enough";
  EXPECT_TRUE(may(R"(content:"abc"; pcre:"/x/";)", "abc....", 4));
  EXPECT_FALSE(may(R"(content:"abc"; content:!"x";)", "abc....", 4));
}

TEST(PayloadMatcher, numbers_of_the_packet_place_what_follows) {
  const Case cases[] = {
      {R"(byte_extract:1,0,n; content:"z"; offset:n;)", "\x02yz", true},
      {R"(byte_extract:1,0,n; content:"z"; offset:n;)", "\x03yz", false},
      {R"(byte_extract:1,0,n; content:"z"; offset:1; depth:n;)", "\x02yz", true},
      {R"(byte_extract:1,0,n; content:"z"; offset:1; depth:n;)", "\x01yz", false},
      {R"(byte_extract:1,0,n; content:"z"; distance:n;)", "\x01yz", true},
      {R"(byte_extract:1,0,n; content:"z"; distance:n;)", "\x02yz", false},
      {R"(byte_extract:1,0,n; content:"z"; within:n;)", "\x02yz", true},
      {R"(byte_extract:1,0,n; content:"z"; within:n;)", "\x01yz", false},
      {R"(byte_extract:1,0,n; isdataat:n,relative;)", "\x02yz", true},
      {R"(byte_extract:1,0,n; isdataat:n,relative;)", "\x03yz", false},
      {R"(byte_extract:1,0,n; byte_test:1,=,n,1;)", "\x02\x02", true},
      {R"(byte_extract:1,0,n; byte_test:1,=,n,1;)", "\x02\x03", false},
      {R"(byte_extract:1,0,n; byte_test:1,=,9,n;)", "\x02z\x09", true},
      {R"(byte_extract:1,0,n; byte_jump:1,n; isdataat:!1,relative;)", "\x01\x01z", true},
      {R"(byte_extract:1,0,n; byte_test:n,=,258,1;)", "\x02\x01\x02", true},
      {R"(byte_extract:1,0,n,multiplier 2; content:"z"; offset:n;)", "\x01yz", true},
      {R"(byte_extract:1,0,n,align 4; content:"z"; offset:n;)", "\x01yyyz", true},
      {R"(byte_extract:2,0,n,little; content:"z"; offset:n;)", "\x02\x00z"s, true},
      {R"(byte_extract:1,0,n,string,dec; content:"z"; offset:n;)", "2yz", true},
      {R"(content:"a"; byte_extract:1,0,n,relative; content:"z"; within:n;)", "a\x01z", true},
      // Each place of the content is tried with its own number.
      {R"(content:"a"; byte_extract:1,0,n,relative; content:"z"; distance:n; within:1;)",
       "a\x05za\x01yz", true},
      {R"(byte_extract:8,0,n; content:"z"; offset:n;)", "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFz", false},
      {R"(byte_extract:8,0,n; content:"z"; distance:n; within:n;)",
       "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFFz", false},
  };
  check(cases);
}

TEST(PayloadMatcher, finds_contents_in_any_case) {
  const Case cases[] = {
      {R"(content:"aBc"; nocase;)", "xxAbC", true},
      {R"(content:"aBc"; nocase;)", "AbxabC", true},
      {R"(content:"aBc"; nocase;)", "aAbBcC", false},
      {R"(content:"aBc"; nocase;)", "ab", false},
      {R"(content:"aBc"; nocase;)", "", false},
      {R"(content:"1aB"; nocase;)", "11Ab", true},
      {R"(content:"|E1|b"; nocase;)", "\xC1\x62", false},
      {R"(content:"@"; nocase;)", "`", false},
      {R"(content:"{"; nocase;)", "[", false},
      {R"(content:"ab"; nocase; depth:3;)", "xAB", true},
      {R"(content:"ab"; nocase; depth:3;)", "xxAB", false},
      {R"(content:"ab"; nocase; offset:1;)", "AbaB", true},
      {R"(content:"a"; nocase; content:"A"; nocase; distance:0; content:"b"; within:1;)", "aAb",
       true},
      {R"(content:!"ab"; nocase;)", "xxaB", false},
  };
  check(cases);
}

TEST(PayloadMatcher, calculates) {
  const Case cases[] = {
      {R"(byte_math:bytes 1, offset 0, oper +, rvalue 1, result n; content:"z"; offset:n;)",
       "\x01yz", true},
      {R"(byte_math:bytes 1, offset 0, oper -, rvalue 1, result n; content:"z"; offset:n;)",
       "\x03yz", true},
      {R"(byte_math:bytes 1, offset 0, oper *, rvalue 2, result n; content:"z"; offset:n;)",
       "\x01yz", true},
      {R"(byte_math:bytes 1, offset 0, oper /, rvalue 2, result n; content:"z"; offset:n;)",
       "\x04yz", true},
      {R"(byte_math:bytes 1, offset 0, oper <<, rvalue 1, result n; content:"z"; offset:n;)",
       "\x01yz", true},
      {R"(byte_math:bytes 1, offset 0, oper >>, rvalue 1, result n; content:"z"; offset:n;)",
       "\x04yz", true},
      {R"(byte_extract:1,0,m; byte_math:bytes 1, offset 1, oper /, rvalue m, result n;)",
       "\x00\x04"s, false},
      {R"(byte_extract:1,0,m; byte_math:bytes 1, offset 1, oper *, rvalue m, result n; )"
       R"(byte_test:1,=,n,2;)",
       "\x02\x03\x06", true},
      {R"(content:"a"; byte_math:bytes 2, offset 0, oper +, rvalue 0, result n, relative, )"
       R"(endian little; byte_test:1,=,n,3;)",
       "a\x07\x00\x07"s, true},
      {R"(byte_math:bytes 2, offset 0, oper +, rvalue 0, result n, string hex; )"
       R"(byte_test:1,=,n,2;)",
       "1f\x1f", true},
      {R"(byte_math:bytes 1, offset 0, oper +, rvalue 0, result n, bitmask 0xF0; )"
       R"(byte_test:1,=,n,1;)",
       "\x3F\x03", true},
  };
  check(cases);
}

TEST(PayloadMatcher, looks_into_base64) {
  // "dGhpc2lzYXRlc3Q=" is "thisisatest".
  const Case cases[] = {
      {R"(base64_decode; base64_data; content:"isatest";)", "dGhpc2lzYXRlc3Q=", true},
      {R"(base64_decode; base64_data; content:"isatest"; endswith;)", "dGhpc2lzYXRlc3Q=", true},
      {R"(base64_decode; base64_data; content:"other";)", "dGhpc2lzYXRlc3Q=", false},
      {R"(base64_decode; base64_data; content:!"other";)", "dGhpc2lzYXRlc3Q=", true},
      {R"(base64_decode:offset 2; base64_data; content:"this"; startswith;)", "--dGhpc2lz", true},
      {R"(base64_decode:bytes 4; base64_data; content:"thi"; endswith;)", "dGhpc2lz", true},
      {R"(content:"q="; base64_decode:relative; base64_data; content:"this"; depth:4;)",
       "&q=dGhpc2lz&", true},
      {R"(content:"q="; base64_decode:offset 1, relative; base64_data; content:"this"; depth:4;)",
       "&q=\"dGhpc2lz&", true},
      {R"(base64_decode;)", "!!!", false},
      {R"(base64_decode;)", "", false},
      {R"(content:"q"; base64_decode:relative; base64_data; content:"x"; )"
       R"(pkt_data; content:"end";)",
       "qeHg=end", true},
      {R"(content:"q"; base64_decode:relative; base64_data; content:"x"; )"
       R"(pkt_data; content:"other";)",
       "qeHg=end", false},
      // Bytes outside of the alphabet end the text.
      {R"(base64_decode; base64_data; content:"thi"; endswith;)", "dGhp\r\nc2lz", true},
      {R"(base64_decode; base64_data; byte_extract:1,0,n; content:"i"; offset:n;)", "AnRp", true},
  };
  check(cases);
}

TEST(PayloadMatcher, the_length_of_a_buffer_is_known_once_it_is_whole) {
  EXPECT_TRUE(matches("bsize:3;", "abc"));
  EXPECT_FALSE(matches("bsize:3;", "abcd"));
  EXPECT_TRUE(matches("bsize:!3;", "abcd"));
  EXPECT_TRUE(matches("bsize:2<>4;", "abc"));
  EXPECT_FALSE(matches("bsize:3<>5;", "abc"));
  EXPECT_TRUE(matches("bsize:>2;", "abc"));
  EXPECT_FALSE(matches("bsize:3;", "abc", false));
}

TEST(PayloadMatcher, text_numbers_end_where_their_digits_do) {
  const Case cases[] = {
      {R"(byte_test:0,=,123,0,string,dec;)", "123abc", true},
      {R"(byte_test:0,=,0,0,string,dec;)", "abc", false},
      {R"(byte_jump:0,0,string,dec; content:"z"; within:1;)", "2yyz", true},
      {R"(byte_jump:3,0,string,dec; content:"z"; within:1;)", "2 yz", true},
      {R"(byte_jump:3,0,string,dec; content:"z"; within:1;)", "2yyz", true},
  };
  check(cases);
}

}  // namespace
}  // namespace rampart::sniffer
