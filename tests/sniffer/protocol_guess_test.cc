#include "sniffer/app/protocol_guess.h"

#include <gtest/gtest.h>

#include "dns_builder.h"
#include "tls_builder.h"

namespace rampart::sniffer {
namespace {

using test::octets;
using test::Octets;
using test::operator+;
using enum AppProto;

struct Case {
  const char* name;
  Octets client;
  Octets server;
  AppProto expected;
  std::uint16_t port = 9999;  // of the server
  bool client_ended = false;
};

AppProto guess(const Case& c, std::size_t client_size, std::size_t server_size) {
  FirstBytes first;
  first.said = {Bytes(c.client).first(client_size), Bytes(c.server).first(server_size)};
  first.no_more = {c.client_ended, false};
  first.ports = {50000, c.port};
  return guess_stream(first);
}
AppProto guess(const Case& c) { return guess(c, c.client.size(), c.server.size()); }

Octets client_hello() {
  return test::tls_handshake(1, test::tls_client_hello({.extensions = test::tls_sni("a.example")}));
}

TEST(ProtocolGuess, tells_by_what_is_said) {
  const Octets sslv2{0x80, 0x2E, 1, 3, 1, 0, 0x15, 0, 0, 0, 0x10, 0, 0, 4};
  const Case cases[] = {
      {"nothing", {}, {}, unknown},
      {"get", octets("GET / HTTP/1.1\r\n"), {}, http1},
      {"get, after an empty line", octets("\r\nGET / HTTP/1.1\r\n"), {}, http1},
      {"half a method", octets("GE"), {}, unknown},
      {"method and tab", octets("POST\t/ HTTP/1.0\r\n"), {}, http1},
      {"unknown method", octets("FROB / HTTP/1.1\r\n"), {}, http1},
      {"unknown method, open line", octets("FROB / HT"), {}, unknown},
      {"words", octets("hello world\r\n"), octets("hi\r\n"), failed},
      {"response only", {}, octets("HTTP/1.1 200 OK\r\n"), http1},
      {"half a response", {}, octets("HTT"), unknown},
      {"response to gibberish", octets("\x01\x02\x03\x04\x05"), octets("HTTP/1.0 400 Bad"), http1},
      {"http/2", octets("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), {}, http2},
      {"http/2, half a preface", octets("PRI * HT"), {}, unknown},
      {"http/2 settings", {}, {0, 0, 6, 4, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 100}, http2},
      {"client hello", client_hello(), {}, tls},
      {"a record header", {22, 3, 1, 1, 0}, {}, unknown},
      {"server hello", {}, test::tls_handshake(2, test::tls_server_hello(0x303, 0x1301)), tls},
      {"alert of a server", {}, {21, 3, 3, 0, 2, 2, 40}, tls},
      {"record of no version", {22, 4, 1, 1, 0, 1}, {}, unknown},
      {"ssl 2.0 hello", sslv2, {}, tls},
      {"ssh", octets("SSH-2.0-OpenSSH_9.2\r\n"), {}, ssh},
      {"ssh server first", {}, octets("SSH-2.0-dropbear\r\n"), ssh},
      {"220 alone", {}, octets("220 ready\r\n"), unknown},
      {"220 and ehlo", octets("EHLO me\r\n"), octets("220 ready\r\n"), smtp},
      {"220 and helo, small", octets("helo me\r\n"), octets("220-ready\r\n"), smtp},
      {"220 and user", octets("USER me\r\n"), octets("220 ready\r\n"), ftp},
      {"220 and feat", octets("FEAT\r\n"), octets("220 ready\r\n"), ftp},
      {"220 and auth tls", octets("AUTH TLS\r\n"), octets("220 ready\r\n"), ftp},
      {"220 and half a word", octets("EH"), octets("220 ready\r\n"), unknown},
      {"220 esmtp and quit", octets("QUIT\r\n"), octets("220 mx ESMTP\r\n"), smtp},
      {"220 ftp and quit", octets("QUIT\r\n"), octets("220 FTP server\r\n"), ftp},
      {"220, quit, mail port", octets("QUIT\r\n"), octets("220 hi\r\n"), smtp, 25},
      {"220, quit, ftp port", octets("QUIT\r\n"), octets("220 hi\r\n"), ftp, 21},
      {"220, quit, no hint", octets("QUIT\r\n"), octets("220 hi\r\n"), failed},
      {"220 ftp, client left", {}, octets("220 FTP server\r\n"), ftp, 9999, true},
      {"ehlo without greeting", octets("EHLO me\r\n"), {}, smtp},
      {"user without greeting", octets("USER me\r\n"), {}, unknown},
      {"user without greeting, ftp port", octets("USER me\r\n"), {}, ftp, 21},
      {"irc", octets("STARTTLS\r\n"), octets(":irc 670 :go ahead\r\n"), failed},
      {"220 and starttls", octets("STARTTLS\r\n"), octets("220 hi\r\n"), smtp},
      {"starttls without greeting", octets("STARTTLS\r\n"), {}, unknown},
      {"starttls without greeting, mail port", octets("STARTTLS\r\n"), {}, smtp, 587},
      {"pop3", octets("USER me\r\n"), octets("+OK ready\r\n"), failed},
      {"userland is no user", octets("USERLAND\r\n"), octets("220 ftp\r\n"), ftp},
      {"dns over tcp", test::dns_framed(test::dns_query("example.org")), {}, dns},
      {"llmnr over tcp", test::dns_framed(test::dns_query("example.org")), octets("nonsense"),
       failed, 5355},
      {"dns over tcp, cut", {0, 29, 0x12, 0x34, 1}, {}, unknown},
      {"dns on its port, odd counts",
       test::dns_framed(test::dns_header(0x0100, {.questions = 1, .answers = 1}) +
                        test::dns_question(test::dns_name("a.b"))),
       {},
       dns,
       53},
      {"dns elsewhere, odd counts",
       test::dns_framed(test::dns_header(0x0100, {.questions = 1, .answers = 1}) +
                        test::dns_question(test::dns_name("a.b"))),
       octets("nonsense"), failed},
  };
  for (const auto& c : cases) EXPECT_EQ(to_string(guess(c)), to_string(c.expected)) << c.name;
}

// What is known with some bytes does not become something else with more.
TEST(ProtocolGuess, does_not_change_its_mind) {
  const Case cases[] = {
      {"http", octets("GET / HTTP/1.1\r\n\r\n"), octets("HTTP/1.1 200 OK\r\n\r\n"), http1},
      {"tls", client_hello(), test::tls_handshake(2, test::tls_server_hello(0x303, 1)), tls},
      {"smtp", octets("EHLO me\r\nMAIL FROM:<>\r\n"), octets("220 a\r\n250 b\r\n"), smtp},
      {"ftp", octets("USER me\r\nPASS x\r\n"), octets("220 a\r\n331 b\r\n"), ftp},
      {"dns", test::dns_framed(test::dns_query("example.org")),
       test::dns_framed(test::dns_answer("example.org")), dns},
      {"preface", octets("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), {0, 0, 0, 4, 0, 0, 0, 0, 0}, http2},
  };
  for (const auto& c : cases)
    for (std::size_t client = 0; client <= c.client.size(); ++client)
      for (std::size_t server = 0; server <= c.server.size(); ++server) {
        const auto now = guess(c, client, server);
        EXPECT_TRUE(now == unknown || now == c.expected)
            << c.name << ' ' << client << ' ' << server << ' ' << to_string(now);
      }
}

TEST(ProtocolGuess, gives_up_on_a_side_that_says_no_more) {
  FirstBytes first;
  const auto half = octets("GE");
  first.said = {half, {}};
  EXPECT_EQ(guess_stream(first), unknown);
  first.no_more = {true, false};
  EXPECT_EQ(guess_stream(first), unknown) << "the server may still answer";
  first.no_more = {true, true};
  EXPECT_EQ(guess_stream(first), failed);
}

TEST(ProtocolGuess, judges_one_side_alone) {
  const auto get = octets("GET / HTTP/1.1\r\n"), greeting = octets("220 hi\r\n");
  EXPECT_EQ(guess_side(get, Direction::to_server, {50000, 80}), http1);
  EXPECT_EQ(guess_side(get, Direction::to_client, {50000, 80}), failed);
  EXPECT_EQ(guess_side(greeting, Direction::to_client, {50000, 80}), unknown);
}

TEST(ProtocolGuess, knows_answers) {
  const std::array<std::uint16_t, 2> ports{80, 50000};
  for (const auto* text : {"HTTP/1.1 200 OK\r\n", "HTTP/1.0 404"})
    EXPECT_TRUE(is_answer(octets(text), ports)) << text;
  for (const auto* text : {"GET / HTTP/1.1\r\n", "HTT", "220 hi", "SSH-2.0-a\r\n", "nonsense here"})
    EXPECT_FALSE(is_answer(octets(text), ports)) << text;
}

TEST(ProtocolGuess, knows_dns_in_datagrams) {
  struct Datagram {
    const char* name;
    Octets bytes;
    std::uint16_t port;
    AppProto expected;
  };
  const auto query = test::dns_query("www.example.org"), answer = test::dns_answer("example.org");
  const Datagram cases[] = {
      {"query", query, 53, dns},
      {"query elsewhere", query, 5300, dns},
      {"answer", answer, 53, dns},
      {"answer elsewhere", answer, 5300, dns},
      {"multicast dns", query, 5353, failed},
      {"llmnr", query, 5355, failed},
      {"netbios names", query, 137, failed},
      {"strange opcode", test::dns_query("a.b", 0x7900), 53, dns},
      {"strange opcode elsewhere", test::dns_query("a.b", 0x7900), 5300, failed},
      {"refused, without a question", test::dns_header(0x8005, {.questions = 0}), 53, dns},
      {"nothing in it", test::dns_header(0, {.questions = 0}), 53, failed},
      {"eleven bytes", Octets(11, 0), 53, failed},
      {"a name without end", test::dns_header(0x0100) + Octets{5, 'a'}, 53, failed},
      {"a label of 64", test::dns_header(0x0100) + Octets{64} + Octets(80, 'a'), 53, failed},
      {"more questions than bytes",
       test::dns_header(0x0100, {.questions = 9}) + test::dns_question(test::dns_name("a")), 53,
       failed},
      {"text", octets("this is a syslog line that is long enough"), 514, failed},
  };
  for (const auto& c : cases)
    EXPECT_EQ(to_string(guess_datagram(c.bytes, 50000, c.port)), to_string(c.expected)) << c.name;
  EXPECT_EQ(guess_datagram(query, 5353, 53), dns) << "asked of a server of dns";
}

}  // namespace
}  // namespace rampart::sniffer
