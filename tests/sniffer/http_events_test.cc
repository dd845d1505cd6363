#include "sniffer/app/http_events.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http_exchange.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kGet = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";

std::string answer(std::string_view fields, std::string_view body) {
  return "HTTP/1.1 200 OK\r\n" + std::string(fields) +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
}

struct EventCase {
  std::string request;
  std::string answer;
  std::string event;
};

TEST(HttpEvents, of_requests_and_answers) {
  const std::string host = "Host: h\r\n\r\n";
  const std::vector<EventCase> cases = {
      {"GET / HTTP/1.1\r\n\r\n", "", "missing_host_header"},
      {"GET / HTTP/1.1\r\nHost: ho st\r\n\r\n", "", "request_header_host_invalid"},
      {"GET http://a_%20/ HTTP/1.1\r\n" + host, "", "request_uri_host_invalid"},
      {"GET / HTTP/1.1\r\nnocolon\r\n" + host, "", "request_field_missing_colon"},
      {"GET / HTTP/1.1\r\n: x\r\n" + host, "", "request_header_invalid"},
      {"GET / HTTP/1.1\r\n folded\r\n" + host, "", "invalid_request_field_folding"},
      {"GET / HTTP/1.1\r\nAuthorization: Weird x\r\n" + host, "", "request_auth_unrecognized"},
      {"POST / HTTP/1.1\r\nContent-Length: x\r\n" + host, "",
       "invalid_content_length_field_in_request"},
      {"POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n" + host, "",
       "duplicate_content_length_field_in_request"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: weird\r\n" + host, "",
       "invalid_transfer_encoding_value_in_request"},
      {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n" + host + "zz\r\n", "",
       "invalid_request_chunk_len"},
      {" GET / HTTP/1.1\r\n" + host, "", "request_line_leading_whitespace"},
      {"GET\t/ HTTP/1.1\r\n" + host, "", "method_delim_non_compliant"},
      {"GET /\tHTTP/1.1\r\n" + host, "", "uri_delim_non_compliant"},
      {"", answer("nocolon\r\n", ""), "response_field_missing_colon"},
      {"", answer(": x\r\n", ""), "response_header_invalid"},
      {"", "HTTP/1.1 abc OK\r\n\r\n", "response_invalid_status"},
      {"", "HTTP/x.y 200 OK\r\n\r\n", "response_invalid_protocol"},
      {"", "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
       "invalid_content_length_field_in_response"},
      {"", "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
       "duplicate_content_length_field_in_response"},
      {"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz zz zz zz\r\n",
       "invalid_response_chunk_len"},
      {"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: x, chunked\r\n\r\n0\r\n\r\n",
       "response_abnormal_transfer_encoding"},
      {"", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       "response_chunked_old_proto"},
      {"", "HTTP/1.1 200 OK\r\nContent-Type: multipart/byteranges\r\n\r\n",
       "response_multipart_byteranges"},
      {"", "HTTP/1.1 100 C\r\n\r\nHTTP/1.1 100 C\r\n\r\n", "100_continue_already_seen"},
      {"", answer("Content-Encoding: gzip\r\n", "no gzip"), "gzip_decompression_failed"},
      {"", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1; a=b\r\nx\r\n0\r\n\r\n",
       "request_chunk_extension"},
      {"", answer("Content-Range: bytes 10-5/20\r\n", "x"), "range_invalid"},
      {"", answer("Content-Encoding: a, b, c, d\r\n", "x"), "too_many_encoding_layers"},
      {"", answer("Content-Encoding: a, gzip\r\n", "x"), "abnormal_ce_header"},
      {"", answer("X: " + std::string(20'000, 'a') + "\r\n", ""), "response_field_too_long"},
  };
  for (const auto& c : cases) {
    HttpExchange x;
    x.piece = 1000;
    x.client(c.request.empty() ? std::string(kGet) : c.request);
    x.server(c.answer);
    EXPECT_THAT(x.events, Contains("http." + c.event)) << c.request << c.answer;
    x.end();
    EXPECT_EQ(x.open, 0U);
  }
}

TEST(HttpEvents, what_is_odd_and_no_event) {
  const std::string host = "Host: h\r\n\r\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"WEIRD / NOT/1.1\r\n" + host, answer("", "x")},
      {std::string(kGet) + "GET /a\r\n" + host, answer("", "x")},
      {"GET / HTTP/1.1\r\na: 1\r\na: 2\r\na: 3\r\n" + host, answer("b: 1\r\nb: 2\r\n", "x")},
      {"POST / HTTP/1.1\r\n" + host + "a body of no length", ""},
      {std::string(kGet), answer("Content-Range: bytes 10-5/20\r\n", "")},
      {std::string(kGet), answer("Content-Range: bytes 1-9/20 and so on\r\n", "x")},
      {std::string(kGet), answer("Content-Range: bytes */20\r\n", "x")},
      {std::string(kGet), answer("Content-Range: bytes 0-0/*\r\n", "x")},
  };
  for (const auto& [request, reply] : cases) {
    HttpExchange x;
    x.client(request);
    x.server(reply);
    x.end();
    EXPECT_THAT(x.events, IsEmpty()) << request << reply;
  }
}

TEST(HttpEvents, an_event_is_told_once_per_transaction) {
  HttpExchange x;
  x.client("GET / HTTP/1.1\r\nHost: h\r\na b: 1\r\nc d: 2\r\n\r\n");
  EXPECT_THAT(x.events, ElementsAre("http.request_header_invalid"));
}

}  // namespace
}  // namespace rampart::sniffer
