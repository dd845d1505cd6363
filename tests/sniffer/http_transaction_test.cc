#include "sniffer/app/http_transaction.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using enum BufferId;

struct Case {
  BufferId id;
  std::string want;
};

constexpr std::string_view kRequest =
    "POST http://u:p@Shop.Example:8080/a%20b/../C?q=%41%2b+#top HTTP/1.1\r\n"
    "Host: other.Example:81\r\n"
    "User-Agent: probe/1\r\n"
    "Cookie: id=1\r\n"
    "Accept: text/html\r\n"
    "Accept-Encoding: gzip\r\n"
    "Accept-Language: de\r\n"
    "Referer: http://r/\r\n"
    "Connection:close\r\n"
    "X-Twice: one\r\n"
    "x-twice:  two \r\n"
    "Content-Type: text/plain; charset=x\r\n"
    "Content-Length: 5\r\n"
    "\r\n"
    "hello";

constexpr std::string_view kAnswer =
    "HTTP/1.0 302 Found it\r\n"
    "Server: nginx\r\n"
    "Set-Cookie: a=b\r\n"
    "Location: /next\r\n"
    "Content-Type: text/html\r\n"
    "Content-Length: 7\r\n"
    "\r\n"
    "goodbye";

class Split : public testing::TestWithParam<std::size_t> {};
INSTANTIATE_TEST_SUITE_P(Pieces, Split, testing::Values(1, 2, 7, 64, std::string::npos));

TEST_P(Split, buffers_of_a_request) {
  HttpExchange x;
  x.piece = GetParam();
  ASSERT_TRUE(x.client(kRequest));
  const std::vector<Case> cases = {
      {http_method, "POST"},
      {http_uri, "/C?q=A++#top"},
      {http_uri_raw, "http://u:p@Shop.Example:8080/a%20b/../C?q=%41%2b+#top"},
      {http_protocol, "HTTP/1.1"},
      {http_request_line, "POST http://u:p@Shop.Example:8080/a%20b/../C?q=%41%2b+#top HTTP/1.1"},
      {http_host, "shop.example"},
      {http_host_raw, "Shop.Example"},
      {http_user_agent, "probe/1"},
      {http_referer, "http://r/"},
      {http_accept, "text/html"},
      {http_accept_encoding, "gzip"},
      {http_accept_language, "de"},
      {http_connection, "close"},
      {http_content_type, "text/plain; charset=x"},
      {http_content_length, "5"},
      {http_cookie, "id=1"},
      {http_header,
       "Host: other.Example:81\r\nUser-Agent: probe/1\r\nAccept: text/html\r\n"
       "Accept-Encoding: gzip\r\nAccept-Language: de\r\nReferer: http://r/\r\n"
       "Connection: close\r\nX-Twice: one, two\r\nContent-Type: text/plain; charset=x\r\n"
       "Content-Length: 5\r\n"},
      {http_header_raw,
       std::string(kRequest.substr(kRequest.find("Host:"),
                                   kRequest.find("hello") - kRequest.find("Host:")))},
      {http_header_names,
       "\r\nHost\r\nUser-Agent\r\nCookie\r\nAccept\r\nAccept-Encoding\r\nAccept-Language\r\n"
       "Referer\r\nConnection\r\nX-Twice\r\nContent-Type\r\nContent-Length\r\n\r\n"},
      {http_start,
       "POST http://u:p@Shop.Example:8080/a%20b/../C?q=%41%2b+#top HTTP/1.1\r\n"
       "Host: other.Example:81\r\nUser-Agent: probe/1\r\nCookie: id=1\r\nAccept: text/html\r\n"
       "Accept-Encoding: gzip\r\nAccept-Language: de\r\nReferer: http://r/\r\n"
       "Connection: close\r\nX-Twice: one, two\r\nContent-Type: text/plain; charset=x\r\n"
       "Content-Length: 5\r\n\r\n"},
      {http_request_body, "hello"},
      {http_location, "(none)"},
      {http_server, "(none)"},
      {http_stat_code, "(none)"},
      {http_response_line, "(none)"},
      {http_response_body, "(none)"},
      {dns_query, "(none)"},
  };
  for (const auto& c : cases) EXPECT_EQ(x.request(c.id), c.want) << info_of(c.id).sticky;
  EXPECT_EQ(x.request(http_request_header, 0, 2), "Cookie: id=1");
  EXPECT_EQ(x.request(http_request_header, 0, 8), "X-Twice: one, two");
  EXPECT_EQ(x.request(http_request_header, 0, 11), "(none)");
  EXPECT_THAT(x.events, testing::Contains("http.host_header_ambiguous"));
}

TEST_P(Split, buffers_of_an_answer) {
  HttpExchange x;
  x.piece = GetParam();
  ASSERT_TRUE(x.client("GET / HTTP/1.0\r\n\r\n"));
  ASSERT_TRUE(x.server(kAnswer));
  const std::vector<Case> cases = {
      {http_response_line, "HTTP/1.0 302 Found it"},
      {http_protocol, "HTTP/1.0"},
      {http_stat_code, "302"},
      {http_stat_msg, "Found it"},
      {http_server, "nginx"},
      {http_location, "/next"},
      {http_cookie, "a=b"},
      {http_content_type, "text/html"},
      {http_content_length, "7"},
      {http_header,
       "Server: nginx\r\nLocation: /next\r\nContent-Type: text/html\r\nContent-Length: 7\r\n"},
      {http_header_raw,
       std::string(kAnswer.substr(kAnswer.find("Server"),
                                  kAnswer.find("goodbye") - kAnswer.find("Server")))},
      {http_header_names,
       "\r\nServer\r\nSet-Cookie\r\nLocation\r\nContent-Type\r\nContent-Length\r\n\r\n"},
      {http_start,
       "HTTP/1.0 302 Found it\r\nServer: nginx\r\nSet-Cookie: a=b\r\nLocation: /next\r\n"
       "Content-Type: text/html\r\nContent-Length: 7\r\n\r\n"},
      {file_data, "goodbye"},
      {http_response_body, "goodbye"},
      {http_method, "(none)"},
      {http_host, "(none)"},
      {http_request_body, "(none)"},
  };
  for (const auto& c : cases) EXPECT_EQ(x.answer(c.id), c.want) << info_of(c.id).sticky;
  EXPECT_EQ(x.answer(http_response_header, 0, 1), "Set-Cookie: a=b");
  EXPECT_EQ(x.request(http_header_names), "(none)");
  EXPECT_EQ(x.request(http_start), "GET / HTTP/1.0\r\n") << "no fields, no end of them";
  EXPECT_EQ(x.steps.back(), "0 done");
  EXPECT_THAT(x.events, testing::IsEmpty());
}

TEST(HttpTransaction, normalises_the_uri) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/", "/"},
      {"/a/./b/../c", "/a/c"},
      {"//a///b", "/a/b"},
      {"/%61%2Fb", "/a/b"},
      {"/A\\b", "/A/b"},
      {"/%u0041", "/A"},
      {"/%zz", "/%zz"},
      {"/a%2541", "/a%41"},
      {"/x?a=/b/../c", "/x?a=/b/../c"},
      {"/x?a=%2e%2e%2F&b=+", "/x?a=../&b=+"},
      {"/x?%2541", "/x?%41"},
      {"*", "*"},
  };
  for (const auto& [raw, want] : cases) {
    HttpExchange x;
    x.client("GET " + raw + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(x.request(http_uri), want) << raw;
    EXPECT_EQ(x.request(http_uri_raw), raw);
  }
}

TEST(HttpTransaction, hosts) {
  const std::vector<std::tuple<std::string, std::string, std::string>> cases = {
      {"Host: WWW.Example.COM\r\n", "www.example.com", "WWW.Example.COM"},
      {"Host: Example.com:8080\r\n", "example.com", "Example.com:8080"},
      {"Host: [::1]:80\r\n", "[::1]", "[::1]:80"},
      {"", "(none)", "(none)"},
  };
  for (const auto& [field, host, raw] : cases) {
    HttpExchange x;
    x.client("GET / HTTP/1.1\r\n" + field + "\r\n");
    EXPECT_EQ(x.request(http_host), host) << field;
    EXPECT_EQ(x.request(http_host_raw), raw) << field;
  }
}

TEST(HttpTransaction, an_upload_is_a_file) {
  HttpExchange x;
  x.client("PUT /f HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\ndata");
  EXPECT_EQ(x.request(file_data), "data");
  EXPECT_EQ(x.request(http_request_body), "data");
}

TEST(HttpTransaction, what_other_methods_carry_is_no_file) {
  HttpExchange x;
  x.client("GET /f HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\ndata");
  EXPECT_EQ(x.request(file_data), "(none)");
  EXPECT_EQ(x.request(http_request_body), "data");
}

TEST(HttpTransaction, files_of_a_form) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nvalue\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"b\"; filename=\"f\"\r\n"
      "Content-Type: text/plain\r\n\r\nfirst --XX\r\nfile\r\n"
      "--XX\r\nContent-Disposition: form-data; name=\"c\"; FileName=\"g\"\r\n\r\nsecond\r\n"
      "--XX--\r\n";
  HttpExchange x;
  x.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Type: multipart/form-data; boundary=XX\r\n" +
           ("Content-Length: " + std::to_string(body.size())) + "\r\n\r\n" + body);
  EXPECT_EQ(x.request(file_data, 0, 0), "first --XX\r\nfile");
  EXPECT_EQ(x.request(file_data, 0, 1), "second");
  EXPECT_EQ(x.request(file_data, 0, 2), "(none)");
  EXPECT_EQ(x.request(http_request_body), body);
}

}  // namespace
}  // namespace rampart::sniffer
