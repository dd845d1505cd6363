#include "probe/module/dns_record.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "probe/module/dns_names.h"
#include "tests/support/dns_server.h"

namespace rampart::probe {
namespace {

using testing::be16;
using testing::be32;
using testing::dns_name;

std::string bytes_of_hex(const std::string& hex) {
  std::string out;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    out += static_cast<char>(std::strtol(hex.substr(i, 2).c_str(), nullptr, 16));
  return out;
}

std::string wire(const std::string& owner, unsigned type, const std::string& data,
                 std::uint32_t ttl = 300, unsigned klass = 1) {
  return owner + be16(type) + be16(klass) + be32(ttl) + be16(static_cast<unsigned>(data.size())) +
         data;
}

// Of the record at `at` of the message; the error's words where there is none.
std::string text_of(const std::string& message, std::size_t at = 0) {
  const auto record =
      DnsRecord::read({reinterpret_cast<const std::uint8_t*>(message.data()), message.size()}, at);
  return record ? record->text() : "error: " + record.error().text;
}

struct Case {
  unsigned type;
  const char* data;  // hex
  const char* text;
};

// As blackbox_exporter 0.23 wrote them into its log.
const Case kCases[] = {
    {1, "c0000201", "web.test.\t300\tIN\tA\t192.0.2.1"},
    {2, "026e7303776562047465737400", "web.test.\t300\tIN\tNS\tns.web.test."},
    {5, "056f74686572047465737400", "web.test.\t300\tIN\tCNAME\tother.test."},
    {6,
     "026e730377656204746573740004686f73740377656204746573740078c404c900000e10000002580001518000000"
     "12c",
     "web.test.\t300\tIN\tSOA\tns.web.test. host.web.test. 2026112201 3600 600 86400 300"},
    {7, "026d62047465737400", "web.test.\t300\tIN\tMB\tmb.test."},
    {10, "0102", ";web.test.\t300\tIN\tNULL\t\001\002"},
    {11, "c000020106000040", "web.test.\t300\tCLASS1\tTYPE11\t\\# 8 c000020106000040"},
    {12, "03707472047465737400", "web.test.\t300\tIN\tPTR\tptr.test."},
    {13, "03637075046f732078", "web.test.\t300\tIN\tHINFO\t\"cpu\" \"os x\""},
    {14, "01610474657374000162047465737400", "web.test.\t300\tIN\tMINFO\ta.test. b.test."},
    {15, "000a046d61696c047465737400", "web.test.\t300\tIN\tMX\t10 mail.test."},
    {16, "0f68656c6c6f20227822205c20ff203b0374776f",
     "web.test.\t300\tIN\tTXT\t\"hello \\\"x\\\" \\\\ \\255 ;\" \"two\""},
    {17, "01610474657374000162047465737400", "web.test.\t300\tIN\tRP\ta.test. b.test."},
    {18, "00010161047465737400", "web.test.\t300\tIN\tAFSDB\t1 a.test."},
    {19, "0c333131303631373030393536", "web.test.\t300\tIN\tX25\t311061700956"},
    {20, "0f31353038363230323830303332313703303034",
     "web.test.\t300\tCLASS1\tTYPE20\t\\# 20 0f31353038363230323830303332313703303034"},
    {21, "0002027274047465737400", "web.test.\t300\tIN\tRT\t2 rt.test."},
    {24, "000105020000012c6553f10064bb5a80109203776562047465737400736967736967",
     "web.test.\t300\tIN\tSIG\tA 5 2 300 20231114221320 20230722042640 4242 web.test. c2lnc2ln"},
    {25, "010003056b65796b6579", "web.test.\t300\tIN\tKEY\t256 3 5 a2V5a2V5"},
    {26, "000101610474657374000162047465737400", "web.test.\t300\tIN\tPX\t1 a.test. b.test."},
    {27, "082d32322e36383832083131362e38363532053235302e30",
     "web.test.\t300\tIN\tGPOS\t-22.6882 116.8652 250.0"},
    {28, "20010db8000000000001000000000001", "web.test.\t300\tIN\tAAAA\t2001:db8::1:0:0:1"},
    {28, "00000000000000000000000001020304", "web.test.\t300\tIN\tAAAA\t::102:304"},
    {28, "00000000000000000000ffff01020304", "web.test.\t300\tIN\tAAAA\t1.2.3.4"},
    {28, "20010db8000000010001000100010001", "web.test.\t300\tIN\tAAAA\t2001:db8:0:1:1:1:1:1"},
    {29, "001216138b0d2c8c7ff8fc4500989680",
     "web.test.\t300\tIN\tLOC\t51 30 12.748 N 00 07 39.707 W 0m 1m 10000m 10m"},
    {31, "01ab", "web.test.\t300\tIN\tEID\t01AB"},
    {32, "01ab", "web.test.\t300\tIN\tNIMLOC\t01AB"},
    {33, "0001000201bb03737276047465737400", "web.test.\t300\tIN\tSRV\t1 2 443 srv.test."},
    {35, "0064000a0175077369702b4532550e215e2e2a24217369703a7840792100",
     "web.test.\t300\tIN\tNAPTR\t100 10 \"u\" \"sip+E2U\" \"!^.*$!sip:x@y!\" ."},
    {36, "0001026b78047465737400", "web.test.\t300\tIN\tKX\t1 kx.test."},
    {37, "00010002056365727463657274", "web.test.\t300\tIN\tCERT\tPKIX 2 RSASHA1 Y2VydGNlcnQ="},
    {37, "00090002c86365727463657274", "web.test.\t300\tIN\tCERT\t9 2 200 Y2VydGNlcnQ="},
    {39, "0164047465737400", "web.test.\t300\tIN\tDNAME\td.test."},
    {42, "00011803c00002", "web.test.\t300\tIN\tAPL\t1:192.0.2.0/24"},
    {43, "ec4505012bb183af5f22588179a53b0a98631fad1a292118",
     "web.test.\t300\tIN\tDS\t60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
    {44, "01012bb183af5f22588179a53b0a98631fad1a292118",
     "web.test.\t300\tIN\tSSHFP\t1 1 2BB183AF5F22588179A53B0A98631FAD1A292118"},
    {45, "0a0102c00002266b65796b6579",
     "web.test.\t300\tCLASS1\tTYPE45\t\\# 13 0a0102c00002266b65796b6579"},
    {46, "000105020000012c6553f10064bb5a80109203776562047465737400736967736967",
     "web.test.\t300\tIN\tRRSIG\tA 5 2 300 20231114221320 20230722042640 4242 web.test. c2lnc2ln"},
    {47, "046e6578740474657374000006400000000003040140",
     "web.test.\t300\tIN\tNSEC\tnext.test. A RRSIG NSEC TYPE1025"},
    {48, "010103086b65796b6579", "web.test.\t300\tIN\tDNSKEY\t257 3 8 a2V5a2V5"},
    {49, "000102616263", "web.test.\t300\tIN\tDHCID\tAAECYWJj"},
    {50, "0101000a02aabb14000102030405060708090a0b0c0d0e0f10111213000140",
     "web.test.\t300\tIN\tNSEC3\t1 1 10 AABB 000G40O40K30E209185GO38E1S8124GJ A"},
    {50, "010000000014000102030405060708090a0b0c0d0e0f10111213000140",
     "web.test.\t300\tIN\tNSEC3\t1 0 0 - 000G40O40K30E209185GO38E1S8124GJ A"},
    {51, "0100000a02aabb", "web.test.\t300\tIN\tNSEC3PARAM\t1 0 10 AABB"},
    {51, "0100000a00", "web.test.\t300\tIN\tNSEC3PARAM\t1 0 10 -"},
    {52, "030101abcdef", "web.test.\t300\tIN\tTLSA\t3 1 1 abcdef"},
    {53, "030101abcdef", "web.test.\t300\tIN\tSMIMEA\t3 1 1 abcdef"},
    {55, "02020003abcd6b657903727673047465737400",
     "web.test.\t300\tIN\tHIP\t2 abcd a2V5 rvs.test."},
    {56, "056e696e666f", "web.test.\t300\tIN\tNINFO\t\"ninfo\""},
    {57, "000000016b6579", "web.test.\t300\tIN\tRKEY\t0 0 1 a2V5"},
    {58, "01610474657374000162047465737400", "web.test.\t300\tIN\tTALINK\ta.test. b.test."},
    {59, "ec4505012bb1", "web.test.\t300\tIN\tCDS\t60485 5 1 2BB1"},
    {60, "010103086b65796b6579", "web.test.\t300\tIN\tCDNSKEY\t257 3 8 a2V5a2V5"},
    {61, "706770706770", "web.test.\t300\tIN\tOPENPGPKEY\tcGdwcGdw"},
    {62, "000000420003000140", "web.test.\t300\tIN\tCSYNC\t66 3 A"},
    {63,
     "000007e20101ababababababababababababababababababababababababababababababababababababababababa"
     "bababababababab",
     "web.test.\t300\tIN\tZONEMD\t2018 1 1 "
     "ababababababababababababababababababababababababababababababababababababababababababababababa"
     "bab"},
    {64, "000103737663047465737400000100030268320003000220fb",
     "web.test.\t300\tIN\tSVCB\t1 svc.test. alpn=\"h2\" port=\"8443\""},
    {65, "0001000001000602683202683300040004c0000201",
     "web.test.\t300\tIN\tHTTPS\t1 . alpn=\"h2,h3\" ipv4hint=\"192.0.2.1\""},
    {65, "000005616c696173047465737400", "web.test.\t300\tIN\tHTTPS\t0 alias.test."},
    {99, "0b763d73706631202d616c6c", "web.test.\t300\tIN\tSPF\t\"v=spf1 -all\""},
    {100, "0575696e666f", "web.test.\t300\tIN\tUINFO\t\"uinfo\""},
    {101, "00000007", "web.test.\t300\tIN\tUID\t7"},
    {102, "00000008", "web.test.\t300\tIN\tGID\t8"},
    {104, "000a00144fffff20ee64", "web.test.\t300\tIN\tNID\t10 0014:4fff:ff20:ee64"},
    {105, "000a0a010200", "web.test.\t300\tIN\tL32\t10 10.1.2.0"},
    {106, "000a20010db811401000", "web.test.\t300\tIN\tL64\t10 2001:0DB8:1140:1000"},
    {107, "000a036c3634047465737400", "web.test.\t300\tIN\tLP\t10 l64.test."},
    {108, "00005e005301", "web.test.\t300\tIN\tEUI48\t00-00-5e-00-53-01"},
    {109, "00005eef10000001", "web.test.\t300\tIN\tEUI64\t00-00-5e-ef-10-00-00-01"},
    {256, "000a00016674703a2f2f782e746573742f227022",
     "web.test.\t300\tIN\tURI\t10 1 \"ftp://x.test/\\\"p\\\"\""},
    {257, "000569737375656c657473656e63727970742e6f72673b20227822",
     "web.test.\t300\tIN\tCAA\t0 issue \"letsencrypt.org; \\\"x\\\"\""},
    {258, "03617663", "web.test.\t300\tIN\tAVC\t\"avc\""},
    {260, "0a01c0000201", "web.test.\t300\tCLASS1\tTYPE260\t\\# 6 0a01c0000201"},
    {32768, "ec4505012bb1", "web.test.\t300\tIN\tTA\t60485 5 1 2BB1"},
    {32769, "ec4505012bb1", "web.test.\t300\tIN\tDLV\t60485 5 1 2BB1"},
    {65280, "0a000001", "web.test.\t300\tCLASS1\tTYPE65280\t\\# 4 0a000001"},
    {65281, "", "web.test.\t300\tCLASS1\tTYPE65281\t\\# 0 "},
    {1, "", "web.test.\t300\tIN\tA\t"},
};

TEST(DnsRecord, WritesWhatBlackboxExporterMatchesAgainst) {
  for (const auto& c : kCases)
    EXPECT_EQ(text_of(wire(dns_name("web.test"), c.type, bytes_of_hex(c.data))), c.text) << c.type;
}

TEST(DnsRecord, EscapesNames) {
  EXPECT_EQ(text_of(wire(std::string("\x05"
                                     "a.b\"c\x04\\ \x01\xff\0",
                                     12),
                         1, "\xC0\x01\x02\x03")),
            "a\\.b\\\"c.\\\\\\ \\001\\255.\t300\tIN\tA\t192.1.2.3");
  EXPECT_EQ(text_of(wire(std::string(1, '\0'), 2, std::string(1, '\0'))), ".\t300\tIN\tNS\t.");
  EXPECT_EQ(text_of(wire(dns_name("UPPER.Test"), 16, testing::dns_text("a\tb"), 0, 3)),
            "UPPER.Test.\t0\tCH\tTXT\t\"a\\009b\"");
  EXPECT_EQ(text_of(wire(dns_name("x"), 1, "\x01\x02\x03\x04", 4294967295U, 7)),
            "x.\t4294967295\tCLASS7\tA\t1.2.3.4");
}

TEST(DnsRecord, WritesEdnsAsAPseudosection) {
  EXPECT_EQ(text_of(wire(std::string(1, '\0'), 41, "", 0x00008000, 1232)),
            "\n;; OPT PSEUDOSECTION:\n; EDNS: version 0; flags: do; udp: 1232");
  EXPECT_EQ(text_of(wire(std::string(1, '\0'), 41, "", 0x00020000, 512)),
            "\n;; OPT PSEUDOSECTION:\n; EDNS: version 2; flags: ; udp: 512");
}

TEST(DnsRecord, FollowsCompression) {
  const auto name = dns_name("web.test");
  const std::string header(12, '\0');
  const auto message = header + name + wire("\xC0\x0C", 5, "\x03www\xC0\x0C");
  EXPECT_EQ(text_of(message, header.size() + name.size()),
            "web.test.\t300\tIN\tCNAME\twww.web.test.");
}

TEST(DnsRecord, RefusesWhatIsNone) {
  const auto whole = wire(dns_name("web.test"), 1, "\x01\x02\x03\x04");
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_EQ(text_of(whole.substr(0, size)).substr(0, 6), "error:") << size;
  // A pointer to itself, and two that point at each other.
  EXPECT_EQ(text_of(std::string("\xC0\x00", 2) + whole).substr(0, 6), "error:");
  EXPECT_EQ(text_of(std::string("\xC0\x02\xC0\x00", 4) + whole).substr(0, 6), "error:");
  // Data shorter than the type's, and a name in them that leaves them.
  EXPECT_EQ(text_of(wire(dns_name("a"), 1, "\x01\x02")).substr(0, 6), "error:");
  EXPECT_EQ(text_of(wire(dns_name("a"), 2, "\x05web")).substr(0, 6), "error:");
}

TEST(DnsNames, GoBothWays) {
  for (const auto& [name, number] : std::vector<std::pair<std::string, int>>{{"A", 1},
                                                                             {"AAAA", 28},
                                                                             {"ANY", 255},
                                                                             {"SOA", 6},
                                                                             {"HTTPS", 65},
                                                                             {"NSAP-PTR", 23},
                                                                             {"UINFO", 100},
                                                                             {"TA", 32768},
                                                                             {"CAA", 257}}) {
    EXPECT_EQ(dns_type(name), number) << name;
    EXPECT_EQ(dns_type_name(static_cast<std::uint16_t>(number)), name);
  }
  EXPECT_EQ(dns_type("NOSUCH"), std::nullopt);
  EXPECT_EQ(dns_type_name(65280), "TYPE65280");
  EXPECT_EQ(dns_class("IN"), 1);
  EXPECT_EQ(dns_class("CS"), 2);
  EXPECT_EQ(dns_class("NOSUCH"), std::nullopt);
  EXPECT_EQ(dns_class_name(255), "ANY");
  EXPECT_EQ(dns_rcode("NXDOMAIN"), 3);
  EXPECT_EQ(dns_rcode("NOTIMPL"), 4);
  EXPECT_EQ(dns_rcode_name(4), "NOTIMP");
  EXPECT_EQ(dns_rcode_name(16), "BADSIG");
  EXPECT_EQ(dns_rcode_name(11), "rcode 11");
  EXPECT_EQ(dns_rcode("nxdomain"), std::nullopt);
}

}  // namespace
}  // namespace rampart::probe
