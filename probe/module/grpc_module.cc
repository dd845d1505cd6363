#include "probe/module/grpc_module.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "base/base64.h"
#include "net/loop.h"
#include "net/zone.h"
#include "probe/module/gauge.h"
#include "probe/module/host_port.h"
#include "probe/module/module_tls.h"
#include "probe/module/peer_words.h"
#include "probe/module/stream_reason.h"
#include "probe/module/tls_contexts.h"
#include "probe/own_sockets.h"

namespace rampart::probe {
namespace {

using model::ProbeReason;

constexpr std::size_t kLongestReply = 65536;  // bytes of a body; a health status has seven

// As much of a reply as may be looked at is a few fields; a hostile one may repeat them.
void keep(std::string& field, std::string_view value) {
  constexpr std::size_t kMost = 1024;
  field = value.substr(0, kMost);
}

// gRPC's PROTOCOL-HTTP2.md: metadata whose key ends so is binary, in base64 without padding.
std::string metadata_value(const std::string& key, const std::string& value) {
  if (!key.ends_with("-bin")) return value;
  auto out = base::to_base64(value);
  while (out.ends_with('=')) out.pop_back();
  return out;
}

}  // namespace

GrpcModuleProbe::GrpcModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->grpc),
      choice_(context.names, context.clock, *this),
      timer_(context.loop, *this) {}

void GrpcModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  // What cannot be split is taken for a host, which fails later where there is no port.
  if (auto target = HostPort::parse(ask_.target)) {
    host_ = std::move(target->host);
    port_ = std::move(target->port);
  } else {
    host_ = ask_.target;
  }
  out_.log.push_back(
      fmt::format("resolving {}, preferably to IPv{}", host_, module_.ip.v6 ? 6 : 4));
  choice_.start(host_, module_.ip, out_.start + ask_.timeout);
}

void GrpcModuleProbe::on_no_address(ProbeReason reason, std::string detail) {
  fail(reason, kGrpcOk, std::move(detail));  // no call was made
}

void GrpcModuleProbe::on_address(const base::IpAddress& address) {
  resolved_ = true;
  out_.phases.resolve = choice_.lookup_time();
  began_ = context_.clock.mono();
  if (port_.empty()) {
    fail(ProbeReason::bad_target, kGrpcUnavailable,
         fmt::format("target '{}': it has no port: write host:port", ask_.target));
    return;
  }
  const auto port = tcp_port(port_, context_.files);
  if (!port) {
    fail(target_reason(port.error()), kGrpcUnavailable, port.error().text);
    return;
  }
  to_ = {address, *port};
  if (module_.tls) {
    auto context = context_.tls.of(module_.tls_options);
    if (!context) {
      fail(ProbeReason::bad_module, kGrpcUnavailable, context.error().text);
      return;
    }
    tls_context_ = *std::move(context);
    const auto& name = module_.tls_options.server_name;
    server_name_ = name.empty() ? std::string(net::split_zone(host_).address) : name;
  }
  began_ = context_.clock.mono();  // what was read for TLS is no part of the check
  auto socket = context_.sockets.open_tcp(to_, model::Owner::probe);
  if (!socket) {
    fail(probe::reason_of(socket.error()), kGrpcUnavailable, socket.error().text);
    return;
  }
  out_.log.push_back(fmt::format("connecting to {}", base::to_string(to_)));
  timer_.arm(out_.start + ask_.timeout);
  const int fd = socket->fd.release();
  net::Http2Client::Listener& self = *this;
  client_ = std::make_unique<net::Http2Client>(
      context_.loop, tls_context_.get(), server_name_, to_, 1, self,
      net::ConnectOptions{.socket = fd, .scope = choice_.scope()});
  if (!socket->announced)
    context_.sockets.announce_tcp_port(client_->stream().local_port(), to_, model::Owner::probe);
}

void GrpcModuleProbe::on_streams(std::uint32_t streams) {
  if (asked_ || streams == 0) return;
  asked_ = context_.clock.mono();
  out_.phases.connect = *asked_ - began_;  // with TLS and both sides' SETTINGS
  ask_for_health();
}

void GrpcModuleProbe::ask_for_health() {
  using std::chrono::milliseconds;
  const auto left = out_.start + ask_.timeout - *asked_;
  net::Http2Request::Head head;
  head.method = "POST";
  head.scheme = module_.tls ? "https" : "http";
  head.authority = module_.tls ? server_name_ : base::to_string(to_);
  head.path = kHealthCheck;
  head.headers = {
      {"te", "trailers"},
      {"content-type", "application/grpc"},
      {"user-agent", "rampart/" RAMPART_VERSION},
      {"grpc-timeout", fmt::format("{}m", std::max<std::int64_t>(
                                              1, std::chrono::floor<milliseconds>(left).count()))}};
  for (const auto& [key, value] : module_.metadata)
    head.headers.emplace_back(key, metadata_value(key, value));
  request_ = net::Http2Request(std::move(head), make_health_request(module_.service));
  out_.log.push_back(fmt::format("asking for the health of '{}'", module_.service));
  client_->send(request_, this, true);
}

void GrpcModuleProbe::on_header(void*, std::string_view name, std::string_view value) {
  if (name == "content-type")
    keep(content_type_, value);
  else if (name == "grpc-status")
    keep(status_text_.emplace(), value);
  else if (name == "grpc-message")
    keep(message_, value);
}

void GrpcModuleProbe::on_trailer(void* exchange, std::string_view name, std::string_view value) {
  on_header(exchange, name, value);
}

void GrpcModuleProbe::on_body(void*, std::span<const char> bytes) {
  if (body_.size() + bytes.size() > kLongestReply)
    fail(ProbeReason::protocol, kGrpcResourceExhausted,
         fmt::format("{} sent more than {} bytes", base::to_string(to_), kLongestReply));
  else
    body_.append(bytes.data(), bytes.size());
}

void GrpcModuleProbe::on_reply(void*, const net::Http2Client::Reply& reply) { judge(reply.status); }

void GrpcModuleProbe::judge(int http_status) {
  const bool is_grpc = content_type_.starts_with("application/grpc");
  if (http_status != 200 || !is_grpc) {
    fail(http_status == 200 ? ProbeReason::protocol : ProbeReason::http_status,
         grpc_status_of_http(http_status),
         fmt::format("{} answered with HTTP status {} and content-type '{}', which is not gRPC",
                     base::to_string(to_), http_status, peer_words(content_type_)));
    return;
  }
  if (!status_text_) {
    fail(ProbeReason::protocol, kGrpcInternal,
         fmt::format("{} closed the stream without a grpc-status", base::to_string(to_)));
    return;
  }
  const int status = read_grpc_status(*status_text_);
  if (status != kGrpcOk) {
    fail(ProbeReason::grpc_status, status,
         fmt::format("{} answered {}: {}", base::to_string(to_), grpc_status_name(status),
                     peer_words(read_grpc_message(message_))));
    return;
  }
  const auto serving = read_health_reply(body_);
  if (!serving) {
    fail(ProbeReason::protocol, kGrpcInternal, serving.error().text);
    return;
  }
  serving_ = *serving;
  out_.log.push_back(fmt::format("the service is {}", serving_status_name(*serving_)));
  if (*serving_ != kServing) {
    fail(ProbeReason::not_serving, kGrpcOk,
         fmt::format("the service '{}' is {}", module_.service, serving_status_name(*serving_)));
    return;
  }
  out_.success = true;
  finish();
}

void GrpcModuleProbe::on_lost(void*, net::Http2Client::Loss why) {
  using Loss = net::Http2Client::Loss;
  const auto peer = base::to_string(to_);
  switch (why) {
    case Loss::refused:
      fail(ProbeReason::reset, kGrpcUnavailable, fmt::format("{} refused the stream", peer));
      return;
    case Loss::reset:
      fail(ProbeReason::reset, kGrpcInternal, fmt::format("{} reset the stream", peer));
      return;
    case Loss::protocol:
      fail(ProbeReason::protocol, kGrpcInternal, fmt::format("{} sent no reply of HTTP/2", peer));
      return;
    case Loss::too_large:
      fail(ProbeReason::bad_module, kGrpcInternal, "the metadata are larger than 1 MiB");
      return;
  }
}

void GrpcModuleProbe::on_http_end(net::StreamEnd end, std::string_view detail) {
  const auto reason = reason_of(end);
  const auto advice =
      tls_context_ ? certificate_advice(reason, net::peer_chain(client_->stream())) : "";
  fail(reason, kGrpcUnavailable, fmt::format("{}: {}{}", base::to_string(to_), detail, advice));
}

void GrpcModuleProbe::on_timer(net::Timer&) {
  const auto peer = base::to_string(to_);
  if (!asked_)
    fail(ProbeReason::connect_timeout, kGrpcDeadlineExceeded,
         fmt::format("connect {}: no HTTP/2 connection in time", peer));
  else if (client_->heard(this))
    fail(ProbeReason::timeout_transfer, kGrpcDeadlineExceeded,
         fmt::format("{}: no whole answer in time", peer));
  else
    fail(ProbeReason::timeout_first_byte, kGrpcDeadlineExceeded,
         fmt::format("{}: no answer in time", peer));
}

void GrpcModuleProbe::fail(ProbeReason reason, int status, std::string detail) {
  out_.reason = reason;
  status_ = status;
  out_.log.push_back("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void GrpcModuleProbe::finish() {
  const auto now = context_.clock.mono();
  out_.duration = now - out_.start;
  if (resolved_) check_ = now - began_;
  if (asked_) out_.phases.processing = now - *asked_;
  timer_.disarm();
  if (client_) {
    tls_ = net::tls_info(client_->stream());
    chain_ = net::peer_chain(client_->stream());
    client_.reset();
  }
  auto& families = out_.families;
  families = choice_.families();
  for (auto& family : health_families()) families.push_back(std::move(family));
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

std::vector<model::MetricFamily> GrpcModuleProbe::health_families() const {
  using model::MetricFamily;
  std::vector<MetricFamily> out;
  MetricFamily phases{"probe_grpc_duration_seconds",
                      "Duration of gRPC request by phase",
                      MetricFamily::Type::gauge,
                      {}};
  if (resolved_) phases.series.push_back({{{"phase", "check"}}, base::seconds(check_)});
  phases.series.push_back({{{"phase", "resolve"}}, base::seconds(out_.phases.resolve)});
  out.push_back(std::move(phases));
  if (resolved_) {
    MetricFamily response{"probe_grpc_healthcheck_response",
                          "Response HealthCheck response",
                          MetricFamily::Type::gauge,
                          {}};
    for (ServingStatus status = 0; status < kServingStatuses; ++status)
      response.series.push_back(
          {{{"serving_status", serving_status_name(status)}}, flag(serving_ == status)});
    if (serving_ && (*serving_ < 0 || *serving_ >= kServingStatuses))
      response.series.push_back({{{"serving_status", serving_status_name(*serving_)}}, 1});
    out.push_back(std::move(response));
  }
  out.push_back(gauge("probe_grpc_ssl", "Indicates if SSL was used for the connection",
                      flag(tls_.has_value())));
  out.push_back(gauge("probe_grpc_status_code", "Response gRPC status code", status_));
  // Always there, and 0 without a good handshake, as in blackbox_exporter.
  out.push_back(first_expiry_family(tls_ && chain_ ? unix_seconds(chain_->first_not_after) : 0));
  if (chain_) out.push_back(chain_info_family(*chain_));
  if (tls_) out.push_back(tls_version_family(*tls_));
  return out;
}

}  // namespace rampart::probe
