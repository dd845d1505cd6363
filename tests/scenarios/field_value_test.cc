#include "scenarios/blackbox/field_value.h"

#include <gtest/gtest.h>

namespace rampart::scenarios::blackbox {
namespace {

using namespace std::chrono_literals;

constexpr std::int64_t kBad = -12345;

TEST(FieldValue, Integers) {
  const std::pair<const char*, std::int64_t> cases[] = {
      {"0", 0},
      {"64", 64},
      {"-5", -5},
      {"+5", 5},
      {"0x40", 64},
      {"0X4f", 79},
      {"0o100", 64},
      {"0100", 64},
      {"0b11", 3},
      {"1_000", 1000},
      {"", kBad},
      {"_", kBad},
      {"0x", kBad},
      {"5.0", kBad},
      {"1e3", kBad},
      {"--5", kBad},
      {"0x-5", kBad},
      {"08", kBad},
      {"9223372036854775807", 9223372036854775807},
      {"9223372036854775808", kBad},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_EQ(parse_integer(text).value_or(kBad), wanted) << text;
}

TEST(FieldValue, Timeouts) {
  const std::pair<const char*, base::Nanos> cases[] = {
      {"5s", 5s},    {"1m30s", 90s},    {"1.5h", 90min},   {"250ms", 250ms},
      {"3us", 3us},  {"3\u00B5s", 3us}, {"3\u03BCs", 3us}, {"7ns", 7ns},
      {"1d", 24h},   {"1w", 168h},      {"1y", 8760h},     {"1d2h3m4s5ms", 26h + 184005ms},
      {"+5s", 5s},   {"0", 0s},         {".5s", 500ms},    {"5.s", 5s},
      {"5", -1ns},   {"", -1ns},        {"s", -1ns},       {"-5s", -1ns},
      {"5 s", -1ns}, {"5x", -1ns},      {"1.2.3s", -1ns},  {"300y", -1ns},
      {"5s5", -1ns}, {".s", -1ns},      {"1e3s", -1ns},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_EQ(parse_timeout(text).value_or(-1ns), wanted) << text;
}

TEST(FieldValue, Sizes) {
  constexpr std::uint64_t kNone = 42424242;
  const std::pair<const char*, std::uint64_t> cases[] = {
      {"0", 0},
      {"10B", 10},
      {"1KB", 1024},
      {"1KiB", 1024},
      {"10MB", 10U << 20},
      {"1.5GB", 1610612736},
      {"1MB512KB", 1572864},
      {"7EB", 7ULL << 60},
      {"10", kNone},
      {"1kB", kNone},
      {"-1MB", kNone},
      {"8EB", kNone},
      {"MB", kNone},
      {"", kNone},
      {"1 MB", kNone},
  };
  for (const auto& [text, wanted] : cases)
    EXPECT_EQ(parse_size(text).value_or(kNone), wanted) << text;
}

TEST(FieldValue, Urls) {
  const std::pair<const char*, const char*> cases[] = {
      {"", ""},
      {"http://p.example:3128", ""},
      {"HTTPS://u:p@p.example/x?y", ""},
      {"http://[2001:db8::1]:80", ""},
      {"http://%41.example", ""},
      {"socks5://p", "'socks5://p' is not one such as http://host:8080"},
      {"p.example:80", "'p.example:80' is not one such as http://host:8080"},
      {"http://", "'http://' has no host"},
      {"http://u:secret@", "this URL has no host"},
      {"http://u:secret@p:x", "this URL: the port is 1 to 65535"},
      {"http://u:sec/ret@p", "this URL: the port is 1 to 65535"},
      {"u:secret@p", "this URL is not one such as http://host:8080"},
      {"http://p:0", "'http://p:0': the port is 1 to 65535"},
      {"http://p:65536", "'http://p:65536': the port is 1 to 65535"},
      {"http://p:", "'http://p:': the port is 1 to 65535"},
      {"http://[::1", "'http://[::1': what stands in [] is no address"},
      {"http://[x]", "'http://[x]': what stands in [] is no address"},
      {"http://a b", "blanks and control characters are percent-encoded in a URL"},
      {"http://p/%4", "'http://p/%4': two hexadecimal digits follow a '%'"},
  };
  for (const auto& [url, wanted] : cases) {
    const auto status = check_url(url, "http https");
    EXPECT_EQ(status ? "" : status.error().text, wanted) << url;
  }
}

TEST(FieldValue, PasswordsOfUrlsAreMasked) {
  EXPECT_EQ(masked_url("http://u:p%40ss@h:1/a@b:c"), "http://u:xxxxx@h:1/a@b:c");
  EXPECT_EQ(masked_url("http://u:a@b@h"), "http://u:xxxxx@h");
  EXPECT_EQ(masked_url("http://u@h:80"), "http://u@h:80");
  EXPECT_EQ(masked_url("http://h:80/x:y@z"), "http://h:80/x:y@z");
  EXPECT_EQ(masked_url("nothing:of@that"), "nothing:of@that");
}

TEST(FieldValue, AcceptEncoding) {
  const std::pair<const char*, bool> cases[] = {
      {"gzip", true},
      {"br, gzip", true},
      {"br;q=1.0, gzip;q=0.9", true},
      {"*", true},
      {"br, identity", false},
      {"gzip;q=0", false},
      {"*;q=0", false},
      {"gzip;q=0.0004", false},
      {"gzip;q=x", false},
      {"gzip;q=0, *;q=1", true},
      {"gzip ; q=0.5", true},
      {"", true},
      {"GZIP", false},
      {",,;q,", false},
      {"gzip;q=nan", false},
  };
  for (const auto& [header, wanted] : cases)
    EXPECT_EQ(accepts_encoding(header, "gzip"), wanted) << header;
  EXPECT_TRUE(accepts_encoding("br", ""));
}

TEST(FieldValue, QuotesMakeAText) {
  Node node;
  node.kind = Node::Kind::scalar;
  node.value = "true";
  node.quoted = true;
  EXPECT_FALSE(check_value({.key = "a", .kind = Kind::boolean}, node));
  node.quoted = false;
  EXPECT_TRUE(check_value({.key = "a", .kind = Kind::boolean}, node));
  node.value = "5";
  EXPECT_TRUE(check_value({.key = "a", .kind = Kind::integer, .max = 9}, node));
  EXPECT_FALSE(check_value({.key = "a", .kind = Kind::integer, .max = 4}, node));
  EXPECT_FALSE(check_value({.key = "a", .kind = Kind::duration}, node));
  node.quoted = true;
  EXPECT_FALSE(check_value({.key = "a", .kind = Kind::integer, .max = 9}, node));
}

}  // namespace
}  // namespace rampart::scenarios::blackbox
