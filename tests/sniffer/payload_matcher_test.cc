#include "sniffer/detect/payload_matcher.h"

#include <gtest/gtest.h>

#include <random>
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

// Every place of every content, without a thought.
bool matches_plainly(const std::vector<PayloadMatch>& payload, const std::string& text,
                     std::int64_t fresh, std::size_t i = 0, std::int64_t at = 0,
                     std::int64_t reach = -1) {
  if (i == payload.size()) return reach > fresh;
  const auto& c = std::get<Content>(payload[i]);
  const auto size = static_cast<std::int64_t>(c.bytes.size());
  const auto from = c.relative() ? at + c.distance.value_or(0) : c.offset.value_or(0);
  auto to = static_cast<std::int64_t>(text.size());
  if (c.within) to = std::min<std::int64_t>(to, from + *c.within);
  if (c.depth) to = std::min<std::int64_t>(to, from + *c.depth);
  for (auto place = std::max<std::int64_t>(from, 0); place + size <= to; ++place)
    if (text.compare(static_cast<std::size_t>(place), c.bytes.size(), c.bytes) == 0 &&
        matches_plainly(payload, text, fresh, i + 1, place + size, std::max(reach, place + size)))
      return true;
  return false;
}

std::string text_of(const std::vector<PayloadMatch>& payload) {
  std::string out;
  for (const auto& match : payload) {
    const auto& c = std::get<Content>(match);
    out += c.bytes;
    if (c.offset) out += " offset " + std::to_string(*c.offset);
    if (c.depth) out += " depth " + std::to_string(*c.depth);
    if (c.distance) out += " distance " + std::to_string(*c.distance);
    if (c.within) out += " within " + std::to_string(*c.within);
    out += "; ";
  }
  return out;
}

TEST(PayloadMatcher, finds_what_a_search_of_every_place_finds) {
  std::mt19937 random(7);  // the same cases each time
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto word = [&](int length) {
    std::string out;
    for (int i = 0; i < length; ++i) out += static_cast<char>('a' + below(2));
    return out;
  };
  int found = 0;
  for (int round = 0; round < 20000; ++round) {
    std::vector<PayloadMatch> payload;
    for (int n = 1 + below(4); n > 0; --n) {
      Content content;
      content.bytes = word(1 + below(3));
      const auto size = static_cast<int>(content.bytes.size());
      if (!payload.empty() && below(3) != 0) {
        content.distance = below(6) - 3;
        if (below(2) == 0) content.within = size + below(4);
      } else if (below(2) == 0) {
        content.offset = below(4);
        if (below(2) == 0) content.depth = size + below(8);
      }
      payload.emplace_back(content);
    }
    const auto text = word(2 + below(14));
    const auto fresh = below(3) == 0 ? below(static_cast<int>(text.size())) : 0;
    const Bytes data{reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
    PayloadMatcher matcher;
    const bool expected = matches_plainly(payload, text, fresh);
    ASSERT_EQ(matcher.matches(payload, {data, 0, static_cast<std::size_t>(fresh)}), expected)
        << text_of(payload) << "on " << text << " from " << fresh;
    if (expected) {
      ASSERT_TRUE(may_reach_fresh(payload, {data, 0, static_cast<std::size_t>(fresh)}));
    }
    found += expected ? 1 : 0;
  }
  EXPECT_GT(found, 2000);
  EXPECT_LT(found, 18000);
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
