#include "scenarios/blackbox/read_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "blackbox_parse.h"
#include "scenarios/blackbox/dns_names.h"

namespace rampart::scenarios {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;
using Prober = model::BlackboxModule::Prober;

TEST(ReadModule, Probers) {
  const std::pair<const char*, Prober> cases[] = {
      {"prober: http", Prober::http}, {"prober: tcp", Prober::tcp},
      {"prober: icmp", Prober::icmp}, {"prober: dns, dns: { query_name: a }", Prober::dns},
      {"prober: grpc", Prober::grpc}, {"prober: unix", Prober::unix_socket},
  };
  for (const auto& [fields, prober] : cases) {
    const auto parsed = parse_modules(with_module(fields));
    ASSERT_TRUE(parsed.config) << fields << to_text(parsed.errors);
    EXPECT_EQ(parsed.config->modules.at("m").prober, prober) << fields;
    EXPECT_EQ(parsed.config->modules.at("m").timeout, base::Nanos(0));
  }
  EXPECT_EQ(complaints(with_module("prober: websocket")),
            "b.yml:1:25: module.prober: 'websocket' is not supported: use http, tcp, dns, icmp, "
            "grpc, unix");
  EXPECT_EQ(complaints(with_module("prober: dns")),
            "b.yml:1:15: 'dns' is missing in module: query_name says what is asked for");
  EXPECT_EQ(complaints("modules: { m: }\n"),
            "b.yml:1:12: 'prober' is missing in module: which of the blocks below is used");
}

TEST(ReadModule, Tcp) {
  const auto tcp = module_of(
                       "prober: tcp, tcp: { source_ip_address: 192.0.2.1, tls: true, "
                       "preferred_ip_protocol: ip4, tls_config: { server_name: s }, "
                       "query_response: [ { expect: \"^v(.*)\", send: \"${1}\", labels: [ { name: "
                       "v, value: \"${1}\" }, { name: w } ] }, { starttls: true }, { expect: \"\" "
                       "}, ] }")
                       .tcp;
  EXPECT_EQ(tcp.source_ip_address + tcp.tls_options.server_name, "192.0.2.1s");
  EXPECT_TRUE(tcp.tls);
  EXPECT_FALSE(tcp.ip.v6);
  ASSERT_EQ(tcp.query_response.size(), 3U);
  EXPECT_EQ(tcp.query_response[0].expect + tcp.query_response[0].send, "^v(.*)${1}");
  EXPECT_THAT(tcp.query_response[0].labels, ElementsAre(Pair("v", "${1}"), Pair("w", "")));
  EXPECT_TRUE(tcp.query_response[1].starttls);
  EXPECT_EQ(tcp.query_response[1].expect, "");
  EXPECT_EQ(tcp.query_response[2].expect, "(?:)");  // any line
  EXPECT_EQ(complaints(with_module("prober: tcp, tcp: { query_response: [ { labels: [ { name: 1a "
                                   "}, { name: b }, { name: b } ] } ] }")),
            "b.yml:1:75: '1a' is not a label's name: letters, digits and '_'\n"
            "b.yml:1:102: a second label 'b'");
}

TEST(ReadModule, UnixAndGrpc) {
  const auto local =
      module_of("prober: unix, unix: { tls: true, query_response: [ { send: a } ] }").unix_socket;
  EXPECT_TRUE(local.tls);
  ASSERT_EQ(local.query_response.size(), 1U);
  const auto grpc = module_of(
                        "prober: grpc, grpc: { service: s, tls: yes, preferred_ip_protocol: ip4, "
                        "metadata: { X-A: [b, c], d-bin: [e] } }")
                        .grpc;
  EXPECT_EQ(grpc.service, "s");
  EXPECT_TRUE(grpc.tls && !grpc.ip.v6);
  EXPECT_THAT(grpc.metadata, ElementsAre(Pair("x-a", "b"), Pair("x-a", "c"), Pair("d-bin", "e")));
  EXPECT_EQ(complaints(with_module("prober: grpc, grpc: { metadata: { grpc-timeout: [a] } }")),
            "b.yml:1:51: 'grpc-timeout' belongs to gRPC itself");
}

TEST(ReadModule, Dns) {
  const auto dns = module_of(
                       "prober: dns, dns: { query_name: a.example, query_type: MX, query_class: "
                       "CH, transport_protocol: tcp, dns_over_tls: true, recursion_desired: false, "
                       "valid_rcodes: [NXDOMAIN, REFUSED], validate_answer_rrs: { "
                       "fail_if_matches_regexp: [a], fail_if_all_match_regexp: [b], "
                       "fail_if_not_matches_regexp: [c], fail_if_none_matches_regexp: [d, e] }, "
                       "validate_authority_rrs: { fail_if_matches_regexp: [f] }, "
                       "validate_additional_rrs: { fail_if_matches_regexp: [g] } }")
                       .dns;
  EXPECT_EQ(dns.query_name + dns.query_type + dns.query_class, "a.exampleMXCH");
  EXPECT_TRUE(dns.tcp && dns.over_tls && !dns.recursion_desired);
  EXPECT_THAT(dns.valid_rcodes, ElementsAre("NXDOMAIN", "REFUSED"));
  EXPECT_THAT(dns.answer.fail_if_matches, ElementsAre("a"));
  EXPECT_THAT(dns.answer.fail_if_all_match, ElementsAre("b"));
  EXPECT_THAT(dns.answer.fail_if_not_matches, ElementsAre("c"));
  EXPECT_THAT(dns.answer.fail_if_none_matches, ElementsAre("d", "e"));
  EXPECT_THAT(dns.authority.fail_if_matches, ElementsAre("f"));
  EXPECT_THAT(dns.additional.fail_if_matches, ElementsAre("g"));
  const auto plain = module_of("prober: dns, dns: { query_name: a }").dns;
  EXPECT_EQ(plain.query_type + plain.query_class, "ANYIN");
  EXPECT_TRUE(plain.recursion_desired && !plain.tcp);
  EXPECT_THAT(plain.valid_rcodes, IsEmpty());
}

TEST(ReadModule, NamesOfDns) {
  EXPECT_TRUE(blackbox::check_query_type("NSAP-PTR"));
  EXPECT_EQ(blackbox::check_query_type("aaaa").error().text,
            "'aaaa' is not a record type: did you mean AAAA?");
  EXPECT_EQ(blackbox::check_query_type("ZZZZZZ").error().text,
            "'ZZZZZZ' is not a record type such as A or AAAA");
  EXPECT_EQ(blackbox::check_query_class("in").error().text,
            "'in' is not a class: did you mean IN?");
  EXPECT_EQ(blackbox::check_rcode("NXDOMAN").error().text,
            "'NXDOMAN' is not a response code: did you mean NXDOMAIN?");
}

TEST(ReadModule, Icmp) {
  const auto icmp =
      module_of("prober: icmp, icmp: { ttl: 3, payload_size: 100, dont_fragment: true }").icmp;
  EXPECT_EQ(icmp.ttl, 3);
  EXPECT_EQ(icmp.payload_size, 100U);
  EXPECT_TRUE(icmp.dont_fragment);
  EXPECT_EQ(module_of("prober: icmp").icmp.ttl, 64);
  EXPECT_EQ(complaints(with_module("prober: icmp, icmp: { ttl: 300 }")),
            "b.yml:1:44: icmp.ttl: 300 is out of range: 0 to 255");
}

TEST(ReadModule, TlsThatContradictsItself) {
  EXPECT_EQ(complaints(with_module("prober: tcp, tcp: { tls_config: { min_version: TLS13, "
                                   "max_version: TLS12, key_file: k } }")),
            "b.yml:1:64: min_version is above max_version\n"
            "b.yml:1:101: a certificate and its key go together: cert_file and key_file");
}

}  // namespace
}  // namespace rampart::scenarios
