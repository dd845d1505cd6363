#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "replay.h"

// What a sender cannot do to hide from rules what its receiver takes.

namespace rampart::sniffer {
namespace {

using namespace test;
using namespace tcp_flag;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* kRules =
    "alert http any any -> any any (http.uri; content:\"evil\"; sid:1;)\n"
    "alert tcp any any -> any any (stream-event:reassembly_seq_gap; sid:2;)\n";
constexpr const char* kRequest = "GET /evil HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kHarmless = "GET /good HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr const char* kAnswer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
constexpr std::uint8_t kSynAck = kSyn | kAck;

// A connection step by step. Client data begins at 1001.
struct Hidden {
  Replay run;
  TcpTalk talk;
  Hidden() { run.rules = kRules; }

  void add(const Octets& frame) { run.add(frame); }
  void open() { run.add(talk.handshake()); }
  void request(const char* text) {
    run.add(talk.from_client(kAck, text));
    run.add(talk.from_server(kAck, kAnswer));
    run.add(talk.from_client(kAck));
  }
  // Nothing was hidden, and no byte is said to be missing.
  void expect_seen(const char* how) {
    request(kRequest);
    EXPECT_THAT(run.go(), ElementsAre(1)) << how;
    EXPECT_EQ(run.totals.stream_gaps, 0U) << how;
  }
};

TEST(PipelineStreams, a_syn_that_comes_again_with_data_adds_nothing) {
  for (const bool by_server : {false, true}) {
    Hidden h;
    h.open();
    h.request(kHarmless);
    h.add(by_server ? h.talk.at_server(5000, kSynAck, "0123456789")
                    : h.talk.at_client(1000, kSyn, "0123456789"));
    h.expect_seen(by_server ? "SYN-ACK" : "SYN");
  }
  // Nor where nothing came before it, so that its data would be the first of the stream.
  Hidden h;
  h.open();
  h.add(h.talk.at_client(1000, kSyn, "0123456789"));
  h.expect_seen("SYN after the handshake");
}

TEST(PipelineStreams, a_syn_after_the_answer_adds_nothing) {
  for (const std::uint32_t seq : {1000U, 1004U, 999U, 500U, 9000U}) {
    Hidden h;
    h.add(h.talk.from_client(kSyn));
    h.add(h.talk.from_server(kSynAck));
    h.add(h.talk.at_client(seq, kSyn, "zzzzzzzzz"));
    h.add(h.talk.from_client(kAck));
    h.expect_seen("a SYN of another number");
  }
}

TEST(PipelineStreams, a_syn_of_another_number_begins_anew) {
  Hidden h;
  h.add(h.talk.at_client(100'000, kSyn, "xxxxxxxxxx"));
  h.open();
  h.expect_seen("two SYNs");
}

TEST(PipelineStreams, data_of_a_syn_counts_where_it_was_acknowledged) {
  for (const bool taken : {true, false}) {
    Hidden h;
    const std::string first(kRequest, 8);
    h.add(h.talk.at_client(1000, kSyn, taken ? first : "GET /goo"));
    h.talk.client_seq = taken ? 1009 : 1001;
    h.add(h.talk.from_server(kSynAck));
    h.add(h.talk.from_client(kAck));
    h.request(taken ? kRequest + first.size() : kRequest);
    EXPECT_THAT(h.run.go(), ElementsAre(1)) << taken;
    EXPECT_EQ(h.run.totals.stream_gaps, 0U) << taken;
  }
}

// The one whose number is in the window, and the one that fits to the byte: RFC 5961, section 3.
TEST(PipelineStreams, a_reset_after_which_its_sender_goes_on_hides_nothing) {
  for (const std::uint32_t ahead : {0U, 1U, 500U})
    for (const bool by_server : {false, true}) {
      Hidden h;
      h.open();
      h.request(kHarmless);
      h.add(by_server ? h.talk.at_server(h.talk.server_seq + ahead, kRst | kAck)
                      : h.talk.at_client(h.talk.client_seq + ahead, kRst | kAck));
      h.expect_seen(by_server ? "by the server" : "by the client");
    }
}

TEST(PipelineStreams, a_fin_before_its_time_hides_nothing) {
  Hidden h;
  h.open();
  h.add(h.talk.at_client(h.talk.client_seq + 500, kFin | kAck));
  h.expect_seen("FIN");
}

TEST(PipelineStreams, what_a_reset_cut_off_is_judged_when_the_flow_ends) {
  Hidden h;
  h.run.rules =
      "alert http any any -> any any (http.request_body; content:\"evil\"; bsize:4; sid:1;)";
  h.open();
  h.add(h.talk.from_client(kAck, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nevil"));
  h.add(h.talk.from_server(kRst | kAck));
  h.run.add(60, ethernet(udp({}, 1, 2, "the closed flow's time passes")));
  EXPECT_THAT(h.run.go(), ElementsAre(1));
  EXPECT_EQ(h.run.seen.detections[0].flow_id != 0, true);
}

// What connections that were reset keep until their flows end must not take the others' memory.
TEST(PipelineStreams, many_resets_leave_memory_for_the_others) {
  Replay run;
  std::string requests;
  for (int i = 0; i < 70; ++i) requests += "GET / HTTP/1.1\r\n\r\n";
  for (int i = 0; i < 1200; ++i) {
    TcpTalk talk;
    talk.client_port = static_cast<std::uint16_t>(10'000 + i);
    run.add(i * 0.01, talk.from_client(kSyn));
    run.add(talk.from_server(kSynAck));
    run.add(talk.from_client(kAck, requests));
    run.add(talk.from_server(kRst | kAck));
  }
  run.go();
  EXPECT_EQ(run.stats.applications_left, 0U);
}

TEST(PipelineStreams, a_flow_is_closed_once) {
  Replay run;
  TcpTalk talk;
  run.add(talk.handshake());
  for (int i = 0; i < 3; ++i) {
    run.add(talk.at_client(talk.client_seq, kRst | kAck));
    run.add(talk.from_client(kAck, "not so"));
  }
  run.add(60 * 60, ethernet(udp({}, 1, 2, "the flow's time passes")));
  run.go();
  std::uint64_t closed = 0;
  for (const auto& interval : run.seen.intervals) closed += interval.flows_closed;
  EXPECT_EQ(closed, 1U);
}

}  // namespace
}  // namespace rampart::sniffer
