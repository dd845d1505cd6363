#include "probe/module/grpc_module.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "module_lab.h"
#include "net/tcp_stream.h"
#include "net/tls.h"
#include "tests/net/http2_frames.h"
#include "tests/support/certificate_tree.h"
#include "tests/support/deadline.h"
#include "tests/support/raw_server.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;
using net::http2::data;
using net::http2::headers;
using net::http2::kStatus200;
using net::http2::literal;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;
using testing::RawServer;
using namespace std::chrono_literals;
using namespace std::string_literals;

const std::string kGrpc = kStatus200 + literal("content-type", "application/grpc");
const std::string kOk = literal("grpc-status", "0");

std::string serving(char status) { return "\0\0\0\0\x02\x08"s + status; }
std::string healthy(const std::string& message) {
  return headers(1, kGrpc) + data(1, message) + headers(1, kOk, true);
}
std::string only_trailers(const std::string& fields) { return headers(1, kGrpc + fields, true); }

// Answers the first call with these frames.
struct Server {
  struct Asked {
    net::http2::Fields fields;
    std::string body;
  };
  explicit Server(std::string frames)
      : raw([this, frames = std::move(frames)](RawServer::Peer& peer) {
          net::http2::Peer session(peer);
          session.send(net::http2::settings());
          Asked got;
          got.fields = session.inflate(session.next(NGHTTP2_HEADERS).payload);
          got.body = session.next(NGHTTP2_DATA).payload;
          asked.set_value(std::move(got));
          session.send(frames);
          session.wait_for_close();
        }) {}
  [[nodiscard]] std::string target() const { return base::to_string(raw.endpoint()); }

  std::promise<Asked> asked;
  RawServer raw;
};

model::BlackboxModule grpc_module(const std::string& service = {}) {
  model::BlackboxModule out;
  out.prober = model::BlackboxModule::Prober::grpc;
  out.grpc.service = service;
  return out;
}

double response(const ModuleOutcome& outcome, const std::string& status) {
  return value_of(outcome, "probe_grpc_healthcheck_response", "serving_status=\"" + status + "\"")
      .value_or(-1);
}

double check_time(const ModuleOutcome& outcome) {
  return value_of(outcome, "probe_grpc_duration_seconds", "phase=\"check\"").value_or(-1);
}

TEST(GrpcModule, AsksForTheHealthOfAService) {
  ModuleLab lab;
  Server server(healthy(serving(1)));
  auto module = grpc_module("web");
  module.grpc.metadata = {{"x-token", "secret"}, {"x-key-bin", "\1\2"}};
  const auto out = lab.run<GrpcModuleProbe>(module, server.target());
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(response(out, "SERVING"), 1);
  for (const auto* other : {"UNKNOWN", "NOT_SERVING", "SERVICE_UNKNOWN"})
    EXPECT_EQ(response(out, other), 0) << other;
  EXPECT_EQ(value_of(out, "probe_grpc_status_code"), 0);
  EXPECT_EQ(value_of(out, "probe_grpc_ssl"), 0);
  EXPECT_EQ(value_of(out, "probe_ssl_earliest_cert_expiry"), 0);
  EXPECT_EQ(value_of(out, "probe_ip_protocol"), 4);
  EXPECT_GT(check_time(out), 0);
  EXPECT_GT(value_of(out, "probe_grpc_duration_seconds", "phase=\"resolve\"").value_or(0), 0);
  EXPECT_EQ(out.families.size(), 8U);
  EXPECT_GT(out.phases.connect, 0ns);
  EXPECT_GT(out.phases.processing, 0ns);
  ASSERT_EQ(lab.tuples.records.size(), 1U);
  EXPECT_EQ(lab.tuples.records[0].remote, server.raw.endpoint());

  const auto asked = server.asked.get_future().get();
  EXPECT_THAT(asked.fields, Contains(Pair(":method", "POST")));
  EXPECT_THAT(asked.fields, Contains(Pair(":path", "/grpc.health.v1.Health/Check")));
  EXPECT_THAT(asked.fields, Contains(Pair(":scheme", "http")));
  EXPECT_THAT(asked.fields, Contains(Pair(":authority", server.target())));
  EXPECT_THAT(asked.fields, Contains(Pair("te", "trailers")));
  EXPECT_THAT(asked.fields, Contains(Pair("content-type", "application/grpc")));
  EXPECT_THAT(asked.fields, Contains(Pair("x-token", "secret")));
  EXPECT_THAT(asked.fields, Contains(Pair("x-key-bin", "AQI")));
  EXPECT_EQ(asked.body, make_health_request("web"));
}

struct Answer {
  const char* what;
  std::string frames;
  ProbeReason reason;
  int status;           // probe_grpc_status_code
  const char* serving;  // whose probe_grpc_healthcheck_response is 1; empty: none
  const char* detail;   // a part of it
  base::Nanos timeout = 5s;
};

TEST(GrpcModule, TellsAnswersApart) {
  const auto status = [](const std::string& number) {
    return only_trailers(literal("grpc-status", number) + literal("grpc-message", "as%20told"));
  };
  const Answer cases[] = {
      {"not serving", healthy(serving(2)), ProbeReason::not_serving, 0, "NOT_SERVING", "'web'"},
      {"unknown", healthy("\0\0\0\0\0"s), ProbeReason::not_serving, 0, "UNKNOWN", "UNKNOWN"},
      {"a new status", healthy(serving(7)), ProbeReason::not_serving, 0, "7", "7"},
      {"a service that is not known", status("5"), ProbeReason::grpc_status, 5, "",
       "NOT_FOUND: as told"},
      {"no such method", status("12"), ProbeReason::grpc_status, 12, "", "UNIMPLEMENTED"},
      {"unavailable", status("14"), ProbeReason::grpc_status, 14, "", "UNAVAILABLE"},
      {"a status that is none", status("ok"), ProbeReason::grpc_status, 13, "", "INTERNAL"},
      {"a message and a failure",
       headers(1, kGrpc) + data(1, serving(1)) + headers(1, literal("grpc-status", "8"), true),
       ProbeReason::grpc_status, 8, "", "RESOURCE_EXHAUSTED"},
      {"no status", headers(1, kGrpc) + data(1, serving(1), true), ProbeReason::protocol, 13, "",
       "grpc-status"},
      {"no message", only_trailers(kOk), ProbeReason::protocol, 13, "", "empty"},
      {"half a message", healthy("\0\0\0\0\x02\x08"s), ProbeReason::protocol, 13, "", "short"},
      {"a web page",
       headers(1, kStatus200 + literal("content-type", "text/html")) + data(1, "<html>", true),
       ProbeReason::protocol, 2, "", "text/html"},
      {"HTTP 404", headers(1, net::http2::kStatus404, true), ProbeReason::http_status, 12, "",
       "404"},
      {"a reset", net::http2::rst(1, NGHTTP2_INTERNAL_ERROR), ProbeReason::reset, 13, "", "reset"},
      {"a refused stream", net::http2::rst(1, NGHTTP2_REFUSED_STREAM), ProbeReason::reset, 14, "",
       "refused"},
      {"an end", net::http2::goaway(0), ProbeReason::reset, 14, "", "refused"},
      {"too much",
       headers(1, kGrpc) + data(1, std::string(16000, 'x')) + data(1, std::string(16000, 'x')) +
           data(1, std::string(16000, 'x')) + data(1, std::string(16000, 'x')) +
           data(1, std::string(16000, 'x')),
       ProbeReason::protocol, 8, "", "65536"},
      {"silence", "", ProbeReason::timeout_first_byte, 4, "", "in time", 150ms},
      {"half an answer", headers(1, kGrpc), ProbeReason::timeout_transfer, 4, "", "in time", 150ms},
      {"no frames", std::string(100, '\xFF'), ProbeReason::protocol, 14, "", ""},
  };
  for (const auto& c : cases) {
    ModuleLab lab;
    const Server server(c.frames);
    const auto out = lab.run<GrpcModuleProbe>(grpc_module("web"), server.target(), c.timeout);
    EXPECT_FALSE(out.success) << c.what;
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_EQ(value_of(out, "probe_grpc_status_code"), c.status) << c.what;
    EXPECT_THAT(out.detail, HasSubstr(c.detail)) << c.what;
    for (const auto* name : {"UNKNOWN", "SERVING", "NOT_SERVING", "SERVICE_UNKNOWN"})
      EXPECT_EQ(response(out, name), c.serving == std::string(name)) << c.what << " " << name;
    EXPECT_EQ(response(out, "7"), c.serving == "7"s ? 1 : -1) << c.what;
    EXPECT_GT(check_time(out), 0) << c.what;
    EXPECT_EQ(out.families.size(), 8U) << c.what;
  }
}

TEST(GrpcModule, TellsBrokenConnectionsApart) {
  struct Case {
    const char* what;
    RawServer::Script script;
    ProbeReason reason;
    int status;
  };
  const Case cases[] = {
      {"closed", [](RawServer::Peer&) {}, ProbeReason::reset, 14},
      {"reset",
       [](RawServer::Peer& peer) {
         peer.read_some();
         peer.reset();
       },
       ProbeReason::reset, 14},
      {"HTTP/1",
       [](RawServer::Peer& peer) {
         peer.send("HTTP/1.1 400 Bad Request\r\n\r\n");
         peer.wait_for_close();
       },
       ProbeReason::protocol, 14},
      {"silence", [](RawServer::Peer& peer) { peer.wait_for_close(); },
       ProbeReason::connect_timeout, 4},
  };
  for (const auto& c : cases) {
    ModuleLab lab;
    const RawServer server(c.script);
    const auto out =
        lab.run<GrpcModuleProbe>(grpc_module(), base::to_string(server.endpoint()), 150ms);
    EXPECT_EQ(out.reason, c.reason) << c.what << ": " << out.detail;
    EXPECT_EQ(value_of(out, "probe_grpc_status_code"), c.status) << c.what;
    EXPECT_FALSE(out.detail.empty());
  }
  ModuleLab lab;
  const auto out = lab.run<GrpcModuleProbe>(grpc_module(), base::to_string(RawServer::refusing()));
  EXPECT_EQ(out.reason, ProbeReason::connect_refused) << out.detail;
  EXPECT_EQ(value_of(out, "probe_grpc_status_code"), 14);
}

TEST(GrpcModule, TakesNamesAndRefusesWhatIsNoTarget) {
  ModuleLab lab;
  const Server server(healthy(serving(1)));
  const auto port = ":" + std::to_string(server.raw.port());
  lab.zone["web.test. 1"] = {testing::dns_address("127.0.0.1")};
  EXPECT_TRUE(lab.run<GrpcModuleProbe>(grpc_module(), "web.test" + port).success);
  const auto gone = lab.run<GrpcModuleProbe>(grpc_module(), "gone.test" + port);
  EXPECT_EQ(gone.reason, ProbeReason::dns_nxdomain);
  EXPECT_EQ(value_of(gone, "probe_grpc_status_code"), 0);
  EXPECT_EQ(check_time(gone), -1);
  EXPECT_EQ(response(gone, "SERVING"), -1);
  for (const auto* target : {"127.0.0.1", "::1", "127.0.0.1:", "127.0.0.1:70000"}) {
    const auto out = lab.run<GrpcModuleProbe>(grpc_module(), target);
    EXPECT_EQ(out.reason, ProbeReason::bad_target) << target << out.detail;
    EXPECT_EQ(value_of(out, "probe_grpc_status_code"), 14) << target;
  }
  EXPECT_EQ(lab.run<GrpcModuleProbe>(grpc_module(), "192.0.2.1:80").reason,
            ProbeReason::not_permitted);
  auto no_ca = grpc_module();
  no_ca.grpc.tls = true;
  no_ca.grpc.tls_options.ca_file = "/nonexistent/ca";
  const auto missing = lab.run<GrpcModuleProbe>(no_ca, "127.0.0.1" + port);
  EXPECT_EQ(missing.reason, ProbeReason::bad_module);
  EXPECT_THAT(missing.detail, HasSubstr("/nonexistent/ca"));
  EXPECT_EQ(lab.tuples.records.size(), 1U);
}

// The same over TLS, on the test's own loop.
class TlsServer final : private net::TcpServer::Listener, private net::Stream::Listener {
 public:
  TlsServer(net::Loop& loop, const net::TlsContext& tls)
      : tls_(tls),
        server_(
            net::TcpServer::listen(loop, {base::IpAddress::v4(127, 0, 0, 1), 0}, *this).value()) {}
  [[nodiscard]] std::uint16_t port() const { return server_->endpoint().port; }

 private:
  void on_accept(std::unique_ptr<net::TcpStream> tcp) override {
    net::Stream::Listener& self = *this;
    answered_ = false;
    stream_ = net::accept_tls(tls_, std::move(tcp), self);
  }
  void on_open() override { stream_->write(net::http2::settings()); }
  void on_data(std::span<const char> bytes) override {
    // The request's last piece holds its body.
    const std::string_view text(bytes.data(), bytes.size());
    if (answered_ || text.find(make_health_request("web")) == std::string_view::npos) return;
    answered_ = true;
    stream_->write(healthy(serving(1)));
  }
  void on_end(net::StreamEnd, std::string_view) override {}

  const net::TlsContext& tls_;
  bool answered_ = false;
  std::unique_ptr<net::Stream> stream_;
  std::unique_ptr<net::TcpServer> server_;
};

TEST(GrpcModule, ChecksOverTls) {
  testing::CertificateTree tree;
  tree.make("root", {.authority = true});
  tree.make("web", {.issuer = "root", .names = "DNS:web.test"});
  const auto tls = net::TlsContext::server(tree.certificate("web"), tree.key("web")).value();
  ModuleLab lab;
  for (const auto* name : {"web.test. 1", "other.test. 1"})
    lab.zone[name] = {testing::dns_address("127.0.0.1")};
  const TlsServer server(lab.loop, tls);
  const auto port = ":" + std::to_string(server.port());
  auto module = grpc_module("web");
  module.grpc.tls = true;
  module.grpc.tls_options.ca_file = tree.certificate("root");

  const auto out = lab.run<GrpcModuleProbe>(module, "web.test" + port);
  EXPECT_TRUE(out.success) << out.detail;
  EXPECT_EQ(value_of(out, "probe_grpc_ssl"), 1);
  EXPECT_EQ(value_of(out, "probe_tls_version_info", "version=\"TLS 1.3\""), 1);
  EXPECT_GT(value_of(out, "probe_ssl_earliest_cert_expiry").value_or(0), 1e9);
  EXPECT_EQ(value_of(out, "probe_ssl_last_chain_expiry_timestamp_seconds"), std::nullopt);
  const auto shown = "fingerprint_sha256=\"" + tree.fingerprint("web") +
                     "\",issuer=\"CN=root\",serialnumber=\"02\",subject=\"CN=web\","
                     "subjectalternative=\"web.test\"";
  EXPECT_EQ(value_of(out, "probe_ssl_last_chain_info", shown), 1);

  const auto wrong = lab.run<GrpcModuleProbe>(module, "other.test" + port);
  EXPECT_EQ(wrong.reason, ProbeReason::tls_name_mismatch) << wrong.detail;
  EXPECT_THAT(wrong.detail, HasSubstr("; it names web.test: set server_name"));
  EXPECT_EQ(value_of(wrong, "probe_grpc_status_code"), 14);
  EXPECT_EQ(value_of(wrong, "probe_grpc_ssl"), 0);
  EXPECT_EQ(value_of(wrong, "probe_ssl_earliest_cert_expiry"), 0);
  EXPECT_EQ(value_of(wrong, "probe_ssl_last_chain_info", shown), 1);
  module.grpc.tls_options.server_name = "web.test";
  EXPECT_TRUE(lab.run<GrpcModuleProbe>(module, "other.test" + port).success);
}

}  // namespace
}  // namespace rampart::probe
