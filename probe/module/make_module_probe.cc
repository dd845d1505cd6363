#include "probe/module/make_module_probe.h"

#include <utility>

#include "base/assert.h"
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

}  // namespace

std::unique_ptr<ModuleProbe> make_module_probe(const ModuleContext& context, ModuleAsk ask) {
  switch (ask.module->prober) {
    case Prober::http: return make<HttpModuleProbe>(context, std::move(ask));
    case Prober::tcp: return make<TcpModuleProbe>(context, std::move(ask));
    case Prober::dns: return make<DnsModuleProbe>(context, std::move(ask));
    case Prober::icmp: return make<IcmpModuleProbe>(context, std::move(ask));
    case Prober::grpc: return make<GrpcModuleProbe>(context, std::move(ask));
    case Prober::unix_socket: return make<UnixModuleProbe>(context, std::move(ask));
  }
  RAMPART_ASSERT(false);
}

}  // namespace rampart::probe
