// What looks like an attack to somebody who counts packets, and is none: nothing may be reported.
#include <gtest/gtest.h>

#include "traffic.h"

namespace rampart::sniffer {
namespace {

using namespace test;

struct Benign {
  const char* name;
  void (*play)(Traffic&);
};
class Harmless : public testing::TestWithParam<Benign> {};
TEST_P(Harmless, raises_nothing) {
  Traffic t;
  GetParam().play(t);
  const auto& seen = t.play();
  EXPECT_TRUE(seen.empty()) << reports(seen);
}
constexpr Benign kBenign[] = {
    {"Backup",
     [](Traffic& t) {
       auto talk = t.connect(1, host(1), 5000, 873);
       for (int i = 0; i < 4000; ++i) t.client(talk, std::string(1400, 'x'), 0.001);
     }},
    {"Crawler",
     [](Traffic& t) {
       auto talk = t.connect(1, host(1), 5000);
       for (int i = 0; i < 2000; ++i) {
         talk.at = 1.1 + i * 0.003;
         t.exchange(talk, fmt::format("/page/{}", i));
       }
     }},
    {"FlashCrowd",
     [](Traffic& t) {
       for (int i = 0; i < 4000; ++i) {
         auto talk = t.connect(1 + i * 0.002 - i * i * 0.0000001,
                               host(static_cast<std::uint32_t>(i)), port_of(i), 80, kVictim, 0.1);
         for (int k = 0; k < 2; ++k) t.exchange(talk, "/news");
         t.close(talk);
       }
     }},
    {"RollingRestart",
     [](Traffic& t) {
       visitors(t, 0, 5, 0.01);
       for (int i = 0; i < 2000; ++i)  // four seconds in which everybody is refused
         t.refused(5 + i * 0.002, host(static_cast<std::uint32_t>(900 + i % 50)), port_of(i), 80);
       for (std::uint32_t h = 0; h < 60; ++h) {  // of a balancer's many backends
         t.connect(0.1 + h * 0.01, host(1), 6000, 80, host(7000 + h));
         for (int i = 0; i < 3; ++i) t.refused(5 + h * 0.01 + i, host(1), 6001, 80, host(7000 + h));
       }
       visitors(t, 10, 15, 0.01);
     }},
    {"HostDown",
     [](Traffic& t) {
       visitors(t, 0, 5, 0.01);
       for (int i = 0; i < 1200; ++i)  // nobody answers, and everybody tries again
         for (const double again : {0.0, 1.0, 3.0}) {
           TcpTalk talk;
           talk.client = {.source = host(static_cast<std::uint32_t>(i)), .destination = kVictim};
           talk.client_port = 7000;
           t.add(5 + i * 0.005 + again, talk.from_client(tcp_flag::kSyn));
         }
     }},
    {"PassiveFtp",
     [](Traffic& t) {
       for (int i = 0; i < 300; ++i) {
         auto talk =
             t.connect(1 + i * 0.02, host(1), port_of(i), static_cast<std::uint16_t>(30000 + i));
         t.server(talk, "data");
         t.close(talk);
       }
     }},
    {"Telephony",
     [](Traffic& t) {  // both ways, many ports
       for (int i = 0; i < 12'000; ++i) {
         IpBuilder there{.source = host(1), .destination = kVictim};
         IpBuilder back{.source = kVictim, .destination = host(1)};
         const auto port = static_cast<std::uint16_t>(20000 + i % 100);
         t.add(1 + i * 0.0004, ethernet(udp(there, port, port, "voice")));
         t.add(1 + i * 0.0004 + 0.0001, ethernet(udp(back, port, port, "voice")));
       }
     }},
    {"NegotiatedLogin",
     [](Traffic& t) {  // refused twice before each success
       auto talk = t.connect(1, host(1), 5000);
       for (int i = 0; i < 300; ++i) t.exchange(talk, "/share", i % 3 == 2 ? 200 : 401);
     }},
    {"SlowVisitors",
     [](Traffic& t) {  // a few, on bad lines
       for (int i = 0; i < 15; ++i) {
         auto talk = t.connect(1, host(static_cast<std::uint32_t>(i)), 5000);
         t.client(talk, "GET / HTTP/1.1\r\n");
         t.client(talk, "Host: a\r\n\r\n", 6);
       }
     }},
    {"SlowServer",
     [](Traffic& t) {  // many wait for an answer
       for (int i = 0; i < 300; ++i) {
         auto talk = t.connect(1, host(static_cast<std::uint32_t>(i)), 5000);
         t.client(talk, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
         t.server(talk, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 8);
       }
     }},
    {"IdleConnections",
     [](Traffic& t) {
       for (int i = 0; i < 300; ++i) {
         auto talk = t.connect(1, host(2), port_of(i));
         if (i % 2 == 0) t.exchange(talk, "/");
         talk.at = 9;
         t.close(talk);
       }
     }},
    {"WebSockets",
     [](Traffic& t) {  // a few bytes a second each way
       for (int i = 0; i < 30; ++i) {
         auto talk = t.connect(1 + i * 0.01, host(static_cast<std::uint32_t>(i)), port_of(i));
         t.client(talk,
                  "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\n"
                  "Upgrade: websocket\r\n\r\n");
         t.server(talk,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
                  "Connection: Upgrade\r\n\r\n");
         for (int k = 0; k < 15; ++k) {
           t.client(talk,
                    "\x81\x85"
                    "abcdhello",
                    1);
           t.server(talk, "\x81\x05hello", 0.01);
         }
         t.close(talk);
       }
     }},
    {"RequestsSentAgain",
     [](Traffic& t) {  // after the answer, which was lost; then idle connections
       for (int i = 0; i < 30; ++i) {
         auto talk = t.connect(1 + i * 0.01, host(static_cast<std::uint32_t>(i)), port_of(i));
         const auto before = talk.tcp.client_seq;
         t.exchange(talk, "/");
         auto again = talk;
         again.tcp.client_seq = before;
         t.client(again, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 0.2);
         talk.at += 15;
         t.close(talk);
       }
     }},
    {"KeepAliveProbes",
     [](Traffic& t) {  // of one byte that was sent before
       for (int i = 0; i < 30; ++i) {
         auto talk = t.connect(1 + i * 0.01, host(static_cast<std::uint32_t>(i)), port_of(i));
         t.exchange(talk, "/");
         for (int k = 0; k < 3; ++k) {
           auto probe = talk;
           --probe.tcp.client_seq;
           t.client(probe, std::string(1, '\0'), 5 * (k + 1));
         }
         talk.at += 20;
         t.close(talk);
       }
     }},
    {"EmptyLineAfterTheBody",
     [](Traffic& t) {
       for (int i = 0; i < 30; ++i) {
         auto talk = t.connect(1 + i * 0.01, host(static_cast<std::uint32_t>(i)), port_of(i));
         t.client(talk, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na=b");
         t.server(talk, "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n");
         t.client(talk, "\r\n");
         talk.at += 10;
         t.close(talk);
       }
     }},
    {"Traceroute",
     [](Traffic& t) {
       for (int i = 0; i < 90; ++i) {
         const IpBuilder outer{.source = host(9),
                               .destination = kVictim,
                               .ttl = static_cast<std::uint8_t>(1 + i / 3)};
         const auto port = static_cast<std::uint16_t>(33434 + i);
         if (i < 87) t.add(1 + i * 0.1, ethernet(udp(outer, 40000, port, "x")));
       }
     }},
    {"OneDirection",
     [](Traffic& t) {  // the capture holds no packet of the server
       for (int i = 0; i < 3000; ++i) {
         TcpTalk talk;
         talk.client = {.source = host(static_cast<std::uint32_t>(i % 200)),
                        .destination = kVictim};
         talk.client_port = port_of(i);
         talk.server_port = static_cast<std::uint16_t>(80 + i % 30);
         t.add(1 + i * 0.005, talk.from_client(tcp_flag::kSyn));
         ++talk.server_seq;  // of its answer
         t.add(1 + i * 0.005 + 0.003, talk.from_client(tcp_flag::kAck));
       }
     }},
    {"MailOfManyUsersBehindOneAddress",
     [](Traffic& t) {  // a wrong password now and then
       for (int i = 0; i < 630; ++i) {
         auto talk = t.connect(1 + i * 0.05, host(9), port_of(i), 25);
         t.server(talk, "220 hi ESMTP\r\n");
         t.client(talk, "EHLO a\r\n");
         t.server(talk, "250-hi\r\n250 AUTH PLAIN\r\n");
         t.client(talk, "AUTH PLAIN AGEAYg==\r\n");
         t.server(talk, i % 21 == 0 ? "535 no\r\n" : "235 ok\r\n");
         t.client(talk, "QUIT\r\n");
         t.server(talk, "221 bye\r\n");
         t.close(talk);
       }
     }},
    {"FilesOfManyUsersBehindOneAddress",
     [](Traffic& t) {
       for (int i = 0; i < 600; ++i) {
         auto talk = t.connect(1 + i * 0.05, host(9), port_of(i), 21);
         t.server(talk, "220 hi\r\n");
         t.client(talk, "USER a\r\n");
         t.server(talk, "331 password\r\n");
         t.client(talk, "PASS b\r\n");
         t.server(talk, i % 20 == 0 ? "530 no\r\n" : "230 ok\r\n");
         t.close(talk);
       }
     }},
    {"CredentialsThatAreTaken",
     [](Traffic& t) {  // of a program, with expired ones in between
       auto talk = t.connect(1, host(1), 5000);
       for (int i = 0; i < 300; ++i) {
         t.client(talk, "GET /api HTTP/1.1\r\nHost: a\r\nAUTHORIZATION: Bearer x\r\n\r\n", 0.05);
         t.server(talk, i % 3 == 0 ? "HTTP/1.1 403 X\r\nContent-Length: 0\r\n\r\n"
                                   : "HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n");
       }
     }},
};
INSTANTIATE_TEST_SUITE_P(Table, Harmless, testing::ValuesIn(kBenign),
                         [](const auto& i) { return i.param.name; });

}  // namespace
}  // namespace rampart::sniffer
