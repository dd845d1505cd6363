#include "probe/module/dns_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "certificates.h"
#include "module_lab.h"
#include "net/tls.h"
#include "probe/module/gauge.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::be16;
using ::testing::Contains;
using testing::dns_address;
using testing::DnsMessage;
using testing::DnsQuery;
using testing::DnsServer;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;
using Replies = std::vector<std::string>;

model::BlackboxModule dns_module(bool tcp = false) {
  model::BlackboxModule out;
  out.prober = model::BlackboxModule::Prober::dns;
  out.dns.query_name = "web.test";
  out.dns.query_type = "A";
  out.dns.tcp = tcp;
  return out;
}

Replies two_addresses(const DnsQuery& query) {
  return {DnsMessage(query)
              .add(DnsMessage::answer, 1, dns_address("192.0.2.1"))
              .add(DnsMessage::answer, 1, dns_address("192.0.2.2"))
              .add(DnsMessage::authority, 2, testing::dns_name("ns.test"))
              .bytes()};
}

std::string target_of(const base::Endpoint& endpoint) { return base::to_string(endpoint); }

TEST(DnsModule, AnswersByUdpAndTcp) {
  for (const bool tcp : {false, true}) {
    ModuleLab lab;
    DnsServer server(lab.loop, two_addresses);
    const auto out = lab.run<DnsModuleProbe>(dns_module(tcp), target_of(server.endpoint()));
    EXPECT_TRUE(out.success) << out.detail;
    EXPECT_EQ(out.reason, ProbeReason::none);
    ASSERT_EQ(server.queries.size(), 1U);
    EXPECT_EQ(server.queries[0].tcp, tcp);
    EXPECT_EQ(server.queries[0].name, "web.test.");
    EXPECT_EQ(server.queries[0].type, 1);
    EXPECT_EQ(server.queries[0].klass, 1);
    EXPECT_TRUE(server.queries[0].recursion);
    EXPECT_EQ(server.queries[0].records, 0U);
    EXPECT_EQ(value_of(out, "probe_dns_answer_rrs"), 2);
    EXPECT_EQ(value_of(out, "probe_dns_authority_rrs"), 1);
    EXPECT_EQ(value_of(out, "probe_dns_additional_rrs"), 0);
    EXPECT_EQ(value_of(out, "probe_dns_query_succeeded"), 1);
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
    EXPECT_EQ(value_of(out, "probe_ip_addr_hash"), 3668918509);
    EXPECT_EQ(value_of(out, "probe_dns_serial"), std::nullopt);
    for (const auto* phase : {"resolve", "connect", "request"})
      EXPECT_GT(value_of(out, "probe_dns_duration_seconds", "phase=\"" + std::string(phase) + "\"")
                    .value_or(0),
                0)
          << phase;
    EXPECT_EQ(out.families.size(), 8U);
    EXPECT_GE(out.duration, out.phases.resolve + out.phases.connect + out.phases.processing);
    ASSERT_EQ(lab.tuples.records.size(), 1U);
    EXPECT_EQ(lab.tuples.records[0].remote, server.endpoint());
    EXPECT_EQ(lab.tuples.records[0].proto, tcp ? model::IpProto::tcp : model::IpProto::udp);
    EXPECT_NE(lab.tuples.records[0].local_port, 0);
  }
}

TEST(DnsModule, AsksAsTheModuleSays) {
  ModuleLab lab;
  DnsServer server(lab.loop, two_addresses, {.address = "::1"});
  auto module = dns_module();
  module.dns.query_type = "TXT";
  module.dns.query_class = "CH";
  module.dns.recursion_desired = false;
  module.dns.query_name = "version.bind.";
  const auto out = lab.run<DnsModuleProbe>(module, target_of(server.endpoint()));
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_ip_protocol"), 6);
  ASSERT_EQ(server.queries.size(), 1U);
  EXPECT_EQ(server.queries[0].name, "version.bind.");
  EXPECT_EQ(server.queries[0].type, 16);
  EXPECT_EQ(server.queries[0].klass, 3);
  EXPECT_FALSE(server.queries[0].recursion);
}

TEST(DnsModule, ShowsTheSerialOfAZone) {
  const auto ns = testing::dns_name("ns.test");
  const auto soa = ns + ns + testing::be32(2026112201) + std::string(16, '\0');
  for (const bool there : {true, false}) {
    ModuleLab lab;
    DnsServer server(lab.loop, [&](const DnsQuery& query) {
      DnsMessage out(query);
      if (there) out.add(DnsMessage::answer, 6, soa);
      return Replies{out.bytes()};
    });
    auto module = dns_module();
    module.dns.query_type = "SOA";
    const auto out = lab.run<DnsModuleProbe>(module, target_of(server.endpoint()));
    EXPECT_TRUE(out.success) << out.detail;
    EXPECT_EQ(value_of(out, "probe_dns_serial"), there ? 2026112201 : 0);
  }
}

// What 0.23 takes, too: of the two replies by UDP only the second is for this query.
TEST(DnsModule, TakesOddReplies) {
  struct Case {
    const char* what;
    DnsServer::Script script;
    double answers;
  };
  const Case cases[] = {
      {"truncated",
       [](const DnsQuery& q) {
         return Replies{DnsMessage(q)
                            .truncated()
                            .add(DnsMessage::answer, 1, dns_address("192.0.2.1"))
                            .bytes()};
       },
       1},
      {"another id before it",
       [](const DnsQuery& q) {
         auto other = DnsMessage(q).id(static_cast<std::uint16_t>(q.id ^ 1U)).rcode(3).bytes();
         return Replies{other, two_addresses(q)[0]};
       },
       2},
      {"without a question",
       [](const DnsQuery& q) { return Replies{DnsMessage(q).no_question().bytes()}; }, 0},
      {"fewer records than announced",
       [](const DnsQuery& q) {
         return Replies{DnsMessage(q)
                            .add(DnsMessage::answer, 1, dns_address("192.0.2.1"))
                            .claim(DnsMessage::answer, 9)
                            .bytes()};
       },
       1},
      {"another case of the name",
       [](const DnsQuery& q) { return Replies{DnsMessage(q).question("WEB.TEST", 1).bytes()}; }, 0},
      {"twice", [](const DnsQuery& q) { return Replies{two_addresses(q)[0], "x"}; }, 2},
  };
  for (const auto& c : cases) {
    ModuleLab lab;
    DnsServer server(lab.loop, c.script);
    const auto out = lab.run<DnsModuleProbe>(dns_module(), target_of(server.endpoint()));
    EXPECT_TRUE(out.success) << c.what << ": " << out.detail;
    EXPECT_EQ(value_of(out, "probe_dns_answer_rrs"), c.answers) << c.what;
  }
}

struct Failure {
  const char* what;
  bool tcp;
  DnsServer::Script script;
  ProbeReason reason;
  double succeeded = 0;  // probe_dns_query_succeeded
  base::Nanos timeout = 5s;
};

void expect_failures(std::span<const Failure> cases, const DnsServer::Options& options = {}) {
  for (const auto& c : cases) {
    ModuleLab lab;
    DnsServer server(lab.loop, c.script, options);
    const auto out =
        lab.run<DnsModuleProbe>(dns_module(c.tcp), target_of(server.endpoint()), c.timeout);
    EXPECT_FALSE(out.success) << c.what;
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_FALSE(out.detail.empty()) << c.what;
    EXPECT_EQ(value_of(out, "probe_dns_query_succeeded"), c.succeeded) << c.what;
    EXPECT_EQ(out.families.size(), 8U) << c.what;
    EXPECT_GT(value_of(out, "probe_dns_duration_seconds", "phase=\"request\"").value_or(0), 0)
        << c.what;
    EXPECT_FALSE(lab.gave_up) << c.what;
  }
}

TEST(DnsModule, TellsFailuresApart) {
  const auto rcode = [](unsigned code) {
    return [code](const DnsQuery& q) { return Replies{DnsMessage(q).rcode(code).bytes()}; };
  };
  const auto bytes = [](std::string text) {
    return [text](const DnsQuery&) { return Replies{text}; };
  };
  const auto silence = [](const DnsQuery&) { return Replies{}; };
  const auto wrong_id = [](const DnsQuery& q) {
    return Replies{DnsMessage(q).id(static_cast<std::uint16_t>(q.id ^ 1U)).bytes()};
  };
  const auto other_question = [](const DnsQuery& q) {
    return Replies{DnsMessage(q).question("evil.test", 1).bytes()};
  };
  const auto query_back = [](const DnsQuery& q) {
    return Replies{DnsMessage(q).not_a_reply().bytes()};
  };
  const auto cut = [](const DnsQuery& q) {
    auto whole = two_addresses(q)[0];
    whole.resize(whole.size() - 3);
    return Replies{whole};
  };
  const auto garbage_of_id = [](const DnsQuery& q) {
    return Replies{be16(q.id) + std::string(100, '\xFF')};
  };
  const auto big = [](const DnsQuery& q) {
    DnsMessage out(q);
    for (int i = 0; i < 40; ++i) out.add(DnsMessage::answer, 1, dns_address("192.0.2.1"));
    return Replies{out.bytes()};
  };
  expect_failures(std::vector<Failure>{
      {"NXDOMAIN", false, rcode(3), ProbeReason::dns_rcode, 1},
      {"SERVFAIL by tcp", true, rcode(2), ProbeReason::dns_rcode, 1},
      {"a code without a name", false, rcode(11), ProbeReason::dns_rcode, 1},
      {"silence", false, silence, ProbeReason::timeout_first_byte, 0, 60ms},
      {"silence by tcp", true, silence, ProbeReason::timeout_first_byte, 0, 60ms},
      {"garbage", false, bytes("garbage"), ProbeReason::protocol},
      {"garbage by tcp", true, bytes("garbage"), ProbeReason::protocol},
      {"garbage of the id", false, garbage_of_id, ProbeReason::protocol},
      {"an empty datagram", false, bytes(""), ProbeReason::protocol},
      {"an empty message", true, bytes(""), ProbeReason::protocol},
      {"another id", false, wrong_id, ProbeReason::timeout_first_byte, 0, 60ms},
      {"another id by tcp", true, wrong_id, ProbeReason::protocol},
      {"another question", false, other_question, ProbeReason::protocol},
      {"a query", false, query_back, ProbeReason::protocol},
      {"cut short", false, cut, ProbeReason::protocol},
      {"cut short by tcp", true, cut, ProbeReason::protocol},
      {"too long for udp", false, big, ProbeReason::protocol}});
}

TEST(DnsModule, TellsBrokenStreamsApart) {
  const auto half = [](const DnsQuery&) { return Replies{be16(100) + "abc"}; };
  const std::vector<Failure> waiting{
      {"half a reply", true, half, ProbeReason::timeout_transfer, 0, 60ms}};
  expect_failures(waiting, {.raw_stream = true});
  const std::vector<Failure> closing{
      {"closed within a reply", true, half, ProbeReason::reset},
      {"closed", true, [](const DnsQuery&) { return Replies{}; }, ProbeReason::reset}};
  expect_failures(closing, {.raw_stream = true, .hang_up = true});
}

// Datagrams of another id without end hold the probe up to its deadline, and no longer.
TEST(DnsModule, EndlessForeignRepliesEndInTime) {
  ModuleLab lab;
  DnsServer server(lab.loop, [](const DnsQuery& q) {
    return Replies(2000, DnsMessage(q).id(static_cast<std::uint16_t>(q.id ^ 1U)).bytes());
  });
  const auto out = lab.run<DnsModuleProbe>(dns_module(), target_of(server.endpoint()), 80ms);
  EXPECT_EQ(out.reason, ProbeReason::timeout_first_byte) << out.detail;
  EXPECT_LT(out.duration, 2s);
}

TEST(DnsModule, NobodyListens) {
  for (const bool tcp : {false, true}) {
    ModuleLab lab;
    const auto out =
        lab.run<DnsModuleProbe>(dns_module(tcp), target_of(testing::RawServer::refusing()));
    EXPECT_EQ(out.reason, ProbeReason::connect_refused) << out.detail;
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
    EXPECT_GT(value_of(out, "probe_dns_duration_seconds", "phase=\"connect\"").value_or(0), 0);
  }
}

TEST(DnsModule, ChecksRecords) {
  ModuleLab lab;
  DnsServer server(lab.loop, two_addresses);
  auto module = dns_module();
  module.dns.authority.fail_if_matches = {"^web\\.test\\.\\t300\\tIN\\tNS\\tns\\.test\\.$"};
  const auto out = lab.run<DnsModuleProbe>(module, target_of(server.endpoint()));
  EXPECT_EQ(out.reason, ProbeReason::dns_answer);
  EXPECT_THAT(out.detail, HasSubstr("authority section"));
  EXPECT_EQ(value_of(out, "probe_dns_answer_rrs"), 2);
  EXPECT_EQ(value_of(out, "probe_dns_query_succeeded"), 1);
  EXPECT_THAT(out.log, Contains(HasSubstr("record: web.test.\t300\tIN\tNS\tns.test.")));
}

TEST(DnsModule, ResolvesItsTarget) {
  ModuleLab lab;
  DnsServer server(lab.loop, two_addresses);
  const auto port = ":" + std::to_string(server.port());
  lab.zone["ns.test. 1"] = {dns_address("127.0.0.1")};
  const auto found = lab.run<DnsModuleProbe>(dns_module(), "ns.test" + port);
  EXPECT_TRUE(found.success) << found.detail;
  EXPECT_GT(found.phases.resolve, 0ns);

  const auto gone = lab.run<DnsModuleProbe>(dns_module(), "gone.test" + port);
  EXPECT_EQ(gone.reason, ProbeReason::dns_nxdomain) << gone.detail;
  EXPECT_EQ(value_of(gone, "probe_ip_protocol"), 0);
  EXPECT_GT(value_of(gone, "probe_dns_lookup_time_seconds").value_or(0), 0);
  EXPECT_EQ(value_of(gone, "probe_dns_duration_seconds", "phase=\"resolve\""), 0);
  EXPECT_EQ(value_of(gone, "probe_dns_duration_seconds", "phase=\"request\""), 0);
  EXPECT_EQ(gone.families.size(), 8U);

  lab.silent = "silent.test.";
  const auto silent = lab.run<DnsModuleProbe>(dns_module(), "silent.test" + port, 60ms);
  EXPECT_EQ(silent.reason, ProbeReason::dns_timeout);
  EXPECT_EQ(server.queries.size(), 1U);
}

TEST(DnsModule, NotPermittedNeverGetsASocket) {
  ModuleLab lab;
  lab.zone["away.test. 1"] = {dns_address("192.0.2.1")};
  for (const auto* target : {"192.0.2.1", "192.0.2.1:53", "[2001:db8::1]:53", "away.test"})
    for (const bool tcp : {false, true}) {
      const auto out = lab.run<DnsModuleProbe>(dns_module(tcp), target);
      EXPECT_EQ(out.reason, ProbeReason::not_permitted) << target;
    }
  EXPECT_TRUE(lab.tuples.records.empty());
}

TEST(DnsModule, LeavesFromTheSourceAddress) {
  for (const bool tcp : {false, true}) {
    ModuleLab lab;
    DnsServer server(lab.loop, two_addresses);
    auto module = dns_module(tcp);
    module.dns.source_ip_address = "127.0.0.9";
    EXPECT_TRUE(lab.run<DnsModuleProbe>(module, target_of(server.endpoint())).success);
    for (const auto* wrong : {"192.0.2.200", "::1", "nonsense"}) {
      module.dns.source_ip_address = wrong;
      const auto out = lab.run<DnsModuleProbe>(module, target_of(server.endpoint()));
      EXPECT_EQ(out.reason, ProbeReason::local) << wrong << out.detail;
    }
    EXPECT_EQ(lab.tuples.records.size(), 1U);
  }
}

TEST(DnsModule, WhatCannotBeAskedIsTold) {
  ModuleLab lab;
  auto over_udp = dns_module();
  over_udp.dns.over_tls = true;
  auto odd_type = dns_module();
  odd_type.dns.query_type = "NOSUCH";
  auto odd_class = dns_module();
  odd_class.dns.query_class = "NOSUCH";
  auto odd_name = dns_module();
  odd_name.dns.query_name = "a..b";
  for (const auto& module : {over_udp, odd_type, odd_class, odd_name}) {
    const auto out = lab.run<DnsModuleProbe>(module, "127.0.0.1:53");
    EXPECT_EQ(out.reason, ProbeReason::bad_module) << out.detail;
    EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
    EXPECT_GT(value_of(out, "probe_dns_duration_seconds", "phase=\"connect\"").value_or(0), 0);
  }
  for (const auto* target : {"127.0.0.1:", "127.0.0.1:x", "127.0.0.1:99999", "127.0.0.1:0"})
    EXPECT_EQ(lab.run<DnsModuleProbe>(dns_module(), target).reason, ProbeReason::bad_target)
        << target;
  for (const auto* target : {"", ":53", " 127.0.0.1", "127.0.0.1:53:53", "[::1", "a b"})
    EXPECT_EQ(lab.run<DnsModuleProbe>(dns_module(), target).reason, ProbeReason::bad_target)
        << target;
  EXPECT_TRUE(lab.tuples.records.empty());
}

TEST(DnsTarget, Parses) {
  struct Case {
    const char* text;
    const char* host;
    std::optional<std::uint16_t> port;
    bool bad = false;
  };
  for (const Case& c :
       {Case{"web.test", "web.test", {}}, Case{"web.test:5353", "web.test", 5353},
        Case{"127.0.0.1", "127.0.0.1", {}}, Case{"::1", "::1", {}}, Case{"[::1]", "::1", {}},
        Case{"[::1]:53", "::1", 53}, Case{"[::1]x", "[::1]x", {}}, Case{"[::1", "[::1", {}},
        Case{"web.test:", "web.test", {}, true}, Case{"web.test:5a", "web.test", {}, true},
        Case{":53", "", 53}}) {
    const auto target = DnsTarget::parse(c.text);
    EXPECT_EQ(target.host, c.host) << c.text;
    EXPECT_EQ(target.port, c.port) << c.text;
    EXPECT_EQ(target.bad_port, c.bad) << c.text;
  }
}

class DnsOverTls : public ::testing::Test {
 protected:
  model::BlackboxModule module_with(const CertificateFiles& trusted) {
    auto out = dns_module(true);
    out.dns.over_tls = true;
    out.dns.tls_options.ca_file = trusted.certificate;
    return out;
  }
  static constexpr long kDay = 24L * 3600;
  CertificateFiles good_ =
      make_certificate("dns_good", "DNS:ns.test,IP:127.0.0.1", -kDay, 10 * kDay);
  net::TlsContext tls_ = net::TlsContext::server(good_.certificate, good_.key).value();
  ModuleLab lab_;
  DnsServer server_{lab_.loop, two_addresses, {.tls = &tls_}};
};

TEST_F(DnsOverTls, AnswersAndSaysWhatTheHandshakeAgreedUpon) {
  const auto out = lab_.run<DnsModuleProbe>(module_with(good_), target_of(server_.endpoint()));
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_dns_answer_rrs"), 2);
  EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), 1);
  const auto expiry = value_of(out, "probe_ssl_earliest_cert_expiry");
  ASSERT_TRUE(expiry);
  const auto now = unix_seconds(lab_.clock.wall());
  EXPECT_NEAR(*expiry, now + 10.0 * kDay, 120);
  ASSERT_EQ(lab_.tuples.records.size(), 1U);
  EXPECT_EQ(lab_.tuples.records[0].proto, model::IpProto::tcp);
  EXPECT_NE(lab_.tuples.records[0].local_port, 0);
}

TEST_F(DnsOverTls, TheFirstCertificateToExpireCounts) {
  const auto sooner = make_certificate("dns_sooner", "DNS:ca.test", -kDay, 5 * kDay);
  std::ofstream(good_.certificate, std::ios::app) << std::ifstream(sooner.certificate).rdbuf();
  const auto tls = net::TlsContext::server(good_.certificate, good_.key).value();
  DnsServer server(lab_.loop, two_addresses, {.tls = &tls});
  const auto out = lab_.run<DnsModuleProbe>(module_with(good_), target_of(server.endpoint()));
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_NEAR(value_of(out, "probe_ssl_earliest_cert_expiry").value_or(0),
              unix_seconds(lab_.clock.wall()) + 5.0 * kDay, 120);
}

TEST_F(DnsOverTls, ChecksTheName) {
  lab_.zone["ns.test. 1"] = {dns_address("127.0.0.1")};
  lab_.zone["other.test. 1"] = {dns_address("127.0.0.1")};
  const auto port = ":" + std::to_string(server_.port());
  auto module = module_with(good_);
  EXPECT_TRUE(lab_.run<DnsModuleProbe>(module, "ns.test" + port).success);
  EXPECT_EQ(lab_.run<DnsModuleProbe>(module, "other.test" + port).reason,
            ProbeReason::tls_name_mismatch);
  module.dns.tls_options.server_name = "ns.test";
  EXPECT_TRUE(lab_.run<DnsModuleProbe>(module, "other.test" + port).success);
}

TEST_F(DnsOverTls, TellsFailuresApart) {
  const auto target = target_of(server_.endpoint());
  const auto untrusted = lab_.run<DnsModuleProbe>(module_with({}), target);
  EXPECT_EQ(untrusted.reason, ProbeReason::tls_untrusted) << untrusted.detail;
  EXPECT_THAT(untrusted.detail, HasSubstr("name whom to trust in ca_file"));
  EXPECT_EQ(value_of(untrusted, "probe_dns_query_succeeded"), 0);
  auto insecure = module_with({});
  insecure.dns.tls_options.insecure = true;
  EXPECT_TRUE(lab_.run<DnsModuleProbe>(insecure, target).success);
  auto no_file = module_with({});
  no_file.dns.tls_options.ca_file = "/nonexistent.pem";
  const auto missing = lab_.run<DnsModuleProbe>(no_file, target);
  EXPECT_EQ(missing.reason, ProbeReason::bad_module);
  EXPECT_THAT(missing.detail, HasSubstr("/nonexistent.pem"));

  const auto old = make_certificate("dns_old", "IP:127.0.0.1", -2 * kDay, -kDay);
  const auto old_tls = net::TlsContext::server(old.certificate, old.key).value();
  DnsServer expired(lab_.loop, two_addresses, {.tls = &old_tls});
  const auto over = lab_.run<DnsModuleProbe>(module_with(old), target_of(expired.endpoint()));
  EXPECT_EQ(over.reason, ProbeReason::tls_expired);
  EXPECT_THAT(over.detail, HasSubstr("shows ends on 20"));

  // Plain TCP, which waits for the rest of what it takes for a query.
  DnsServer plain(lab_.loop, two_addresses);
  const auto hung = lab_.run<DnsModuleProbe>(module_with(good_), target_of(plain.endpoint()), 80ms);
  EXPECT_EQ(hung.reason, ProbeReason::timeout_first_byte) << hung.detail;
}

}  // namespace
}  // namespace rampart::probe
