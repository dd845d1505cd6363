#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <functional>

#include "base/assert.h"
#include "certificates.h"
#include "lab.h"
#include "net/http_server.h"
#include "net/tls.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using model::TlsVersion;
using testing::HasSubstr;

constexpr long kDay = 86400;

// A server whose OpenSSL context the test has its own way with.
class Site final : public net::HttpServer::Handler {
 public:
  using Setup = std::function<void(SSL_CTX&)>;
  Site(net::Loop& loop, const CertificateFiles& files, const Setup& setup)
      : tls_(net::TlsContext::server(files.certificate, files.key).value()) {
    if (setup) setup(*tls_.native());
    server_ =
        net::HttpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, &tls_, *this).value();
  }
  [[nodiscard]] base::Endpoint endpoint() const { return server_->endpoint(); }

 private:
  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
    server_->reply(id, {.body = "ok"});
  }
  net::TlsContext tls_;
  std::unique_ptr<net::HttpServer> server_;
};

class TlsOptions : public testing::Test {
 protected:
  // Trusted as its own authority, but for nobody's name.
  CertificateFiles certificate(const std::string& name, const std::string& names = "DNS:web.test",
                               long until = kDay) {
    return make_certificate(name + "_" + std::to_string(getpid()), names, -2 * kDay, until);
  }
  model::ProbeResult probe(const model::TlsOptions& options, const Site::Setup& setup = {}) {
    Site site(lab_.loop, files_, setup);
    lab_.add_probe("https://web.test/", site.endpoint());
    lab_.plan.targets[0].tls = options;
    return lab_.run_http();
  }
  model::TlsOptions trusting() const {
    model::TlsOptions options;
    options.ca_file = files_.certificate;
    return options;
  }
  Lab lab_;
  CertificateFiles files_ = certificate("site");
};

TEST_F(TlsOptions, ThePinnedKeyIsAllThatIsChecked) {
  files_ = certificate("pinned", "DNS:other.test", -kDay);  // unknown, of another name, expired
  model::TlsOptions options;
  options.pin = pin_of(files_);
  const auto right = probe(options);
  EXPECT_TRUE(right.success) << right.detail;
  options.pin = pin_of(certificate("another"));
  const auto wrong = probe(options);
  EXPECT_EQ(wrong.reason, ProbeReason::tls_untrusted) << wrong.detail;
  EXPECT_THAT(wrong.detail, HasSubstr("public key does not match pinned public key"));
  EXPECT_EQ(wrong.status, 0);
}

TEST_F(TlsOptions, APinOverTls12) {
  model::TlsOptions options;
  options.max_version = TlsVersion::tls1_2;
  options.pin = pin_of(files_);
  EXPECT_TRUE(probe(options).success);
  options.pin = pin_of(certificate("another"));
  EXPECT_EQ(probe(options).reason, ProbeReason::tls_untrusted);
}

TEST_F(TlsOptions, AClientCertificateIsShownWhereItIsWanted) {
  const auto own = certificate("client");
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto wants = [&](SSL_CTX& context) {
      SSL_CTX_set_min_proto_version(&context, version);
      SSL_CTX_set_max_proto_version(&context, version);
      RAMPART_ASSERT(SSL_CTX_load_verify_file(&context, own.certificate.c_str()) == 1);
      SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    };
    auto options = trusting();
    const auto without = probe(options, wants);
    EXPECT_EQ(without.reason, ProbeReason::tls_alert) << version << without.detail;
    options.certificate = own.certificate;
    options.key = own.key;
    const auto with = probe(options, wants);
    EXPECT_TRUE(with.success) << version << with.detail;
    options.key = files_.key;
    EXPECT_EQ(probe(options, wants).reason, ProbeReason::local);
  }
}

struct VersionCase {
  int server_lowest;
  int server_highest;
  TlsVersion lowest;
  TlsVersion highest;
  bool success;
};

TEST_F(TlsOptions, Versions) {
  using enum TlsVersion;
  for (const auto& c : {
           VersionCase{TLS1_2_VERSION, TLS1_2_VERSION, any, any, true},
           VersionCase{TLS1_2_VERSION, TLS1_2_VERSION, any, tls1_2, true},
           VersionCase{TLS1_2_VERSION, TLS1_2_VERSION, tls1_3, any, false},
           VersionCase{TLS1_3_VERSION, TLS1_3_VERSION, any, any, true},
           VersionCase{TLS1_3_VERSION, TLS1_3_VERSION, tls1_2, tls1_2, false},
           VersionCase{TLS1_1_VERSION, TLS1_1_VERSION, any, any, false},
           VersionCase{TLS1_1_VERSION, TLS1_1_VERSION, any, tls1_1, true},
           VersionCase{TLS1_1_VERSION, TLS1_1_VERSION, tls1_0, any, true},
       }) {
    auto options = trusting();
    options.min_version = c.lowest;
    options.max_version = c.highest;
    options.ciphers = "DEFAULT:@SECLEVEL=0";
    const auto result = probe(options, [&](SSL_CTX& context) {
      SSL_CTX_set_cipher_list(&context, "DEFAULT:@SECLEVEL=0");
      SSL_CTX_set_min_proto_version(&context, c.server_lowest);
      SSL_CTX_set_max_proto_version(&context, c.server_highest);
    });
    EXPECT_EQ(result.success, c.success)
        << c.server_highest << " " << static_cast<int>(c.lowest) << " " << result.detail;
    if (!c.success) {
      EXPECT_EQ(result.reason, ProbeReason::tls_alert) << result.detail;
    }
  }
}

TEST_F(TlsOptions, CiphersAndGroupsReachTheHandshake) {
  const auto narrow = [](SSL_CTX& context) {
    SSL_CTX_set_cipher_list(&context, "ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_CTX_set_ciphersuites(&context, "TLS_AES_128_GCM_SHA256");
    SSL_CTX_set1_groups_list(&context, "P-384:P-256");
  };
  struct Case {
    TlsVersion version;
    const char* ciphers;
    const char* suites;
    const char* groups;
    ProbeReason reason;
  };
  using enum TlsVersion;
  for (const auto& c : {
           Case{tls1_2, "ECDHE-ECDSA-AES128-GCM-SHA256", "", "P-384:P-256", ProbeReason::none},
           Case{tls1_2, "ECDHE-ECDSA-AES256-GCM-SHA384", "", "P-384:P-256", ProbeReason::tls_alert},
           Case{any, "", "TLS_AES_128_GCM_SHA256", "P-521:P-384", ProbeReason::none},
           Case{any, "", "TLS_AES_256_GCM_SHA384", "P-384", ProbeReason::tls_alert},
           Case{any, "", "", "X25519", ProbeReason::tls_alert},
           Case{any, "NO-SUCH-CIPHER", "", "", ProbeReason::local},
           Case{any, "", "NO_SUCH_SUITE", "", ProbeReason::local},
           Case{any, "", "", "no-such-group", ProbeReason::local},
       }) {
    auto options = trusting();
    options.max_version = c.version;
    if (c.version == any) options.min_version = tls1_3;
    options.ciphers = c.ciphers;
    options.ciphersuites = c.suites;
    options.groups = c.groups;
    const auto result = probe(options, narrow);
    EXPECT_EQ(result.reason, c.reason) << c.ciphers << c.suites << c.groups << result.detail;
  }
}

}  // namespace
}  // namespace rampart::probe
