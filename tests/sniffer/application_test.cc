#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http2_builder.h"
#include "talk.h"

// Rules on what applications say, through the whole pipeline.

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

struct Talk : TalkSteps<Talk> {
  using TalkSteps::TalkSteps;
  std::vector<std::uint32_t> go() { return run.go(); }
};

std::string answer(const std::string& body, const std::string& fields = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields +
         "\r\n" + body;
}

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

TEST(Application, AnEventThatComesAgainInItsTransactionIsNoNews) {
  EXPECT_THAT(Talk("alert smtp any any -> any any (app-layer-event:smtp.duplicate_fields; sid:1;)")
                  .server("220 mx ESMTP\r\n")
                  .client("EHLO me\r\n")
                  .server("250 hi\r\n")
                  .client("EHLO me\r\n")
                  .server("250 hi\r\n")
                  .client("EHLO me\r\n")
                  .server("250 hi\r\n")
                  .go(),
              ElementsAre(1, 1))
      << "one for each side";
}

TEST(Application, EventsAreSeenFromBothSides) {
  const auto request = "GET / HTTP/1.1\r\nno colon\r\nHost: h\r\n\r\n";
  const auto event = "app-layer-event:http.request_field_missing_colon;";
  const auto rule = [&](const std::string& flow) {
    return "alert http any any -> any any (" + flow + event + " sid:1;)";
  };
  EXPECT_THAT(Talk(rule("flow:to_server;")).client(request).go(), ElementsAre(1));
  EXPECT_THAT(Talk(rule("flow:to_client;")).client(request).go(), ElementsAre(1));
  Talk both(rule(""));
  EXPECT_THAT(both.client(request).go(), ElementsAre(1, 1)) << "from each side";
  ASSERT_EQ(both.run.seen.detections.size(), 2U);
  EXPECT_EQ(both.run.seen.detections[0].source, both.run.seen.detections[1].destination);
}

TEST(Application, Http2IsJudgedLikeHttp) {
  EXPECT_THAT(Talk(R"(alert http any any -> any any (http.uri; content:"/a"; urilen:2; sid:1;)
alert http2 any any -> any any (http2.frametype:HEADERS; http.stat_code; content:"404"; sid:2;)
alert tcp any any -> any any (app-layer-protocol:http1; http.uri; content:"/a"; sid:3;)
alert tcp any any -> any any (app-layer-protocol:http2; flow:to_server; http.host; content:"a.example"; sid:4;)
alert http2 any any -> any any (http2.settings:SETTINGS_ENABLE_PUSH=0; sid:5;)
alert http2 any any -> any any (http2.settings:SETTINGS_ENABLE_PUSH>0; sid:6;))")
                  .client(kPreface + frame(FrameType::settings, 0, 0, number(2, 2) + number(0, 4)) +
                          get(1, "/a"))
                  .server(frame(FrameType::settings, 0, 0, "") + test::answer(1, "404", "none"))
                  .go(),
              testing::UnorderedElementsAre(1, 2, 4, 5));
}

TEST(Application, Http2HasTheLinesOfHttpAndFramesBehindAnEnd) {
  const auto rst = frame(FrameType::rst_stream, 0, 1, number(8, 4));
  EXPECT_THAT(
      Talk(
          R"(alert http any any -> any any (http.request_line; content:"GET /a HTTP/2"; bsize:13; sid:1;)
alert http any any -> any any (http.response_line; content:"HTTP/2 404"; bsize:10; sid:2;)
alert http any any -> any any (http.stat_msg; bsize:0; sid:3;)
alert http any any -> any any (http.request_header; content:":path|3a 20|/a"; bsize:9; sid:4;)
alert http1 any any -> any any (http.method; content:"GET"; sid:5;)
alert http2 any any -> any any (http2.frametype:rststream; sid:6;)
alert http2 any any -> any any (http2.errorcode:cancel; flow:to_server; sid:7;)
alert http2 any any -> any any (http2.frametype:SETTINGS; sid:8;)
alert http2 any any -> any any (http.protocol; content:"HTTP/2"; flow:to_client; sid:9;))")
          .client(kPreface + frame(FrameType::settings, 0, 0, "") + get(3, "/a") + get(1, "/x") +
                  rst)
          .server(frame(FrameType::settings, frame_flag::kAck, 0, "") + test::answer(3, "404", "n"))
          .go(),
      testing::UnorderedElementsAre(1, 2, 3, 4, 6, 7, 8, 9, 9));
}

TEST(Application, AConnectionGoesOnAsHttp2) {
  EXPECT_THAT(Talk(R"(alert http2 any any -> any any (http.stat_code; content:"200"; sid:1;)
alert tcp any any -> any any (app-layer-event:applayer_unexpected_protocol; sid:2;))")
                  .client("GET /a HTTP/1.1\r\nHost: h\r\nUpgrade: h2c\r\n\r\n")
                  .server("HTTP/1.1 101 Switching\r\nUpgrade: h2c\r\n\r\n" +
                          frame(FrameType::settings, 0, 0, "") + test::answer(1, "200", "x"))
                  .client(kPreface + frame(FrameType::settings, 1, 0, ""))
                  .go(),
              ElementsAre(1));
}

TEST(Application, TheHandshakesLastPacketIsNotEstablishedYet) {
  EXPECT_THAT(Talk(R"(alert tcp any any -> any any (flow:established; dsize:0; sid:1;)
alert tcp any any -> any any (flow:not_established; sid:2;)
alert tcp any any -> any any (flow:established,only_stream; sid:3;)
alert tcp any any -> any any (flow:established,only_stream; content:"a"; sid:4;))")
                  .client("a")
                  .server_ends()
                  .go(),
              ElementsAre(2, 2, 2, 4, 1));
}

TEST(Application, ARuleOnTheProtocolAloneAlertsOncePerDirection) {
  struct Case {
    const char* rule;
    std::size_t alerts;
  };
  const Case cases[] = {
      {"tcp any any -> any any (app-layer-protocol:http;", 2},
      {"ip any any -> any any (app-layer-protocol:!tls; app-layer-protocol:!smtp;", 2},
      {"tcp any any -> any 80 (app-layer-protocol:http;", 1},
      {"tcp any any -> any any (app-layer-protocol:http; flow:to_client;", 1},
      {"tcp any any -> any any (app-layer-protocol:http; flowbits:set,a; flowint:n,+,1;", 2},
      {"tcp any any -> any any (app-layer-protocol:tls;", 0},
      // Another condition makes it one on packets: those after their side's first was acknowledged.
      {"tcp any any -> any any (app-layer-protocol:http; flow:established;", 3},
      {"tcp any any -> any any (app-layer-protocol:http; ttl:>0;", 3},
      {"tcp any any -> any any (app-layer-protocol:http; flow:established,to_client;", 1},
      {"tcp any any -> any any (app-layer-protocol:http; dsize:>0;", 0},
      {"tcp any any -> any any (app-layer-protocol:http; content:\"GET\";", 1},
  };
  for (const auto& c : cases) {
    Talk talk("alert " + std::string(c.rule) + " sid:1;)");
    talk.client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    talk.run.add(talk.talk.from_server(tcp_flag::kAck));
    talk.server(answer("x"));
    talk.run.add(talk.talk.from_client(tcp_flag::kAck));
    EXPECT_EQ(talk.server_ends().client_ends().go().size(), c.alerts) << c.rule;
  }
}

TEST(Application, ThePacketThatTellsTheProtocolIsNotOfItYet) {
  EXPECT_THAT(Talk(R"(alert http any any -> any any (content:"GET"; dsize:>0; sid:1;)
alert http any any -> any any (content:"GET"; ttl:>0; sid:2;)
alert http any any -> any any (content:"GET"; sid:3;)
alert tcp-pkt any any -> any any (content:"GET"; sid:4;))")
                  .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
                  .server(answer("x"))
                  .client("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
                  .server(answer("x"))
                  .go(),
              testing::UnorderedElementsAre(1, 2, 3, 3, 4, 4));
}

TEST(Application, ContentsLookAtOneMessageOfHttpAfterTheOther) {
  Talk talk(R"(alert tcp-stream any any -> any any (content:"GET"; depth:3; sid:1;)
alert tcp-stream any any -> any any (content:"/a"; content:"/b"; sid:2;)
alert tcp-stream any any -> any any (content:"GET /b"; content:"Host"; distance:0; sid:3;)
alert tcp-stream any any -> any any (content:"HTTP"; startswith; sid:4;)
alert tcp-stream any any -> any any (content:"GET"; offset:1; sid:5;))");
  const auto both = [&](const std::string& get) {
    for (std::size_t at = 0; at < get.size(); at += 20) talk.client(get.substr(at, 20));
    talk.server(answer("x"));
  };
  both("GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
  both("GET /b HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_THAT(talk.go(), testing::UnorderedElementsAre(1, 1, 3, 4, 4));
}

TEST(Application, AMailServersSideIsNotRecognisedByItself) {
  Talk talk(
      "alert tcp any any -> any any (app-layer-protocol:smtp; sid:1;)\n"
      "alert tcp any any -> any any (app-layer-protocol:failed; sid:2;)");
  talk.server("220 mail.example ESMTP\r\n").client("EHLO a\r\n").server("250 mail\r\n");
  EXPECT_THAT(talk.client("QUIT\r\n").go(), testing::UnorderedElementsAre(1, 2));
  ASSERT_EQ(talk.run.seen.detections.size(), 2U);
  for (const auto& alert : talk.run.seen.detections)
    EXPECT_EQ(alert.destination.port == 80, alert.sid == 1);
}

TEST(Application, TransformsWithValuesAreSearchedApart) {
  EXPECT_THAT(Talk(R"x(alert http any any -> any any (http.uri; xor:"20"; content:"AB"; sid:1;)
alert http any any -> any any (http.uri; xor:"2000"; content:"aB"; sid:2;)
alert http any any -> any any (http.uri; xor:"ff"; content:"ab"; sid:3;)
alert http any any -> any any (http.uri; pcrexform:"id=(\d+)"; content:"42"; bsize:2; sid:4;)
alert http any any -> any any (http.uri; pcrexform:"id=(\d)"; content:"42"; sid:5;)
alert http any any -> any any (http.header; header_lowercase; content:"host|3a 20|H"; sid:6;)
alert http any any -> any any (http.uri; content:"ab"; ip.src; content:"|0a|"; startswith; sid:7;)
alert http any any -> any any (http.uri; content:"ab"; ip.dst; bsize:16; sid:8;))x")
                  .client("GET /ab?id=42 HTTP/1.1\r\nHost: H\r\n\r\n")
                  .go(),
              testing::UnorderedElementsAre(1, 2, 4, 6, 7));
}

TEST(Application, NothingIsSaidOfAFlowAfterABypass) {
  EXPECT_THAT(Talk(R"(alert http any any -> any any (http.uri; content:"/a"; bypass; sid:1;)
alert http any any -> any any (http.method; content:"GET"; sid:2;))")
                  .client("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
                  .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
                  .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
                  .go(),
              ElementsAre(2, 1, 2));
}

TEST(Application, HttpInsideATunnelIsFollowed) {
  EXPECT_THAT(
      Talk(R"(alert http any any -> any any (http.uri; content:"/inside"; startswith; sid:1;)
alert http any any -> any any (flow:to_client; file.data; content:"secret"; sid:2;)
alert http any any -> any any (http.uri; bsize:0; http.method; content:"CONNECT"; sid:3;)
alert http any any -> any any (app-layer-event:http.unable_to_match_response_to_request; sid:4;))")
          .client("CONNECT h:80 HTTP/1.1\r\nHost: h:80\r\n\r\n")
          .server("HTTP/1.1 200 Established\r\n\r\n")
          .client("GET /inside HTTP/1.1\r\nHost: h\r\n\r\n")
          .server(answer("a secret"))
          .go(),
      testing::UnorderedElementsAre(1, 2, 3));
}

TEST(Application, WhatAnInterimAnswerSaysIsShownToo) {
  const std::string interim = "HTTP/1.1 100 Continue\r\nX: 1\r\n\r\n";
  for (const bool apart : {false, true}) {
    Talk talk(R"(alert http any any -> any any (http.stat_code; content:"100"; sid:1;)
alert http any any -> any any (http.stat_code; content:"200"; sid:2;)
alert http any any -> any any (http.stat_code; content:"0"; sid:3;)
alert http any any -> any any (http.stat_code; content:!"302"; sid:4;)
alert http any any -> any any (http.stat_msg; pcre:"/^Continue$/"; sid:5;)
alert http any any -> any any (http.response_line; content:"200 OK"; sid:6;)
alert http any any -> any any (http.header; content:"X|3a 20|1"; sid:7;))");
    talk.client("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    if (apart)
      talk.server(interim).client("ab").server(answer("x"));
    else
      talk.server(interim + answer("x"));
    const std::vector<std::uint32_t> once{2, 3, 4, 6};
    const std::vector<std::uint32_t> both{1, 2, 3, 4, 5, 6};
    EXPECT_THAT(talk.go(), testing::UnorderedElementsAreArray(apart ? both : once)) << apart;
  }
}

TEST(Application, AConnectionThatIsTakenUpWithAnAnswerHasItsServerThere) {
  Replay run;
  run.options.midstream = true;
  run.rules =
      R"(alert http any 80 -> any any (flow:to_client; http.stat_code; content:"200"; sid:1;))";
  TcpTalk talk;
  run.add(talk.from_server(kData, answer("x")));
  run.add(talk.from_client(tcp_flag::kAck));
  EXPECT_THAT(run.go(), ElementsAre(1));
  ASSERT_EQ(run.seen.detections.size(), 1U);
  EXPECT_EQ(run.seen.detections[0].source.port, 80);
}

TEST(Application, ADropRuleEndsWhatIsSaidOfItsFlow) {
  for (const auto* action : {"drop", "reject", "alert"})
    EXPECT_EQ(Talk(std::string(action) +
                   R"( http any any -> any any (http.uri; content:"/a"; sid:1;)
alert http any any -> any any (http.uri; content:"/b"; sid:2;))")
                  .client("GET /a HTTP/1.1\r\nHost: h\r\n\r\n")
                  .client("GET /b HTTP/1.1\r\nHost: h\r\n\r\n")
                  .go()
                  .size(),
              action == std::string("alert") ? 2U : 1U)
        << action;
}

TEST(Application, MessagesOfSmbAreToldByContent) {
  const auto rules = R"(alert smb any any -> any any (content:"|FE|SMB"; offset:4; depth:4; sid:1;)
alert tcp any any -> any any (app-layer-protocol:failed; content:"SMB"; sid:2;))";
  const auto message = std::string("\0\0\0\x44\xFESMB", 8) + std::string(64, '\0');
  EXPECT_THAT(Talk(rules).client(message).go(), ElementsAre(1));
  const auto session = std::string("\x81\0\0\2xx", 6);
  EXPECT_THAT(Talk("alert smb any any -> any any (content:\"|FF|SMB\"; sid:1;)")
                  .client(session)
                  .server(std::string("\x82\0\0\0", 4))
                  .client(std::string("\0\0\0\x44\xFFSMB", 8) + std::string(64, '\0'))
                  .go(),
              ElementsAre(1));
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

}  // namespace
}  // namespace rampart::sniffer
