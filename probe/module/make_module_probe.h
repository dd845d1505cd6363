#pragma once

#include <memory>

#include "probe/module/module_context.h"
#include "probe/module/module_probe.h"

namespace rampart::probe {

// The probe of the module's kind.
std::unique_ptr<ModuleProbe> make_module_probe(const ModuleContext& context, ModuleAsk ask);

}  // namespace rampart::probe
