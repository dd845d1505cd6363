#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "talk.h"

// Contents without a buffer, where messages of HTTP and segments do not end together.

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;

struct Talk : TalkSteps<Talk> {
  using TalkSteps::TalkSteps;
  std::vector<std::uint32_t> go() { return run.go(); }
};

const std::string kHead = " HTTP/1.1\r\nHost: h\r\n\r\n";

std::string answer(const std::string& body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string on_stream(const std::string& options) {
  return "alert tcp-stream any any -> any any (" + options + " sid:1;)";
}

TEST(HttpMessage, one_that_begins_within_a_segment_is_seen_from_its_first_byte) {
  struct Case {
    const char* rule;
    std::size_t alerts;
  };
  const Case cases[] = {
      {R"(content:"GET /evil"; startswith; content:"Cookie"; fast_pattern;)", 1},
      {R"(content:"/evil"; offset:4; depth:5; content:"Cookie";)", 1},
      {R"(content:"Cookie"; content:"/evil";)", 1},
      {R"(content:"Cookie|3a| c"; offset:20; depth:9;)", 1},
      {R"(content:"/a "; content:"Cookie";)", 0},
  };
  for (const auto& c : cases)
    for (const std::size_t cut : {20, 23}) {
      const std::string second = "GET /evil HTTP/1.1\r\nCookie: c\r\nHost: h\r\n\r\n";
      EXPECT_EQ(Talk(on_stream(c.rule))
                    .client("GET /a" + kHead + second.substr(0, cut))
                    .client(second.substr(cut))
                    .go()
                    .size(),
                c.alerts)
          << c.rule << " cut at " << cut;
    }
}

// libhtp tells that a request is complete once it has seen the next one's first line.
TEST(HttpMessage, a_first_line_that_is_cut_is_seen) {
  for (const auto* rule : {R"(content:"/evil";)", R"(content:"GET /evil";)",
                           R"(content:"GET /ev"; content:"il HTTP"; distance:0;)",
                           R"(content:"GET"; content:"evil"; distance:2; within:4;)"})
    for (const std::string begin : {"G", "GET", "GET /ev", "GET /evi"})
      EXPECT_EQ(Talk(on_stream(rule))
                    .client("GET /a" + kHead + begin)
                    .client(("GET /evil" + kHead).substr(begin.size()))
                    .go()
                    .size(),
                1U)
          << rule << " after " << begin;
}

TEST(HttpMessage, a_body_ends_where_its_length_says) {
  const std::string post = "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\n\r\n";
  const auto rule = on_stream(R"(content:"GET /evil"; startswith; content:"Host"; fast_pattern;)");
  const std::string line = "GET /evil HTTP/1.1\r\nHo";
  const std::string rest = "st: h\r\n\r\n";
  EXPECT_THAT(Talk(rule).client(post + "body" + line).client(rest).go(), ElementsAre(1));
  EXPECT_THAT(Talk(rule).client(post + "bo").client("dy" + line).client(rest).go(), ElementsAre(1));
}

TEST(HttpMessage, where_the_end_is_not_known_nothing_is_hidden) {
  const std::string post = "POST /a HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  EXPECT_THAT(Talk(on_stream(R"(content:"/evil";)"))
                  .client(post + "4\r\nbody\r\n0\r\n\r\nGET /ev")
                  .client("il" + kHead)
                  .go(),
              ElementsAre(1));
  EXPECT_THAT(Talk(on_stream(R"(content:"EVIL"; content:"Host|3a| evil"; distance:0;)"))
                  .client("GET /a" + kHead + "EVIL /x HTTP/1.1\r\n")
                  .client("Host: evil\r\n\r\n")
                  .go(),
              ElementsAre(1))
      << "libhtp does not know the method and takes the line for a body";
}

TEST(HttpMessage, pipelined_answers_are_seen_from_their_first_byte) {
  const auto second = answer("evil");
  Talk talk(on_stream(R"(flow:to_client; content:"HTTP"; startswith; content:"evil";)"));
  talk.client("GET /a" + kHead + "GET /b" + kHead);
  EXPECT_THAT(talk.server(answer("x") + second.substr(0, 30)).server(second.substr(30)).go(),
              ElementsAre(1));
}

TEST(HttpMessage, what_a_tunnel_begins_with_is_seen) {
  EXPECT_THAT(Talk(on_stream(R"(flow:to_client; content:"evil";)"))
                  .client("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n")
                  .server("HTTP/1.1 200 OK\r\n\r\nxx ev")
                  .server("il xx")
                  .go(),
              ElementsAre(1));
}

TEST(HttpMessage, a_tunnel_in_many_tunnels_is_followed) {
  for (const int tunnels : {1, 8, 9, 40}) {
    Talk talk(R"(alert http any any -> any any (http.uri; content:"/evil"; sid:1;))");
    for (int i = 0; i < tunnels; ++i)
      talk.client("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_THAT(talk.client("GET /evil" + kHead).go(), ElementsAre(1)) << tunnels;
  }
}

// What was said before it was known to be HTTP goes to the parser turn by turn.
TEST(HttpMessage, turns_that_were_kept_are_not_hidden) {
  EXPECT_THAT(Talk(on_stream(R"(content:"/evil";)"))
                  .client("G")
                  .server("x")
                  .client("ET /a" + kHead + "GET /ev")
                  .client("il" + kHead)
                  .go(),
              ElementsAre(1));
}

}  // namespace
}  // namespace rampart::sniffer
