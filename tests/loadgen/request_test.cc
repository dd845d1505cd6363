#include "loadgen/request.h"

#include <gtest/gtest.h>

#include <string>

#include "base/version.h"

namespace rampart::loadgen {
namespace {

const std::string kAgent = "User-Agent: rampart/" + std::string(base::version()) + "\r\n";
const std::string kRun = "X-Rampart-Run: r1\r\n";

using Headers = std::vector<std::pair<std::string, std::string>>;

model::HttpRequest request(const std::string& method, const Headers& headers = {},
                           const std::string& body = {}) {
  model::HttpRequest r;
  r.method = method;
  r.headers = headers;
  r.body = body;
  return r;
}

std::string built(const std::string& url, const model::HttpRequest& request) {
  model::Target target;
  target.url = *model::parse_url(url);
  return build_request(model::Protocol::http1, target, request, "r1").bytes;
}

TEST(BuildRequest, TheOnlyOneOfItsConnectionSaysSo) {
  model::LoadSpec load;
  model::Step step;
  step.request = request("GET");
  EXPECT_TRUE(request_of(load, step).headers.empty());
  load.requests_per_connection = 2;
  EXPECT_TRUE(request_of(load, step).headers.empty());
  load.requests_per_connection = 1;
  EXPECT_EQ(request_of(load, step).headers, (Headers{{"Connection", "close"}}));
  load.protocol = model::Protocol::http2;
  EXPECT_TRUE(request_of(load, step).headers.empty());
}

TEST(BuildRequest, NamesTheHostAsTheUrlDoes) {
  struct Case {
    const char* url;
    const char* line;
    const char* host;
  };
  for (const auto& [url, line, host] : {
           Case{"http://example.test", "GET / HTTP/1.1", "example.test"},
           Case{"http://example.test:80/a?b=c", "GET /a?b=c HTTP/1.1", "example.test"},
           Case{"https://example.test:8443/x", "GET /x HTTP/1.1", "example.test:8443"},
           Case{"http://[::1]:8080/", "GET / HTTP/1.1", "[::1]:8080"},
       })
    EXPECT_EQ(built(url, {}),
              std::string(line) + "\r\nHost: " + host + "\r\n" + kAgent + kRun + "\r\n");
}

TEST(BuildRequest, TakesThePathOfTheRequestBeforeTheUrls) {
  model::HttpRequest own;
  own.path = "/own?q";
  EXPECT_TRUE(built("http://h/url", own).starts_with("GET /own?q HTTP/1.1\r\n"));
}

TEST(BuildRequest, LetsTheScenarioSetAnyHeader) {
  const auto text = built("http://h/", request("GET", {{"host", "other"},
                                                       {"USER-AGENT", "mine"},
                                                       {"x-rampart-run", "x"},
                                                       {"Accept", "*/*"}}));
  EXPECT_EQ(text,
            "GET / HTTP/1.1\r\nhost: other\r\nUSER-AGENT: mine\r\nx-rampart-run: x\r\n"
            "Accept: */*\r\n\r\n");
}

TEST(BuildRequest, SaysHowLongTheBodyIs) {
  struct Case {
    const char* what;
    model::HttpRequest request;
    const char* length;  // empty: no such header
  };
  const std::vector<Case> cases{
      {"a body", request("POST", {}, "a=1"), "Content-Length: 3\r\n"},
      {"a GET with a body", request("GET", {}, "x"), "Content-Length: 1\r\n"},
      {"a POST without", request("POST"), "Content-Length: 0\r\n"},
      {"a PUT without", request("PUT"), "Content-Length: 0\r\n"},
      {"a GET", request("GET"), ""},
      {"a HEAD", request("HEAD"), ""},
      {"a DELETE", request("DELETE"), ""},
  };
  for (const auto& [what, asked, length] : cases) {
    EXPECT_EQ(built("http://h/", asked), asked.method + " / HTTP/1.1\r\nHost: h\r\n" + kAgent +
                                             kRun + length + "\r\n" + asked.body)
        << what;
  }
}

TEST(BuildRequest, LeavesAFramingThatTheScenarioChose) {
  const auto own = built("http://h/", request("GET", {{"content-length", "9"}}, "abc"));
  EXPECT_EQ(own.find("Content-Length"), std::string::npos);
  const auto chunked =
      built("http://h/", request("POST", {{"Transfer-Encoding", "chunked"}}, "0\r\n\r\n"));
  EXPECT_EQ(chunked.find("Content-Length"), std::string::npos);
}

TEST(Expected, AnySuccessOrRedirectUnlessTheScenarioNamesOthers) {
  const model::HttpRequest any;
  model::HttpRequest named;
  named.expect_status = {201, 404};
  struct Case {
    std::uint16_t status;
    bool any;
    bool named;
  };
  for (const auto& [status, by_default, by_name] :
       {Case{101, false, false}, Case{199, false, false}, Case{200, true, false},
        Case{201, true, true}, Case{204, true, false}, Case{304, true, false},
        Case{399, true, false}, Case{400, false, false}, Case{404, false, true},
        Case{500, false, false}, Case{599, false, false}}) {
    EXPECT_EQ(expected(any, status), by_default) << status;
    EXPECT_EQ(expected(named, status), by_name) << status;
  }
}

}  // namespace
}  // namespace rampart::loadgen
