#include "sniffer/app/dns_parser.h"

#include <gtest/gtest.h>

#include "app_recorder.h"
#include "dns_builder.h"

namespace rampart::sniffer {
namespace {

using test::AppRecorder;
using test::kClient;
using test::kServer;
using test::Octets;
using test::operator+;
using Lines = std::vector<std::string>;

TEST(DnsParser, gives_the_names_of_queries) {
  AppRecorder sink({BufferId::dns_query});
  DnsParser parser;
  parser.message(kClient,
                 test::dns_header(0x0100, {.questions = 2}) +
                     test::dns_question(test::dns_name("a.example")) +
                     test::dns_question(test::dns_name("B.example"), 28),
                 0, sink);
  parser.message(kServer, test::dns_answer("c.example"), 1, sink);
  EXPECT_EQ(sink.buffers, (Lines{">dns.query=a.example", ">dns.query=B.example"}));
  EXPECT_EQ(sink.done, 2U);
  EXPECT_EQ(sink.events, Lines{});
}

TEST(DnsParser, objects) {
  const struct {
    const char* name;
    Direction direction;
    Octets message;
    Lines events;
  } cases[] = {
      {"query", kClient, test::dns_query("a"), {}},
      {"answer", kServer, test::dns_answer("a"), {}},
      {"z", kClient, test::dns_query("a", 0x0140), {">dns.z_flag_set"}},
      {"opcode", kClient, test::dns_query("a", 0x3900), {">dns.invalid_opcode"}},
      {"opcode of an answer", kServer, test::dns_answer("a", 0xB980), {"<dns.invalid_opcode"}},
      {"update is an opcode", kClient, test::dns_query("a", 0x2800), {}},
      {"answer to the server", kClient, test::dns_answer("a"), {}},
      {"query to the client", kServer, test::dns_query("a"), {}},
      {"malformed", kServer, test::dns_header(0x8100) + Octets{9, 'a'}, {}},
      {"empty", kClient, {}, {}},
  };
  for (const auto& c : cases) {
    AppRecorder sink({BufferId::dns_query});
    DnsParser parser;
    parser.message(c.direction, c.message, 0, sink);
    EXPECT_EQ(sink.events, c.events) << c.name;
    EXPECT_EQ(sink.done, 1U) << c.name;
  }
}

TEST(DnsParser, objects_to_answers_over_tcp_that_cannot_be_read) {
  const auto cut = test::dns_header(0x8100) + Octets{9, 'a'};
  AppRecorder sink({BufferId::dns_query});
  DnsParser parser;
  EXPECT_TRUE(parser.bytes(kClient, test::dns_framed(cut), sink));
  EXPECT_TRUE(sink.events.empty());
  EXPECT_TRUE(parser.bytes(kServer, test::dns_framed(cut), sink));
  EXPECT_EQ(sink.events, Lines{"<dns.malformed_data"});
}

TEST(DnsParser, gives_the_byte_of_the_opcode) {
  AppRecorder sink({BufferId::dns_opcode});
  DnsParser parser;
  parser.message(kClient, test::dns_query("a", 0x2800), 0, sink);
  parser.message(kServer, test::dns_answer("a", 0xA880), 1, sink);
  parser.message(kServer, test::dns_header(0x2800) + Octets{9, 'a'}, 2, sink);
  EXPECT_EQ(sink.buffers, (Lines{">dns.opcode=\x28", "<dns.opcode=\xA8"}));
}

TEST(DnsParser, puts_messages_of_tcp_together) {
  const auto two = test::dns_framed(test::dns_query("a.example")) +
                   test::dns_framed(test::dns_query("b.example"));
  for (std::size_t step = 1; step <= two.size(); ++step) {
    AppRecorder sink({BufferId::dns_query});
    DnsParser parser;
    for (std::size_t at = 0; at < two.size(); at += step)
      EXPECT_TRUE(
          parser.bytes(kClient, Bytes(two).subspan(at, std::min(step, two.size() - at)), sink));
    EXPECT_EQ(sink.buffers, (Lines{">dns.query=a.example", ">dns.query=b.example"})) << step;
    EXPECT_EQ(sink.done, 2U);
  }
}

TEST(DnsParser, goes_on_after_a_gap_inside_of_a_message) {
  const auto first = test::dns_framed(test::dns_query("a.example"));
  const auto second = test::dns_framed(test::dns_query("b.example"));
  AppRecorder sink({BufferId::dns_query});
  DnsParser parser;
  parser.bytes(kClient, Bytes(first).first(10), sink);
  EXPECT_TRUE(parser.gap(kClient, 7, sink));
  parser.bytes(kClient, Bytes(first).subspan(17), sink);
  parser.bytes(kClient, second, sink);
  EXPECT_EQ(sink.buffers, Lines{">dns.query=b.example"});
}

TEST(DnsParser, gives_up_where_messages_cannot_be_found) {
  AppRecorder sink({BufferId::dns_query});
  DnsParser parser;
  const auto query = test::dns_framed(test::dns_query("a.example"));
  EXPECT_TRUE(parser.gap(kClient, 7, sink)) << "the other side can still be read";
  EXPECT_TRUE(parser.bytes(kClient, query, sink));
  EXPECT_EQ(sink.done, 0U);
  EXPECT_FALSE(parser.gap(kServer, 1000, sink));
}

}  // namespace
}  // namespace rampart::sniffer
