#include "net/tls_client.h"

#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include <array>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/deleter.h"
#include "net/loop.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/deadline.h"
#include "tests/support/test_certificate.h"

namespace rampart::net {
namespace {

using base::IpAddress;
using testing::TestCertificate;

// A server that greets each connection; its tickets arrive with the greeting.
struct Greeter final : TcpServer::Listener {
  Greeter(Loop& l, const TestCertificate& certificate)
      : loop(l),
        context(TlsContext::server(certificate.certificate(), certificate.key()).value()),
        server(TcpServer::listen(l, {IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}
  void on_accept(std::unique_ptr<TcpStream> tcp) override {
    recorder = std::make_unique<StreamRecorder>(loop);
    recorder->when_open = [this] { stream->write(std::string("hello")); };
    recorder->when_end = [] {};
    stream = accept_tls(context, std::move(tcp), *recorder);
  }
  Loop& loop;
  TlsContext context;
  std::unique_ptr<StreamRecorder> recorder;
  std::unique_ptr<Stream> stream;
  std::unique_ptr<TcpServer> server;
};

struct Outcome {
  std::string calls;
  StreamEnd end{};
  std::string detail;
  std::optional<TlsInfo> info;
};

Outcome meet(Loop& loop, Greeter& greeter, const TlsContext& context,
             const std::string& name = "localhost") {
  StreamRecorder client(loop);
  client.when_data = [&] { loop.stop(); };
  const auto stream = connect_tls(loop, context, name, greeter.server->endpoint(), client);
  EXPECT_FALSE(tls_info(*stream)) << "before the handshake";
  EXPECT_FALSE(tls_resumed(*stream));
  loop.run();
  const auto info = tls_info(*stream);
  EXPECT_EQ(tls_resumed(*stream), info && info->resumed);
  return {client.calls, client.end, client.detail, info};
}

std::string pin_of(const TestCertificate& certificate) {
  const std::unique_ptr<std::FILE, base::Deleter<std::fclose>> file(
      std::fopen(certificate.certificate().c_str(), "r"));
  const std::unique_ptr<X509, base::Deleter<X509_free>> x(
      PEM_read_X509(file.get(), nullptr, nullptr, nullptr));
  std::array<unsigned char, 512> key{};
  auto* at = key.data();
  const int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x.get()), &at);
  std::array<unsigned char, 32> digest{};
  EVP_Digest(key.data(), static_cast<std::size_t>(size), digest.data(), nullptr, EVP_sha256(),
             nullptr);
  std::array<unsigned char, 45> text{};
  EVP_EncodeBlock(text.data(), digest.data(), 32);
  return "sha256/" + std::string(reinterpret_cast<const char*>(text.data()));
}

TEST(TlsClient, SaysWhatAConnectionIsMadeOf) {
  const TestCertificate certificate;
  Loop loop;
  Greeter greeter(loop, certificate);
  const struct {
    TlsClientOptions options;
    std::string_view version, cipher, group;
  } cases[] = {
      {{.max_version = TlsVersion::tls1_2,
        .ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256",
        .groups = "P-256"},
       "TLSv1.2",
       "ECDHE-ECDSA-AES128-GCM-SHA256",
       "secp256r1"},
      {{.min_version = TlsVersion::tls1_3,
        .ciphersuites = "TLS_CHACHA20_POLY1305_SHA256",
        .groups = "X25519"},
       "TLSv1.3",
       "TLS_CHACHA20_POLY1305_SHA256",
       "x25519"},
  };
  for (auto c : cases) {
    c.options.ca_file = certificate.certificate();
    const auto out = meet(loop, greeter, TlsContext::client(c.options).value());
    ASSERT_TRUE(out.info) << out.detail;
    EXPECT_EQ(out.info->version, c.version);
    EXPECT_EQ(out.info->cipher, c.cipher);
    EXPECT_EQ(out.info->group, c.group);
    EXPECT_EQ(out.info->key_type, "EC");
    EXPECT_EQ(out.info->key_bits, 256U);
    EXPECT_EQ(out.info->subject, "CN=test");
    EXPECT_EQ(out.info->alpn, "");
    EXPECT_FALSE(out.info->resumed);
    EXPECT_EQ(*out.info->not_after - *out.info->not_before, std::chrono::hours(48));
  }
}

TEST(TlsClient, AVersionThatTheServerDoesNotSpeakIsItsAlert) {
  const TestCertificate certificate;
  Loop loop;
  Greeter greeter(loop, certificate);
  SSL_CTX_set_min_proto_version(greeter.context.native(), TLS1_3_VERSION);
  const auto out = meet(
      loop, greeter,
      TlsContext::client({.ca_file = certificate.certificate(), .max_version = TlsVersion::tls1_2})
          .value());
  EXPECT_EQ(out.end, StreamEnd::tls_alert);
  EXPECT_EQ(out.detail, "alert 70 from the peer: protocol version");
}

TEST(TlsClient, APinReplacesTheChain) {
  const TestCertificate certificate({.names = "DNS:elsewhere.example"});
  const TestCertificate other;
  Loop loop;
  Greeter greeter(loop, certificate);
  const auto right = meet(loop, greeter, TlsContext::client({.pin = pin_of(certificate)}).value());
  EXPECT_EQ(right.calls, "open ") << right.detail;
  const auto wrong = meet(loop, greeter, TlsContext::client({.pin = pin_of(other)}).value());
  EXPECT_EQ(wrong.calls, "end ");
  EXPECT_EQ(wrong.end, StreamEnd::tls_untrusted);
  EXPECT_NE(wrong.detail.find("pinned key"), std::string::npos) << wrong.detail;
}

TEST(TlsClient, ShowsItsCertificateWhereAsked) {
  const TestCertificate certificate;
  const TestCertificate own;
  for (const auto highest : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    Loop loop;
    Greeter greeter(loop, certificate);
    SSL_CTX_set_verify(greeter.context.native(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       nullptr);
    SSL_CTX_load_verify_file(greeter.context.native(), own.certificate().c_str());
    TlsClientOptions options{.ca_file = certificate.certificate(), .max_version = highest};
    const auto without = meet(loop, greeter, TlsContext::client(options).value());
    EXPECT_EQ(without.end, StreamEnd::tls_alert) << without.detail;
    EXPECT_EQ(without.detail, highest == TlsVersion::tls1_3
                                  ? "alert 116 from the peer: certificate required"
                                  : "alert 40 from the peer: handshake failure");
    options.certificate_file = own.certificate();
    options.key_file = own.key();
    const auto with = meet(loop, greeter, TlsContext::client(options).value());
    EXPECT_EQ(with.calls, "open ") << with.detail;
  }
}

TEST(TlsClient, ResumesWhereAsked) {
  const TestCertificate certificate;
  for (const auto highest : {TlsVersion::tls1_2, TlsVersion::tls1_3}) {
    for (const bool on : {true, false}) {
      Loop loop;
      Greeter greeter(loop, certificate);
      const auto context =
          TlsContext::client(
              {.ca_file = certificate.certificate(), .max_version = highest, .resumption = on})
              .value();
      std::string resumed;
      for (const auto* name : {"localhost", "localhost", "127.0.0.1", "127.0.0.1"}) {
        const auto out = meet(loop, greeter, context, name);
        ASSERT_TRUE(out.info) << out.detail;
        EXPECT_EQ(out.info->subject, "CN=test");
        resumed += out.info->resumed ? 'r' : 'f';
      }
      // Another name is checked anew.
      EXPECT_EQ(resumed, on ? "frfr" : "ffff") << static_cast<int>(highest);
    }
  }
}

TEST(TlsClient, BadOptionsAreNamed) {
  const TestCertificate one;
  const TestCertificate two;
  const std::string missing = one.certificate() + ".missing";
  const struct {
    TlsClientOptions options;
    std::string says;
  } cases[] = {
      {{.min_version = TlsVersion::tls1_3, .max_version = TlsVersion::tls1_2}, "min_version 1.3"},
      {{.max_version = TlsVersion::tls1_1, .ciphers = "DEFAULT:@SECLEVEL=2"}, "max_version 1.1"},
      {{.min_version = TlsVersion::tls1_0, .ciphers = "DEFAULT:@SECLEVEL=2"}, "SECLEVEL=0"},
      {{.ciphers = "NONSENSE"}, "ciphers NONSENSE: no cipher match"},
      {{.ciphersuites = "TLS_AES_128_GCM_SHA256:NONSENSE"}, "ciphersuites NONSENSE"},
      {{.groups = "X25519:nonsense"}, "groups X25519:nonsense"},
      {{.key_file = one.key()}, "certificate_file"},
      {{.certificate_file = missing, .key_file = one.key()}, missing},
      {{.certificate_file = one.certificate(), .key_file = missing}, missing},
      {{.certificate_file = one.certificate(), .key_file = two.key()}, two.key()},
      {{.pin = "sha256/short"}, "pin sha256/short"},
      {{.pin = "sha1/" + std::string(46, 'A')}, "pin sha1/"},
      {{.insecure = true, .pin = pin_of(one)}, "insecure"},
  };
  for (const auto& c : cases) {
    const auto made = TlsContext::client(c.options);
    ASSERT_FALSE(made) << c.says;
    EXPECT_EQ(made.error().code, base::Errc::config);
    EXPECT_NE(made.error().text.find(c.says), std::string::npos) << made.error().text;
  }
  EXPECT_TRUE(
      TlsContext::client({.max_version = TlsVersion::tls1_1, .ciphers = "DEFAULT:@SECLEVEL=0"}));
}

}  // namespace
}  // namespace rampart::net
