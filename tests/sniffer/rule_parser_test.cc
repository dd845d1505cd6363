#include <fmt/core.h>
#include <gtest/gtest.h>

#include "packet_builder.h"
#include "sniffer/rules/classification.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

using namespace test;

const std::string kHead = "alert tcp any any -> any any ";

Rule parse(const std::string& options, const std::string& head = kHead) {
  auto parsed = parse_rules(head + "(" + options + " sid:1;)", "t.rules");
  EXPECT_TRUE(parsed.diagnostics.empty()) << to_string(parsed.diagnostics.front());
  if (parsed.set.rules.empty()) return {};
  return parsed.set.rules[0];
}

TEST(RuleParser, reads_the_header) {
  const auto parsed = parse_rules(
      "drop udp [10.0.0.0/8, ![10.1.0.0/16, !10.1.2.3]] !53 <> $HOME_NET [1024:,80:90,!85] "
      "(sid:7; rev:3;)",
      "t.rules", {{"HOME_NET", "192.168.1.10-192.168.1.20"}});
  ASSERT_EQ(parsed.set.rules.size(), 1U);
  const auto& r = parsed.set.rules[0];
  EXPECT_EQ(r.action, Action::drop);
  EXPECT_EQ(r.proto, RuleProto::udp);
  EXPECT_TRUE(r.bidirectional);
  EXPECT_EQ(r.sid, 7U);
  EXPECT_EQ(r.rev, 3U);
  EXPECT_TRUE(r.source.contains(ip("10.9.9.9")));
  EXPECT_FALSE(r.source.contains(ip("10.1.9.9")));
  EXPECT_TRUE(r.source.contains(ip("10.1.2.3")));
  EXPECT_FALSE(r.source.contains(ip("11.0.0.1")));
  EXPECT_FALSE(r.source_ports.contains(53));
  EXPECT_TRUE(r.source_ports.contains(54));
  EXPECT_TRUE(r.destination.contains(ip("192.168.1.20")));
  EXPECT_FALSE(r.destination.contains(ip("192.168.1.21")));
  for (const int port : {80, 90, 1024, 65535})
    EXPECT_TRUE(r.destination_ports.contains(static_cast<std::uint16_t>(port))) << port;
  for (const int port : {79, 85, 91, 1023})
    EXPECT_FALSE(r.destination_ports.contains(static_cast<std::uint16_t>(port))) << port;
}

TEST(RuleParser, the_usual_variables_need_not_be_set) {
  const auto r = parse("", "alert tcp $EXTERNAL_NET any -> $HTTP_SERVERS $HTTP_PORTS ");
  EXPECT_TRUE(r.source.any());
  EXPECT_TRUE(r.destination.any());
  EXPECT_TRUE(r.destination_ports.contains(80));
  EXPECT_FALSE(r.destination_ports.contains(81));
  const auto shell = parse("", "alert tcp any any -> any !$SHELLCODE_PORTS ");
  EXPECT_TRUE(shell.destination_ports.contains(80));
  EXPECT_FALSE(shell.destination_ports.contains(81));
}

TEST(RuleParser, reads_contents) {
  const auto r = parse(R"(content:"GET |0d 0A|\;\"|7c|"; nocase; offset:3; depth:20; )"
                       R"(content:!"x"; distance:-2; within:9; content:"y"; startswith; )"
                       R"(content:"z"; endswith; fast_pattern; rawbytes;)");
  ASSERT_EQ(r.payload.size(), 4U);
  const auto& first = std::get<Content>(r.payload[0]);
  EXPECT_EQ(first.bytes, "GET \r\n;\"|");
  EXPECT_TRUE(first.nocase);
  EXPECT_EQ(first.offset, 3);
  EXPECT_EQ(first.depth, 20);
  const auto& second = std::get<Content>(r.payload[1]);
  EXPECT_TRUE(second.negated);
  EXPECT_EQ(second.distance, -2);
  EXPECT_EQ(second.within, 9);
  EXPECT_TRUE(std::get<Content>(r.payload[2]).startswith);
  EXPECT_TRUE(std::get<Content>(r.payload[3]).endswith);
  EXPECT_TRUE(std::get<Content>(r.payload[3]).fast_pattern);
}

TEST(RuleParser, reads_what_describes_a_rule) {
  const auto r = parse(R"(msg:"a \"b\"\; c"; classtype:web-application-attack; gid:5; )"
                       R"(reference:cve,2020-1; metadata:k1 v1, k2 v 2; target:dest_ip; noalert; )"
                       R"(threshold:type both, track by_src, count 3, seconds 60;)");
  EXPECT_EQ(r.msg, "a \"b\"; c");
  EXPECT_EQ(r.category, "Web Application Attack");
  EXPECT_EQ(r.priority, 1U);
  EXPECT_EQ(r.gid, 5U);
  EXPECT_EQ(r.references[0], std::pair(std::string("cve"), std::string("2020-1")));
  EXPECT_EQ(r.metadata[1], std::pair(std::string("k2"), std::string("v 2")));
  EXPECT_EQ(r.target, RuleTarget::destination);
  EXPECT_TRUE(r.noalert);
  ASSERT_TRUE(r.threshold);
  EXPECT_EQ(r.threshold->type, Threshold::Type::both);
  EXPECT_EQ(r.threshold->count, 3U);
  EXPECT_EQ(parse("priority:7; classtype:web-application-attack;").priority, 7U);
  EXPECT_EQ(parse("classtype:web-application-attack; priority:7;").priority, 7U);
  EXPECT_EQ(parse("").priority, 3U);
  EXPECT_EQ(parse("classtype:nobody-knows-it;").priority, 3U);
  EXPECT_EQ(parse("classtype:nobody-knows-it;").category, "");
  EXPECT_EQ(parse("priority:70000;").priority, 70000U);
}

TEST(RuleParser, reads_numbers_of_headers) {
  struct Case {
    const char* option;
    std::uint32_t low, high;
    bool negated = false;
  };
  const Case cases[] = {{"dsize:10;", 10, 10},
                        {"dsize:>10;", 11, 65535},
                        {"dsize:<10;", 0, 9},
                        {"dsize:10<>20;", 11, 19},
                        {"dsize:10-20;", 11, 19},
                        {"dsize:!10;", 10, 10, true},
                        {"ttl:<=5;", 0, 5},
                        {"ttl:>=5;", 5, 255},
                        {"window:0x10;", 16, 16},
                        {"seq:4294967295;", ~0U, ~0U},
                        {"ip_proto:!UDP;", 17, 17, true},
                        {"ip_proto:>100;", 101, 255}};
  for (const auto& c : cases) {
    const auto r = parse(c.option);
    ASSERT_EQ(r.headers.size(), 1U) << c.option;
    EXPECT_EQ(r.headers[0].low, c.low) << c.option;
    EXPECT_EQ(r.headers[0].high, c.high) << c.option;
    EXPECT_EQ(r.headers[0].negated, c.negated) << c.option;
  }
}

TEST(RuleParser, reads_flags) {
  struct Case {
    const char* option;
    FlagsTest::Mode mode;
    std::uint8_t wanted, ignored;
  };
  const Case cases[] = {{"flags:S;", FlagsTest::Mode::exact, 0x02, 0},
                        {"flags:SA+;", FlagsTest::Mode::all, 0x12, 0},
                        {"flags:*SF;", FlagsTest::Mode::any, 0x03, 0},
                        {"flags:!R;", FlagsTest::Mode::not_all, 0x04, 0},
                        {"tcp.flags:S,12;", FlagsTest::Mode::exact, 0x02, 0xC0},
                        {"flags:0;", FlagsTest::Mode::exact, 0, 0}};
  for (const auto& c : cases) {
    const auto r = parse(c.option);
    ASSERT_TRUE(r.flags) << c.option;
    EXPECT_EQ(r.flags->mode, c.mode) << c.option;
    EXPECT_EQ(r.flags->wanted, c.wanted) << c.option;
    EXPECT_EQ(r.flags->ignored, c.ignored) << c.option;
  }
}

struct Bad {
  std::string rule;
  std::size_t column;
  std::string message;
};

TEST(RuleParser, says_what_is_wrong_and_where) {
  // Options begin at column 31.
  const auto opt = [](const std::string& options) { return kHead + "(" + options + ")"; };
  const Bad cases[] = {
      {"alrt tcp any any -> any any (sid:1;)", 1,
       "unknown action 'alrt'; use alert, pass, drop or reject"},
      {"alert nfs any any -> any any (sid:1;)", 7, "protocol 'nfs' is not supported yet"},
      {"alert tcp any any => any any (sid:1;)", 19, "expected '->' or '<>', not '=>'"},
      {"alert tcp any any -> any (sid:1;)", 22,
       "a rule begins with: action protocol source port -> destination port"},
      {"alert tcp [10.0.0.1 any -> any any (sid:1;)", 11, "the closing ']' is missing"},
      {"alert tcp 10.0.0.1] any -> any any (sid:1;)", 19, "']' without '['"},
      {"alert tcp 10.0.0.300 any -> any any (sid:1;)", 11,
       "'10.0.0.300' is not an IPv4 or IPv6 address"},
      {"alert tcp any 80:x -> any any (sid:1;)", 15,
       "'80:x' is not a port, or a range like 1024: or 80:90 with ports of 0 to 65535"},
      {"alert tcp any 70000 -> any any (sid:1;)", 15,
       "'70000' is not a port, or a range like 1024: or 80:90 with ports of 0 to 65535"},
      {"alert tcp $NOWHERE any -> any any (sid:1;)", 11,
       "the address variable '$NOWHERE' is not set; the file of --vars can set it"},
      {"alert tcp !any any -> any any (sid:1;)", 11,
       "'!any' excludes everything, so the rule can never match"},
      {"alert tcp !$HOME_NET any -> any any (sid:1;)", 11,
       "'!$HOME_NET' excludes everything, so the rule can never match; HOME_NET is any where "
       "--vars "
       "does not set it"},
      {"alert tcp any any -> any any", 29, "the options in parentheses are missing"},
      {kHead + "(sid:1;", 37, "the closing ')' is missing"},
      {opt("msg:\"x\";"), 1, "the rule has no sid"},
      {opt("msg:\"x; sid:1;"), 35, "the quote of 'msg' is not closed"},
      {opt("msg:\"x\"; sid:1"), 45, "missing ';' after 'sid'"},
      {opt("nocase"), 37, "missing ';' after 'nocase'"},
      {opt("sid:0;"), 35, "'0' is not a number of 1 to 4294967295"},
      {opt("sid:x;"), 35, "'x' is not a number of 1 to 4294967295"},
      {opt("sid;"), 31, "'sid' needs a value"},
      {opt("smb.share; sid:1;"), 31, "keyword 'smb.share' is not supported yet"},
      {opt("noalert:1; sid:1;"), 39, "'noalert' takes no value"},
      {opt("nocase; sid:1;"), 31, "'nocase' needs a content before it"},
      {opt("content:x; sid:1;"), 39, "expected a text in quotes"},
      {opt("content:\"\"; sid:1;"), 40, "the content is empty"},
      {opt("content:\"a|0g|\"; sid:1;"), 43, "'g' is not a hexadecimal digit"},
      {opt("content:\"a|0|\"; sid:1;"), 43, "a hexadecimal byte needs two digits"},
      {opt("content:\"a|00\"; sid:1;"), 41, "the closing '|' is missing"},
      {opt("content:\"a\\n\"; sid:1;"), 41,
       "a backslash in content stands before \" ; : \\ or | only"},
      {opt("content:\"abc\"; depth:2; sid:1;"), 39,
       "depth 2 is less than the content's 3 bytes, so the rule can never match"},
      {opt("content:\"abc\"; within:2; sid:1;"), 39,
       "within 2 is less than the content's 3 bytes, so the rule can never match"},
      {opt("content:\"a\"; depth:1; depth:2; sid:1;"), 59, "'depth' stands twice on one content"},
      {opt("content:\"a\"; offset:1; distance:1; sid:1;"), 39,
       "a content is either absolute (offset, depth) or relative (distance, within), not both"},
      {opt("content:\"a\"; startswith; offset:1; sid:1;"), 39,
       "startswith goes with no offset, depth, distance or within"},
      {opt("content:\"a\"; fast_pattern; content:\"b\"; fast_pattern; sid:1;"), 1,
       "only one content may be the fast_pattern"},
      {opt("pcre:\"/a/K\"; sid:1;"), 40, "pcre flag 'K' is not supported yet"},
      {opt("pcre:\"/(a/\"; sid:1;"), 38,
       "the regular expression is wrong at byte 3: missing closing parenthesis"},
      {opt("pcre:\"abc\"; sid:1;"), 37, "expected pcre:\"/pattern/flags\""},
      {opt("isdataat:x; sid:1;"), 40,
       "'x' is not a number, nor a variable that byte_extract or byte_math reads before"},
      {opt("isdataat:-1; sid:1;"), 40, "'-1' is not a number of 0 to 65535"},
      {opt("isdataat:4,absolute; sid:1;"), 42, "'absolute' is not known here"},
      {opt("byte_test:1,~,2,3; sid:1;"), 43, "unknown operator '~'; use < > = <= >= & or ^"},
      {opt("byte_test:9,=,2,3; sid:1;"), 41, "the number of bytes must be 1 to 8"},
      {opt("byte_test:1,=,2,3,dce; sid:1;"), 49, "'dce' is not supported here yet"},
      {opt("byte_jump:1; sid:1;"), 41, "expected byte_jump:bytes,offset"},
      {opt("flow:to_server,to_client; sid:1;"), 46, "a packet goes in one direction only"},
      {opt("flow:established,stateless; sid:1;"), 48,
       "established, not_established and stateless exclude each other"},
      {opt("flow:fresh; sid:1;"), 36, "flow option 'fresh' is not supported yet"},
      {opt("flags:SX; sid:1;"), 38, "'X' is not a TCP flag; use F S R P A U E C or 0"},
      {opt("dsize:70000; sid:1;"), 37, "'70000' is not a number of 0 to 65535"},
      {opt("dsize:5<>6; sid:1;"), 37,
       "nothing lies between the ends of '5<>6', which it leaves out"},
      {opt("ttl:>255; sid:1;"), 35, "'>255' can never match"},
      {opt("threshold:type limit, track by_x, count 1, seconds 1; sid:1;"), 59,
       "track is by_src, by_dst, by_rule or by_both, not 'by_x'"},
      {opt("threshold:type limit, track by_src; sid:1;"), 41,
       "expected type, track, count and seconds"},
      {opt("flags:S; flow:only_stream; sid:1;"), 1,
       "the rule asks for the stream and for a property of single packets"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_rules(c.rule, "t.rules");
    EXPECT_EQ(parsed.failed, 1U) << c.rule;
    ASSERT_EQ(parsed.diagnostics.size(), 1U) << c.rule;
    EXPECT_EQ(parsed.diagnostics[0].message, c.message) << c.rule;
    EXPECT_EQ(parsed.diagnostics[0].column, c.column) << c.rule;
    EXPECT_EQ(parsed.diagnostics[0].line, 1U);
  }
}

TEST(RuleParser, says_what_was_probably_meant) {
  const auto opt = [](const std::string& options) { return kHead + "(" + options + ")"; };
  const Bad cases[] = {
      {opt("contnet:\"a\"; sid:1;"), 31, "unknown keyword 'contnet': did you mean 'content'?"},
      {opt("http.urii; content:\"a\"; sid:1;"), 31,
       "unknown keyword 'http.urii': did you mean 'http.uri'?"},
      {opt("content:\"a\"; http_heder; sid:1;"), 44,
       "unknown keyword 'http_heder': did you mean 'http_header'?"},
      {opt("file.data; to_lowecase; content:\"a\"; sid:1;"), 42,
       "unknown keyword 'to_lowecase': did you mean 'to_lowercase'?"},
      {opt("nfs.version:1; sid:1;"), 31, "keyword 'nfs.version' is not supported yet"},
      {"alert htp any any -> any any (sid:1;)", 7, "unknown protocol 'htp': did you mean 'http'?"},
      {"alert tftp any any -> any any (sid:1;)", 7, "protocol 'tftp' is not supported yet"},
      {opt("http.uri; byte_extract:1,0,n; http.header; content:\"a\"; offset:n; sid:1;"), 82,
       "the variable 'n' is used in another buffer than the one that it is read from, or before it "
       "is read"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_rules(c.rule, "t.rules");
    ASSERT_EQ(parsed.diagnostics.size(), 1U) << c.rule;
    EXPECT_EQ(parsed.diagnostics[0].message, c.message) << c.rule;
    EXPECT_EQ(parsed.diagnostics[0].column, c.column) << c.rule;
  }
}

TEST(RuleParser, one_bad_rule_costs_only_itself) {
  const auto parsed = parse_rules(
      "# a comment\n"
      "\n"
      "alert tcp any any -> any any (sid:1;)\r\n"
      "alert tcp any any -> any any ( \\\n"
      "  msg:\"long\"; \\\r\n"
      "  nonsense; sid:2;)\n"
      "#alert tcp any any -> any any (sid:3;)\n"
      "alert tcp any any -> any any (sid:1; msg:\"again\";)\n"
      "alert tcp any any -> any any (sid:4;)",
      "dir/t.rules");
  ASSERT_EQ(parsed.set.rules.size(), 2U);
  EXPECT_EQ(parsed.set.rules[1].sid, 4U);
  ASSERT_EQ(parsed.diagnostics.size(), 2U);
  EXPECT_EQ(to_string(parsed.diagnostics[0]),
            "dir/t.rules:6:3: keyword 'nonsense' is not supported yet");
  EXPECT_EQ(to_string(parsed.diagnostics[1]),
            "dir/t.rules:8:1: sid 1 stands in an earlier rule; this one is left out");
}

TEST(RuleParser, the_highest_revision_of_a_sid_stands) {
  const auto parsed = parse_rules(
      "alert tcp any any -> any any (sid:1; rev:1; msg:\"a\";)\n"
      "alert tcp any any -> any any (sid:2; rev:7;)\n"
      "alert tcp any any -> any any (sid:1; rev:3; msg:\"b\";)\n"
      "alert tcp any any -> any any (sid:1; rev:2; msg:\"c\";)\n"
      "alert tcp any any -> any any (sid:1; rev:3; msg:\"d\";)\n"
      "alert tcp any any -> any any (sid:1; gid:2; rev:9;)\n"
      " alert tcp any any -> any any (sid:2; rev:8;)\n"
      "alert tcp any any -> any any (sid:1; rev:4; msg:\"e\";)\n",
      "t.rules");
  std::vector<std::string> kept, said;
  for (const auto& r : parsed.set.rules)
    kept.push_back(fmt::format("{}:{}:{} {}", r.gid, r.sid, r.rev, r.msg));
  EXPECT_EQ(kept, (std::vector<std::string>{"2:1:9 ", "1:2:8 ", "1:1:4 e"}));
  for (const auto& d : parsed.diagnostics) said.push_back(to_string(d));
  EXPECT_EQ(said, (std::vector<std::string>{
                      "t.rules:1:1: sid 1 stands again with a later revision, 3 after 1, at "
                      "t.rules:3; this one is left out",
                      "t.rules:4:1: sid 1 stands in an earlier rule; this one is left out",
                      "t.rules:5:1: sid 1 stands in an earlier rule; this one is left out",
                      "t.rules:2:1: sid 2 stands again with a later revision, 8 after 7, at "
                      "t.rules:7; this one is left out",
                      "t.rules:3:1: sid 1 stands again with a later revision, 4 after 3, at "
                      "t.rules:8; this one is left out"}));
  EXPECT_EQ(parsed.failed, 5U);
}

TEST(RuleParser, names_the_files_of_which_nothing_is_left) {
  const ScratchDir dir;
  const auto good = dir.write("good.rules", kHead + "(sid:1;)\n" + kHead + "(nonsense; sid:2;)\n");
  const auto again = dir.write("again.rules", kHead + "(sid:1;)\n");
  const auto none = dir.write("none.rules", "# nothing yet\n\n");
  const auto vain = dir.write("vain.rules",
                              "alert http any any -> any any "
                              "(app-layer-event:http.request_line_missing_protocol; sid:3;)\n");
  const auto bad = dir.write("bad.rules", kHead + "(nonsense; sid:4;)\n");
  const std::string paths[] = {good, again, none, vain, bad};
  const auto parsed = load_rules(paths);
  ASSERT_TRUE(parsed) << parsed.error().text;
  EXPECT_EQ(parsed->failed, 4U);
  EXPECT_EQ(parsed->useless, std::vector{bad});
}

TEST(RuleParser, loads_files_and_the_classification_beside_them) {
  const ScratchDir dir;
  dir.write("classification.config", "# mine\nconfig classification: mine,My Class,2\n");
  const auto a = dir.write("a.rules", kHead + "(classtype:mine; sid:1;)\n");
  const auto b = dir.write("b.rules", kHead + "(sid:1;)\n");
  const std::string paths[] = {a, b};
  const auto parsed = load_rules(paths);
  ASSERT_TRUE(parsed) << parsed.error().text;
  ASSERT_EQ(parsed->set.rules.size(), 1U);
  EXPECT_EQ(parsed->set.rules[0].category, "My Class");
  EXPECT_EQ(parsed->set.rules[0].priority, 2U);
  EXPECT_EQ(parsed->diagnostics.size(), 1U) << "duplicates are found across files";

  const std::string missing[] = {dir.path("none.rules")};
  const auto none = load_rules(missing);
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().text, "cannot open " + missing[0] + ": No such file or directory");
  dir.write("classification.config", "config classification: bad,Bad,0\n");
  const auto bad = load_rules(paths);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().text,
            dir.path("classification.config") +
                ":1: expected 'config classification: name,description,priority' with a priority "
                "of 1 to 255");
}

TEST(RuleParser, survives_every_truncation) {
  const std::string rule =
      "alert tcp [10.0.0.0/8,!$HOME_NET] 80: -> any any (msg:\"a\\\"\"; content:\"x|00|\"; "
      "pcre:\"/a/i\"; byte_test:1,=,2,3,relative; flow:established; sid:1;)";
  const RuleVariables variables{{"HOME_NET", "10.1.0.0/16"}};
  EXPECT_EQ(parse_rules(rule, "t", variables).failed, 0U);
  for (std::size_t n = 1; n < rule.size(); ++n)
    EXPECT_EQ(parse_rules(rule.substr(0, n), "t", variables).failed, 1U) << n;
}

TEST(RuleParser, a_variable_may_not_contain_itself) {
  const auto parsed =
      parse_rules("alert tcp $A any -> any any (sid:1;)", "t", {{"A", "[$B]"}, {"B", "$A"}});
  EXPECT_EQ(parsed.failed, 1U);
}

}  // namespace
}  // namespace rampart::sniffer
