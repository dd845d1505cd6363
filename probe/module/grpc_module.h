#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/ip_address.h"
#include "net/http2_client.h"
#include "net/peer_chain.h"
#include "net/timer.h"
#include "net/tls.h"
#include "probe/module/address_choice.h"
#include "probe/module/grpc_health.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::probe {

// The grpc module of blackbox_exporter: one health check of a service over HTTP/2. It ends by the
// module's time limit, which their version 0.23 does not look at, and with TLS the server must
// choose h2 by ALPN, as gRPC wants it.
class GrpcModuleProbe final : public ModuleProbe,
                              private AddressChoice::Listener,
                              private net::Http2Client::Listener,
                              private net::Timer::Listener {
 public:
  GrpcModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_streams(std::uint32_t streams) override;
  void on_header(void* exchange, std::string_view name, std::string_view value) override;
  void on_trailer(void* exchange, std::string_view name, std::string_view value) override;
  void on_body(void* exchange, std::span<const char> bytes) override;
  void on_reply(void* exchange, const net::Http2Client::Reply& reply) override;
  void on_lost(void* exchange, net::Http2Client::Loss why) override;
  void on_goaway() override {}
  void on_http_end(net::StreamEnd end, std::string_view detail) override;
  void on_timer(net::Timer& timer) override;

  void ask_for_health();
  void judge(int http_status);
  void fail(model::ProbeReason reason, int status, std::string detail);
  void finish();
  [[nodiscard]] std::vector<model::MetricFamily> health_families() const;

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::GrpcModule& module_;
  std::string host_;
  std::string port_;  // empty: the target has none
  AddressChoice choice_;
  net::Timer timer_;
  base::Endpoint to_;
  std::string server_name_;
  bool resolved_ = false;
  base::MonoTime began_;  // the check, with connecting
  std::optional<base::MonoTime> asked_;
  base::Nanos check_{0};
  std::shared_ptr<const net::TlsContext> tls_context_;
  net::Http2Request request_;
  std::unique_ptr<net::Http2Client> client_;  // before the request
  std::string content_type_;
  std::optional<std::string> status_text_;  // grpc-status
  std::string message_;                     // grpc-message
  std::string body_;
  int status_ = kGrpcOk;
  std::optional<ServingStatus> serving_;
  std::optional<net::TlsInfo> tls_;
  std::optional<net::PeerChain> chain_;
  ModuleProbe::Listener* listener_ = nullptr;
  ModuleOutcome out_;
};

}  // namespace rampart::probe
