#include "probe/module/make_module_probe.h"

#include <array>
#include <utility>

#include "probe/module/dns_module.h"
#include "probe/module/grpc_module.h"
#include "probe/module/http_module.h"
#include "probe/module/icmp_module.h"
#include "probe/module/tcp_module.h"
#include "probe/module/unix_module.h"

namespace rampart::probe {
namespace {

using Prober = model::BlackboxModule::Prober;

template <class Probe>
std::unique_ptr<ModuleProbe> make(const ModuleContext& context, ModuleAsk&& ask) {
  return std::make_unique<Probe>(context, std::move(ask));
}

struct Kind {
  Prober prober;
  std::unique_ptr<ModuleProbe> (*make)(const ModuleContext&, ModuleAsk&&);
};
constexpr std::array kKinds{
    Kind{Prober::http, make<HttpModuleProbe>}, Kind{Prober::tcp, make<TcpModuleProbe>},
    Kind{Prober::dns, make<DnsModuleProbe>},   Kind{Prober::icmp, make<IcmpModuleProbe>},
    Kind{Prober::grpc, make<GrpcModuleProbe>}, Kind{Prober::unix_socket, make<UnixModuleProbe>}};

const Kind* find(Prober prober) {
  for (const auto& kind : kKinds)
    if (kind.prober == prober) return &kind;
  return nullptr;
}

}  // namespace

std::unique_ptr<ModuleProbe> make_module_probe(const ModuleContext& context, ModuleAsk ask) {
  const auto* kind = find(ask.module->prober);
  return kind == nullptr ? nullptr : kind->make(context, std::move(ask));
}

}  // namespace rampart::probe
