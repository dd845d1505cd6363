#include "sniffer/rules/transform.h"

#include <gtest/gtest.h>

#include <string>

namespace rampart::sniffer {
namespace {

using enum Transform::Kind;

std::string run(std::vector<Transform> transforms, const std::string& text) {
  TransformScratch scratch;
  const auto out =
      apply(transforms, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, scratch);
  return {reinterpret_cast<const char*>(out.data()), out.size()};
}

std::string hex(const std::string& bytes) {
  std::string out;
  for (const char c : bytes)
    for (const auto nibble : {(c >> 4) & 15, c & 15}) out += "0123456789abcdef"[nibble];
  return out;
}

TEST(Transform, changes_bytes_as_its_name_says) {
  struct Case {
    std::vector<Transform> transforms;
    std::string text;
    std::string expected;
  };
  const Case cases[] = {
      {{}, "a B", "a B"},
      {{dotprefix}, "a.b", ".a.b"},
      {{dotprefix}, "", "."},
      {{strip_whitespace}, " a\tb\r\nc\vd ", "abcd"},
      {{compress_whitespace}, "a \t b\r\nc", "a b c"},
      {{to_lowercase}, "aBZ\xC4@[", "abz\xC4@["},
      {{to_uppercase}, "aBz`{", "ABZ`{"},
      {{url_decode}, "a+b%20c%2Bd%zz%4", "a b c+d%zz%4"},
      {{to_lowercase, dotprefix}, "AB", ".ab"},
      {{dotprefix, to_uppercase}, "ab", ".AB"},
      {{strip_whitespace, dotprefix, dotprefix}, "a b", "..ab"},
  };
  for (const auto& c : cases) EXPECT_EQ(run(c.transforms, c.text), c.expected) << c.text;
}

Transform captured(const std::string& pattern) {
  Transform out(capture, pattern);
  out.regex = *Regex::compile(pattern, {});
  return out;
}

TEST(Transform, of_lines_of_fields) {
  struct Case {
    std::vector<Transform> transforms;
    std::string text;
    std::string expected;
  };
  const Case cases[] = {
      {{header_lowercase}, "Host: A:B\r\nX-Y:Z\r\n", "host: A:B\r\nx-y:Z\r\n"},
      {{header_lowercase}, "GET /A HTTP/1.1\r\nHOST: A", "get /a http/1.1\r\nhost: A"},
      {{header_lowercase}, "", ""},
      {{strip_pseudo_headers}, ":a: b\r\nc: d\r\n:e\r\n", "c: d\r\n"},
      {{strip_pseudo_headers}, "\r\n:path\r\nhost\r\n\r\n", "\r\nhost\r\n\r\n"},
      {{strip_pseudo_headers}, "a:\n:", "a:\n"},
      {{strip_pseudo_headers}, "", ""},
      {{{xor_key, "\x20"}}, "aB", "Ab"},
      {{{xor_key, std::string("\0\x20", 2)}}, "abcde", "aBcDe"},
      {{{xor_key, "\xff"}, {xor_key, "\xff"}}, "ab", "ab"},
      {{captured("([a-z]+)")}, "/ab/cd", "ab"},
      {{captured("(?i)/([A-Z]+)$")}, "/ab/cd", "cd"},
      {{captured("x(y)")}, "/ab/cd", "/ab/cd"},
      {{captured("(x)?ab")}, "/ab/cd", "/ab/cd"},
      {{captured("()")}, "/ab/cd", "/ab/cd"},
      {{captured("(b/c)"), to_uppercase}, "/ab/cd", "B/C"},
  };
  for (const auto& c : cases) EXPECT_EQ(run(c.transforms, c.text), c.expected) << c.text;
}

// The test vectors of RFC 1321 and FIPS 180 for "abc".
TEST(Transform, digests) {
  EXPECT_EQ(hex(run({to_md5}, "abc")), "900150983cd24fb0d6963f7d28e17f72");
  EXPECT_EQ(hex(run({to_sha1}, "abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
  EXPECT_EQ(hex(run({to_sha256}, "abc")),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(run({to_lowercase, to_md5}, "ABC")), "900150983cd24fb0d6963f7d28e17f72");
}

TEST(Transform, leaves_the_bytes_where_they_are_without_any) {
  TransformScratch scratch;
  const std::vector<std::uint8_t> text{1, 2, 3};
  EXPECT_EQ(apply({}, text, scratch).data(), text.data());
}

}  // namespace
}  // namespace rampart::sniffer
