#include "sniffer/flow/stream_event.h"

#include <gtest/gtest.h>

#include "replay.h"
#include "sniffer/flow/tcp_tracker.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using namespace tcp_flag;
using enum StreamEvent;

TEST(StreamEvent, each_has_a_name_of_its_own_that_leads_back_to_it) {
  for (std::size_t i = 0; i < kStreamEvents; ++i) {
    const auto event = static_cast<StreamEvent>(i);
    EXPECT_EQ(stream_event_of(to_string(event)), event) << to_string(event);
  }
  EXPECT_EQ(stream_event_of("3whs_synack_with_wrong_ack"), handshake_synack_with_wrong_ack);
  EXPECT_FALSE(stream_event_of("wrong_thread")) << "there is one thread only";
  EXPECT_FALSE(stream_event_of(""));
}

// One packet of a connection. `c` is sent by the client.
struct Sent {
  bool c;
  std::uint8_t flags;
  std::uint32_t seq, ack;
  std::uint32_t size = 0;
  std::uint32_t timestamp = 0;  // 0: none
  std::uint32_t echo = 0;
  double seconds = 0;
};

Packet packet(const Sent& sent) {
  Packet p;
  p.time = at(sent.seconds);
  p.proto = ip_proto::kTcp;
  p.transport = true;
  p.flags = sent.flags;
  p.seq = sent.seq;
  p.ack = sent.ack;
  p.window = 8192;
  p.payload_size = sent.size;
  p.timestamped = sent.timestamp != 0;
  p.timestamp = sent.timestamp;
  p.timestamp_echo = sent.echo;
  return p;
}

std::string names_of(const StreamEvents& events) {
  std::string out;
  events.for_each(
      [&](StreamEvent e) { out += (out.empty() ? "" : " ") + std::string(to_string(e)); });
  return out;
}

constexpr std::uint8_t kSynAck = kSyn | kAck, kFinAck = kFin | kAck;
using Talk = std::vector<Sent>;

const Talk kAsked{{true, kSyn, 100, 0}};
const Talk kAnswered{{true, kSyn, 100, 0}, {false, kSynAck, 500, 101}};
const Talk kOpen{{true, kSyn, 100, 0}, {false, kSynAck, 500, 101}, {true, kAck, 101, 501}};

Talk operator+(Talk a, const Talk& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
const Talk kClientFin = kOpen + Talk{{true, kFinAck, 101, 501}};
const Talk kServerFin = kOpen + Talk{{false, kFinAck, 501, 101}};
const Talk kServerFinAcked = kServerFin + Talk{{true, kAck, 101, 502}};
const Talk kBothServerFirst = kServerFin + Talk{{true, kFinAck, 101, 501}};
const Talk kTimeWait = kServerFinAcked + Talk{{true, kFinAck, 101, 502}};
const Talk kLastAck = kClientFin + Talk{{false, kFinAck, 501, 102}};

// The remarks on the last packet, and whether it belongs to the connection.
struct Case {
  const char* remarks;
  bool acceptable;
  Talk talk;
};

template <std::size_t kCount>
void check(const Case (&cases)[kCount]) {
  for (std::size_t i = 0; i < kCount; ++i) {
    TcpTracker tracker;
    TcpEvent event;
    for (const auto& sent : cases[i].talk) event = tracker.update(packet(sent), sent.c, false);
    EXPECT_EQ(names_of(event.remarks), cases[i].remarks) << "case " << i;
    EXPECT_EQ(event.acceptable, cases[i].acceptable) << "case " << i << ": " << cases[i].remarks;
  }
}

TEST(StreamEvent, of_the_handshake) {
  const Case cases[] = {
      {"", true, kAsked},
      {"", true, kAnswered},
      {"", true, kOpen},
      {"fin_but_no_session", false, {{true, kFinAck, 100, 5}}},
      {"rst_but_no_session", false, {{true, kRst, 100, 0}}},
      {"pkt_broken_ack", true, {{true, kSyn, 100, 7}}},
      {"fin_but_no_session", false, {{true, kSyn | kFin, 100, 0}}},
      {"rst_but_no_session", false, {{true, kSyn | kFin, 100, 0}, {true, kSyn | kRst, 100, 0}}},
      {"", true, {{true, kSyn | kFin, 100, 0}, {false, kSynAck, 500, 101}}},
      {"", false, {{true, kSyn | kFin, 100, 0}, {false, kSynAck, 500, 102}}},
      {"", false, kAsked + Talk{{false, kAck, 500, 101}}},
      {"", true, kAnswered + Talk{{false, kAck, 501, 101, 10}}},
      {"3whs_synack_in_wrong_direction", false, kAsked + Talk{{true, kSynAck, 100, 1}}},
      {"3whs_synack_with_wrong_ack", false, kAsked + Talk{{false, kSynAck, 500, 77}}},
      {"rst_invalid_ack pkt_invalid_ack", false, kAsked + Talk{{false, kRst | kAck, 0, 77}}},
      {"", true, kAsked + Talk{{false, kRst | kAck, 0, 101}}},
      {"", true, kAsked + Talk{{true, kSyn, 100, 0}}},
      {"fin_syn", true, kAsked + Talk{{true, kSyn | kFin, 100, 0}}},
      {"", true, kAnswered + Talk{{false, kSynAck, 500, 101}}},
      {"3whs_synack_resend_with_different_ack", true, kAnswered + Talk{{false, kSynAck, 500, 90}}},
      {"3whs_synack_resend_with_diff_seq", false, kAnswered + Talk{{false, kSynAck, 600, 101}}},
      {"3whs_synack_toserver_on_syn_recv", true, kAnswered + Talk{{true, kSynAck, 100, 501}}},
      {"3whs_syn_resend_diff_seq_on_syn_recv", false, kAnswered + Talk{{true, kSyn, 200, 0}}},
      {"3whs_syn_toclient_on_syn_recv", false, kAnswered + Talk{{false, kSyn, 200, 0}}},
      {"3whs_right_seq_wrong_ack_evasion", false, kAnswered + Talk{{true, kAck, 101, 900}}},
      {"3whs_right_seq_wrong_ack_evasion", false, kAnswered + Talk{{true, kAck, 101, 500}}},
      {"3whs_wrong_seq_wrong_ack", false, kAnswered + Talk{{true, kAck, 102, 900}}},
      {"3whs_wrong_seq_wrong_ack", false, kAnswered + Talk{{true, kAck, 9'000'000, 900}}}};
  check(cases);
}

TEST(StreamEvent, of_an_established_connection) {
  const auto after = [](const Sent& sent) { return kOpen + Talk{sent}; };
  const Talk said = kOpen + Talk{{true, kAck, 101, 501, 50}, {false, kAck, 501, 151}};
  const Case cases[] = {
      {"", true, said},
      {"", true, kOpen + Talk{{true, kAck, 101, 501, 50}, {true, kAck, 101, 501, 50}}},
      {"pkt_spurious_retransmission", true, said + Talk{{true, kAck, 101, 501, 50}}},
      {"est_pkt_before_last_ack pkt_spurious_retransmission", true,
       said + Talk{{true, kAck, 101, 501, 20}}},
      {"est_packet_out_of_window", false, after({true, kAck, 90'000'000, 501, 5})},
      {"fin_out_of_window", false, after({true, kFinAck, 90'000'000, 501})},
      {"", true, after({true, kAck, 101, 501 + 8192})},
      {"est_invalid_ack pkt_invalid_ack", false, after({true, kAck, 101, 501 + 8193})},
      {"est_invalid_ack pkt_invalid_ack", false, after({true, kAck, 101, 501U - 65536})},
      {"fin_invalid_ack pkt_invalid_ack", false, after({true, kFinAck, 101, 90'000})},
      {"rst_invalid_ack pkt_invalid_ack", false, after({true, kRst | kAck, 101, 90'000})},
      {"", true, after({false, kSynAck, 500, 101})},
      {"est_synack_resend", true, said + Talk{{false, kSynAck, 500, 151}}},
      {"est_synack_resend_with_different_ack", true, said + Talk{{false, kSynAck, 500, 101}}},
      {"est_synack_resend_with_different_ack", true, after({false, kSynAck, 500, 99})},
      {"est_synack_resend_with_diff_seq", false, after({false, kSynAck, 700, 101})},
      {"est_synack_toserver", true, after({true, kSynAck, 100, 501})},
      {"est_syn_resend", true, after({true, kSyn, 100, 0})},
      {"est_syn_resend_diff_seq", false, after({true, kSyn, 800, 0})},
      {"est_syn_toclient", false, after({false, kSyn, 800, 0})}};
  check(cases);
}

TEST(StreamEvent, of_a_connection_that_closes) {
  const Sent wrong_seq{true, kAck, 90'000'000, 501};
  const Sent wrong_seq_fin{true, kFinAck, 90'000'000, 501};
  const Sent wrong_ack{true, kAck, 101, 90'000};
  struct State {
    const Talk& talk;
    const char *seq, *fin, *ack;
  };
  const State states[] = {
      {kClientFin, "closewait_ack_out_of_window", "closewait_fin_out_of_window",
       "closewait_invalid_ack"},
      {kServerFin, "fin1_ack_wrong_seq", "fin1_fin_wrong_seq", "fin1_invalid_ack"},
      {kServerFinAcked, "fin2_ack_wrong_seq", "fin2_fin_wrong_seq", "fin2_invalid_ack"},
      {kBothServerFirst, "closing_ack_wrong_seq", "closing_ack_wrong_seq", "closing_invalid_ack"},
      {kTimeWait, "timewait_ack_wrong_seq", "timewait_ack_wrong_seq", "timewait_invalid_ack"},
      {kLastAck, "lastack_ack_wrong_seq", "lastack_ack_wrong_seq", "lastack_invalid_ack"}};
  for (const auto& s : states) {
    const auto ack = std::string(s.ack) + " pkt_invalid_ack";
    const Case cases[] = {{s.seq, false, s.talk + Talk{wrong_seq}},
                          {s.fin, false, s.talk + Talk{wrong_seq_fin}},
                          {ack.c_str(), false, s.talk + Talk{wrong_ack}}};
    check(cases);
  }
  const Case others[] = {{"pkt_retransmission pkt_spurious_retransmission", true,
                          kOpen + Talk{{true, kAck, 101, 501, 50},
                                       {false, kFinAck, 501, 151},
                                       {true, kAck, 101, 502, 50}}},
                         {"", true, kTimeWait + Talk{{false, kAck, 502, 102}}},
                         {"shutdown_syn_resend", false, kClientFin + Talk{{true, kSyn, 800, 0}}},
                         {"closewait_pkt_before_last_ack pkt_spurious_retransmission", true,
                          kOpen + Talk{{true, kAck, 101, 501, 50},
                                       {false, kAck, 501, 151},
                                       {true, kFinAck, 151, 501},
                                       {true, kAck, 101, 501, 50}}}};
  check(others);
}

TEST(StreamEvent, of_timestamps_of_the_past) {
  const Talk open{{true, kSyn, 100, 0, 0, 1000},
                  {false, kSynAck, 500, 101, 0, 7000, 1000},
                  {true, kAck, 101, 501, 0, 1010, 7000}};
  const Talk asked{{true, kSyn, 100, 0, 0, 1000}};
  // Offered by one side alone they mean nothing (RFC 7323, section 3.2).
  const Talk by_client{{true, kSyn, 100, 0, 0, 1000},
                       {false, kSynAck, 500, 101},
                       {true, kAck, 101, 501, 0, 1010, 7000},
                       {false, kAck, 501, 101, 0, 7000, 1010}};
  const Talk by_server{{true, kSyn, 100, 0},
                       {false, kSynAck, 500, 101, 0, 7000},
                       {true, kAck, 101, 501, 0, 1010, 7000}};
  constexpr double kMonth = 30 * 86400.0;
  const Case cases[] = {
      {"", true, open + Talk{{true, kAck, 101, 501, 5, 1010, 7000}}},
      {"", true, open + Talk{{true, kAck, 101, 501, 5, 1009, 7000}}},
      {"pkt_invalid_timestamp", false, open + Talk{{true, kAck, 101, 501, 5, 1008, 7000}}},
      {"", true, open + Talk{{true, kAck, 101, 501, 5, 1008, 7000, kMonth}}},
      {"", true, open + Talk{{true, kAck, 101, 501, 5}}},
      {"", true, open + Talk{{true, kRst, 101, 0, 0, 5, 0}}},
      {"", true, by_client + Talk{{true, kAck, 101, 501, 5, 5, 7000}}},
      {"", true, by_client + Talk{{false, kAck, 501, 101, 5, 5, 7000}}},
      {"", true, by_server + Talk{{true, kAck, 101, 501, 5, 5, 7000}}},
      {"", true, by_server + Talk{{false, kAck, 501, 101, 5, 5, 1010}}},
      // Behind a hole: the receiver does not remember it, so what fills the hole is still good.
      {"", true,
       open + Talk{{true, kAck, 151, 501, 50, 1500, 7000}, {true, kAck, 101, 501, 50, 1400, 7000}}},
      {"", true, asked + Talk{{false, kSynAck, 500, 101, 0, 7000, 0}}},
      {"pkt_invalid_timestamp", false, asked + Talk{{false, kSynAck, 500, 101, 0, 7000, 999}}},
      {"pkt_invalid_timestamp", false, asked + Talk{{false, kRst | kAck, 0, 101, 0, 100, 100}}},
      // The answer may be to the SYN that was sent again, or to the first.
      {"", true,
       asked + Talk{{true, kSyn, 100, 0, 0, 2000}, {false, kSynAck, 500, 101, 0, 7000, 2000}}},
      {"", true,
       asked + Talk{{true, kSyn, 100, 0, 0, 2000}, {false, kSynAck, 500, 101, 0, 7000, 1000}}},
      {"pkt_invalid_timestamp", false,
       asked + Talk{{true, kSyn, 100, 0, 0, 2000}, {false, kSynAck, 500, 101, 0, 7000, 2001}}}};
  check(cases);
}

TEST(StreamEvent, of_resets_that_their_sender_did_not_send) {
  const Talk reset = kOpen + Talk{{true, kRst | kAck, 101, 501}};
  const Case cases[] = {
      {"suspected_rst_inject", true, reset + Talk{{true, kAck, 101, 501, 20}}},
      {"", true, reset + Talk{{true, kAck, 101, 501, 20}, {true, kAck, 121, 501, 20}}},
      {"suspected_rst_inject", true,
       kAsked + Talk{{false, kRst | kAck, 0, 101}, {false, kSynAck, 500, 101}}},
      {"", false, kAsked + Talk{{false, kRst | kAck, 0, 101}, {false, kSynAck, 500, 90}}},
      {"", true, reset + Talk{{true, kAck, 101, 501}}},
      {"", true, reset + Talk{{false, kAck, 501, 101, 20}}}};
  check(cases);
  TcpTracker tracker;
  for (const auto& sent : reset + Talk{{true, kAck, 101, 501, 20}})
    tracker.update(packet(sent), sent.c, false);
  EXPECT_EQ(tracker.state(), TcpState::established) << "it goes on";
  TcpTracker asked;
  for (const auto& sent : kAsked + Talk{{true, kRst, 101, 0}})
    asked.update(packet(sent), sent.c, false);
  EXPECT_EQ(asked.state(), TcpState::syn_sent) << "a reset for an answer that nobody believed";
}

constexpr const char* kSegmentRules =
    "alert tcp any any -> any any (stream-event:reassembly_seq_gap; sid:1;)\n"
    "alert tcp any any -> any any (stream-event:reassembly_overlap_different_data; sid:2;)\n"
    "alert tcp any any -> any any (stream-event:reassembly_no_segment; sid:3;)\n";

struct Segment {
  std::uint32_t at;
  std::string bytes;
};

std::vector<std::uint32_t> on_segments(const std::vector<Segment>& segments,
                                       std::size_t memory = std::size_t{1} << 20U) {
  Replay run;
  run.rules = kSegmentRules;
  run.options.stream_memory = memory;
  TcpTalk talk;
  run.add(talk.handshake());
  const auto begin = talk.client_seq;
  for (const auto& s : segments) run.add(talk.at_client(begin + s.at, kAck, s.bytes));
  talk.client_seq = begin + 100;
  run.add(talk.at_server(talk.server_seq, kAck));  // acknowledges 100 bytes
  run.add(talk.at_client(begin + 100, kAck));
  return run.go();
}

TEST(StreamEvent, of_what_segments_carry) {
  using Sids = std::vector<std::uint32_t>;
  EXPECT_EQ(on_segments({{0, "aaaa"}, {4, "bbbb"}}), Sids{});
  EXPECT_EQ(on_segments({{0, "aaaa"}, {0, "aaaa"}}), Sids{});
  EXPECT_EQ(on_segments({{0, "aaaa"}, {0, "aaxa"}}), Sids{2});
  EXPECT_EQ(on_segments({{0, "aaaa"}, {2, "aabb"}}), Sids{});
  EXPECT_EQ(on_segments({{0, "aaaa"}, {2, "axbb"}}), Sids{2});
  EXPECT_EQ(on_segments({{0, "aaaa"}, {3, "x"}}), Sids{}) << "a keep-alive probe";
  EXPECT_EQ(on_segments({{8, "cccc"}, {8, "cccc"}}), Sids{1}) << "never filled";
  EXPECT_EQ(on_segments({{8, "cccc"}, {6, "ddxc"}}), (Sids{2, 1}));
  EXPECT_EQ(on_segments({{8, "cccc"}, {9, "cccc"}, {0, "aaaabbbb"}}), Sids{});
  EXPECT_EQ(on_segments({{8, std::string(1000, 'c')}}, 500), Sids{3});
}

TEST(StreamEvent, rules_ask_for_events_beside_other_things) {
  Replay run;
  run.rules =
      "alert tcp any any -> any any (stream-event:pkt_spurious_retransmission; flow:to_server; "
      "content:\"abc\"; sid:1;)\n"
      "alert tcp any any -> any any (stream-event:pkt_spurious_retransmission; content:\"xyz\"; "
      "sid:2;)\n"
      "alert tcp any any -> any any (stream-event:pkt_spurious_retransmission; "
      "flowint:n,+,1; noalert; sid:3;)\n"
      "alert tcp any any -> any any (flowint:n,==,2; flowbits:isnotset,told; flowbits:set,told; "
      "sid:4;)\n";
  TcpTalk talk;
  run.add(talk.handshake());
  const auto seq = talk.client_seq;
  run.add(talk.from_client(kAck, "abc"));
  run.add(talk.from_server(kAck));
  run.add(talk.at_client(seq, kAck, "abc"));
  run.add(talk.at_client(seq, kAck, "abc"));
  run.add(talk.from_server(kAck));
  EXPECT_EQ(run.go(), (std::vector<std::uint32_t>{1, 1, 4}));
}

}  // namespace
}  // namespace rampart::sniffer
