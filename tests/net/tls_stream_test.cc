#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/timer.h"
#include "net/tls.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"
#include "tests/support/test_certificate.h"

namespace rampart::net {
namespace {

using namespace std::chrono_literals;
using base::IpAddress;
using testing::RawServer;
using testing::TestCertificate;

// One TLS connection at a time, in the test's own loop.
struct TlsServer final : TcpServer::Listener {
  TlsServer(Loop& loop, const TestCertificate& certificate)
      : context(TlsContext::server(certificate.certificate(), certificate.key()).value()),
        recorder(loop),
        server(TcpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {
    recorder.when_end = [] {};
  }
  void on_accept(std::unique_ptr<TcpStream> tcp) override {
    stream = accept_tls(context, std::move(tcp), recorder);
  }
  TlsContext context;
  StreamRecorder recorder;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<TcpServer> server;
};

TlsContext trusting(const TestCertificate& certificate) {
  return TlsContext::client({certificate.certificate(), false}).value();
}

TEST(TlsStream, ChecksTheCertificate) {
  const TestCertificate good;
  const TestCertificate expired({.valid_from = -48h, .valid_until = -24h});
  const TestCertificate future({.valid_from = 24h, .valid_until = 48h});
  const TestCertificate other({.names = "DNS:other.example,IP:192.0.2.1"});
  const struct {
    const TestCertificate& shown;
    const TestCertificate& trusted;
    std::string name;
    bool insecure;
    std::string_view failure;  // empty: accepted
    StreamEnd end = StreamEnd::eof;
  } cases[] = {
      {good, good, "localhost", false, ""},
      {good, good, "127.0.0.1", false, ""},
      {good, good, "::1", false, ""},
      {good, other, "localhost", false, "self-signed certificate", StreamEnd::tls_untrusted},
      {expired, expired, "localhost", false, "certificate has expired", StreamEnd::tls_expired},
      {future, future, "localhost", false, "certificate is not yet valid", StreamEnd::tls_expired},
      {other, other, "localhost", false, "hostname mismatch", StreamEnd::tls_name_mismatch},
      {other, other, "127.0.0.1", false, "IP address mismatch", StreamEnd::tls_name_mismatch},
      {good, other, "localhost", true, ""},
      {expired, other, "localhost", true, ""},
      {other, other, "localhost", true, ""},
      {good, good, "localhost.", false, ""},
      {good, other, "", true, ""},
      {good, good, "", false, "no name", StreamEnd::local},
      {good, good, ".localhost", false, "no name", StreamEnd::local},
      {good, good, std::string("localhost\0.evil.test", 20), false, "no name", StreamEnd::local},
      {good, good, std::string(300, 'a'), false, "too long", StreamEnd::local},
  };
  for (const auto& c : cases) {
    Loop loop;
    TlsServer server(loop, c.shown);
    const auto context = TlsContext::client({c.trusted.certificate(), c.insecure}).value();
    StreamRecorder client(loop);
    client.when_open = [&] { loop.stop(); };
    const auto stream = connect_tls(loop, context, c.name, server.server->endpoint(), client);
    EXPECT_NE(stream->local_port(), 0);
    loop.run();
    if (c.failure.empty()) {
      EXPECT_EQ(client.calls, "open ") << c.name << ": " << client.detail;
      continue;
    }
    EXPECT_EQ(client.calls, "end ") << c.name;
    EXPECT_EQ(client.end, c.end) << client.detail;
    EXPECT_NE(client.detail.find(c.failure), std::string::npos) << client.detail;
  }
}

// A connection in clear text until the server's first byte, then TLS.
struct StartTls final : TcpServer::Listener {
  StartTls(Loop& l, const TestCertificate& certificate)
      : context(TlsContext::server(certificate.certificate(), certificate.key()).value()),
        recorder(l),
        server(TcpServer::listen(l, {IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {
    recorder.when_data = [this] {
      if (!tcp || recorder.data != "TLS?") return;
      recorder.data.clear();
      tcp->write(std::string("TLS!"));
      stream = accept_tls(context, std::move(tcp), recorder);
    };
    recorder.when_open = [this] { stream->write(std::string("hello")); };
    recorder.when_end = [] {};
  }
  void on_accept(std::unique_ptr<TcpStream> accepted) override {
    tcp = std::move(accepted);
    tcp->listen_with(recorder);
  }
  TlsContext context;
  StreamRecorder recorder;
  std::unique_ptr<TcpStream> tcp;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<TcpServer> server;
};

TEST(TlsStream, BeginsOverAConnectionThatIsOpen) {
  const TestCertificate good;
  const TestCertificate other;
  for (const bool trusted : {true, false}) {
    Loop loop;
    const StartTls server(loop, good);
    const auto context = trusting(trusted ? good : other);
    StreamRecorder clear(loop);
    StreamRecorder secret(loop);
    auto tcp = TcpStream::connect(loop, server.server->endpoint(), clear);
    std::unique_ptr<Stream> stream;
    clear.when_open = [&] { tcp->write(std::string("TLS?")); };
    clear.when_data = [&] {
      stream = start_tls(context, "localhost", std::move(tcp), secret);
      EXPECT_EQ(secret.calls, "") << "called from inside start_tls";
    };
    secret.when_data = [&] { loop.stop(); };
    loop.run();
    EXPECT_EQ(clear.calls, "open ");
    EXPECT_EQ(clear.data, "TLS!");
    EXPECT_EQ(secret.calls, trusted ? "open " : "end ") << secret.detail;
    EXPECT_EQ(secret.data, trusted ? "hello" : "");
    EXPECT_EQ(secret.end, trusted ? StreamEnd{} : StreamEnd::tls_untrusted);
  }
}

// Destroyed before it says its first word.
TEST(TlsStream, MayGoBeforeItBegins) {
  const TestCertificate good;
  Loop loop;
  const StartTls server(loop, good);
  const auto context = trusting(good);
  StreamRecorder clear(loop);
  StreamRecorder secret(loop);
  auto tcp = TcpStream::connect(loop, server.server->endpoint(), clear);
  clear.when_open = [&] {
    start_tls(context, "localhost", std::move(tcp), secret).reset();
    loop.stop();
  };
  loop.run();
  EXPECT_EQ(secret.calls, "");
}

TEST(TlsStream, TellsTheServerWhyTheClientLeft) {
  const TestCertificate shown;
  const TestCertificate trusted;
  Loop loop;
  TlsServer server(loop, shown);
  const auto context = trusting(trusted);
  StreamRecorder client(loop);
  client.when_end = [] {};
  server.recorder.when_end = [&] { loop.stop(); };
  const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
  loop.run();
  EXPECT_EQ(server.recorder.calls, "end ");
  EXPECT_EQ(server.recorder.end, StreamEnd::tls_alert);
  EXPECT_EQ(server.recorder.detail, "alert 48 from the peer: unknown ca");
}

TEST(TlsStream, HandshakesThatCannotBe) {
  const struct {
    const char* name;
    RawServer::Script script;
    StreamEnd end;
    std::string_view detail;
  } cases[] = {
      {"plain text",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
         peer.wait_for_close();
       },
       StreamEnd::tls, "does not speak tls"},
      {"closes in the handshake", [](RawServer::Peer& peer) { peer.read_some(); }, StreamEnd::tls,
       "closed during the handshake"},
      {"closes in mid record",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send(std::string("\x16\x03\x03\x01\x00\x02\x00", 7));
       },
       StreamEnd::tls, "closed during the handshake"},
      {"resets",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.reset();
       },
       StreamEnd::reset, ""},
      {"an alert instead of an answer",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send(std::string("\x15\x03\x03\x00\x02\x02\x28", 7));
         peer.wait_for_close();
       },
       StreamEnd::tls_alert, "alert 40 from the peer: handshake failure"},
      {"an alert that nobody has named",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send(std::string("\x15\x03\x03\x00\x02\x02\xC8", 7));
         peer.wait_for_close();
       },
       StreamEnd::tls_alert, "alert 200 from the peer"},
      {"close_notify instead of an answer",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send(std::string("\x15\x03\x03\x00\x02\x01\x00", 7));
         peer.wait_for_close();
       },
       StreamEnd::tls, "closed during the handshake"},
      {"a record that is too long",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.send(std::string("\x16\x03\x03\xff\xff", 5) + std::string(65535, 'x'));
         peer.wait_for_close();
       },
       StreamEnd::tls, ""},
  };
  const auto context = TlsContext::client({.ca_file = "", .insecure = true}).value();
  for (const auto& c : cases) {
    RawServer server(c.script);
    Loop loop;
    StreamRecorder client(loop);
    {
      const auto stream = connect_tls(loop, context, "localhost", server.endpoint(), client);
      loop.run();
      EXPECT_EQ(client.calls, "end ") << c.name;
      EXPECT_EQ(client.end, c.end) << c.name << ": " << client.detail;
      EXPECT_NE(client.detail.find(c.detail), std::string::npos) << c.name << ": " << client.detail;
      stream->write(std::string("late"));
      stream->shutdown();
    }
    loop.run();
    EXPECT_EQ(client.calls, "end ") << c.name;
  }
}

TEST(TlsStream, ConnectionFailuresPassThrough) {
  const auto context = TlsContext::client({.ca_file = "", .insecure = true}).value();
  Loop loop;
  StreamRecorder client(loop);
  const auto stream = connect_tls(loop, context, "localhost", RawServer::refusing(), client);
  loop.run();
  EXPECT_EQ(client.calls, "end ");
  EXPECT_EQ(client.end, StreamEnd::refused);
}

TEST(TlsStream, LargeBodiesBothWaysAndTheEnd) {
  const TestCertificate certificate;
  const std::string big(6 << 20, 'b');
  Loop loop;
  TlsServer server(loop, certificate);
  const auto context = trusting(certificate);
  StreamRecorder client(loop);
  const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
  client.when_open = [&] {
    stream->write(big);
    EXPECT_GT(stream->queued(), 0U);
  };
  server.recorder.when_data = [&] {
    if (server.recorder.data.size() < big.size()) return;
    server.stream->write(server.recorder.data);
    server.stream->shutdown();
  };
  loop.run();
  EXPECT_TRUE(server.recorder.data == big);
  EXPECT_TRUE(client.data == big);
  EXPECT_EQ(client.calls, "open drained end ");
  EXPECT_EQ(client.end, StreamEnd::eof);
  EXPECT_EQ(client.detail, "closed by the peer");
}

// Session tickets after the handshake, and a hundred records in one read.
TEST(TlsStream, ManyRecordsInOneRead) {
  const TestCertificate certificate;
  Loop loop;
  TlsServer server(loop, certificate);
  const auto context = trusting(certificate);
  StreamRecorder client(loop);
  const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
  std::string expected;
  server.recorder.when_open = [&] {
    for (int i = 0; i < 100; ++i) {
      const auto line = std::to_string(i) + "\n";
      expected += line;
      server.stream->write(line);
    }
    server.stream->shutdown();
  };
  loop.run();
  EXPECT_EQ(client.data, expected);
  EXPECT_EQ(client.calls, "open end ");
}

TEST(TlsStream, AnEndWithoutCloseNotifyIsTold) {
  const TestCertificate certificate;
  Loop loop;
  TlsServer server(loop, certificate);
  const auto context = trusting(certificate);
  StreamRecorder client(loop);
  const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
  client.when_open = [&] { stream->write(std::string("x")); };
  server.recorder.when_data = [&] { server.stream.reset(); };
  loop.run();
  EXPECT_EQ(client.calls, "open end ");
  EXPECT_EQ(client.end, StreamEnd::eof);
  EXPECT_EQ(client.detail, "closed by the peer without close_notify");
}

TEST(TlsStream, MayBeDestroyedInEachCall) {
  const TestCertificate certificate;
  enum class Where { open, data, drained, end, server_open, server_data };
  for (const auto where : {Where::open, Where::data, Where::drained, Where::end, Where::server_open,
                           Where::server_data}) {
    Loop loop;
    TlsServer server(loop, certificate);
    const auto context = trusting(certificate);
    StreamRecorder client(loop);
    auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
    const auto destroy = [&] {
      stream.reset();
      server.server.reset();
    };
    client.when_open = [&] { stream->write(std::string(6 << 20, 'x')); };
    client.when_end = [&] {
      if (where == Where::end || where == Where::server_open || where == Where::server_data)
        destroy();
    };
    server.recorder.when_data = [&] {
      if (server.recorder.data.size() < 6 << 20) return;
      server.stream->write(std::string("hello"));
      server.stream->shutdown();
    };
    server.recorder.when_end = [&] { server.stream.reset(); };
    if (where == Where::open) client.when_open = destroy;
    if (where == Where::data) client.when_data = destroy;
    if (where == Where::drained) client.when_drained = destroy;
    if (where == Where::server_open) server.recorder.when_open = [&] { server.stream.reset(); };
    if (where == Where::server_data) server.recorder.when_data = [&] { server.stream.reset(); };
    loop.run();  // ends by itself: nothing is left
    EXPECT_EQ(stream, nullptr) << static_cast<int>(where) << ": " << client.calls;
    EXPECT_EQ(server.stream, nullptr) << static_cast<int>(where);
  }
}

TEST(TlsStream, ResetInACallIsTheLast) {
  const TestCertificate certificate;
  for (const bool in_open : {true, false}) {
    Loop loop;
    TlsServer server(loop, certificate);
    const auto context = trusting(certificate);
    StreamRecorder client(loop);
    const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client,
                                    {.from = IpAddress::v4(127, 0, 1, 1)});
    server.recorder.when_open = [&] {
      server.stream->write(std::string("one"));
      server.stream->write(std::string("two"));
    };
    server.recorder.when_end = [&] { loop.stop(); };
    int resets = 0;
    (in_open ? client.when_open : client.when_data) = [&] {
      ++resets;
      stream->reset();
    };
    loop.run();
    EXPECT_EQ(resets, 1);  // also where both records come in one read
    EXPECT_EQ(server.recorder.end, StreamEnd::reset) << server.recorder.detail;
    EXPECT_EQ(client.calls, "open ");
    EXPECT_EQ(client.data.substr(0, 3), in_open ? "" : "one");
    stream->write(std::string("late"));
    stream->shutdown();
  }
}

TEST(TlsStream, GarbageFromAClientEndsItsConnection) {
  const TestCertificate certificate;
  Loop loop;
  TlsServer server(loop, certificate);
  StreamRecorder client(loop);
  const auto stream = TcpStream::connect(loop, server.server->endpoint(), client);
  client.when_open = [&] { stream->write(std::string("GET / HTTP/1.1\r\n\r\n")); };
  server.recorder.when_end = [&] { loop.stop(); };
  loop.run();
  EXPECT_EQ(server.recorder.calls, "end ");
  EXPECT_EQ(server.recorder.end, StreamEnd::tls);
  EXPECT_NE(server.recorder.detail.find("does not speak tls"), std::string::npos)
      << server.recorder.detail;
}

TEST(TlsContext, ErrorsNameTheFileAndTheReason) {
  const TestCertificate one;
  const TestCertificate two;
  const std::string missing = one.certificate() + ".missing";
  const std::string rubbish = one.certificate() + ".rubbish";
  std::ofstream(rubbish) << "no certificate\n";
  const auto expect = [](const auto& result, std::string_view file, std::string_view reason) {
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, base::Errc::config);
    EXPECT_NE(result.error().text.find(file), std::string::npos) << result.error().text;
    EXPECT_NE(result.error().text.find(reason), std::string::npos) << result.error().text;
  };
  expect(TlsContext::client({missing, false}), missing, "No such file");
  expect(TlsContext::client({rubbish, false}), rubbish, "no certificate");
  expect(TlsContext::server(missing, one.key()), missing, "No such file");
  expect(TlsContext::server(one.certificate(), missing), missing, "No such file");
  expect(TlsContext::server(rubbish, one.key()), rubbish, "no start line");
  expect(TlsContext::server(one.certificate(), two.key()), two.key(), one.certificate());
  // A file that is named is looked at also where no certificate is checked.
  expect(TlsContext::client({missing, true}), missing, "No such file");
  EXPECT_TRUE(TlsContext::client({"", true}));
}

TEST(TlsContext, ASelfSignedServerNeedsNoFiles) {
  Loop loop;
  const auto server_context = TlsContext::self_signed_server().value();
  StreamRecorder recorder(loop);
  std::unique_ptr<Stream> accepted;
  struct OnAccept final : TcpServer::Listener {
    std::function<void(std::unique_ptr<TcpStream>)> call;
    void on_accept(std::unique_ptr<TcpStream> tcp) override { call(std::move(tcp)); }
  } on_accept;
  on_accept.call = [&](std::unique_ptr<TcpStream> tcp) {
    accepted = accept_tls(server_context, std::move(tcp), recorder);
  };
  const auto server = TcpServer::listen(loop, {IpAddress::v4(127, 0, 0, 1), 0}, on_accept).value();
  const auto context = TlsContext::client({.ca_file = "", .insecure = true}).value();
  StreamRecorder client(loop);
  client.when_open = [&] { loop.stop(); };
  const auto stream = connect_tls(loop, context, "localhost", server->endpoint(), client);
  loop.run();
  EXPECT_EQ(client.calls, "open ") << client.detail;
}

struct StopAt final : Timer::Listener {
  explicit StopAt(Loop& l) : loop(l), timer(l, *this) {}
  void on_timer(Timer&) override { loop.stop(); }
  Loop& loop;
  Timer timer;
};

// The bound is of bytes on the wire: what comes out are whole records of them.
TEST(TlsStream, ReadsNoMoreThanItMay) {
  const TestCertificate certificate;
  Loop loop;
  TlsServer server(loop, certificate);
  const auto context = trusting(certificate);
  constexpr std::size_t kAll = 300'000;
  server.recorder.when_open = [&] { server.stream->write(std::string(kAll, 'x')); };
  StreamRecorder client(loop);
  const auto stream = connect_tls(loop, context, "localhost", server.server->endpoint(), client);
  client.when_open = [&] { stream->limit_reading(50'000); };
  StopAt quiet(loop);
  quiet.timer.arm(base::SystemClock().mono() + 200ms);
  loop.run();
  EXPECT_GT(client.data.size(), 50'000U - 2 * 17'000U);  // tickets, and a record that is not whole
  EXPECT_LT(client.data.size(), 50'000U);
  client.when_data = [&] {
    if (client.data.size() == kAll) loop.stop();
  };
  stream->limit_reading(2 * kAll);
  loop.run();
  EXPECT_EQ(client.data.size(), kAll);
}

}  // namespace
}  // namespace rampart::net
