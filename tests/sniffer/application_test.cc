#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

// Rules on what applications say, through the whole pipeline.

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint8_t kData = tcp_flag::kAck | tcp_flag::kPsh;
constexpr std::uint8_t kEnd = tcp_flag::kAck | tcp_flag::kFin;

struct Talk {
  Replay run;
  TcpTalk talk;

  explicit Talk(const std::string& rules) {
    run.rules = rules;
    run.add(talk.handshake());
  }
  Talk& client(const std::string& text) {
    run.add(talk.from_client(kData, text));
    return *this;
  }
  Talk& server(const std::string& text) {
    run.add(talk.from_server(kData, text));
    return *this;
  }
  Talk& server_ends() {
    run.add(talk.from_server(kEnd));
    return *this;
  }
  std::vector<std::uint32_t> go() { return run.go(); }
};

TEST(Application, EachRequestOfAConnectionIsJudged) {
  EXPECT_THAT(
      Talk(
          R"(alert http any any -> any any (http.method; content:"GET"; http.uri; content:"/a"; sid:1;)
alert http any any -> any any (http.user_agent; content:"curl"; sid:2;))")
          .client("GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"
                  "GET /a%2e HTTP/1.1\r\nHost: x\r\nUser-Agent: cu")
          .client("rl/8\r\n\r\n")
          .go(),
      ElementsAre(1, 1, 2));
}

// The receiver must have taken what the protocol was recognised by.
TEST(Application, ARuleOnTheProtocolAloneBeginsWithTheNextPacket) {
  const auto request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
  EXPECT_THAT(Talk("alert http any any -> any any (sid:1;)").client(request).go(), IsEmpty());
  EXPECT_THAT(Talk("alert http any any -> any any (sid:1;)").client(request).server(answer).go(),
              ElementsAre(1));
  EXPECT_THAT(
      Talk(R"(alert http any any -> any any (http.uri; content:"/"; sid:1;))").client(request).go(),
      ElementsAre(1))
      << "one on its contents does not";
}

TEST(Application, AnAnswerThatEndsWithTheConnectionIsWhole) {
  const auto rules = R"(alert http any any -> any any (file.data; content:"abc"; bsize:6; sid:1;))";
  const auto request = "GET / HTTP/1.0\r\n\r\n";
  const auto answer = "HTTP/1.0 200 OK\r\n\r\nabc";
  EXPECT_THAT(Talk(rules).client(request).server(answer).server("def").server_ends().go(),
              ElementsAre(1));
  EXPECT_THAT(Talk(rules).client(request).server(answer).server("def").go(), ElementsAre(1))
      << "the capture ends before the connection";
  EXPECT_THAT(Talk(rules).client(request).server(answer).server_ends().go(), IsEmpty());
}

TEST(Application, WhatOneDirectionSetTheOtherMayAsk) {
  EXPECT_THAT(
      Talk(
          R"(alert http any any -> any any (flow:to_server; http.uri; content:"/login"; flowbits:set,login; flowbits:noalert; sid:1;)
alert http any any -> any any (flow:to_client; http.stat_code; content:"200"; flowbits:isset,login; sid:2;))")
          .client("GET /login HTTP/1.1\r\nHost: x\r\n\r\n")
          .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
          .go(),
      ElementsAre(2));
}

TEST(Application, APassedTransactionIsQuietAndItsPacketIsNot) {
  EXPECT_THAT(Talk(R"(pass http any any -> any any (http.uri; content:"/health"; sid:1;)
alert http any any -> any any (http.uri; content:"/"; sid:2;)
alert tcp any any -> any any (dsize:>0; flow:to_server; sid:3;))")
                  .client("GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
                  .client("GET /other HTTP/1.1\r\nHost: x\r\n\r\n")
                  .go(),
              ElementsAre(3));
}

TEST(Application, ProtocolsAreToldByWhatIsSaid) {
  const auto rules = R"(alert http any any -> any any (content:"/x"; sid:1;)
alert tls any any -> any any (content:"/x"; sid:2;))";
  EXPECT_THAT(Talk(rules).client("GET /x HTTP/1.1\r\nHost: x\r\n\r\n").go(), ElementsAre(1));
  EXPECT_THAT(Talk(rules).client("something /x else\r\n\r\n").go(), IsEmpty());
}

TEST(Application, NamesAskedForInDatagrams) {
  const std::string query(
      "\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x04"
      "evil\x07"
      "example\x00\x00\x01\x00\x01",
      30);
  const auto rules =
      R"(alert dns any any -> any any (dns.query; content:"evil.example"; bsize:12; sid:1;))";
  EXPECT_THAT(on_datagram(rules, query), ElementsAre(1));
  EXPECT_THAT(on_datagram(rules, query.substr(0, 20)), IsEmpty());
}

TEST(Application, ARequestThatComesWithTheSynWaitsForTheHandshake) {
  Replay run;
  run.rules =
      R"(alert http any any -> any any (flow:established,to_server; http.uri; content:"/early"; sid:1;))";
  const std::string request = "GET /early HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto size = static_cast<std::uint32_t>(request.size());
  const IpBuilder back{.source = ip("10.0.0.2"), .destination = ip("10.0.0.1")};
  run.add(ethernet(TcpBuilder{.seq = 1000, .flags = tcp_flag::kSyn, .payload = request}.build()));
  run.add(ethernet(TcpBuilder{.source_port = 80,
                              .destination_port = 40000,
                              .seq = 5000,
                              .ack = 1001 + size,
                              .flags = tcp_flag::kSyn | tcp_flag::kAck}
                       .build(back)));
  run.add(ethernet(TcpBuilder{.seq = 1001 + size, .ack = 5001}.build()));
  EXPECT_THAT(run.go(), ElementsAre(1));
}

}  // namespace
}  // namespace rampart::sniffer
