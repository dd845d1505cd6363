#include "sniffer/rules/rule_builder.h"

#include <gtest/gtest.h>

#include "sniffer/rules/rule_parser.h"
#include "sniffer/rules/rule_set.h"

namespace rampart::sniffer {
namespace {

Rule parse(const std::string& options, const std::string& proto = "http") {
  const auto parsed =
      parse_rules("alert " + proto + " any any -> any any (" + options + " sid:1;)", "t");
  for (const auto& d : parsed.diagnostics) ADD_FAILURE() << to_string(d) << " of " << options;
  return parsed.set.rules.empty() ? Rule{} : parsed.set.rules[0];
}

// "buffer:keywords" of each section; contents by their bytes, other keywords by their place in the
// variant.
std::string shape(const std::vector<PayloadMatch>& matches) {
  std::string out;
  for (const auto& m : matches) {
    if (!out.empty()) out += ' ';
    if (const auto* c = std::get_if<Content>(&m))
      out += c->bytes;
    else if (const auto* base64 = std::get_if<Base64Decode>(&m))
      out += "base64[" + shape(base64->matches) + "]";
    else
      out += "#" + std::to_string(m.index());
  }
  return out;
}

std::string shape(const Rule& rule) {
  std::string out;
  if (!rule.payload.empty()) out = "payload:" + shape(rule.payload);
  for (const auto* sections : {&rule.sections, &rule.packet_sections})
    for (const auto& s : *sections) {
      if (!out.empty()) out += ", ";
      out += std::string(info_of(s.buffer).sticky);
      for (const auto& t : s.transforms) out += "+" + std::to_string(static_cast<int>(t.kind));
      out += ":" + shape(s.matches);
    }
  return out;
}

TEST(RuleBuilder, joins_keywords_on_one_buffer_to_a_section) {
  struct Case {
    const char* options;
    const char* shape;
  };
  const Case cases[] = {
      {R"(content:"a";)", "payload:a"},
      {R"(http.uri; content:"a"; content:"b"; http.method; content:"c";)",
       "http.uri:a b, http.method:c"},
      {R"(http.uri; content:"a"; http.method; content:"c"; http.uri; content:"b"; distance:0;)",
       "http.uri:a b, http.method:c"},
      {R"(http.uri; content:"a"; pkt_data; content:"b";)", "payload:b, http.uri:a"},
      {R"(http.host; content:"a"; http.host; dotprefix; content:".a";)",
       "http.host:a, http.host+0:.a"},
      {R"(http.uri; to_lowercase; url_decode; content:"a";)", "http.uri+3+5:a"},
      // Older spellings.
      {R"(content:"a"; http_uri; nocase; content:"b"; http_uri; distance:0; content:"c";)",
       "payload:c, http.uri:a b"},
      {R"(uricontent:"a"; content:"b"; http_method;)", "http.uri:a, http.method:b"},
      {R"(content:"a"; http_uri; isdataat:2,relative;)", "http.uri:a #2"},
      {R"(content:"a"; http_uri; isdataat:2;)", "payload:#2, http.uri:a"},
      {R"(content:"a"; http_uri; pcre:"/b/U"; pcre:"/c/H"; pcre:"/d/";)",
       "payload:#1, http.uri:a #1, http.header:#1"},
      {R"(http_request_line; content:"a";)", "http.request_line:a"},
      {R"(http.uri; pcre:"/b/U";)", "http.uri:#1"},
      {R"(file.data; pcre:"/b/Q";)", "file.data:#1"},
      {R"(file.data; pcre:"/^["']?x/R"; content:"a;b";)", "file.data:#1 a;b"},
      // Lengths.
      {R"(urilen:<5;)", "http.uri:#5"},
      {R"(urilen:5,raw;)", "http.uri.raw:#5"},
      {R"(http.method; urilen:5,norm; content:"a";)", "http.method:a, http.uri:#5"},
      {R"(http.uri; content:"a"; bsize:1;)", "http.uri:a #5"},
      // base64_data belongs to its base64_decode.
      {R"(content:"a"; http_uri; base64_decode:bytes 5, offset 1, relative; base64_data; )"
       R"(content:"b"; content:"c"; http.method; content:"d";)",
       "http.uri:a base64[b c], http.method:d"},
      {R"(http.uri; content:"a"; base64_decode;)", "http.uri:a base64[]"},
  };
  for (const auto& c : cases) EXPECT_EQ(shape(parse(c.options)), c.shape) << c.options;
}

TEST(RuleBuilder, a_buffer_that_may_come_more_than_once_is_a_section_each_time) {
  EXPECT_EQ(shape(parse(R"(dns.query; content:"a"; content:"b"; dns_query; content:"c";)", "dns")),
            "dns.query:a b, dns.query:c");
}

TEST(RuleBuilder, buffers_of_packets_are_apart) {
  EXPECT_EQ(shape(parse(R"(tcp.hdr; content:"a"; content:"b"; pkt_data; content:"c";)", "tcp")),
            "payload:c, tcp.hdr:a b");
}

TEST(RuleBuilder, the_buffers_say_what_is_spoken_and_which_way) {
  struct Case {
    const char* proto;
    const char* options;
    AppProto app;
    std::optional<bool> to_server;
  };
  const Case cases[] = {
      {"tcp", R"(content:"a";)", AppProto::unknown, std::nullopt},
      {"tcp", R"(http.uri; content:"a";)", AppProto::http1, true},
      {"http", R"(http.header; content:"a";)", AppProto::http1, std::nullopt},
      {"http2", R"(http.stat_code; content:"a";)", AppProto::http2, false},
      {"http", R"(http.header; content:"a"; flow:to_client;)", AppProto::http1, false},
      {"http", R"(file.data; content:"a";)", AppProto::http1, std::nullopt},
      {"http", R"(file.data; content:"a"; flow:to_server;)", AppProto::http1, true},
      {"smtp", R"(file_data; content:"a";)", AppProto::smtp, true},
      {"tcp", R"(file_data; content:"a";)", AppProto::unknown, std::nullopt},
      {"udp", R"(dns.query; content:"a";)", AppProto::dns, true},
      {"tls", R"(tls.cert_subject; content:"a";)", AppProto::tls, std::nullopt},
      {"tcp", R"(tls.version:1.2;)", AppProto::tls, std::nullopt},
      {"tcp", R"(ssh.protoversion:2_compat;)", AppProto::ssh, std::nullopt},
  };
  for (const auto& c : cases) {
    const auto rule = parse(c.options, c.proto);
    EXPECT_EQ(rule.app, c.app) << c.options;
    EXPECT_EQ(rule.flow ? rule.flow->to_server : std::nullopt, c.to_server) << c.options;
  }
}

TEST(RuleBuilder, refuses_what_can_never_match) {
  struct Case {
    const char* proto;
    const char* options;
    const char* message;
  };
  const Case cases[] = {
      {"http", R"(http.uri; content:"a"; http.stat_code; content:"b";)",
       "'http.stat_code' goes the other way than the rest of the rule, which can never match"},
      {"http", R"(http.uri; content:"a"; flow:to_client;)",
       "'http.uri' goes the other way than the rest of the rule, which can never match"},
      {"dns", R"(http.uri; content:"a";)", "'http.uri' is about http, but the rule is about dns"},
      {"tcp", R"(http.uri; content:"a"; tls.sni; content:"b";)",
       "'tls.sni' is about tls, but the rule is about http"},
      {"udp", R"(http.uri; content:"a";)",
       "'http.uri' is about http, which the rule's protocol never carries"},
      {"tls", R"(file.data; content:"a";)", "tls has no 'file.data'"},
      {"http", R"(http.uri; http.method; content:"a";)",
       "'http.uri' is named, but nothing is asked of it"},
      {"http", R"(http.uri; content:"a"; to_lowercase;)",
       "'to_lowercase' stands behind the keywords that it would change; put it right behind "
       "'http.uri'"},
      {"http", R"(to_lowercase; content:"a";)", "'to_lowercase' needs a sticky buffer before it"},
      {"http", R"(http_uri;)", "'http_uri' needs a content before it"},
      {"http", R"(http.uri; content:"a"; http_method;)",
       "'http_method' moves a content of the payload, and the one before it looks at 'http.uri'"},
      {"http", R"(http.uri; content:"a"; http.method; nocase;)",
       "'nocase' needs a content before it"},
      {"http", R"(http.method; pcre:"/a/U";)",
       "the flags ask for 'http.uri', but the sticky buffer is 'http.method'"},
      {"smtp", R"(file.data; content:"a"; flow:to_client;)",
       "'file.data' goes the other way than the rest of the rule, which can never match"},
      {"http", R"(pcre:"/a/UH";)", "a pcre looks at one buffer only"},
      {"http", R"(base64_data; content:"a";)", "base64_data needs base64_decode before it"},
      {"http", R"(base64_decode; base64_decode;)", "a rule has one base64_decode only"},
      {"http", R"(http.uri; byte_extract:1,0,n; http.header; content:"a"; offset:n;)",
       "the variable 'n' is used in another buffer than the one that it is read from, or before it "
       "is read"},
      {"http", R"(content:"a"; offset:n;)",
       "'n' is not a number, nor a variable that byte_extract or byte_math reads before"},
      {"http", R"(http.uri; content:"a"; dsize:5;)",
       "the rule asks for what an application says and for a property of single packets"},
      {"tcp", R"(http.uri; content:"a"; fast_pattern; content:"b"; fast_pattern;)",
       "only one content may be the fast_pattern"},
  };
  for (const auto& c : cases) {
    const auto parsed = parse_rules(
        "alert " + std::string(c.proto) + " any any -> any any (" + c.options + " sid:1;)", "t");
    ASSERT_EQ(parsed.diagnostics.size(), 1U) << c.options;
    EXPECT_EQ(parsed.diagnostics[0].message, c.message) << c.options;
  }
}

TEST(RuleBuilder, every_buffer_has_a_name_that_opens_it) {
  for (const auto& info : buffer_infos()) {
    if (info.id == BufferId::payload || info.id == BufferId::base64_data) continue;
    // Some are asked by a keyword with a value only.
    const auto* keyword = find_keyword(info.sticky);
    if (keyword != nullptr && keyword->value == Keyword::Value::required) continue;
    const auto rule = parse(std::string(info.sticky) + "; content:\"a\";", "ip");
    ASSERT_EQ(rule.sections.size() + rule.packet_sections.size(), 1U) << info.sticky;
    const auto& section = rule.sections.empty() ? rule.packet_sections[0] : rule.sections[0];
    EXPECT_EQ(section.buffer, info.id) << info.sticky;
    if (info.modifier.empty()) continue;
    const auto older = parse("content:\"a\"; " + std::string(info.modifier) + ";", "ip");
    ASSERT_EQ(older.sections.size(), 1U) << info.modifier;
    EXPECT_EQ(older.sections[0].buffer, info.id) << info.modifier;
  }
}

}  // namespace
}  // namespace rampart::sniffer
