#include "sniffer/eve/eve_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "dns_builder.h"
#include "sniffer/eve/app_object.h"
#include "talk.h"
#include "test_certificate_der.h"
#include "tls_builder.h"

// Which lines the pipeline writes for what it sees, and what they say.

namespace rampart::sniffer {
namespace {

using namespace test;
using nlohmann::json;

std::string as_text(const Octets& bytes) { return {bytes.begin(), bytes.end()}; }

struct Talk : TalkSteps<Talk> {
  Talk(const std::string& rules, EveTypes types) : TalkSteps(rules) {
    run.options.eve_file = run.dir().path("eve.json");
    run.options.eve_types = types;
  }
  Talk& end() { return client_ends().server_ends(); }
  std::vector<json> go() {
    run.go();
    return lines(run);
  }
  static std::vector<json> lines(const Replay& run) {
    std::ifstream in(run.options.eve_file);
    std::vector<json> out;
    for (std::string line; std::getline(in, line);) out.push_back(json::parse(line));
    return out;
  }
};

const std::string kRequest =
    "GET /a?b=1 HTTP/1.1\r\nHost: Example.org:8080\r\nUser-Agent: curl/8\r\n"
    "Referer: http://x/\r\n\r\n";
const std::string kAnswer =
    "HTTP/1.1 302 Found\r\nContent-Type: text/html; charset=utf-8\r\nLocation: /c\r\n"
    "Content-Length: 3\r\n\r\nabc";

TEST(EveLog, HttpRecordsSayWhatWasAskedAndAnswered) {
  const auto lines = Talk("", {EveType::http}).client(kRequest).server(kAnswer).end().go();
  ASSERT_EQ(lines.size(), 1U);
  const auto& e = lines[0];
  EXPECT_EQ(e["event_type"], "http");
  EXPECT_EQ(e["src_ip"], "10.0.0.1") << "the client, though the answer completed it";
  EXPECT_EQ(e["dest_port"], 80);
  EXPECT_EQ(e["proto"], "TCP");
  EXPECT_EQ(e["tx_id"], 0);
  EXPECT_EQ(e["pcap_cnt"], 5);
  EXPECT_EQ(e["pkt_src"], "wire/pcap");
  EXPECT_TRUE(e["community_id"].get<std::string>().starts_with("1:"));
  EXPECT_EQ(e["http"], json::parse(R"({"hostname":"example.org","http_port":8080,"url":"/a?b=1",
    "http_user_agent":"curl/8","http_refer":"http://x/","http_method":"GET","protocol":"HTTP/1.1",
    "http_content_type":"text/html","status":302,"redirect":"/c","length":3})"));
}

TEST(EveLog, AlertsCarryTheTransactionThatTheyBelongTo) {
  const auto rules = R"(alert http any any -> any any (http.uri; content:"/a"; sid:1;)
alert http any any -> any any (http.stat_code; content:"302"; sid:2;)
alert tcp any any -> any any (content:"curl"; sid:3;))";
  const auto lines = Talk(rules, {EveType::alert}).client(kRequest).server(kAnswer).end().go();
  ASSERT_EQ(lines.size(), 3U);
  for (const auto& e : lines) {
    EXPECT_EQ(e["event_type"], "alert");
    EXPECT_EQ(e["app_proto"], "http");
    EXPECT_EQ(e["community_id"], lines[0]["community_id"]);
    EXPECT_EQ(e["flow"]["src_ip"], "10.0.0.1");
    EXPECT_EQ(e["flow"]["dest_port"], 80);
    if (e["alert"]["signature_id"] == 3) {
      EXPECT_FALSE(e.contains("http")) << "of a stream, not of a transaction";
      continue;
    }
    EXPECT_EQ(e["tx_id"], 0);
    EXPECT_EQ(e["http"]["hostname"], "example.org");
    EXPECT_EQ(e["http"]["url"], "/a?b=1");
  }
  EXPECT_EQ(lines.back()["alert"]["signature_id"], 2);
  EXPECT_EQ(lines.back()["direction"], "to_client");
  EXPECT_EQ(lines.back()["http"]["status"], 302);
  EXPECT_EQ(lines.front()["direction"], "to_server");
  EXPECT_FALSE(lines.front()["http"].contains("status"));
}

// An objection to what one side says is seen by rules on either direction.
TEST(EveLog, an_alert_of_the_other_direction_has_its_own_ends) {
  const auto lines =
      Talk("alert http any any -> any any (app-layer-event:http.response_invalid_status; sid:1;)",
           {EveType::alert})
          .client(kRequest)
          .server("HTTP/1.1 2xx\r\nContent-Length: 0\r\n\r\n")
          .end()
          .go();
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_EQ(lines[0]["pcap_cnt"], lines[1]["pcap_cnt"]);
  EXPECT_NE(lines[0]["direction"], lines[1]["direction"]);
  EXPECT_EQ(lines[0]["src_ip"], lines[1]["dest_ip"]);
  EXPECT_EQ(lines[0]["src_port"], lines[1]["dest_port"]);
}

TEST(EveLog, EachOfSeveralRequestsInAPacketHasItsOwnObject) {
  const auto one = "GET /x" + std::to_string(1) + " HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto two = "GET /x" + std::to_string(2) + " HTTP/1.1\r\nHost: b\r\n\r\n";
  const auto rules = R"(alert http any any -> any any (http.uri; content:"/x"; sid:1;))";
  const auto answer = std::string("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  const auto lines = Talk(rules, {EveType::alert, EveType::http})
                         .client(one + two)
                         .server(answer + answer)
                         .end()
                         .go();
  std::vector<std::string> urls;
  for (const auto& e : lines)
    urls.push_back(e["event_type"].get<std::string>() + e["http"]["hostname"].get<std::string>() +
                   std::to_string(e["tx_id"].get<int>()));
  EXPECT_THAT(urls, testing::ElementsAre("alerta0", "alertb1", "httpa0", "httpb1"));
}

TEST(EveLog, DnsQueriesAndAnswersHaveALineEach) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  run.options.eve_types = {EveType::dns, EveType::alert};
  run.rules = R"(alert dns any any -> any any (dns.query; content:"example"; sid:1;))";
  const auto query = dns_query("www.example.org");
  const auto pointer = Octets{0xC0, 0x0C};
  const auto answer =
      dns_header(0x8180, {.answers = 4, .authorities = 1}) +
      dns_question(dns_name("www.example.org")) +
      dns_record(pointer, 5, Octets{1, 'a', 0xC0, 0x10}) + dns_record(pointer, 1, {192, 0, 2, 7}) +
      dns_record(pointer, 16, Octets{2, 'h', 'i', 1, 0xFF}) + dns_record(pointer, 4242, {1, 2, 3}) +
      dns_record({0xC0, 0x10}, 6,
                 dns_name("ns") + dns_name("me") +
                     Octets{0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4, 0, 0, 0, 5});
  IpBuilder back;
  std::swap(back.source, back.destination);
  run.add(ethernet(udp({}, 4000, 53, as_text(query))));
  run.add(ethernet(udp(back, 53, 4000, as_text(answer))));
  run.go();
  const auto lines = Talk::lines(run);
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["dns"], json::parse(R"({"type":"query","id":4660,"rrname":"www.example.org",
    "rrtype":"A","tx_id":0,"opcode":0})"));
  EXPECT_EQ(lines[1]["dns"], json::parse(R"({"query":[{"type":"query","id":4660,
    "rrname":"www.example.org","rrtype":"A","tx_id":0,"opcode":0}]})"));
  const auto& answered = lines[2];
  EXPECT_EQ(answered["src_port"], 4000) << "the client stands first";
  EXPECT_EQ(answered["dns"], json::parse(R"({"version":2,"type":"answer","id":4660,"flags":"8180",
    "qr":true,"rd":true,"ra":true,"opcode":0,"rrname":"www.example.org","rrtype":"A",
    "rcode":"NOERROR","answers":[
      {"rrname":"www.example.org","rrtype":"CNAME","ttl":300,"rdata":"a.example.org"},
      {"rrname":"www.example.org","rrtype":"A","ttl":300,"rdata":"192.0.2.7"},
      {"rrname":"www.example.org","rrtype":"TXT","ttl":300,"rdata":"hi\uFFFD"},
      {"rrname":"www.example.org","rrtype":"4242","ttl":300}],
    "authorities":[{"rrname":"example.org","rrtype":"SOA","ttl":300,"soa":{"mname":"ns",
      "rname":"me","serial":1,"refresh":2,"retry":3,"expire":4,"minimum":5}}],
    "grouped":{"CNAME":["a.example.org"],"A":["192.0.2.7"],"TXT":["hi\uFFFD"]}})"));
}

TEST(EveLog, ADnsMessageOfThousandsOfQuestionsIsBounded) {
  Replay run;
  run.options.eve_file = run.dir().path("eve.json");
  run.options.eve_types = {EveType::dns};
  Octets message = dns_header(0x0100, {.questions = 1000});
  for (int i = 0; i < 1000; ++i) message = message + dns_question(dns_name("a"));
  run.add(ethernet(udp({}, 4000, 53, as_text(dns_query("a")))));
  run.add(ethernet(udp({}, 4000, 53, as_text(message))));
  run.go();
  EXPECT_EQ(Talk::lines(run).size(), 1 + kMostEveEntries);
}

TEST(EveLog, TlsRecordsHaveCertificateAndFingerprints) {
  Talk talk("", {EveType::tls});
  const auto der = certificate_der();
  const auto lines =
      talk.client(as_text(tls_handshake(1, tls_client_hello({.extensions = tls_sni("a.example")}))))
          .server(as_text(tls_handshake(2, tls_server_hello(0x0303, 0xC02F)) +
                          tls_handshake(11, tls_certificates({der}))))
          .client(as_text(tls_record(20, {1})))
          .server(as_text(tls_record(20, {1})))
          .end()
          .go();
  ASSERT_EQ(lines.size(), 1U);
  const auto& tls = lines[0]["tls"];
  EXPECT_EQ(tls["sni"], "a.example");
  EXPECT_EQ(tls["version"], "TLS 1.2");
  for (const auto* name : {"subject", "issuerdn", "serial", "fingerprint", "notbefore", "notafter"})
    EXPECT_FALSE(tls[name].get<std::string>().empty()) << name;
  EXPECT_EQ(tls["notbefore"].get<std::string>().size(), 19U);
  EXPECT_EQ(tls["ja3"]["hash"].get<std::string>().size(), 32U);
  EXPECT_TRUE(tls["ja3"]["string"].get<std::string>().starts_with("771,"));
  EXPECT_EQ(tls["ja3s"]["hash"].get<std::string>().size(), 32U);
  EXPECT_FALSE(tls["ja4"].get<std::string>().empty());
}

TEST(EveLog, SshRecordsHaveBothBanners) {
  const auto lines = Talk("", {EveType::ssh})
                         .client("SSH-2.0-OpenSSH_9.2 x\r\n")
                         .server("SSH-2.0-dropbear\r\n")
                         .end()
                         .go();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["ssh"], json::parse(R"({
    "client":{"proto_version":"2.0","software_version":"OpenSSH_9.2"},
    "server":{"proto_version":"2.0","software_version":"dropbear"}})"));
}

TEST(EveLog, SmtpRecordsNameSenderAndRecipients) {
  const auto lines = Talk("", {EveType::smtp})
                         .server("220 mail\r\n")
                         .client("EHLO me\r\n")
                         .server("250 hi\r\n")
                         .client("MAIL FROM:<a@b> SIZE=9\r\n")
                         .server("250 ok\r\n")
                         .client("RCPT TO: <c@d>\r\nRCPT TO:<e@f>\r\n")
                         .server("250 ok\r\n250 ok\r\n")
                         .client("DATA\r\n")
                         .server("354 go\r\n")
                         .client("Subject: x\r\n\r\nhi\r\n.\r\n")
                         .server("250 done\r\n")
                         .end()
                         .go();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["smtp"], json::parse(R"({"helo":"me","mail_from":"<a@b>",
    "rcpt_to":["<c@d>","<e@f>"]})"));
}

TEST(EveLog, FtpRecordsHaveNoPassword) {
  const auto lines = Talk("", {EveType::ftp})
                         .server("220 ftp\r\n")
                         .client("USER joe\r\n")
                         .server("331-hello\r\n and\r\n331 password\r\n")
                         .client("PASS secret\r\n")
                         .server("230 in\r\n")
                         .client("PORT 127,0,0,1,4,1\r\n")
                         .server("200 ok\r\n")
                         .end()
                         .go();
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(lines[0]["ftp"], json::parse(R"({"command":"USER","command_data":"joe",
    "completion_code":["331","331"],"reply":["hello"," and","password"],"reply_received":"yes"})"));
  EXPECT_EQ(lines[1]["ftp"], json::parse(R"({"command":"PASS","completion_code":["230"],
    "reply":["in"],"reply_received":"yes"})"));
  EXPECT_EQ(lines[2]["ftp"]["dynamic_port"], 1025);
  EXPECT_EQ(lines[2]["ftp"]["mode"], "active");
}

TEST(EveLog, ObjectionsOfParsersAreAnomalies) {
  const auto lines = Talk("", {EveType::anomaly})
                         .client("GET / HTTP/1.1\r\n\r\n")
                         .server("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                         .end()
                         .go();
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines[0]["event_type"], "anomaly");
  EXPECT_EQ(lines[0]["tx_id"], 0);
  EXPECT_EQ(lines[0]["app_proto"], "http");
  EXPECT_EQ(lines[0]["anomaly"], json::parse(R"({"app_proto":"http","type":"applayer",
    "event":"MISSING_HOST_HEADER","layer":"proto_parser"})"));
}

// Who asks for them must get them, although nothing else needs what bodies say.
TEST(EveLog, WhatIsWrongWithAnEncodingIsTold) {
  const std::string bad =
      "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip";
  const auto told = Talk("", {EveType::anomaly}).client(kRequest).server(bad).end().go();
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0]["anomaly"]["event"], "GZIP_DECOMPRESSION_FAILED");
  const std::string rule =
      "alert http any any -> any any (flow:to_client; "
      "app-layer-event:http.gzip_decompression_failed; sid:1;)";
  EXPECT_EQ(Talk(rule, {EveType::alert}).client(kRequest).server(bad).end().go().size(), 1U);
}

TEST(EveLog, OwnTrafficHasAlertsAndNoRecords) {
  for (const auto owner : {model::Owner::other, model::Owner::load}) {
    Talk talk(R"(alert http any any -> any any (http.uri; content:"/a"; sid:1;))",
              {EveType::alert, EveType::http, EveType::flow, EveType::anomaly});
    model::OwnTuple tuple;
    tuple.local_port = 40000;
    tuple.remote = {ip("10.0.0.2"), 80};
    tuple.owner = owner;
    if (owner != model::Owner::other) talk.run.own.push_back(tuple);
    talk.client(kRequest).server(kAnswer);
    const Octets twice{2, 4, 5, 0xB4, 2, 4, 5, 0xB4};  // the segment size, which the decoder minds
    talk.run.add(ethernet(TcpBuilder{.options = twice}.build()));
    std::vector<std::string> types;
    for (const auto& e : talk.end().go()) types.push_back(e["event_type"]);
    if (owner == model::Owner::other) {
      EXPECT_THAT(types, testing::ElementsAre("alert", "http", "anomaly", "flow"));
    } else {
      EXPECT_THAT(types, testing::ElementsAre("alert"));
      EXPECT_EQ(talk.run.stats.eve_own_left_out, 3U);
    }
  }
}

TEST(EveLog, WhatHostileTextIsLikeItIsALineOfJson) {
  const std::string odd = "/\xFF\xC3\x28\"\\\n\x01" + std::string(20000, 'a');
  std::string uri = odd;
  std::erase(uri, '\n');
  const auto lines =
      Talk("", {EveType::http})
          .client("GET " + uri.substr(0, 9000) + " HTTP/1.1\r\nHost: \"\x02\xFE\r\n\r\n")
          .server("HTTP/1.1 2\"x OK\r\nContent-Length: 0\r\n\r\n")
          .end()
          .go();
  ASSERT_GE(lines.size(), 1U);
  const auto url = lines[0]["http"]["url"].get<std::string>();
  EXPECT_TRUE(url.starts_with("/\xEF\xBF\xBD")) << url.substr(0, 20);
  EXPECT_LE(url.size(), 3 * 4096U);
  EXPECT_GE(url.size(), 4000U);
}

}  // namespace
}  // namespace rampart::sniffer
