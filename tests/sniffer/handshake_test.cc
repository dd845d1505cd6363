#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

// What comes before a handshake is over, and after a connection's end, through the whole pipeline.

namespace rampart::sniffer {
namespace {

using namespace test;
using namespace tcp_flag;
using testing::ElementsAre;

constexpr auto kEstablished =
    "alert tcp any any -> any any (flow:established; content:\"needle\"; sid:1;)";

TEST(Handshake, an_answer_before_its_end_is_judged_when_it_is_over) {
  Replay run;
  run.rules =
      "alert tcp any any -> any any (flow:established,to_client; content:\"needle\"; sid:1;)";
  TcpTalk talk;
  run.add(talk.from_client(kSyn, "ask"));
  run.add(talk.from_server(kSyn | kAck));
  run.add(talk.from_server(kAck, "needle"));
  run.add(talk.from_client(kAck));
  EXPECT_THAT(run.go(), ElementsAre(1));
  EXPECT_EQ(run.seen.detections[0].source.port, talk.server_port) << "the server said it";
}

TEST(Handshake, an_answer_that_is_never_acknowledged_is_judged_at_the_end_as_what_it_is) {
  Replay run;
  run.rules =
      std::string(kEstablished) + "\nalert tcp any any -> any any (content:\"needle\"; sid:2;)";
  TcpTalk talk;
  run.add(talk.from_client(kSyn));
  run.add(talk.from_server(kSyn | kAck));
  run.add(talk.from_server(kAck, "needle"));
  EXPECT_THAT(run.go(), ElementsAre(2));
  EXPECT_EQ(run.stats.stream_late, 6U);
}

TEST(Handshake, one_that_begins_with_a_syn_and_a_fin_counts_where_the_server_answers) {
  for (const bool answers : {false, true}) {
    Replay run;
    run.rules = kEstablished;
    TcpTalk talk;
    run.add(talk.from_client(kSyn | kFin));
    if (answers) run.add(talk.from_server(kSyn | kAck));
    run.add(talk.from_client(kAck));
    run.add(talk.from_client(kAck, "needle"));
    EXPECT_EQ(run.go().size(), answers ? 1U : 0U);
  }
}

TEST(Handshake, what_follows_the_clients_reset_counts_where_the_server_takes_it) {
  for (const bool taken : {false, true}) {
    Replay run;
    run.rules = kEstablished;
    TcpTalk talk;
    run.add(talk.from_client(kSyn));
    run.add(talk.from_server(kSyn | kAck));
    run.add(talk.at_client(talk.client_seq, kRst));
    run.add(talk.from_client(kAck, "needle"));
    run.add(talk.from_server(taken ? kAck : kRst, taken ? "answer" : ""));
    EXPECT_EQ(run.go().size(), taken ? 1U : 0U);
  }
}

TEST(Handshake, data_sent_again_after_a_syn_ack_that_fits_are_judged) {
  Replay run;
  run.rules = kEstablished;
  TcpTalk talk;
  run.add(talk.from_client(kSyn));
  talk.client_seq -= 1000;  // the answer to another SYN
  run.add(talk.at_server(talk.server_seq, kSyn | kAck));
  talk.client_seq += 1000;
  run.add(talk.at_client(talk.client_seq, kAck, "needle"));
  run.add(talk.from_server(kSyn | kAck));
  run.add(talk.from_client(kAck, "needle"));
  EXPECT_THAT(run.go(), ElementsAre(1));
}

// A connection in which the client sends `text` and which both ends close.
void add_closed(Replay& run, TcpTalk& talk, const std::string& text) {
  run.add(talk.handshake());
  run.add(talk.from_client(kAck, text));
  run.add(talk.from_server(kAck));
  run.add(talk.from_client(kFin | kAck));
  run.add(talk.from_server(kFin | kAck));
  run.add(talk.from_client(kAck));
}

TEST(Handshake, a_connection_that_was_captured_twice_is_one) {
  Replay run;
  run.rules = "alert http any any -> any any (http.uri; content:\"/needle\"; sid:1;)";
  for (int copy = 0; copy < 2; ++copy) {
    TcpTalk talk;
    add_closed(run, talk, "GET /needle HTTP/1.1\r\n\r\n");
  }
  EXPECT_THAT(run.go(), ElementsAre(1));
  EXPECT_EQ(run.totals.flows, 1U);
}

// Its packets are looked at one by one: they need not be what they were.
TEST(Handshake, what_comes_after_the_end_is_no_stream) {
  Replay run;
  run.rules = kEstablished;
  TcpTalk first;
  add_closed(run, first, "xxxxxx");
  TcpTalk second;
  add_closed(run, second, "needle");
  EXPECT_THAT(run.go(), ElementsAre(1));
  EXPECT_EQ(run.totals.flows, 1U);
}

TEST(Handshake, a_new_answer_to_the_old_syn_is_a_new_connection) {
  Replay run;
  run.rules =
      "alert http any any -> any any (flow:established; http.uri; content:\"/needle\"; sid:1;)";
  for (const std::uint32_t number : {5000U, 9000U}) {
    TcpTalk talk;
    talk.server_seq = number;
    add_closed(run, talk, "GET /needle HTTP/1.1\r\n\r\n");
  }
  EXPECT_THAT(run.go(), ElementsAre(1, 1));
  EXPECT_EQ(run.totals.flows, 2U);
}

TEST(Handshake, a_request_that_comes_with_the_syn_waits_for_its_end) {
  Replay run;
  run.rules =
      R"(alert http any any -> any any (flow:established,to_server; http.uri; content:"/early"; sid:1;))";
  const std::string request = "GET /early HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto size = static_cast<std::uint32_t>(request.size());
  const IpBuilder back{.source = ip("10.0.0.2"), .destination = ip("10.0.0.1")};
  run.add(ethernet(TcpBuilder{.seq = 1000, .flags = kSyn, .payload = request}.build()));
  run.add(ethernet(TcpBuilder{.source_port = 80,
                              .destination_port = 40000,
                              .seq = 5000,
                              .ack = 1001 + size,
                              .flags = kSyn | kAck}
                       .build(back)));
  run.add(ethernet(TcpBuilder{.seq = 1001 + size, .ack = 5001}.build()));
  EXPECT_THAT(run.go(), ElementsAre(1));
}

}  // namespace
}  // namespace rampart::sniffer
