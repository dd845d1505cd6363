#include "probe/module/tcp_module.h"

#include <fmt/core.h>

#include <utility>

#include "net/loop.h"
#include "net/zone.h"
#include "probe/module/gauge.h"
#include "probe/module/source_address.h"

namespace rampart::probe {

using model::ProbeReason;

TcpModuleProbe::TcpModuleProbe(const ModuleContext& context, ModuleAsk ask)
    : context_(context),
      ask_(std::move(ask)),
      module_(ask_.module->tcp),
      choice_(context.names, context.clock, *this),
      conversation_(context, *this) {}

void TcpModuleProbe::start(ModuleProbe::Listener& listener) {
  listener_ = &listener;
  out_.start = context_.clock.mono();
  auto target = HostPort::parse(ask_.target);
  if (!target) {
    fail(ProbeReason::bad_target, target.error().text);
    return;
  }
  target_ = *std::move(target);
  out_.log.push_back(
      fmt::format("resolving {}, preferably to IPv{}", target_.host, module_.ip.v6 ? 6 : 4));
  resolved_ = true;
  choice_.start(target_.host, module_.ip, out_.start + ask_.timeout);
}

void TcpModuleProbe::on_no_address(ProbeReason reason, std::string detail) {
  fail(reason, std::move(detail));
}

void TcpModuleProbe::on_address(const base::IpAddress& address) {
  out_.phases.resolve = choice_.lookup_time();
  const auto port = tcp_port(target_.port, context_.files);
  if (!port) {
    fail(target_reason(port.error()), port.error().text);
    return;
  }
  const base::Endpoint to{address, *port};
  out_.log.push_back(fmt::format("connecting to {}", base::to_string(to)));
  auto socket = open_socket(to);
  if (!socket) {
    fail(reason_of(socket.error()), socket.error().text);
    return;
  }
  conversation_.start({.socket = std::move(socket->fd),
                       .to = to,
                       .scope = choice_.scope(),
                       .announced = socket->announced,
                       .peer = base::to_string(to),
                       .turns = &module_.query_response,
                       .tls = module_.tls,
                       .tls_options = &module_.tls_options,
                       .server_name = ask_.hostname.empty()
                                          ? std::string(net::split_zone(target_.host).address)
                                          : ask_.hostname,
                       .deadline = out_.start + ask_.timeout});
}

base::Result<OwnSockets::TcpSocket> TcpModuleProbe::open_socket(const base::Endpoint& to) {
  RAMPART_TRY(const auto from, source_address(module_.source_ip_address));
  return context_.sockets.open_tcp(to, model::Owner::probe, from);
}

void TcpModuleProbe::on_conversed(Conversed&& conversed) {
  conversed_ = std::move(conversed);
  for (auto& line : conversed_.log) out_.log.push_back(std::move(line));
  if (conversed_.reason != ProbeReason::none) {
    fail(conversed_.reason, std::move(conversed_.detail));
    return;
  }
  out_.success = true;
  finish();
}

void TcpModuleProbe::fail(ProbeReason reason, std::string detail) {
  out_.reason = reason;
  out_.log.push_back("failed: " + detail);
  out_.detail = std::move(detail);
  finish();
}

void TcpModuleProbe::finish() {
  out_.duration = context_.clock.mono() - out_.start;
  out_.phases.connect = conversed_.connect;
  out_.phases.tls = conversed_.tls;
  out_.phases.processing = conversed_.exchange;
  auto& families = out_.families;
  if (resolved_) families = choice_.families();
  const auto phase = [](const char* name, base::Nanos time) {
    return model::MetricFamily::Series{{{"phase", name}}, base::seconds(time)};
  };
  families.push_back({"probe_tcp_duration_seconds",
                      "Duration of the TCP probe by phase",
                      model::MetricFamily::Type::gauge,
                      {phase("connect", conversed_.connect), phase("exchange", conversed_.exchange),
                       phase("resolve", out_.phases.resolve), phase("tls", conversed_.tls)}});
  for (auto& family : conversation_families(conversed_)) families.push_back(std::move(family));
  auto outcome = std::move(out_);  // the probe may be destroyed in the call
  listener_->on_outcome(std::move(outcome));
}

}  // namespace rampart::probe
