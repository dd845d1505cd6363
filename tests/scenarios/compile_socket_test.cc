#include <gtest/gtest.h>

#include <vector>

#include "parse.h"

namespace rampart::scenarios {
namespace {

using namespace std::chrono_literals;
using Mode = model::SocketUse::Mode;

// Targets in line 1; the load's own words begin in line 2 at column 20.
std::string load(std::string_view target, std::string_view rest) {
  return "targets: { web: { url: \"https://127.0.0.1/\" }, plain: { url: \"http://127.0.0.1/\" }, "
         "tcp: { url: \"tcp://127.0.0.1:9\" }, udp: { url: \"udp://127.0.0.1:9\" }, "
         "icmp: { url: \"icmp://127.0.0.1\" } }\n"
         "load: [ { name: a, target: " +
         std::string(target) + ", " + std::string(rest) + " } ]\n";
}

constexpr std::string_view kOpen = ", arrival: { rate: 10/s, duration: 5s }";
constexpr std::string_view kClosed = ", arrival: { users: 40, duration: 5s }";

model::LoadSpec spec_of(std::string_view target, std::string rest,
                        std::string_view arrival = kOpen) {
  const auto parsed = parse(load(target, rest.append(arrival)));
  EXPECT_TRUE(parsed.plan) << to_text(parsed.errors);
  return parsed.plan ? parsed.plan->loads.at(0) : model::LoadSpec{};
}

TEST(CompileSocket, TcpModes) {
  const struct {
    const char* target;
    const char* words;
    std::string_view arrival;
    model::SocketUse wanted;
  } cases[] = {
      {"tcp", "protocol: tcp", kOpen, {Mode::connect, 64, false}},
      {"plain", "protocol: tcp", kOpen, {Mode::connect, 64, false}},
      {"web",
       "protocol: tcp, tcp: { mode: connect, close: rst }",
       kOpen,
       {Mode::connect, 64, true}},
      {"web", "protocol: tcp, tcp: { mode: handshake }", kOpen, {Mode::handshake, 64, false}},
      {"tcp", "protocol: tcp, tcp: { mode: echo, bytes: 1k }", kOpen, {Mode::echo, 1000, false}},
      {"tcp", "protocol: tcp, tcp: { mode: send, bytes: 1 }", kClosed, {Mode::send, 1, false}},
      {"tcp",
       "protocol: tcp, connection_rate: 100/s, tcp: { mode: hold }",
       kClosed,
       {Mode::hold, 64, false}},
  };
  for (const auto& [target, words, arrival, wanted] : cases) {
    const auto spec = spec_of(target, words, arrival);
    EXPECT_EQ(spec.protocol, model::Protocol::tcp) << words;
    EXPECT_TRUE(spec.steps.empty()) << words;
    EXPECT_EQ(spec.socket.mode, wanted.mode) << words;
    EXPECT_EQ(spec.socket.bytes, wanted.bytes) << words;
    EXPECT_EQ(spec.socket.close_with_reset, wanted.close_with_reset) << words;
    EXPECT_EQ(spec.streams, 1U) << words;
    EXPECT_EQ(spec.timeout, 30s) << words;
    EXPECT_EQ(spec.connections, arrival == kOpen ? 64U : 40U) << words;
  }
}

TEST(CompileSocket, DatagramsHaveTheirOwnDefaults) {
  const auto udp = spec_of("udp", "protocol: udp");
  EXPECT_EQ(udp.protocol, model::Protocol::udp);
  EXPECT_EQ(udp.streams, 16U);
  EXPECT_EQ(udp.connections, 64U);
  EXPECT_EQ(udp.timeout, 1s);
  EXPECT_EQ(udp.socket.bytes, 64U);
  EXPECT_TRUE(udp.steps.empty());

  for (const auto* target : {"icmp", "web", "plain", "tcp", "udp"}) {
    const auto icmp = spec_of(target, "protocol: icmp");
    EXPECT_EQ(icmp.protocol, model::Protocol::icmp);
    EXPECT_EQ(icmp.streams, 16U);
    EXPECT_EQ(icmp.connections, 4U);
    EXPECT_EQ(icmp.timeout, 1s);
  }

  const auto given =
      spec_of("udp", "protocol: udp, streams: 8, timeout: 200ms, udp: { bytes: 16 }", kClosed);
  EXPECT_EQ(given.streams, 8U);
  EXPECT_EQ(given.connections, 5U);
  EXPECT_EQ(given.timeout, 200ms);
  EXPECT_EQ(given.socket.bytes, 16U);
}

TEST(CompileSocket, Refused) {
  const struct {
    const char* target;
    const char* words;
    std::string_view arrival;
    const char* errors;
  } cases[] = {
      {"udp", "protocol: tcp", kOpen,
       "2:28: protocol tcp needs a target such as tcp://127.0.0.1:9000, or an http or https one, "
       "and 'udp' is udp://127.0.0.1:9"},
      {"tcp", "protocol: udp", kOpen,
       "2:28: protocol udp needs a target such as udp://127.0.0.1:9000, and 'tcp' is "
       "tcp://127.0.0.1:9"},
      {"tcp", "protocol: tcp, tcp: { mode: handshake }", kOpen,
       "2:28: mode handshake needs an https target, and 'tcp' is tcp://127.0.0.1:9"},
      {"tcp", "protocol: http1", kOpen,
       "2:28: protocol http1 needs an http or https target, and 'tcp' is tcp://127.0.0.1:9"},
      {"tcp", "protocol: tcp, tcp: { mode: hold }", kOpen,
       "2:78: mode hold keeps one connection per user: give users: 1k"},
      {"tcp", "protocol: tcp, tcp: { mode: hold }",
       ", arrival: { users: 4, duration: 5s, requests: 9 }",
       "2:114: mode hold lasts until the load's end: leave requests out"},
      {"tcp", "protocol: tcp, tcp: { bytes: 9 }", kOpen,
       "2:62: bytes belong to the modes echo and send: connect sends none"},
      {"tcp", "protocol: tcp, tcp: { mode: echo, close: rst }", kOpen,
       "2:74: close belongs to the modes connect and handshake"},
      {"tcp", "protocol: tcp, streams: 2", kOpen,
       "2:57: a TCP connection carries one request at a time: leave streams out, and give "
       "connections"},
      {"tcp", "protocol: tcp, requests_per_connection: 2", kOpen,
       "2:73: in mode connect the connection is the request: leave it out"},
      {"tcp", "protocol: tcp, tcp: { mode: send }, first_byte_timeout: 2s", kOpen,
       "2:89: mode send waits for no answer"},
      {"udp", "protocol: udp, first_byte_timeout: 2s", kOpen,
       "2:68: an echo is one datagram: timeout says it all"},
      {"icmp", "protocol: icmp, requests_per_connection: 2", kOpen,
       "2:75: an icmp socket is opened once: leave requests_per_connection out"},
      {"udp", "protocol: udp, request: { path: /x }", kOpen,
       "2:57: request belongs to HTTP, and protocol udp knows no requests of it"},
      {"udp", "protocol: udp, tcp: { mode: echo }", kOpen, "2:53: tcp belongs to protocol: tcp"},
      {"web", "protocol: http2, udp: { bytes: 20 }", kOpen, "2:55: udp belongs to protocol: udp"},
      {"udp", "protocol: udp, udp: { bytes: 15 }", kOpen,
       "2:62: load.udp.bytes: 15 is out of range: 16 to 65507"},
      {"tcp", "protocol: tcp, tcp: { mode: ech }", kOpen,
       "2:61: load.tcp.mode: unknown word 'ech': did you mean 'echo'?"},
      {"udp", "protocol: udp, connections: 100k, streams: 1000", kOpen,
       "2:76: connections times streams: at most a million requests at a time"},
  };
  for (const auto& [target, words, arrival, wanted] : cases)
    EXPECT_EQ(errors_of(load(target, std::string(words).append(arrival))),
              "t.yml:" + std::string(wanted))
        << words;
}

TEST(CompileSocket, IcmpSocketsHaveAnIdEach) {
  const auto scenario = [](int probes, const char* first, const char* second) {
    std::string out = "targets: { a: { url: \"icmp://127.0.0.1\" } }\nprobes:\n";
    for (int i = 0; i < probes; ++i)
      out += "  - { name: p" + std::to_string(i) + ", module: icmp }\n";
    out += "load:\n";
    for (const auto* sockets : {first, second})
      out += std::string("  - { name: l") + sockets +
             ", protocol: icmp, arrival: { rate: 1/s, duration: 1s }, streams: 1, connections: " +
             sockets + " }\n";
    return out;
  };
  EXPECT_EQ(errors_of(scenario(2, "65532", "1")), "");
  EXPECT_EQ(errors_of(scenario(3, "65532", "1")),
            "t.yml:8:96: 65536 icmp sockets and probes up to here, and ICMP can tell 65535 apart: "
            "give fewer connections and more streams");
  EXPECT_EQ(errors_of(scenario(3, "65533", "1")).substr(0, 9), "t.yml:7:1");
}

TEST(CompileSocket, UrlsOfUdp) {
  const auto parsed = parse(load("udp", std::string("protocol: udp").append(kOpen)));
  ASSERT_TRUE(parsed.plan);
  EXPECT_EQ(parsed.plan->targets[3].url.text(), "udp://127.0.0.1:9");
  EXPECT_NE(errors_of("duration: 1s\ntargets: { a: { url: \"udp://127.0.0.1\" } }\nscrape: []\n")
                .find("udp needs a port, as in udp://127.0.0.1:5432"),
            std::string::npos);
  EXPECT_EQ(errors_of("duration: 1s\ntargets: { a: { url: \"udp://127.0.0.1:9\" } }\n"
                      "probes: [ { name: p, module: tcp_connect, target: a } ]\n"),
            "t.yml:3:51: a tcp probe needs a target with a tcp port, and this one is udp");
}

}  // namespace
}  // namespace rampart::scenarios
