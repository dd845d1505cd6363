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

TEST(HttpMessage, a_tunnel_in_many_tunnels_is_followed) {
  for (const int tunnels : {1, 8, 9, 40}) {
    Talk talk(R"(alert http any any -> any any (http.uri; content:"/evil"; sid:1;))");
    for (int i = 0; i < tunnels; ++i)
      talk.client("CONNECT h:80 HTTP/1.1\r\nHost: h\r\n\r\n").server("HTTP/1.1 200 OK\r\n\r\n");
    EXPECT_THAT(talk.client("GET /evil" + kHead).go(), ElementsAre(1)) << tunnels;
  }
}

}  // namespace
}  // namespace rampart::sniffer
