#include "scenarios/blackbox/block_check.h"

#include <gtest/gtest.h>

#include "blackbox_parse.h"
#include "parse.h"

namespace rampart::scenarios {
namespace {

TEST(BlockCheck, KeysThatAreNotKnown) {
  const BadCase cases[] = {
      {"moduls: {}\n", "b.yml:1:1: unknown key 'moduls' in the file: did you mean 'modules'?"},
      {"modules: { m: { prober: http, method: PUT } }\n",
       "b.yml:1:31: unknown key 'method' in module: it belongs in http"},
      {"modules: { m: { prober: icmp, icmp: { xyzzy: 1 } } }\n",
       "b.yml:1:39: unknown key 'xyzzy' in icmp: known are preferred_ip_protocol, "
       "ip_protocol_fallback, source_ip_address, dont_fragment, payload_size, ttl"},
      {"modules: { m: { prober: http }, m: { prober: tcp } }\n",
       "b.yml:1:33: duplicate key 'm': it stands already in line 1"},
  };
  for (const auto& one : cases) EXPECT_EQ(complaints(one.text), one.errors) << one.text;
}

TEST(BlockCheck, KeysThatRampartHasNot) {
  const std::pair<const char*, const char*> cases[] = {
      {"enable_http3: true",
       "b.yml:1:39: 'enable_http3' is not supported: HTTP/1.1 and HTTP/2 are spoken"},
      {"fail_if_body_json_matches_cel: a",
       "b.yml:1:39: 'fail_if_body_json_matches_cel' is not supported: CEL expressions are not "
       "evaluated; a regular expression may do"},
      {"tls_config: { ca: a }", "b.yml:1:53: 'ca' is not supported: write ca_file"},
      {"enable_http3: false", ""},
      {"enable_http3:", ""},
  };
  for (const auto& [fields, wanted] : cases)
    EXPECT_EQ(complaints(with_module("prober: http, http: { " + std::string(fields) + " }")),
              wanted);
}

TEST(BlockCheck, ValuesOfAnotherForm) {
  const BadCase cases[] = {
      {"modules: [ a ]\n",
       "b.yml:1:10: the file.modules: expected a map of names with a map each, "
       "found a list"},
      {"modules: { m: x }\n", "b.yml:1:15: the file.modules: expected a map, found a single value"},
      {"[ a ]\n", "b.yml:1:1: expected keys such as 'modules:', found a list"},
      {"modules: { m: { prober: [ http ] } }\n",
       "b.yml:1:25: module.prober: expected a single value, found a list"},
      {"modules: { m: { prober: http, http: { headers: [ a ] } } }\n",
       "b.yml:1:48: http.headers: expected a map of names with a value each, found a list"},
      {"modules: { m: { prober: http, http: { valid_status_codes: 200 } } }\n",
       "b.yml:1:59: http.valid_status_codes: expected a list, such as [ a, b ], found a single "
       "value"},
      {"modules: { m: { prober: grpc, grpc: { metadata: { a: b } } } }\n",
       "b.yml:1:54: grpc.metadata: expected a list, such as [ a, b ], found a single value"},
      {"modules: { m: { prober: tcp, tcp: { query_response: [ a ] } } }\n",
       "b.yml:1:55: tcp.query_response: expected a map, found a single value"},
      {"modules: { m: { prober: http, http: { fail_if_ssl: \"true\" } } }\n",
       "b.yml:1:52: http.fail_if_ssl: \"true\" is a text: write true or false without quotes"},
      {"modules: { m: { prober: http, timeout: 5 } }\n",
       "b.yml:1:40: module.timeout: 5 has no unit: write 5s or 5ms"},
  };
  for (const auto& one : cases) EXPECT_EQ(complaints(one.text), one.errors) << one.text;
}

TEST(BlockCheck, WithoutAHookExpressionsAreNotChecked) {
  const auto text = with_module("prober: tcp, tcp: { query_response: [ { expect: \"(\" } ] }");
  EXPECT_FALSE(parse_modules(text).config);
  EXPECT_TRUE(parse_blackbox_config(text, "b.yml", nullptr).config);
}

}  // namespace
}  // namespace rampart::scenarios
