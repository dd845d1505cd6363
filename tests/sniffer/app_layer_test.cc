#include "sniffer/app/app_layer.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "dns_builder.h"
#include "tls_builder.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using test::octets;
using test::Octets;
using test::operator+;
using Lines = std::vector<std::string>;

std::string text(const Octets& octets) { return {octets.begin(), octets.end()}; }

Flow flow_to(std::uint16_t port) {
  Flow flow;
  flow.client = {test::ip("10.0.0.1"), 50000};
  flow.server = {test::ip("10.0.0.2"), port};
  return flow;
}

const std::vector<BufferId> kTexts{BufferId::dns_query, BufferId::tls_sni, BufferId::ssh_proto};

std::string client_hello() {
  return text(
      test::tls_handshake(1, test::tls_client_hello({.extensions = test::tls_sni("a.example")})));
}
std::string server_hello() {
  return text(test::tls_handshake(2, test::tls_server_hello(0x0303, 0xC02F)));
}

struct Case {
  const char* name;
  std::vector<test::Said> said;
  AppProto app;
  Lines buffers{};
  Lines events{};
};

TEST(AppLayer, finds_protocols_and_feeds_their_parsers) {
  const auto dns = text(test::dns_framed(test::dns_query("a.example")));
  const Case cases[] = {
      {"nothing", {}, AppProto::unknown},
      {"tls",
       {{kClient, client_hello()}, {kServer, server_hello()}},
       AppProto::tls,
       {">tls.sni=a.example"}},
      {"dns", {{kClient, dns}}, AppProto::dns, {">dns.query=a.example"}},
      {"ssh",
       {{kServer, "SSH-2.0-a\r\n"}, {kClient, "SSH-2.0-b\r\n"}},
       AppProto::ssh,
       {"<ssh.proto=2.0", ">ssh.proto=2.0"}},
      {"smtp",
       {{kServer, "220 hi\r\n"}, {kClient, "EHLO me\r\n"}, {kServer, "what\r\n"}},
       AppProto::smtp,
       {},
       {"<applayer.applayer_detect_protocol_only_one_direction", "<smtp.invalid_reply"}},
      {"smtp, no welcome",
       {{kClient, "EHLO me\r\n"}, {kServer, "554 no\r\n"}},
       AppProto::smtp,
       {},
       {"<applayer.applayer_detect_protocol_only_one_direction",
        "<smtp.no_server_welcome_message"}},
      {"smtp, turned to tls",
       {{kServer, "220 hi\r\n"},
        {kClient, "EHLO me\r\n"},
        {kServer, "250 ok\r\n"},
        {kClient, "STARTTLS\r\n"},
        {kServer, "220 go\r\n"},
        {kClient, client_hello()},
        {kServer, server_hello()}},
       AppProto::tls,
       {">tls.sni=a.example"},
       {"<applayer.applayer_detect_protocol_only_one_direction"}},
      {"ftp, turned to tls",
       {{kServer, "220 hi\r\n"},
        {kClient, "AUTH TLS\r\n"},
        {kServer, "234 go\r\n"},
        {kClient, client_hello()}},
       AppProto::tls,
       {">tls.sni=a.example"},
       {"<applayer.applayer_detect_protocol_only_one_direction"}},
      {"ftp, greeted so that it tells",
       {{kServer, "220 (me)\r\n"}, {kClient, "USER a\r\n"}},
       AppProto::ftp},
      {"http/2", {{kClient, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}}, AppProto::http2},
      {"something else", {{kClient, "hello\r\n"}, {kServer, "hello\r\n"}}, AppProto::failed},
      {"too long", {{kClient, std::string(3000, 'A')}}, AppProto::failed},
      {"a long greeting", {{kServer, "220 " + std::string(3000, 'A')}}, AppProto::failed},
  };
  for (const auto& c : cases)
    for (const bool byte_by_byte : {false, true}) {
      AppRecorder sink(kTexts);
      AppLayer layer({});
      auto flow = flow_to(9999);
      for (const auto& said : c.said) {
        const auto bytes = octets(said.text);
        const std::size_t step = byte_by_byte ? 1 : bytes.size();
        for (std::size_t at = 0; at < bytes.size(); at += step)
          layer.bytes(flow, said.direction, Bytes(bytes).subspan(at, step), sink);
      }
      const auto name = std::string(c.name) + (byte_by_byte ? ", byte by byte" : "");
      EXPECT_EQ(to_string(flow.app), to_string(c.app)) << name;
      EXPECT_EQ(sink.buffers, c.buffers) << name;
      EXPECT_EQ(sink.events, c.events) << name;
      layer.end(flow, kClient, sink);
      layer.end(flow, kServer, sink);
      layer.forget(flow);
      EXPECT_EQ(layer.open_slots(), 0U) << name;
      EXPECT_EQ(layer.memory_used(), 0U) << name;
    }
}

TEST(AppLayer, objects_to_ends_that_do_not_agree) {
  const Case cases[] = {
      {"server first",
       {{kServer, server_hello()}},
       AppProto::tls,
       {},
       {"<applayer.applayer_wrong_direction_first_data"}},
      {"server first, after half a word of it",
       {{kServer, server_hello().substr(0, 3)}, {kServer, server_hello().substr(3)}},
       AppProto::tls,
       {},
       {"<applayer.applayer_wrong_direction_first_data"}},
      {"one side only",
       {{kClient, client_hello()}, {kServer, "nonsense\r\n"}},
       AppProto::tls,
       {">tls.sni=a.example"},
       {"<applayer.applayer_detect_protocol_only_one_direction", "<tls.invalid_record_type"}},
      {"two protocols",
       {{kClient, client_hello()}, {kServer, "HTTP/1.1 400 Bad\r\n"}},
       AppProto::tls,
       {">tls.sni=a.example"},
       {"<applayer.applayer_mismatch_protocol_both_directions", "<tls.invalid_record_type"}},
      {"no tls",
       {{kServer, "220 hi\r\n"},
        {kClient, "STARTTLS\r\n"},
        {kServer, "220 go\r\n"},
        {kClient, "EHLO me\r\n"},
        {kServer, "250 ok\r\n"}},
       AppProto::smtp,
       {},
       {"<applayer.applayer_detect_protocol_only_one_direction",
        ">applayer.applayer_no_tls_after_starttls",
        "<applayer.applayer_detect_protocol_only_one_direction"}},
      {"something after starttls",
       {{kServer, "220 hi\r\n"},
        {kClient, "STARTTLS\r\n"},
        {kServer, "220 go\r\n"},
        {kClient, "nonsense of somebody\r\n"},
        {kServer, "nonsense of somebody\r\n"}},
       AppProto::failed,
       {},
       {"<applayer.applayer_detect_protocol_only_one_direction",
        ">applayer.applayer_no_tls_after_starttls"}},
      {"tls from one side only after starttls",
       {{kServer, "220 hi\r\n"},
        {kClient, "STARTTLS\r\n"},
        {kServer, "220 go\r\n"},
        {kClient, client_hello()},
        {kServer, "500 what\r\n"}},
       AppProto::tls,
       {">tls.sni=a.example"},
       {"<applayer.applayer_detect_protocol_only_one_direction",
        "<applayer.applayer_no_tls_after_starttls", "<tls.invalid_record_type"}},
      {"an upgrade to h2c and something else",
       {{kClient, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
        {kServer, "HTTP/1.1 101 Yes\r\nUpgrade: h2c\r\n\r\n"},
        {kServer, "SSH-2.0-a\r\n"}},
       AppProto::ssh,
       {"<ssh.proto=2.0"},
       {"<applayer.applayer_unexpected_protocol"}},
      {"a tunnel",
       {{kClient, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"},
        {kServer, "HTTP/1.1 200 Yes\r\n\r\n"},
        {kClient, client_hello()},
        {kServer, server_hello()}},
       AppProto::tls,
       {">tls.sni=a.example"}},
      {"a server that speaks first in a tunnel",
       {{kClient, "CONNECT a:22 HTTP/1.1\r\nHost: a:22\r\n\r\n"},
        {kServer, "HTTP/1.1 200 Yes\r\n\r\nSSH-2.0-b\r\n"}},
       AppProto::ssh,
       {"<ssh.proto=2.0"}},
      {"an upgrade that nobody asked for, on a connection that changed before",
       {{kServer, "220 hi\r\n"},
        {kClient, "STARTTLS\r\n"},
        {kServer, "220 go\r\n"},
        {kServer, "HTTP/1.1 101\r\nUpgrade: h2c\r\n\r\n"}},
       AppProto::http1,
       {},
       {"<applayer.applayer_detect_protocol_only_one_direction",
        "<applayer.applayer_no_tls_after_starttls", "<http.unable_to_match_response_to_request",
        "<http.failed_protocol_change"}},
  };
  for (const auto& c : cases) {
    AppRecorder sink(kTexts);
    AppLayer layer({});
    auto flow = flow_to(9999);
    for (const auto& said : c.said) layer.bytes(flow, said.direction, octets(said.text), sink);
    EXPECT_EQ(to_string(flow.app), to_string(c.app)) << c.name;
    EXPECT_EQ(sink.buffers, c.buffers) << c.name;
    EXPECT_EQ(sink.events, c.events) << c.name;
  }
}

TEST(AppLayer, reads_datagrams) {
  AppRecorder sink(kTexts);
  AppLayer layer({});
  auto flow = flow_to(53);
  layer.datagram(flow, kClient, octets("no dns"), sink);
  EXPECT_EQ(flow.app, AppProto::unknown) << "one odd datagram hides nothing on the port of dns";
  layer.datagram(flow, kClient, test::dns_query("a.example"), sink);
  layer.datagram(flow, kServer, test::dns_answer("a.example"), sink);
  EXPECT_EQ(flow.app, AppProto::dns);
  EXPECT_EQ(flow.app_messages, 2U);
  EXPECT_EQ(sink.buffers, Lines{">dns.query=a.example"});
  EXPECT_EQ(layer.open_slots(), 0U);

  auto other = flow_to(514);
  layer.datagram(other, kClient, octets("<13>a line"), sink);
  EXPECT_EQ(other.app, AppProto::failed);
  layer.datagram(other, kClient, test::dns_query("b.example"), sink);
  EXPECT_EQ(sink.done, 2U);
}

TEST(AppLayer, says_where_nobody_answers_what_nobody_knows) {
  for (const bool answered : {false, true}) {
    AppRecorder sink;
    AppLayer layer({});
    auto flow = flow_to(9999);
    const auto bytes = octets(std::string(3000, 'A'));
    layer.bytes(flow, kServer, bytes, sink);
    EXPECT_EQ(flow.app, AppProto::failed);
    EXPECT_EQ(sink.events, Lines{}) << "too little for it";
    if (answered) flow.streams[index(kClient)].start(1);
    flow.bytes[index(kServer)] = AppLayer::kMostUnanswered + 1;
    layer.bytes(flow, kServer, bytes, sink);
    layer.bytes(flow, kServer, bytes, sink);
    EXPECT_EQ(sink.events,
              answered ? Lines{} : Lines{"<applayer.applayer_proto_detection_skipped"});
  }
}

TEST(AppLayer, survives_gaps) {
  AppRecorder sink(kTexts);
  AppLayer layer({});
  auto flow = flow_to(443);
  layer.gap(flow, kClient, 500, sink);
  EXPECT_EQ(flow.app, AppProto::unknown);
  layer.bytes(flow, kClient, octets("rest of something"), sink);
  layer.bytes(flow, kServer, octets(server_hello()), sink);
  EXPECT_EQ(flow.app, AppProto::tls) << "the server alone tells";
  layer.end(flow, kServer, sink);
  EXPECT_EQ(sink.done, 1U) << "the client's side was lost, the server's has ended";

  auto both = flow_to(443);
  layer.gap(both, kClient, 500, sink);
  layer.gap(both, kServer, 500, sink);
  EXPECT_EQ(both.app, AppProto::failed);
}

TEST(AppLayer, bounds_changes_of_the_speaker) {
  AppRecorder sink;
  AppLayer layer({});
  auto flow = flow_to(9999);
  layer.bytes(flow, kServer, octets("220 hi"), sink);
  for (std::size_t i = 0; i < 2 * AppLayer::kMostTurns; ++i)
    layer.bytes(flow, i % 2 == 0 ? kClient : kServer, octets("E"), sink);
  EXPECT_NE(flow.app, AppProto::unknown);
  EXPECT_EQ(layer.open_slots(), 0U);
}

TEST(AppLayer, gives_up_the_flow_that_asks_for_more_than_there_is) {
  AppRecorder sink(kTexts);
  AppLayer layer({.memory = 4096});
  auto flow = flow_to(443);
  layer.bytes(flow, kClient, octets(client_hello()), sink);
  EXPECT_EQ(layer.stats().given_up, 0U);
  const auto record = test::tls_record(22, Octets{11, 0, 0xFF, 0xFB} + Octets(16000, 1));
  layer.bytes(flow, kServer, octets(server_hello()) + record, sink);
  EXPECT_EQ(layer.stats().given_up, 1U);
  EXPECT_EQ(sink.done, 1U) << "its transaction ends";
  EXPECT_EQ(layer.memory_used(), 0U);
  EXPECT_EQ(flow.app, AppProto::tls);
}

TEST(AppLayer, tells_a_new_protocol_which_side_has_ended) {
  AppRecorder sink(kTexts);
  AppLayer layer({});
  auto flow = flow_to(25);
  layer.bytes(flow, kServer, octets("220 hi\r\n"), sink);
  layer.bytes(flow, kClient, octets("STARTTLS\r\n"), sink);
  layer.end(flow, kClient, sink);
  layer.bytes(flow, kClient, octets("EHLO me\r\n"), sink);
  layer.bytes(flow, kServer, octets("220 go\r\n"), sink);
  layer.bytes(flow, kServer, octets(server_hello()), sink);
  EXPECT_EQ(flow.app, AppProto::tls);
  EXPECT_EQ(sink.done, 1U) << "that of the mail";
  layer.end(flow, kServer, sink);
  EXPECT_EQ(sink.done, 2U);
  EXPECT_EQ(layer.open_slots(), 0U);
}

TEST(AppLayer, counts_refused_passwords) {
  AppRecorder sink;
  AppLayer layer({});
  auto flow = flow_to(21);
  EXPECT_EQ(layer.failed_logins(flow), 0U);
  layer.bytes(flow, kServer, octets("220 hi\r\n"), sink);
  layer.bytes(flow, kClient, octets("USER a\r\n"), sink);
  layer.bytes(flow, kServer, octets("331 go\r\n"), sink);
  layer.bytes(flow, kClient, octets("PASS a\r\n"), sink);
  layer.bytes(flow, kServer, octets("530 no\r\n"), sink);
  EXPECT_EQ(layer.failed_logins(flow), 1U);
}

TEST(AppLayer, uses_slots_again) {
  AppRecorder sink;
  AppLayer layer({});
  for (int i = 0; i < 100; ++i) {
    auto flow = flow_to(22);
    layer.bytes(flow, kServer, octets("SSH-2.0-a\r\n"), sink);
    EXPECT_EQ(flow.app_slot, 0U);
    layer.forget(flow);
    EXPECT_EQ(flow.app_slot, kNoFlow);
  }
}

}  // namespace
}  // namespace rampart::sniffer
