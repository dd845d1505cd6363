#include <gtest/gtest.h>

#include "dns_builder.h"
#include "replay.h"
#include "sniffer/rules/regex.h"
#include "sniffer/rules/rule_set.h"
#include "test_certificate_der.h"
#include "tls_builder.h"

// Keywords on applications, events and what rules remember; those of payloads and headers are in
// rule_parser_test.cc.

namespace rampart::sniffer {
namespace {

using namespace test;

std::string as_text(const Octets& bytes) { return {bytes.begin(), bytes.end()}; }

ParsedRules read(const std::string& options, const std::string& proto = "tcp") {
  return parse_rules("alert " + proto + " any any -> any any (" + options + " sid:1;)", "t");
}

Rule parse(const std::string& options, const std::string& proto = "tcp") {
  auto parsed = read(options, proto);
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d) << " of " << options;
  return parsed.set.rules.empty() ? Rule{} : parsed.set.rules[0];
}

TEST(RuleKeywords, protocols_of_the_header) {
  struct Case {
    const char* name;
    RuleProto proto;
    AppProto app;
  };
  const Case cases[] = {{"http", RuleProto::tcp, AppProto::http1},
                        {"http1", RuleProto::tcp, AppProto::http1},
                        {"http2", RuleProto::tcp, AppProto::http2},
                        {"tls", RuleProto::tcp, AppProto::tls},
                        {"dns", RuleProto::ip, AppProto::dns},
                        {"smtp", RuleProto::tcp, AppProto::smtp},
                        {"ftp", RuleProto::tcp, AppProto::ftp},
                        {"ssh", RuleProto::tcp, AppProto::ssh},
                        {"smb", RuleProto::tcp, AppProto::smb},
                        {"ftp-data", RuleProto::tcp, AppProto::ftp_data},
                        {"IP", RuleProto::ip, AppProto::unknown},
                        {"icmpv4", RuleProto::icmp4, AppProto::unknown},
                        {"icmpv6", RuleProto::icmp6, AppProto::unknown},
                        {"sctp", RuleProto::sctp, AppProto::unknown},
                        {"pkthdr", RuleProto::any_frame, AppProto::unknown}};
  for (const auto& c : cases) {
    const auto rule = parse("", c.name);
    EXPECT_EQ(rule.proto, c.proto) << c.name;
    EXPECT_EQ(rule.app, c.app) << c.name;
  }
}

TEST(RuleKeywords, names_of_what_is_remembered_are_numbers_of_the_set) {
  const std::string head = "alert tcp any any -> any any (";
  const auto parsed = parse_rules(head + "flowbits:set,a; xbits:set,a,track ip_src; sid:1;)\n" +
                                      head + "flowbits:isset,b|a; flowint:n,+,1; sid:2;)\n" + head +
                                      "flowbits:noalert; flowbits:unset,b; sid:3;)\n",
                                  "t");
  ASSERT_EQ(parsed.set.rules.size(), 3U);
  const auto& rules = parsed.set.rules;
  EXPECT_EQ(rules[0].flowbits[0].bits, std::vector<StateId>{0});
  EXPECT_EQ(rules[0].xbits[0].bit, 0U);
  EXPECT_EQ(rules[0].xbits[0].seconds, 30U);
  EXPECT_EQ(rules[1].flowbits[0].bits, (std::vector<StateId>{1, 0}));
  EXPECT_TRUE(rules[2].noalert);
  EXPECT_EQ(rules[2].flowbits.size(), 1U);
  EXPECT_EQ(parsed.set.names.flowbits.size(), 2U);
  EXPECT_EQ(parsed.set.names.flowbits.name(1), "b");
  EXPECT_EQ(parsed.set.names.flowints.name(0), "n");
}

TEST(RuleKeywords, events) {
  EXPECT_EQ(parse("decode-event:udp.len_invalid;", "pkthdr").decode_events,
            std::vector<Invalid>{Invalid::udp_length});
  EXPECT_EQ(parse("app-layer-event:applayer_wrong_direction_first_data;").app_events,
            std::vector<AppEvent>{AppEvent::wrong_direction_first_data});
  EXPECT_EQ(event_of("applayer.applayer_wrong_direction_first_data"),
            AppEvent::wrong_direction_first_data);
  EXPECT_EQ(event_of(""), std::nullopt);
  EXPECT_EQ(event_of("http.no_such_event"), std::nullopt);
  EXPECT_EQ(event_of("http.request_line_missing_protocol"), std::nullopt);
  EXPECT_EQ(event_of("http.too_many_warnings"), AppEvent::http_too_many_warnings);
}

TEST(RuleKeywords, events_that_nothing_raises_may_be_asked_for) {
  for (const auto* options :
       {"stream-event:3whs_ack_in_wrong_dir;", "stream-event:reassembly_segment_before_base_seq;",
        "app-layer-event:smtp.max_command_line_len_exceeded;",
        "app-layer-event:dns.not_a_request;"})
    parse(options);
  parse("decode-event:ipv4.opt_unknown;", "pkthdr");
}

bool version_matches(const std::string& option, std::string_view text) {
  const auto rule = parse(option);
  if (rule.sections.size() != 1 || rule.sections[0].buffer != BufferId::tls_version) return false;
  const auto& pcre = std::get<Pcre>(rule.sections[0].matches[0]);
  RegexScratch scratch;
  const auto found = pcre.regex->find(
      {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, 0, scratch);
  return found.has_value() != pcre.negated;
}

TEST(RuleKeywords, versions_of_tls) {
  EXPECT_TRUE(version_matches("tls.version:1.2;", "TLS 1.2"));
  EXPECT_TRUE(version_matches("tls.version:1.2;", "1.2"));
  EXPECT_FALSE(version_matches("tls.version:\"1.2\";", "TLS 1.3"));
  EXPECT_TRUE(version_matches("tls.version:1.0;", "TLSv1"));
  EXPECT_FALSE(version_matches("tls.version:1.0;", "TLS 1.1"));
  EXPECT_TRUE(version_matches("ssl_version:sslv3,tls1.0;", "SSLv3"));
  EXPECT_FALSE(version_matches("ssl_version:!sslv3,!tls1.0;", "SSLv3"));
  EXPECT_TRUE(version_matches("ssl_version:!sslv3,!tls1.0;", "TLS 1.2"));
}

TEST(RuleKeywords, texts_of_certificates_and_banners) {
  struct Case {
    const char* options;
    BufferId buffer;
    const char* text;
    bool whole;
    bool negated;
  };
  const Case cases[] = {
      {R"(tls.subject:"CN=a";)", BufferId::tls_cert_subject, "CN=a", false, false},
      {R"(tls.issuerdn:!"CN=a";)", BufferId::tls_cert_issuer, "CN=a", false, true},
      {R"(tls.fingerprint:"aa:bb";)", BufferId::tls_cert_fingerprint, "aa:bb", true, false},
      {R"(ssh.protoversion:2.0;)", BufferId::ssh_proto, "2.0", true, false},
      {R"(ssh.softwareversion:"OpenSSH";)", BufferId::ssh_software, "OpenSSH", true, false},
  };
  for (const auto& c : cases) {
    const auto rule = parse(c.options);
    ASSERT_EQ(rule.sections.size(), 1U) << c.options;
    EXPECT_EQ(rule.sections[0].buffer, c.buffer);
    const auto& content = std::get<Content>(rule.sections[0].matches[0]);
    EXPECT_EQ(content.bytes, c.text);
    EXPECT_EQ(content.startswith && content.endswith, c.whole);
    EXPECT_EQ(content.negated, c.negated);
  }
}

TEST(RuleKeywords, numbers_of_applications) {
  EXPECT_EQ(parse("dns.opcode:5;").sections.at(0).matches.size(), 1U);
  EXPECT_EQ(parse("dns.opcode:!0;").sections.at(0).buffer, BufferId::dns_opcode);
  EXPECT_EQ(parse("dns.opcode:1-5;").sections.at(0).matches.size(), 2U);
  EXPECT_EQ(parse("tls.cert_chain_len:>2;").app, AppProto::tls);
  for (const auto* options : {"dns.opcode:16;", "dns.opcode;", "tls.cert_chain_len:256;"})
    EXPECT_FALSE(read(options).diagnostics.empty()) << options;
}

// RFC 1035, section 4.1.1: bits 3 to 6 of the third byte.
TEST(RuleKeywords, the_opcode_of_a_message) {
  struct Case {
    const char* options;
    unsigned opcode;
    std::size_t alerts;
  };
  const Case cases[] = {
      {"dns.opcode:4;", 4, 1},   {"dns.opcode:4;", 0, 0},   {"dns.opcode:!4;", 0, 1},
      {"dns.opcode:!4;", 4, 0},  {"dns.opcode:>3;", 4, 1},  {"dns.opcode:>4;", 4, 0},
      {"dns.opcode:3-5;", 4, 1}, {"dns.opcode:4-8;", 4, 0}, {"dns.opcode:0;", 0, 1},
  };
  for (const auto& c : cases) {
    const auto query = dns_query("a.example", static_cast<std::uint16_t>(0x0100 | c.opcode << 11U));
    Replay run;
    run.rules = std::string("alert dns any any -> any any (") + c.options + " sid:1;)";
    for (const auto& message : {dns_query("b.example"), query})
      run.add(ethernet(udp({}, 4000, 53, as_text(message))));
    // The first message has opcode 0, so that the flow is known to be DNS.
    const auto of_first = on_datagram(run.rules, as_text(dns_query("b.example"))).size();
    EXPECT_EQ(run.go().size() - of_first, c.alerts) << c.options << " of " << c.opcode;
  }
}

TEST(RuleKeywords, the_length_of_a_chain) {
  struct Case {
    const char* options;
    std::size_t alerts;
  };
  const Case cases[] = {
      {"tls.cert_chain_len:2;", 1},  {"tls.cert_chain_len:1;", 0},   {"tls.cert_chain_len:>1;", 1},
      {"tls.cert_chain_len:>2;", 0}, {"tls.cert_chain_len:!3;", 1},  {"tls.cert_chain_len:!2;", 0},
      {"tls.cert_chain_len:<3;", 1}, {"tls.cert_chain_len:1-3;", 1},
  };
  for (const auto& c : cases) {
    Replay run;
    run.rules = std::string("alert tls any any -> any any (") + c.options + " sid:1;)";
    TcpTalk talk;
    talk.server_port = 443;
    run.add(talk.handshake());
    run.add(talk.from_client(tcp_flag::kAck, as_text(tls_handshake(1, tls_client_hello({})))));
    const auto der = certificate_der();
    run.add(talk.from_server(tcp_flag::kAck,
                             as_text(tls_handshake(2, tls_server_hello(0x0303, 0xC02F)) +
                                     tls_handshake(11, tls_certificates({der, der})))));
    run.add(talk.from_client(tcp_flag::kAck));
    EXPECT_EQ(run.go().size(), c.alerts) << c.options;
  }
}

TEST(RuleKeywords, files_and_frames_look_at_one_buffer_together) {
  const auto files = parse(R"(filename:"a"; fileext:!"exe"; filesize:<1KB; filestore;)");
  ASSERT_EQ(files.sections.size(), 1U);
  EXPECT_EQ(files.sections[0].buffer, BufferId::file_facts);
  EXPECT_EQ(files.sections[0].matches.size(), 5U);
  EXPECT_EQ(files.app, AppProto::unknown) << "files travel in several protocols";

  const auto settings = parse(
      "http2.settings:SETTINGS_HEADER_TABLE_SIZE>4096; "
      "http2.settings:SETTINGS_ENABLE_PUSH=0; http2.priority:32-64;");
  EXPECT_EQ(settings.app, AppProto::http2);
  ASSERT_EQ(settings.sections.size(), 3U) << "each of its own";
  EXPECT_EQ(settings.sections[0].matches.size(), 3U);
  EXPECT_EQ(settings.sections[2].matches.size(), 2U);
}

TEST(RuleKeywords, what_changes_no_alert_is_checked_and_dropped) {
  for (const auto* options :
       {"tag:session;", "tag:session,5,packets;", "tag:session,10,seconds,src;",
        "tag:host,100,packets,src;", "prefilter;", "requires:version >= 7.0.3 < 8;",
        "requires:version > 7.0.9, version <= 7.0.10;", "requires:version >= 8.0.1 | >= 7;",
        R"(pcre:"/gid=(\d+)/, flow:gid";)", R"(pcre:"/a/, pkt:uid, pkt:name";)", R"(pcre:"/a/O";)"})
    parse(options);
}

TEST(RuleKeywords, contents_that_a_buffer_may_have) {
  for (const auto* options :
       {R"(http.host; content:"A.Example"; nocase;)", R"(http.host; content:!"A";)",
        R"(http.uri; to_uppercase; content:"AB|20|";)", R"(http.uri; to_lowercase; content:"ab";)",
        R"(http.uri; to_lowercase; dotprefix; content:".Ab"; nocase;)",
        R"(http.uri; compress_whitespace; content:"a b";)", R"(http.uri; bsize:>2; content:"abc";)",
        R"(http.uri; bsize:!2; content:"abc";)", R"(http.uri; bsize:3; content:"abc";)"})
    parse(options);
}

TEST(RuleKeywords, alert_takes_noalert_back) {
  EXPECT_TRUE(parse("noalert;").noalert);
  EXPECT_FALSE(parse("noalert; alert;").noalert);
}

struct Wrong {
  const char* options;
  const char* message;
  const char* keyword;
};

void expect_complaint(const Wrong& c) {
  const auto parsed = read(c.options);
  ASSERT_EQ(parsed.diagnostics.size(), 1U) << c.options;
  EXPECT_EQ(parsed.diagnostics[0].message, c.message) << c.options;
  EXPECT_EQ(parsed.diagnostics[0].keyword, c.keyword) << c.options;
}

TEST(RuleKeywords, says_what_can_never_be) {
  const Wrong cases[] = {
      {"http.uri; xor:\"2\"; content:\"a\";",
       "the key is hexadecimal, two digits a byte, such as 0d0ac8ff", "xor"},
      {"http.uri; xor:\"\"; content:\"a\";",
       "the key is hexadecimal, two digits a byte, such as 0d0ac8ff", "xor"},
      {"http.uri; xor:\"2g\"; content:\"a\";",
       "the key is hexadecimal, two digits a byte, such as 0d0ac8ff", "xor"},
      {"xor:\"20\"; content:\"a\";", "'xor' needs a sticky buffer before it", "xor"},
      {"http.uri; pcrexform:\"a\"; content:\"a\";",
       "the pattern has 0 groups that capture, and one is needed", "pcrexform"},
      {"http.uri; pcrexform:\"(a)(b)\"; content:\"a\";",
       "the pattern has 2 groups that capture, and one is needed", "pcrexform"},
      {"requires:version >= 8;",
       "the rule is for another version than 7.0.10, whose rules rampart reads", "requires"},
      {"requires:version >= 8 |;", "an alternative of the versions is empty", "requires"},
      {"requires:version >= 8 | | < 7;", "an alternative of the versions is empty", "requires"},
      {"requires:version 7;", "expected a comparison such as >= 7.0.3, not '7'", "requires"},
      {"requires:feature geoip;",
       "the rule requires 'feature geoip', and rampart knows of its version only", "requires"},
      {"http.host; content:\"a.Example\";",
       "the content has the byte 0x45, which this buffer never has, so the rule can never match",
       ""},
      {"http.uri; to_uppercase; content:\"Ab\";",
       "the content has the byte 0x62, which this buffer never has, so the rule can never match",
       ""},
      {"http.uri; strip_whitespace; content:\"a b\"; nocase;",
       "the content has the byte 0x20, which this buffer never has, so the rule can never match",
       ""},
      {"http.uri; bsize:2; content:\"abc\";",
       "the content is longer than the 2 bytes that bsize allows, so the rule can never match", ""},
      {"app-layer-protocol:http; app-layer-protocol:!tls;",
       "one protocol is asked for, or several different ones are excluded, each once",
       "app-layer-protocol"},
      {"app-layer-protocol:!tls; app-layer-protocol:!tls;",
       "one protocol is asked for, or several different ones are excluded, each once",
       "app-layer-protocol"},
      {"tos:256;", "'256' is not a number of 0 to 255", "tos"},
  };
  for (const auto& c : cases) expect_complaint(c);
  EXPECT_EQ(read("app-layer-protocol:!tls;", "http").diagnostics.at(0).message,
            "the rule is about http already, so that this says nothing, or can never hold");
}

TEST(RuleKeywords, says_what_is_wrong) {
  const Wrong cases[] = {
      {"lua:a.lua;", "'lua' is not supported: rules run no scripts here", "lua"},
      {"geoip:any,NL;", "'geoip' is not supported: rampart has no database of places", "geoip"},
      {"dataset:set,x;", "'dataset' is not supported: rampart keeps no data sets", "dataset"},
      {"smb.share;", "keyword 'smb.share' is not supported yet", "smb.share"},
      {"filemagic:\"PDF\";",
       "'filemagic' is not supported: rampart does not guess the kind of a file", "filemagic"},
      {"filemd5:list;", "'filemd5' is not supported: rampart computes no digests of files",
       "filemd5"},
      {"fileext:\"\";", "the text is empty", "fileext"},
      {"filesize:large;", "'large' is not a size like 100, 4KB, 2MB or 1GB", "filesize"},
      {"filesize:<0;", "no file is smaller than 0 bytes", "filesize"},
      {"filesize:5<>6;", "nothing lies between the ends of '5<>6'", "filesize"},
      {"filestore:up;", "'up' is not request, response or both", "filestore"},
      {"filestore:request,all;", "'all' is not file, tx, ssn or flow", "filestore"},
      {"ftpdata_command:list;", "'list' is not retr or stor", "ftpdata_command"},
      {"http2.frametype:NONE;",
       "'NONE' is no number of 0 to 255, and no name of HTTP/2 such as DATA", "http2.frametype"},
      {"http2.settings:X=1;", "'X' is not a setting of HTTP/2, such as SETTINGS_HEADER_TABLE_SIZE",
       "http2.settings"},
      {"http2.priority:256;", "'256' is not a number of 0 to 255", "http2.priority"},
      {"app-layer-event:http.nonsense;", "rampart's parsers raise no event 'http.nonsense'",
       "app-layer-event"},
      {"stream-event:wrong_thread;", "rampart raises no event 'wrong_thread' of streams",
       "stream-event"},
      {"decode-event:ipv9.x;", "rampart's decoder raises no event 'ipv9.x'", "decode-event"},
      {"app-layer-protocol:nfs;", "'nfs' is not a protocol that rampart recognises",
       "app-layer-protocol"},
      {"flowbits:get,a;", "'get' is not set, unset, toggle, isset, isnotset or noalert",
       "flowbits"},
      {"flowbits:set;", "expected flowbits:set,name", "flowbits"},
      {"flowbits:set,a|b;", "only isset and isnotset take several names", "flowbits"},
      {"flowbits:isset,a|;", "a name is missing here", "flowbits"},
      {"xbits:set,a;", "expected xbits:set,name,track ip_src", "xbits"},
      {"xbits:set,a,track tx;", "track is ip_src, ip_dst or ip_pair, not 'tx'", "xbits"},
      {"xbits:set,a,track ip_src,expire 0;", "'0' is not a number of seconds", "xbits"},
      {"flowint:a,~,1;", "unknown operator '~'; use = + - < <= == != >= > isset or isnotset",
       "flowint"},
      {"flowint:a,+;", "'+' takes a value", "flowint"},
      {"flowint:a,isset,1;", "'isset' takes no value", "flowint"},
      {"flowint:a,+,-1;", "'-1' is not a number of 0 to 4294967295", "flowint"},
      {"tag:flow;", "a tag is session or host, not 'flow'", "tag"},
      {"tag:host,1,packets,up;", "'up' is not src or dst", "tag"},
      {"stream_size:server,<;", "expected stream_size:side,operator,number", "stream_size"},
      {"stream_size:peer,<,5;", "a side is client, server, both or either, not 'peer'",
       "stream_size"},
      {"stream_size:server,~,5;", "unknown operator '~'; use < > = <= >= or !=", "stream_size"},
      {"fragbits:X;", "'X' is not a bit of fragments; use M D or R", "fragbits"},
      {"tls.version:2.0;", "'2.0' is not a version of TLS; use 1.0 to 1.3, sslv2 or sslv3",
       "tls.version"},
      {"ssl_version:tls1.0,!sslv3;", "versions are either all wanted or all excluded",
       "ssl_version"},
      {"urilen:5,both;", "'both' is not raw or norm", "urilen"},
      {"bsize:x;", "'x' is not a number of 0 to 4294967295", "bsize"},
      {R"(pcre:"/a/, x:y";)", "'x:y' is not known here", "pcre"},
      {"byte_extract:1,0;", "expected byte_extract:bytes,offset,name", "byte_extract"},
      {"byte_extract:1,0,9a;", "'9a' cannot name a variable", "byte_extract"},
      {"byte_extract:9,0,a;", "the number of bytes must be 1 to 8", "byte_extract"},
      {"byte_extract:1,0,a,align 3;", "'3' is not 2 or 4", "byte_extract"},
      {"byte_math:bytes 1, offset 0, oper +, rvalue 1;",
       "expected bytes, offset, oper, rvalue and result", "byte_math"},
      {"byte_math:bytes 1, offset 0, oper %, rvalue 1, result a;",
       "unknown operator '%'; use + - * / << or >>", "byte_math"},
      {"byte_math:bytes 1, offset 0, oper /, rvalue 0, result a;",
       "a division by 0 can never match", "byte_math"},
      {"base64_decode:bytes 0;", "'0' is not a number of 1 to 65535", "base64_decode"},
      {"base64_decode:all;", "'all' is not known here", "base64_decode"},
      {"nocase; content:\"a\";", "'nocase' needs a content before it", "nocase"},
  };
  for (const auto& c : cases) expect_complaint(c);
  EXPECT_EQ(read("", "nfs").diagnostics.at(0).keyword, "protocol nfs");
}

TEST(RuleKeywords, a_rule_has_a_bounded_number_of_variables_and_buffers) {
  std::string many;
  for (int i = 0; i < 17; ++i) many += "byte_extract:1,0,v" + std::to_string(i) + ";";
  EXPECT_EQ(read(many).diagnostics.at(0).message, "a rule may have 16 variables at most");
  std::string names;
  for (int i = 0; i < 33; ++i) names += "dns.query; content:\"a\";";
  EXPECT_EQ(read(names, "dns").diagnostics.at(0).message,
            "the rule looks at 33 buffers; 32 are allowed");
}

}  // namespace
}  // namespace rampart::sniffer
