#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "replay.h"

namespace rampart::sniffer {
namespace {

using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

const std::string kTcp = "alert tcp any any -> any any ";

TEST(Detector, a_content_may_be_split_between_segments) {
  EXPECT_THAT(on_stream(kTcp + "(content:\"abcdef\"; sid:1;)", {"xxab", "cd", "efxx"}),
              ElementsAre(1));
  EXPECT_THAT(on_stream("alert tcp-pkt any any -> any any (content:\"abcdef\"; sid:1;)",
                        {"xxab", "cd", "efxx"}),
              IsEmpty());
  EXPECT_THAT(on_stream(kTcp + "(content:\"abcdef\"; dsize:>0; sid:1;)", {"xxab", "cdef"}),
              IsEmpty());
}

TEST(Detector, a_packet_and_its_stream_are_searched_at_once) {
  const auto both = kTcp + "(content:\"abc\"; depth:3; content:\"needle\"; sid:1;)";
  EXPECT_THAT(on_stream(both, {"abc.needle"}), ElementsAre(1, 1)) << "the packet and the stream";
  EXPECT_THAT(on_stream(both, {"xx", "abc.needle"}), ElementsAre(1)) << "the packet alone";
  EXPECT_THAT(on_stream(both, {"abc", ".needle"}), ElementsAre(1)) << "the stream alone";
  EXPECT_THAT(on_stream(both, {std::string(200, 'x'), "abc.needle"}), ElementsAre(1))
      << "behind what is searched for a head";
  const auto packet = kTcp + "(content:\"needle\"; dsize:<20; sid:1;)";
  EXPECT_THAT(on_stream(packet, {"needle", "xx", "needle"}), ElementsAre(1, 1));
  EXPECT_THAT(on_stream(packet, {"need", "le"}), IsEmpty()) << "the stream has it, no packet";
  const auto brief = kTcp + "(content:\"ab\"; dsize:<20; sid:1;)";
  EXPECT_THAT(on_stream(brief, {"ab", "xx", "a", "b", "ab"}), ElementsAre(1, 1));
}

TEST(Detector, long_contents_may_be_split_between_segments) {
  const std::string longer = "0123456789abcdefghijklmnopqrstuvwxyzABCD";  // than is searched for
  const auto zeros = "needle" + std::string(9, '\0');  // of which a part is searched for
  for (const auto& [content, text] :
       {std::pair(longer, longer),
        std::pair(std::string("needle|00 00 00 00 00 00 00 00 00|"), zeros)})
    for (std::size_t cut = 1; cut < text.size(); ++cut)
      EXPECT_THAT(on_stream(kTcp + "(content:\"" + content + "\"; sid:1;)",
                            {"x" + text.substr(0, cut), text.substr(cut), "y", "z"}),
                  ElementsAre(1))
          << text << " cut at " << cut;
}

TEST(Detector, what_was_found_is_not_found_again_in_the_segments_behind_it) {
  const auto rule = kTcp + "(content:\"LONGNAME\"; content:\"B\"; sid:1;)";
  EXPECT_THAT(on_stream(rule, {"xLONGNAMEB", "B", "B", "B"}), ElementsAre(1));
  EXPECT_THAT(on_stream(rule, {"xLONGNAME", "B", "B", "B"}), ElementsAre(1));
  const auto head = kTcp + "(content:\"NAME\"; depth:9; content:\"B\"; flow:only_stream; sid:1;)";
  EXPECT_THAT(on_stream(head, {"xNAMEB", "B", "B"}), ElementsAre(1));
  // So much that was found takes no room from what is found in half.
  std::string rules = kTcp + "(content:\"FIRSTHALF\"; content:\"2ND\"; distance:0; sid:1;)\n";
  for (int sid = 2; sid < 18; ++sid)
    rules += kTcp + "(content:\"WORDWORD\"; content:\"E\"; distance:0; sid:" + std::to_string(sid) +
             ";)\n";
  EXPECT_THAT(on_stream(rules, {"FIRSTHALF" + std::string(40, '.'), "WORDWORDE", ".", "2ND"}),
              testing::Contains(1));
}

TEST(Detector, a_pattern_may_look_at_what_comes_in_a_later_segment) {
  for (const auto* pcre : {"/foo(?=bar)/", "/fo+(?!x)\\S\\B(?=ar)/"})
    EXPECT_THAT(
        on_stream(kTcp + "(content:\"foo\"; pcre:\"" + pcre + "\"; sid:1;)", {"xxfoo", "bar", "z"}),
        ElementsAre(1))
        << pcre;
  EXPECT_THAT(on_stream(kTcp + "(pcre:\"/foo(?=bar)/\"; sid:1;)", {"foobar", "x", "y"}),
              ElementsAre(1))
      << "it was there before";
  EXPECT_THAT(on_stream(kTcp + "(pcre:\"/foo\\b/\"; sid:1;)", {"foo.", "x", "y"}), ElementsAre(1));
}

// What a rule on an event asks of the contents is asked of what is being judged, not of what the
// flow, or the one before it in that place, had earlier.
TEST(Detector, an_event_finds_no_contents_of_long_ago) {
  Replay run;
  run.rules =
      "alert http any any -> any any (app-layer-event:http.response_invalid_status; "
      "content:\"SECRET\"; sid:1;)\n"
      "alert http any any -> any any (http.uri; content:\"/nowhere\"; sid:2;)\n";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_client(tcp_flag::kAck,
                           "POST /a HTTP/1.1\r\nHost: h\r\nContent-Length: 6\r\n\r\nSECRET"));
  run.add(talk.from_server(tcp_flag::kAck, "HTTP/1.1 2xx\r\nContent-Length: 0\r\n\r\n"));
  EXPECT_THAT(run.go(), IsEmpty());
}

TEST(Detector, contents_of_a_rule_may_lie_in_different_segments) {
  const auto rule = kTcp + "(content:\"firstlong\"; content:\"second\"; distance:0; sid:1;)";
  EXPECT_THAT(on_stream(rule, {"firstlong", "middle", "second"}), ElementsAre(1));
  EXPECT_THAT(on_stream(rule, {"second", "firstlong"}), IsEmpty());
  EXPECT_THAT(on_stream(rule, {"firstlong", std::string(20'000, 'x'), "second"}), IsEmpty())
      << "farther apart than the window";
}

TEST(Detector, bytes_that_a_keyword_reads_may_come_in_a_later_segment) {
  struct Case {
    const char* options;
    std::vector<std::string> segments;
  };
  const Case cases[] = {
      {"content:\"len=\"; byte_test:2,>,10,0,relative,string,dec;", {"len=", "42"}},
      {"content:\"len=\"; isdataat:8,relative;", {"len=", "abcd", "efgh"}},
      {"content:\"len=\"; byte_jump:1,0,relative;", {std::string("len=\x03"), "abc"}},
      {"content:\"len=\"; isdataat:9;", {"len=", "abcdef"}},
  };
  for (const auto& c : cases)
    EXPECT_THAT(on_stream(kTcp + "(" + c.options + " sid:1;)", c.segments), ElementsAre(1))
        << c.options;
}

TEST(Detector, a_number_at_a_fixed_place_alerts_once) {
  EXPECT_THAT(on_stream(kTcp + "(byte_test:1,=,0x61,0; sid:1;)", {"ab", "cd", "ef"}),
              ElementsAre(1));
  EXPECT_THAT(on_stream(kTcp + "(isdataat:1; sid:1;)", {"ab", "cd", "ef"}), ElementsAre(1));
}

TEST(Detector, the_same_bytes_alert_once) {
  const auto rule = kTcp + "(content:\"abc\"; sid:1;)";
  EXPECT_THAT(on_stream(rule, {"abc", "x", "y"}), ElementsAre(1));
  EXPECT_THAT(on_stream(rule, {"abc", "abc"}), ElementsAre(1, 1));
  EXPECT_THAT(on_stream(rule, {"abcabc"}), ElementsAre(1)) << "once per packet";
  const auto pair = kTcp + "(content:\"aaaa\"; content:\"b\"; distance:0; sid:1;)";
  EXPECT_THAT(on_stream(pair, {"aaaab", "aaaa"}), ElementsAre(1)) << "no new b";
  EXPECT_THAT(on_stream(pair, {"aaaab", "aaaa", "b"}), ElementsAre(1, 1));
}

// Without a bound each of these takes minutes: the time limit of the test is what fails.
TEST(Detector, old_places_are_not_tried_again_with_every_segment) {
  std::vector<std::string> segments{std::string(2000, 'a'), std::string(2000, 'b')};
  segments.insert(segments.end(), 4000, "a");
  segments.emplace_back("b");
  EXPECT_THAT(on_stream(kTcp + "(content:\"a\"; content:\"b\"; distance:0; sid:1;)", segments),
              ElementsAre(1, 1));
  segments = {std::string(4000, 'a'), std::string(4000, 'a') + "b"};
  segments.insert(segments.end(), 100, "x");
  segments.emplace_back("ab");
  EXPECT_THAT(on_stream(kTcp + "(pcre:\"/a[^b]*b/\"; sid:1;)", segments), ElementsAre(1, 1));
}

TEST(Detector, a_connection_is_established_behind_its_handshake_or_with_its_first_data) {
  const auto rules =
      kTcp + "(flow:established; sid:1;)\n" + kTcp + "(flow:not_established; sid:2;)";
  for (const bool data : {false, true}) {
    Replay run;
    run.rules = rules;
    TcpTalk talk;
    auto opening = talk.handshake();
    ASSERT_EQ(opening.size(), 3U);
    if (data) opening.pop_back();
    run.add(opening);
    run.add(talk.from_client(tcp_flag::kAck, "abc"));
    const auto sids = run.go();
    EXPECT_EQ(std::count(sids.begin(), sids.end(), 1U), 1) << data;
    EXPECT_EQ(std::count(sids.begin(), sids.end(), 2U), data ? 2 : 3) << data;
  }
}

TEST(DetectorStreams, an_event_that_comes_again_is_asked_of_rules_that_did_not_match) {
  Replay run;
  run.rules =
      "alert smtp any any -> any any (app-layer-event:smtp.duplicate_fields; "
      "flowbits:isset,seen; sid:1;)\n"
      "alert tcp any any -> any any (content:\"NOOP magic\"; flowbits:set,seen; noalert; sid:2;)";
  TcpTalk talk;
  run.add(talk.handshake());
  run.add(talk.from_server(tcp_flag::kAck, "220 mx ESMTP\r\n"));
  for (const auto* line : {"EHLO me\r\n", "EHLO me\r\n", "NOOP magic\r\n", "EHLO me\r\n",
                           "EHLO me\r\n", "EHLO me\r\n"}) {
    run.add(talk.from_client(tcp_flag::kAck, line));
    run.add(talk.from_server(tcp_flag::kAck, "250 hi\r\n"));
  }
  EXPECT_THAT(run.go(), ElementsAre(1, 1)) << "one for each side";
}

}  // namespace
}  // namespace rampart::sniffer
