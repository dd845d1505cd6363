#pragma once

#include "probe/module/conversation.h"
#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::probe {

// The unix module of blackbox_exporter: as the tcp module, over a Unix stream socket. The target
// is its path; one that begins with '@' is a name of Linux's abstract sockets. TLS needs a
// server_name, or ModuleAsk::hostname. Why a path cannot be connected to goes to the log alone, at
// level debug.
class UnixModuleProbe final : public ModuleProbe, private Conversation::Listener {
 public:
  UnixModuleProbe(const ModuleContext& context, ModuleAsk ask);

  void start(ModuleProbe::Listener& listener) override;

 private:
  void on_conversed(Conversed&& conversed) override;
  void fail(model::ProbeReason reason, std::string detail);
  void finish();

  const ModuleContext& context_;
  const ModuleAsk ask_;
  const model::UnixModule& module_;
  Conversation conversation_;
  Conversed conversed_;
  ModuleProbe::Listener* listener_ = nullptr;
  ModuleOutcome out_;
};

}  // namespace rampart::probe
