#include "loadgen/request_template.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/version.h"

namespace rampart::loadgen {
namespace {

const std::vector<std::string> kNames = {"flow.number", "a", "b"};

model::Target target() {
  model::Target out;
  out.url = *model::parse_url("http://h.test/url{{x");
  return out;
}

model::HttpRequest request(const std::string& method, const std::string& path,
                           std::vector<std::pair<std::string, std::string>> headers = {},
                           const std::string& body = {}) {
  model::HttpRequest out;
  out.method = method;
  out.path = path;
  out.headers = {{"User-Agent", "u"}, {"X-Rampart-Run", "r"}};
  out.headers.insert(out.headers.end(), headers.begin(), headers.end());
  out.body = body;
  return out;
}

base::Result<RequestTemplate> parse(const model::HttpRequest& request,
                                    model::Protocol protocol = model::Protocol::http1) {
  return RequestTemplate::parse(protocol, target(), request, "r1", kNames);
}

std::string filled(const model::HttpRequest& request, std::string_view a, std::string_view b = {},
                   std::string_view cookies = {}) {
  const auto parsed = parse(request);
  if (!parsed) return parsed.error().text;
  const std::string_view values[] = {"7", a, b};
  std::string path;
  Request out;
  out.bytes = "from before";
  parsed->fill_path(path, values);
  parsed->fill(out, values, path, cookies);
  EXPECT_EQ(out.size, out.bytes.size());
  EXPECT_EQ(out.head, request.method == "HEAD");
  return out.bytes;
}

const std::string kAlways = "Host: h.test\r\nUser-Agent: u\r\nX-Rampart-Run: r\r\n";

TEST(RequestTemplate, FillsPathHeadersAndBody) {
  EXPECT_EQ(filled(request("GET", "/{{a}}?n={{flow.number}}", {{"X-A", "<{{a}}{{b}}>"}}), "1", "2"),
            "GET /1?n=7 HTTP/1.1\r\n" + kAlways + "X-A: <12>\r\n\r\n");
  EXPECT_EQ(filled(request("POST", "/", {}, "a={{a}}&b={{b}}"), "x y", "\r\n"),
            "POST / HTTP/1.1\r\n" + kAlways + "Content-Length: 10\r\n\r\na=x y&b=\r\n");
  EXPECT_EQ(filled(request("PUT", "/", {}, "{{a}}"), ""),
            "PUT / HTTP/1.1\r\n" + kAlways + "Content-Length: 0\r\n\r\n");
  EXPECT_EQ(filled(request("HEAD", "{{a}}"), "/x"), "HEAD /x HTTP/1.1\r\n" + kAlways + "\r\n");
  EXPECT_EQ(filled(request("GET", "", {{"host", "{{a}}"}}), "other"),
            "GET /url{{x HTTP/1.1\r\nUser-Agent: u\r\nX-Rampart-Run: r\r\nhost: other\r\n\r\n");
}

TEST(RequestTemplate, WithoutVariablesItIsThePlainRequest) {
  for (const auto& plain : {request("GET", "/x"), request("POST", "/", {{"Cookie", " a "}}, "body"),
                            request("PATCH", "/", {{"content-length", "3"}}, "abc")}) {
    EXPECT_EQ(filled(plain, ""),
              build_request(model::Protocol::http1, target(), plain, "r1").bytes);
    EXPECT_TRUE(parse(plain)->constant());
  }
  EXPECT_FALSE(parse(request("GET", "/", {{"X", "{{a}}"}}))->constant());
  EXPECT_FALSE(parse(request("GET", "/{{a}}"))->constant());
  EXPECT_FALSE(parse(request("GET", "/", {}, "{{a}}"))->constant());
}

TEST(RequestTemplate, LeavesBlanksAroundAValueOut) {
  EXPECT_EQ(filled(request("GET", "/", {{"X", "{{a}}{{b}}"}}), " \tx y", "\t "),
            "GET / HTTP/1.1\r\n" + kAlways + "X: x y\r\n\r\n");
  EXPECT_EQ(filled(request("GET", "/", {{"X", "{{a}}"}}), " "),
            "GET / HTTP/1.1\r\n" + kAlways + "X: \r\n\r\n");
}

TEST(RequestTemplate, JoinsCookies) {
  const auto none = request("GET", "/");
  EXPECT_EQ(filled(none, "", "", "s=1; t=2"),
            "GET / HTTP/1.1\r\n" + kAlways + "Cookie: s=1; t=2\r\n\r\n");
  const auto own = request("GET", "/", {{"cookie", "{{a}}"}, {"Z", "z"}});
  EXPECT_EQ(filled(own, "o=1", "", "s=1"),
            "GET / HTTP/1.1\r\n" + kAlways + "cookie: o=1; s=1\r\nZ: z\r\n\r\n");
  EXPECT_EQ(filled(own, "", "", "s=1"),
            "GET / HTTP/1.1\r\n" + kAlways + "cookie: s=1\r\nZ: z\r\n\r\n");
  EXPECT_EQ(filled(own, "o=1"), "GET / HTTP/1.1\r\n" + kAlways + "cookie: o=1\r\nZ: z\r\n\r\n");
}

TEST(RequestTemplate, SizesOfHttp2AreThoseOfThePlainRequest) {
  const auto text = request("POST", "/x", {{"Host", "other"}, {"X-A", "1"}}, "body");
  const auto plain = build_request(model::Protocol::http2, target(), text, "r1");
  const auto parsed = parse(request("POST", "/{{a}}", {{"Host", "{{b}}"}, {"X-A", "1"}}, "bo{{a}}"),
                            model::Protocol::http2);
  ASSERT_TRUE(parsed) << parsed.error().text;
  Request out;
  for (int i = 0; i < 2; ++i) {  // the same memory again
    const std::string_view values[] = {"7", "x", "other"};
    parsed->fill(out, values, "/x", {});
    ASSERT_TRUE(out.http2);
    EXPECT_EQ(out.size, plain.size - 1);  // "box"
  }
}

TEST(RequestTemplate, EncodesWhatATargetDoesNotAllow) {
  struct Case {
    std::string_view value;
    std::string_view encoded;
  };
  for (const auto& [value, encoded] : {
           Case{"azAZ09-._~!$&'()*+,;=:@/?", "azAZ09-._~!$&'()*+,;=:@/?"},
           Case{"a b#c\"<>\\^`{|}[]", "a%20b%23c%22%3C%3E%5C%5E%60%7B%7C%7D%5B%5D"},
           Case{"%41%zz%4", "%41%25zz%254"},
           Case{"%", "%25"},
           Case{"\r\n\t\x7f", "%0D%0A%09%7F"},
           Case{std::string_view("\0\xff", 2), "%00%FF"},
       }) {
    std::string out = "/";
    append_to_target(out, value);
    EXPECT_EQ(out, "/" + std::string(encoded));
  }
}

TEST(RequestTemplate, SaysWhatIsWrong) {
  for (const auto& wrong :
       {request("GET", "/{{c}}"), request("GET", "/", {{"X", "{{c}}"}}),
        request("GET", "/", {}, "{{c}}"), request("GET", "/{{a"), request("GET", "/", {}, "{{")}) {
    const auto parsed = parse(wrong);
    ASSERT_FALSE(parsed);
    EXPECT_TRUE(parsed.error().text.find("'c'") != std::string::npos ||
                parsed.error().text.find("not closed") != std::string::npos);
  }
}

}  // namespace
}  // namespace rampart::loadgen
