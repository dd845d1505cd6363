#include "sniffer/app/tls_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "test_certificate_der.h"
#include "tls_builder.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using test::Octets;
using test::operator+;
using Lines = std::vector<std::string>;

const std::vector<BufferId> kTexts{BufferId::tls_sni, BufferId::tls_version,
                                   BufferId::tls_cert_serial, BufferId::tls_cert_fingerprint};

std::string text(const Octets& octets) { return {octets.begin(), octets.end()}; }

Octets client_hello(const Octets& more = {}) {
  return test::tls_handshake(
      1, test::tls_client_hello({.extensions = test::tls_sni("www.example.org") + more}));
}
Octets offers_13() {
  return test::tls_extension(43, test::with_length8(test::numbers({0x0304, 0x0303})));
}
Octets certificate() {
  return test::tls_handshake(11, test::tls_certificates({test::certificate_der(), {1, 2, 3}}));
}
Octets server_hello(std::uint16_t version, const Octets& extensions = {}) {
  return test::tls_handshake(2, test::tls_server_hello(version, 0xC02F, extensions));
}
const Octets kChange = test::tls_record(20, {1});
const Octets kSecret = test::tls_record(22, Octets(40, 0x77));
const Octets kData = test::tls_record(23, Octets(40, 0x77));

const std::string kSerial = "<tls.cert_serial=00:8B:1F:00:A2:C3:D4";
const std::string kFingerprint =
    "<tls.cert_fingerprint=74:83:5e:4f:6e:6a:1a:aa:f3:c6:74:39:a0:be:c3:f1:0e:22:01:a3";

struct Talk {
  const char* name;
  std::vector<test::Said> said;
  Lines buffers;
  Lines events;
  bool wants_more = false;
};

TEST(TlsParser, reads_handshakes) {
  const Octets sslv2{0x80, 17, 1, 3, 1, 0, 3, 0, 0, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8};
  const Octets retry_random{0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C,
                            0x02, 0x1E, 0x65, 0xB8, 0x91, 0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB,
                            0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};
  auto retry_body = test::tls_server_hello(0x0303, 0x1301, test::tls_extension(43, {3, 4}));
  std::copy(retry_random.begin(), retry_random.end(), retry_body.begin() + 2);
  const auto retry = test::tls_handshake(2, retry_body);
  const auto hello13 = server_hello(0x0303, test::tls_extension(43, {3, 4}));
  const Talk talks[] = {
      {"1.2",
       {{kClient, text(client_hello())},
        {kServer, text(server_hello(0x0303) + certificate())},
        {kClient, text(kChange + kSecret)},
        {kServer, text(kChange + kSecret)}},
       {">tls.sni=www.example.org", ">tls.version=1.2", "<tls.version=1.2", kSerial, kFingerprint},
       {}},
      {"1.3",
       {{kClient, text(client_hello(offers_13()))},
        {kServer, text(hello13 + kChange + kData)},
        {kClient, text(kChange + kData)}},
       {">tls.sni=www.example.org", ">tls.version=1.3", "<tls.version=1.3"},
       {}},
      {"1.3 with a retry",
       {{kClient, text(client_hello(offers_13()))},
        {kServer, text(retry + kChange)},
        {kClient, text(kChange + client_hello(offers_13()))},
        {kServer, text(hello13 + kData)},
        {kClient, text(kData)}},
       {">tls.sni=www.example.org", ">tls.version=1.3", "<tls.version=1.3"},
       {}},
      {"resumed",
       {{kClient, text(client_hello())},
        {kServer, text(server_hello(0x0301) + kChange + kSecret)},
        {kClient, text(kChange)}},
       {">tls.sni=www.example.org", ">tls.version=1.2", "<tls.version=1.0"},
       {}},
      {"client certificate",
       {{kClient, text(client_hello())},
        {kServer, text(server_hello(0x0302))},
        {kClient, text(certificate())}},
       {">tls.sni=www.example.org", ">tls.version=1.2", "<tls.version=1.1", ">" + kSerial.substr(1),
        ">" + kFingerprint.substr(1)},
       {},
       true},
      {"ssl 2.0 offers tls",
       {{kClient, text(sslv2)}, {kServer, text(server_hello(0x0300) + certificate())}},
       {"<tls.version=SSLv3", kSerial, kFingerprint},
       {},
       true},
      {"ssl 2.0 accepted",
       {{kClient, text(sslv2)}, {kServer, {"\x80\x05\x04\x00\x01\x00\x02", 7}}},
       {},
       {}},
      {"bad certificate",
       {{kClient, text(client_hello())},
        {kServer, text(server_hello(0x0303) +
                       test::tls_handshake(11, test::tls_certificates({{1, 2, 3}})))}},
       {">tls.sni=www.example.org", ">tls.version=1.2", "<tls.version=1.2"},
       {"<tls.invalid_certificate", "<tls.invalid_handshake_message"},
       true},
      {"certificate without the end of a length",
       {{kServer, text(server_hello(0x0303) +
                       test::tls_handshake(11, test::tls_certificates({{0x30, 1, 0x30}})))}},
       {"<tls.version=1.2"},
       {"<tls.certificate_invalid_length", "<tls.invalid_handshake_message"},
       true},
      {"bad hello",
       {{kClient, text(test::tls_handshake(1, {3, 3, 1}))}},
       {},
       {">tls.handshake_invalid_length"},
       true},
      {"no record",
       {{kClient, text(client_hello() + Octets{99, 3, 1, 0, 1})}},
       {">tls.sni=www.example.org", ">tls.version=1.2"},
       {">tls.invalid_record_type"},
       true},
  };
  for (const auto& talk : talks)
    for (const bool byte_by_byte : {false, true}) {
      AppRecorder sink(kTexts);
      TlsParser parser;
      const bool more = test::say(parser, talk.said, sink, byte_by_byte);
      const auto name = std::string(talk.name) + (byte_by_byte ? ", byte by byte" : "");
      EXPECT_EQ(more, talk.wants_more) << name;
      EXPECT_EQ(sink.buffers, talk.buffers) << name;
      EXPECT_EQ(sink.events, talk.events) << name;
      EXPECT_EQ(sink.done, more ? 0U : 1U) << name;
      if (!more) continue;
      parser.end(kClient, sink);
      EXPECT_EQ(sink.done, 0U) << name;
      parser.end(kServer, sink);
      EXPECT_EQ(sink.done, 1U) << name;
    }
}

TEST(TlsParser, sees_a_heartbeat_that_asks_for_more_than_it_sends) {
  const struct {
    Octets payload;
    bool expected;
  } cases[] = {
      {{1, 0x40, 0, 9}, true},
      {{1, 0, 1, 9}, false},
      {{2, 0x40, 0, 9}, false},
      {{1, 0}, false},
  };
  for (const auto& c : cases) {
    AppRecorder sink;
    TlsParser parser;
    parser.bytes(kClient, client_hello() + test::tls_record(24, c.payload), sink);
    EXPECT_EQ(sink.events, c.expected ? Lines{">tls.overflow_heartbeat_message"} : Lines{});
  }
}

TEST(TlsParser, shows_each_certificate_and_the_names_of_the_first) {
  AppRecorder sink({BufferId::tls_certs, BufferId::tls_cert_subject, BufferId::tls_cert_issuer});
  TlsParser parser;
  parser.bytes(kServer, server_hello(0x0303) + certificate(), sink);
  ASSERT_EQ(sink.buffers.size(), 4U);
  EXPECT_EQ(sink.buffers[0], "<tls.certs=" + text(test::certificate_der()));
  EXPECT_EQ(sink.buffers[1], "<tls.certs=\x01\x02\x03");
  EXPECT_EQ(sink.buffers[2].substr(0, 36), "<tls.cert_subject=C=US, ST=Oregon, L");
  EXPECT_EQ(sink.buffers[3].substr(0, 35), "<tls.cert_issuer=C=US, ST=Oregon, L");
  EXPECT_EQ(sink.stages[index(kServer)], Stage::body);
}

TEST(TlsParser, shows_the_parts_of_randoms_and_the_length_of_a_chain) {
  AppRecorder sink({BufferId::tls_random, BufferId::tls_random_time, BufferId::tls_random_bytes,
                    BufferId::tls_chain_length});
  TlsParser parser;
  parser.bytes(kClient, client_hello(), sink);
  parser.bytes(kServer, server_hello(0x0303) + certificate(), sink);
  ASSERT_EQ(sink.buffers.size(), 7U);
  const auto from = [](const std::string& line) { return line.substr(line.find('=') + 1); };
  for (const std::size_t side : {0U, 3U}) {
    EXPECT_EQ(from(sink.buffers[side]).size(), 32U);
    EXPECT_EQ(from(sink.buffers[side + 1]), from(sink.buffers[side]).substr(0, 4));
    EXPECT_EQ(from(sink.buffers[side + 2]), from(sink.buffers[side]).substr(4));
  }
  EXPECT_EQ(sink.buffers[6], "<tls.cert_chain_len=\x02");
}

TEST(TlsParser, gives_fingerprints) {
  AppRecorder sink({BufferId::ja3_string, BufferId::ja3_hash, BufferId::ja4_hash,
                    BufferId::ja3s_string, BufferId::ja3s_hash});
  TlsParser parser;
  parser.bytes(kClient, client_hello(), sink);
  parser.bytes(kServer, server_hello(0x0303), sink);
  ASSERT_EQ(sink.buffers.size(), 5U);
  EXPECT_EQ(sink.buffers[0], ">ja3.string=771,4865-4866,0,,");
  EXPECT_EQ(sink.buffers[2].substr(0, 22), ">ja4.hash=t12d020100_6");
  EXPECT_EQ(sink.buffers[3], "<ja3s.string=771,49199,");
}

TEST(TlsParser, reads_the_other_side_after_a_gap) {
  AppRecorder sink(kTexts);
  TlsParser parser;
  EXPECT_TRUE(parser.gap(kClient, 300, sink));
  EXPECT_TRUE(parser.bytes(kServer, server_hello(0x0303), sink));
  EXPECT_EQ(sink.buffers, Lines{"<tls.version=1.2"});
  EXPECT_FALSE(parser.bytes(kServer, kChange, sink)) << "nothing is left to read";
  EXPECT_EQ(sink.done, 1U);
}

TEST(TlsParser, keeps_a_bounded_handshake) {
  AppRecorder sink;
  TlsParser parser;
  parser.bytes(kServer, server_hello(0x0303), sink);
  const auto record = test::tls_record(22, Octets{11, 0, 0xFF, 0xFB} + Octets(16000, 1));
  for (int i = 0; i < 20; ++i) parser.bytes(kServer, record, sink);
  EXPECT_LE(parser.memory(), 4 * TlsHandshake::kMost);
}

}  // namespace
}  // namespace rampart::sniffer
