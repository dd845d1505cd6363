#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "certificates.h"
#include "lab.h"
#include "net/http_server.h"
#include "net/tls.h"
#include "scripted_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using testing::HasSubstr;
using namespace std::chrono_literals;

constexpr long kDay = 86400;

class Site final : public net::HttpServer::Handler {
 public:
  Site(net::Loop& loop, const CertificateFiles& files)
      : tls_(net::TlsContext::server(files.certificate, files.key).value()),
        server_(net::HttpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, &tls_, *this)
                    .value()) {}
  [[nodiscard]] base::Endpoint endpoint() const { return server_->endpoint(); }

 private:
  void on_request(net::HttpServer::ExchangeId id, const net::HttpServer::Request&) override {
    server_->reply(id, {.body = "ok"});
  }
  net::TlsContext tls_;
  std::unique_ptr<net::HttpServer> server_;
};

// Unique per process: test programs run side by side.
std::string stem(const std::string& name) { return name + "_" + std::to_string(getpid()); }

class TlsProbe : public testing::Test {
 protected:
  model::ProbeResult probe(const CertificateFiles& files, const std::string& url,
                           const model::TlsOptions& options) {
    Site site(lab_.loop, files);
    lab_.add_probe(url, site.endpoint());
    lab_.plan.targets[0].tls = options;
    return lab_.run_http();
  }
  Lab lab_;
};

TEST_F(TlsProbe, Healthy) {
  const auto files = make_certificate(stem("good"), "DNS:web.test,IP:127.0.0.1", -kDay, kDay);
  const auto result = probe(files, "https://web.test/", {files.certificate, "", false});
  EXPECT_TRUE(result.success) << result.detail;
  EXPECT_EQ(result.status, 200);
  EXPECT_GT(result.phases.connect, 0ns);
  EXPECT_GT(result.phases.tls, 0ns);
  EXPECT_GT(result.phases.processing, 0ns);
  const auto sum =
      result.phases.connect + result.phases.tls + result.phases.processing + result.phases.transfer;
  EXPECT_LE(sum, result.duration);
}

TEST_F(TlsProbe, AnAddressIsCheckedAsOne) {
  const auto files = make_certificate(stem("ip"), "IP:127.0.0.1", -kDay, kDay);
  EXPECT_TRUE(probe(files, "https://127.0.0.1/", {files.certificate, "", false}).success);
}

TEST_F(TlsProbe, SelfSignedIsUntrusted) {
  const auto files = make_certificate(stem("self"), "DNS:web.test", -kDay, kDay);
  const auto other = make_certificate(stem("other"), "DNS:web.test", -kDay, kDay);
  const auto result = probe(files, "https://web.test/", {other.certificate, "", false});
  EXPECT_EQ(result.reason, ProbeReason::tls_untrusted) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("self-signed"));
  EXPECT_GT(result.phases.connect, 0ns);
  EXPECT_EQ(result.phases.tls, 0ns);
  EXPECT_EQ(result.status, 0);
}

TEST_F(TlsProbe, Expired) {
  const auto files = make_certificate(stem("old"), "DNS:web.test", -10 * kDay, -kDay);
  const auto result = probe(files, "https://web.test/", {files.certificate, "", false});
  EXPECT_EQ(result.reason, ProbeReason::tls_expired) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("expired"));
}

TEST_F(TlsProbe, NotYetValid) {
  const auto files = make_certificate(stem("young"), "DNS:web.test", kDay, 10 * kDay);
  const auto result = probe(files, "https://web.test/", {files.certificate, "", false});
  EXPECT_EQ(result.reason, ProbeReason::tls_expired) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("not yet valid"));
}

TEST_F(TlsProbe, WrongName) {
  const auto files = make_certificate(stem("name"), "DNS:other.test", -kDay, kDay);
  const auto result = probe(files, "https://web.test/", {files.certificate, "", false});
  EXPECT_EQ(result.reason, ProbeReason::tls_name_mismatch) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("web.test"));
  const auto address = probe(files, "https://127.0.0.1/", {files.certificate, "", false});
  EXPECT_EQ(address.reason, ProbeReason::tls_name_mismatch) << address.detail;
}

TEST_F(TlsProbe, ServerNameStandsInForTheHost) {
  const auto files = make_certificate(stem("sni"), "DNS:other.test", -kDay, kDay);
  const auto result = probe(files, "https://web.test/", {files.certificate, "other.test", false});
  EXPECT_TRUE(result.success) << result.detail;
}

TEST_F(TlsProbe, InsecureTakesAnyCertificate) {
  const auto files = make_certificate(stem("any"), "DNS:other.test", -10 * kDay, -kDay);
  EXPECT_TRUE(probe(files, "https://web.test/", {"", "", true}).success);
}

TEST_F(TlsProbe, EachProbeShakesHandsInFull) {
  const auto files = make_certificate(stem("full"), "DNS:web.test", -kDay, kDay);
  Site site(lab_.loop, files);
  lab_.add_probe("https://web.test/", site.endpoint());
  lab_.plan.targets[0].tls.ca_file = files.certificate;
  EXPECT_TRUE(lab_.run_http().success);
  // A resumed session would not show its certificate again.
  lab_.plan.targets[0].url.host = "changed.test";
  EXPECT_EQ(lab_.run_http().reason, ProbeReason::tls_name_mismatch);
}

TEST_F(TlsProbe, MissingCaFileIsOurOwnTrouble) {
  const auto files = make_certificate(stem("ca"), "DNS:web.test", -kDay, kDay);
  const auto result = probe(files, "https://web.test/", {"/nonexistent/ca.pem", "", false});
  EXPECT_EQ(result.reason, ProbeReason::local) << result.detail;
  EXPECT_THAT(result.detail, HasSubstr("/nonexistent/ca.pem"));
}

TEST_F(TlsProbe, AHungHandshakeIsAHungServer) {
  ScriptedServer silent(lab_.loop, {"", ScriptedServer::Then::hold, {}});
  lab_.add_probe("https://web.test/", silent.endpoint(), 150ms);
  const auto hang = lab_.run_http();
  EXPECT_EQ(hang.reason, ProbeReason::timeout_first_byte) << hang.detail;
  EXPECT_THAT(hang.detail, HasSubstr("did not complete the tls handshake"));
  EXPECT_GT(hang.phases.connect, 0ns);
}

// A plain HTTP port behind an https URL.
TEST_F(TlsProbe, PlainHttpIsATlsFailure) {
  class Plain final : public net::HttpServer::Handler {
    void on_request(net::HttpServer::ExchangeId, const net::HttpServer::Request&) override {}
  } handler;
  const auto server =
      net::HttpServer::listen(lab_.loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, nullptr, handler)
          .value();
  lab_.add_probe("https://web.test/", server->endpoint());
  const auto result = lab_.run_http();
  EXPECT_EQ(result.reason, ProbeReason::tls_handshake) << result.detail;
  EXPECT_THAT(result.detail, ::testing::HasSubstr("does not speak TLS"));
}

}  // namespace
}  // namespace rampart::probe
