#include "net/tls_server.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>
#include <string>

#include "net/loop.h"
#include "net/tcp_stream.h"
#include "tests/net/stream_recorder.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"

namespace rampart::net {
namespace {

using Client = TlsServerOptions::Client;

class TlsServer : public ::testing::Test, private TcpServer::Listener {
 protected:
  TlsServer() {
    tree_.make("ca", {.authority = true});
    tree_.make("server", {.issuer = "ca", .names = "DNS:localhost"});
    tree_.make("friend", {.issuer = "ca", .names = "DNS:friend.test"});
    tree_.make("stranger", {.names = "DNS:stranger.test"});
    options_.certificate = tree_.certificate("server");
    options_.key = tree_.key("server");
  }

  // What a client gets: "hello", or what the handshake failed by.
  std::string greet(const std::string& certificate = {}, TlsClientOptions client = {}) {
    auto made = make_server_context(options_);
    if (!made) return made.error().text;
    context_.emplace(*std::move(made));
    client.ca_file = tree_.certificate("ca");
    if (!certificate.empty()) {
      client.certificate_file = tree_.certificate(certificate);
      client.key_file = tree_.key(certificate);
    }
    const auto ours = TlsContext::client(client);
    EXPECT_TRUE(ours) << ours.error().text;
    const auto server = TcpServer::listen(loop_, {base::IpAddress::v4(127, 0, 0, 1), 0}, *this);
    StreamRecorder recorder(loop_);
    recorder.when_data = [&] { loop_.stop(); };
    const auto stream =
        connect_tls(loop_, *ours, "localhost", (*server)->endpoint(), recorder, {.alpn = alpn_});
    loop_.run();
    info_ = tls_info(*stream);
    const auto out = recorder.data.empty() ? recorder.detail : recorder.data;
    accepted_.reset();
    return out;
  }

  testing::CertificateTree tree_;
  TlsServerOptions options_;
  std::optional<TlsInfo> info_;
  std::string alpn_;

 private:
  void on_accept(std::unique_ptr<TcpStream> tcp) override {
    theirs_ = std::make_unique<StreamRecorder>(loop_);
    theirs_->when_open = [this] { accepted_->write(std::string("hello")); };
    theirs_->when_end = [] {};
    accepted_ = accept_tls(*context_, std::move(tcp), *theirs_);
  }

  Loop loop_;
  std::optional<TlsContext> context_;
  std::unique_ptr<StreamRecorder> theirs_;
  std::unique_ptr<Stream> accepted_;
};

TEST_F(TlsServer, AsksForCertificates) {
  struct Case {
    Client client;
    bool verify;
    const char* shown;
    bool admitted;
  };
  for (const auto& [client, verify, shown, admitted] :
       {Case{Client::nothing, false, "", true}, Case{Client::asked, false, "", true},
        Case{Client::asked, false, "stranger", true}, Case{Client::required, false, "", false},
        Case{Client::required, false, "stranger", true}, Case{Client::asked, true, "", true},
        Case{Client::asked, true, "friend", true}, Case{Client::asked, true, "stranger", false},
        Case{Client::required, true, "", false}, Case{Client::required, true, "friend", true},
        Case{Client::required, true, "stranger", false}}) {
    options_.client = client;
    options_.verify_client = verify;
    options_.client_ca = tree_.certificate("ca");
    EXPECT_EQ(greet(shown) == "hello", admitted)
        << static_cast<int>(client) << " " << verify << " " << shown;
  }
}

TEST_F(TlsServer, OffersWhatItIsTold) {
  options_.max_version = TlsVersion::tls1_2;
  options_.ciphers = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                      "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "TLS_AES_128_GCM_SHA256"};
  options_.groups = {"P-384"};
  EXPECT_EQ(greet(), "hello");
  EXPECT_EQ(info_->version, "TLSv1.2");
  EXPECT_NE(info_->cipher.find("CHACHA20"), std::string::npos);
  EXPECT_EQ(info_->group, "secp384r1");
  options_ = {
      .certificate = options_.certificate, .key = options_.key, .min_version = TlsVersion::tls1_3};
  EXPECT_EQ(greet(), "hello");
  EXPECT_EQ(info_->version, "TLSv1.3");
  EXPECT_NE(greet({}, {.max_version = TlsVersion::tls1_2}), "hello");
  options_.min_version = TlsVersion::tls1_0;
  EXPECT_EQ(greet({}, {.max_version = TlsVersion::tls1_1, .ciphers = "DEFAULT:@SECLEVEL=0"}),
            "hello");
}

// The list holds for every version: none of TLS 1.2 in it, no TLS 1.2.
TEST_F(TlsServer, SuitesOfTheNewestVersionAlone) {
  options_.ciphers = {"TLS_AES_128_GCM_SHA256"};
  EXPECT_EQ(greet(), "hello");
  EXPECT_EQ(info_->version, "TLSv1.3");
  EXPECT_NE(greet({}, {.max_version = TlsVersion::tls1_2}), "hello");
  options_.max_version = TlsVersion::any;
  EXPECT_EQ(greet(), "hello");
  options_.max_version = TlsVersion::tls1_2;
  EXPECT_NE(greet().find("max_version rules out"), std::string::npos);
}

TEST_F(TlsServer, ChoosesHttp2WhereItMay) {
  alpn_ = "h2";
  EXPECT_EQ(greet(), "hello");
  EXPECT_EQ(info_->alpn, "h2");
  options_.http2 = false;
  greet();
  EXPECT_EQ(info_->alpn, "");
  alpn_ = "http/1.1";
  EXPECT_EQ(greet(), "hello");
  EXPECT_EQ(info_->alpn, "http/1.1");
}

TEST_F(TlsServer, NamesWhatIsWrong) {
  const auto good = options_;
  options_.ciphers = {"TLS_NONSENSE"};
  EXPECT_EQ(greet(), "cipher suite TLS_NONSENSE is not known");
  options_ = good;
  options_.groups = {"P-1"};
  EXPECT_NE(greet().find("curves P-1"), std::string::npos);
  options_ = good;
  options_.key = "/nonexistent/key.pem";
  EXPECT_NE(greet().find("/nonexistent/key.pem"), std::string::npos);
  options_ = good;
  options_.client = Client::required;
  options_.verify_client = true;
  options_.client_ca = "/nonexistent/ca.pem";
  EXPECT_NE(greet().find("/nonexistent/ca.pem"), std::string::npos);
}

}  // namespace
}  // namespace rampart::net
