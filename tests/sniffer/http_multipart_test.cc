#include "sniffer/app/http_multipart.h"

#include <gtest/gtest.h>

#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

TEST(HttpMultipart, finds_the_boundary) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"multipart/form-data; boundary=abc", "abc"},
      {"Multipart/Form-Data;charset=x; Boundary=\"a b;c\"; x=y", "a b;c"},
      {"multipart/form-data; boundary=abc; x=y", "abc"},
      {"multipart/form-data", ""},
      {"multipart/form-data; boundary=", ""},
      {"multipart/mixed; boundary=abc", ""},
      {"text/plain; a=multipart/form-data; boundary=abc", ""},
      {"multipart/form-data; boundary=" + std::string(71, 'a'), ""},
      {"", ""},
  };
  for (const auto& [type, want] : cases) EXPECT_EQ(multipart_boundary(type), want) << type;
}

TEST(HttpMultipart, takes_what_is_cut_or_odd) {
  const std::string part = "--B\r\nContent-Disposition: form-data; filename=f\r\n\r\n";
  const std::vector<std::tuple<std::string, std::string, bool>> cases = {
      {part + "text\r\n--B--\r\n", "text", true},
      {part + "text", "text", false},
      {part, "", false},
      {part + "\r\n--B", "", true},
      {"preamble\r\n" + part + "x\r\n--B--", "x", true},
      {part + "a--Bb\r\n--B--", "a--Bb", true},
      {"--B\r\nContent-Disposition: form-data; filename=f\r\n", "(none)", false},
      {"--B", "(none)", false},
      {"B", "(none)", false},
      {"", "(none)", false},
  };
  for (const auto& [body, want, whole] : cases) {
    const auto file = multipart_file(test::as_bytes(body), "B", 0);
    const std::string got = file ? std::string(file->bytes.begin(), file->bytes.end()) : "(none)";
    EXPECT_EQ(got, want) << body;
    EXPECT_EQ(file && file->whole, whole) << body;
  }
}

TEST(HttpMultipart, gives_up_after_sixteen_files) {
  std::string body;
  for (int i = 0; i < 20; ++i) body += "--B\r\nfilename\r\n\r\n" + std::to_string(i) + "\r\n";
  EXPECT_TRUE(multipart_file(test::as_bytes(body), "B", 15));
  EXPECT_FALSE(multipart_file(test::as_bytes(body), "B", 16));
}

}  // namespace
}  // namespace rampart::sniffer
