#pragma once

#include <optional>
#include <string>

#include "base/ip_address.h"
#include "probe/module/address_choice.h"
#include "probe/module/conversation.h"
#include "probe/module/host_port.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"
#include "probe/own_sockets.h"

namespace rampart::probe {

// The tcp module of blackbox_exporter: connects to host:port, and has a conversation there.
// ModuleAsk::hostname is the name in TLS where the module has none.
class TcpModuleProbe final : public ModuleProbe,
                             private AddressChoice::Listener,
                             private Conversation::Listener {
 public:
  TcpModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_address(const base::IpAddress& address) override;
  void on_no_address(model::ProbeReason reason, std::string detail) override;
  void on_conversed(Conversed&& conversed) override;
  base::Result<OwnSockets::TcpSocket> open_socket(const base::Endpoint& to);
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::TcpModule& module_;
  HostPort target_;
  AddressChoice choice_;
  bool resolved_ = false;  // or it was tried
  Conversation conversation_;
  Conversed conversed_;
  ModuleProbe::Listener* listener_ = nullptr;
  ModuleOutcome out_;
};

}  // namespace rampart::probe
