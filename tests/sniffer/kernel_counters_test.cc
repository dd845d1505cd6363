#include "sniffer/behaviour/kernel_counters.h"

#include <gtest/gtest.h>

#include "packet_builder.h"

namespace rampart::sniffer::behaviour {
namespace {

using namespace test;

constexpr const char* kNetstat =
    "TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops TCPReqQFullDrop\n"
    "TcpExt: 11 12 13 14 15\n"
    "IpExt: InNoRoutes InTruncatedPkts\n"
    "IpExt: 0 0\n";
constexpr const char* kSnmp =
    "Icmp: InMsgs InErrors InCsumErrors\n"
    "Icmp: 20 21 22\n"
    "Udp: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\n"
    "Udp: 30 31 32 33 34\n"
    "UdpLite: InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors\n"
    "UdpLite: 90 91 92 93 94\n";

TEST(KernelCounters, are_read_by_name) {
  const auto c = parse_kernel_counters(kNetstat, kSnmp);
  EXPECT_EQ(c.syn_cookies, 11U);
  EXPECT_EQ(c.listen_overflows, 13U);
  EXPECT_EQ(c.listen_drops, 14U);
  EXPECT_EQ(c.queue_full_drops, 15U);
  EXPECT_EQ(c.icmp_errors, 21U);
  EXPECT_EQ(c.udp_no_ports, 31U);
  EXPECT_EQ(c.udp_buffer_errors, 34U);
}

TEST(KernelCounters, what_does_not_fit_is_zero) {
  for (const char* text :
       {"", "\n\n\n", "TcpExt:", "TcpExt: SyncookiesSent\n", "TcpExt: SyncookiesSent\nIpExt: 5\n",
        "TcpExt: SyncookiesSent\nTcpExt: -5x\n", "TcpExt: SyncookiesSent\nTcpExt:\n",
        "TcpExt: SyncookiesSent\nTcpExt: 99999999999999999999999\n"})
    EXPECT_EQ(parse_kernel_counters(text, text).syn_cookies, 0U) << text;
}

TEST(KernelCounters, come_from_the_files_of_a_root) {
  const ScratchDir dir;
  ProcKernelSource nowhere(dir.path("none"));
  EXPECT_FALSE(nowhere.read());
  const auto folder = dir.path("proc/thread-self/net");
  std::filesystem::create_directories(folder);
  std::ofstream(folder + "/netstat") << kNetstat;
  std::ofstream(folder + "/snmp") << kSnmp;
  ProcKernelSource source(dir.path(""));
  const auto read = source.read();
  ASSERT_TRUE(read);
  EXPECT_EQ(read->syn_cookies, 11U);
  EXPECT_TRUE(source.is_local(ip("127.0.0.1")));
  EXPECT_FALSE(source.is_local(ip("192.0.2.77")));
}

}  // namespace
}  // namespace rampart::sniffer::behaviour
