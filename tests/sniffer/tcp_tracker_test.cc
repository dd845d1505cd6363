#include "sniffer/flow/tcp_tracker.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using namespace tcp_flag;

constexpr bool kToServer = true;
constexpr bool kToClient = false;

Packet packet(double seconds, std::uint8_t flags, std::uint32_t seq, std::uint32_t ack,
              std::uint32_t size = 0, std::uint16_t window = 65535) {
  Packet p;
  p.time = at(seconds);
  p.proto = ip_proto::kTcp;
  p.transport = true;
  p.flags = flags;
  p.seq = seq;
  p.ack = ack;
  p.window = window;
  p.payload_size = size;
  return p;
}

// SYN at 0 s, SYN-ACK at 10 ms, ACK at 15 ms; client data begins at 101, server data at 501.
TcpTracker connected() {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  t.update(packet(0.010, kSyn | kAck, 500, 101), kToClient, false);
  EXPECT_TRUE(t.update(packet(0.015, kAck, 101, 501), kToServer, false).handshake);
  return t;
}

TEST(TcpTracker, follows_a_connection_from_syn_to_fin) {
  TcpTracker t;
  EXPECT_FALSE(t.update(packet(0, kSyn, 100, 0), kToServer, false).handshake);
  EXPECT_EQ(t.state(), TcpState::syn_sent);
  t.update(packet(0.010, kSyn | kAck, 500, 101), kToClient, false);
  EXPECT_EQ(t.state(), TcpState::syn_received);
  EXPECT_FALSE(t.established());
  const auto done = t.update(packet(0.015, kAck, 101, 501), kToServer, false);
  EXPECT_TRUE(done.handshake);
  EXPECT_EQ(done.rtt, base::Nanos(15'000'000)) << "both legs";
  EXPECT_TRUE(t.established());
  EXPECT_FALSE(t.update(packet(1, kFin | kAck, 101, 501), kToServer, false).closed);
  EXPECT_EQ(t.state(), TcpState::closing);
  EXPECT_TRUE(t.update(packet(1, kFin | kAck, 501, 102), kToClient, false).closed);
  EXPECT_EQ(t.state(), TcpState::closed);
  EXPECT_FALSE(t.update(packet(1, kAck, 102, 502), kToServer, false).closed) << "closes once";
}

// FreeBSD with net.inet.tcp.drop_synfin=0 answers such a segment.
TEST(TcpTracker, a_syn_with_a_fin_opens_where_the_server_answers_it) {
  for (const bool midstream : {false, true}) {
    TcpTracker t;
    EXPECT_FALSE(t.update(packet(0, kSyn | kFin, 100, 0), kToServer, midstream).acceptable);
    EXPECT_EQ(t.state(), TcpState::none);
    EXPECT_TRUE(t.update(packet(0.01, kSyn | kAck, 500, 101), kToClient, midstream).acceptable);
    EXPECT_TRUE(t.update(packet(0.02, kAck, 101, 501), kToServer, midstream).handshake);
    EXPECT_TRUE(t.established());
    EXPECT_EQ(t.stream_start(true), 101U);
    EXPECT_EQ(t.stream_start(false), 501U);
  }
  TcpTracker t;
  t.update(packet(0, kSyn | kFin, 100, 0), kToServer, false);
  EXPECT_FALSE(t.update(packet(0.01, kSyn | kAck, 500, 1), kToClient, false).acceptable);
  EXPECT_FALSE(t.update(packet(0.02, kAck, 101, 501), kToServer, false).acceptable);
  EXPECT_EQ(t.state(), TcpState::none) << "the answer to another";
}

TEST(TcpTracker, a_repeated_syn_gives_no_round_trip) {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  EXPECT_TRUE(t.update(packet(1, kSyn, 100, 0), kToServer, false).retransmit);
  t.update(packet(1.010, kSyn | kAck, 500, 101), kToClient, false);
  const auto done = t.update(packet(1.015, kAck, 101, 501), kToServer, false);
  EXPECT_TRUE(done.handshake);
  EXPECT_FALSE(done.rtt);
}

TEST(TcpTracker, an_ack_that_overtook_is_made_up_for) {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  t.update(packet(0.001, kAck, 101, 501), kToServer, false);
  t.update(packet(0.002, kSyn | kAck, 500, 101), kToClient, false);
  t.update(packet(0.003, kAck, 501, 101, 10), kToClient, false);
  const auto done = t.update(packet(0.004, kAck, 101, 511), kToServer, false);
  EXPECT_TRUE(done.handshake);
  EXPECT_FALSE(done.rtt);
}

TEST(TcpTracker, a_syn_ack_must_answer_the_syn) {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  EXPECT_FALSE(t.update(packet(0, kSyn | kAck, 500, 99), kToClient, false).acceptable);
  EXPECT_FALSE(t.update(packet(0, kSyn | kAck, 500, 5000), kToClient, false).acceptable);
  EXPECT_EQ(t.state(), TcpState::syn_sent);
}

TEST(TcpTracker, counts_retransmissions_but_no_keep_alives) {
  auto t = connected();
  EXPECT_FALSE(t.update(packet(1, kAck, 101, 501, 100), kToServer, false).retransmit);
  EXPECT_TRUE(t.update(packet(1, kAck, 101, 501, 100), kToServer, false).retransmit);
  EXPECT_TRUE(t.update(packet(1, kAck, 151, 501, 100), kToServer, false).retransmit) << "partly";
  EXPECT_FALSE(t.update(packet(1, kAck, 250, 501, 1), kToServer, false).retransmit) << "keep-alive";
  EXPECT_FALSE(t.update(packet(1, kAck, 251, 501, 10), kToServer, false).retransmit);
}

TEST(TcpTracker, sees_zero_windows) {
  auto t = connected();
  EXPECT_TRUE(t.update(packet(1, kAck, 501, 101, 0, 0), kToClient, false).zero_window);
  EXPECT_FALSE(t.update(packet(1, kRst, 501, 101, 0, 0), kToClient, false).zero_window);
}

TEST(TcpTracker, takes_only_fitting_resets) {
  auto t = connected();
  EXPECT_FALSE(t.update(packet(1, kRst, 900'000'000, 0), kToServer, false).closed);
  EXPECT_TRUE(t.established());
  EXPECT_TRUE(t.update(packet(1, kRst, 101, 0), kToServer, false).closed);
  EXPECT_EQ(t.state(), TcpState::reset);

  TcpTracker refused;
  refused.update(packet(0, kSyn, 100, 0), kToServer, false);
  EXPECT_FALSE(refused.update(packet(0, kRst | kAck, 0, 7), kToClient, false).closed);
  EXPECT_TRUE(refused.update(packet(0, kRst | kAck, 0, 101), kToClient, false).closed);
}

TEST(TcpTracker, closes_once_however_often_a_reset_is_taken_back) {
  auto t = connected();
  EXPECT_FALSE(t.has_closed());
  EXPECT_TRUE(t.update(packet(1, kRst, 101, 0), kToServer, false).closed);
  EXPECT_TRUE(t.update(packet(1, kAck, 101, 501, 10), kToServer, false).acceptable);
  EXPECT_TRUE(t.established());
  EXPECT_FALSE(t.update(packet(1, kRst, 111, 0), kToServer, false).closed);
  EXPECT_EQ(t.state(), TcpState::reset);
  EXPECT_TRUE(t.has_closed());

  TcpTracker asked;
  asked.update(packet(0, kSyn, 100, 0), kToServer, false);
  EXPECT_TRUE(asked.update(packet(0, kRst | kAck, 0, 101), kToClient, false).closed);
  asked.update(packet(0, kSyn | kAck, 500, 101), kToClient, false);
  EXPECT_TRUE(asked.update(packet(0, kAck, 101, 501), kToServer, false).handshake);
  EXPECT_FALSE(asked.update(packet(1, kRst, 101, 0), kToServer, false).closed);
}

// Data of the client at 101 after its own reset, in the midst of the handshake.
TcpTracker refused_by_the_client() {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  t.update(packet(0, kSyn | kAck, 500, 101), kToClient, false);
  EXPECT_TRUE(t.opening());
  EXPECT_TRUE(t.update(packet(1, kRst, 101, 0), kToServer, false).closed);
  EXPECT_TRUE(t.update(packet(1, kAck, 101, 501, 10), kToServer, false).acceptable);
  EXPECT_FALSE(t.established());
  EXPECT_TRUE(t.opening());
  return t;
}

TEST(TcpTracker, a_reset_in_the_handshake_is_believed_until_the_server_goes_on) {
  auto believed = refused_by_the_client();
  believed.update(packet(1, kRst, 501, 0), kToClient, false);
  EXPECT_FALSE(believed.established());

  auto not_acknowledged = refused_by_the_client();
  not_acknowledged.update(packet(1, kAck, 501, 101), kToClient, false);
  EXPECT_FALSE(not_acknowledged.established());

  auto injected = refused_by_the_client();
  const auto event = injected.update(packet(1, kAck, 501, 111), kToClient, false);
  EXPECT_TRUE(event.remarks.has(StreamEvent::suspected_rst_inject));
  EXPECT_TRUE(event.handshake);
  EXPECT_FALSE(event.rtt);
  EXPECT_TRUE(injected.established());
  EXPECT_FALSE(injected.opening());
}

TEST(TcpTracker, a_client_that_got_no_syn_ack_that_fits_sends_no_data) {
  TcpTracker t;
  t.update(packet(0, kSyn, 100, 0), kToServer, false);
  EXPECT_TRUE(t.update(packet(0, kAck, 101, 501, 10), kToServer, false).acceptable)
      << "no packet of the server was captured";
  t.update(packet(0, kSyn | kAck, 500, 99), kToClient, false);
  EXPECT_FALSE(t.update(packet(0, kAck, 101, 501, 10), kToServer, false).acceptable);
  t.update(packet(0, kSyn | kAck, 500, 101), kToClient, false);
  EXPECT_TRUE(t.update(packet(0, kAck, 101, 501, 10), kToServer, false).handshake);
}

TEST(TcpTracker, knows_a_syn_that_comes_again_after_the_end) {
  auto t = connected();
  EXPECT_FALSE(t.repeats_syn(packet(1, kSyn, 100, 0))) << "not over yet";
  t.update(packet(1, kFin | kAck, 101, 501), kToServer, false);
  t.update(packet(1, kFin | kAck, 501, 102), kToClient, false);
  EXPECT_TRUE(t.repeats_syn(packet(2, kSyn, 100, 0)));
  EXPECT_FALSE(t.repeats_syn(packet(2, kSyn, 101, 0)));
  EXPECT_FALSE(t.begins_anew(packet(2, kSyn | kAck, 500, 101))) << "the old answer";
  EXPECT_FALSE(t.begins_anew(packet(2, kSyn | kAck, 700, 102))) << "to another SYN";
  const auto answer = packet(2, kSyn | kAck, 700, 101);
  EXPECT_TRUE(t.begins_anew(answer));

  TcpTracker next;
  next.assume_syn(answer);
  EXPECT_TRUE(next.update(answer, kToClient, false).acceptable);
  const auto done = next.update(packet(2, kAck, 101, 701), kToServer, false);
  EXPECT_TRUE(done.handshake);
  EXPECT_FALSE(done.rtt);
}

TEST(TcpTracker, refuses_data_far_outside_of_the_window) {
  auto t = connected();
  EXPECT_TRUE(t.update(packet(1, kAck, 101 + 100'000, 501, 10), kToServer, false).acceptable);
  EXPECT_FALSE(t.update(packet(1, kAck, 101 + 50'000'000, 501, 10), kToServer, false).acceptable);
}

TEST(TcpTracker, refuses_data_half_of_the_sequence_space_away) {
  auto t = connected();
  EXPECT_FALSE(t.update(packet(1, kAck, 101 + 0x80000000, 501, 10), kToServer, false).acceptable);
}

TEST(TcpTracker, picks_up_midstream_only_where_asked) {
  TcpTracker off;
  EXPECT_FALSE(off.update(packet(0, kAck, 900, 300, 10), kToServer, false).acceptable);
  EXPECT_EQ(off.state(), TcpState::none);
  TcpTracker on;
  EXPECT_TRUE(on.update(packet(0, kAck, 900, 300, 10), kToServer, true).acceptable);
  EXPECT_TRUE(on.established());
  EXPECT_EQ(on.stream_start(true), 900U);
  EXPECT_EQ(on.stream_start(false), 300U);
}

TEST(TcpTracker, sequence_numbers_may_wrap) {
  TcpTracker t;
  t.update(packet(0, kSyn, 0xFFFFFFFF, 0), kToServer, false);
  t.update(packet(0, kSyn | kAck, 0xFFFFFFFE, 0), kToClient, false);
  EXPECT_TRUE(t.update(packet(0, kAck, 0, 0xFFFFFFFF), kToServer, false).handshake);
  EXPECT_FALSE(t.update(packet(0, kAck, 0xFFFFFFFF, 0, 100), kToClient, false).retransmit);
  EXPECT_TRUE(t.update(packet(0, kAck, 0xFFFFFFFF, 0, 100), kToClient, false).retransmit);
  EXPECT_EQ(t.side(false).next, 99U);
}

}  // namespace
}  // namespace rampart::sniffer
