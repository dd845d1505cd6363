#include "cli/probe_equipment.h"

namespace rampart::cli {

base::Result<std::unique_ptr<ProbeEquipment>> ProbeEquipment::open(
    const model::Permitted& permitted, const base::Clock& clock) {
  std::unique_ptr<ProbeEquipment> out(new ProbeEquipment(permitted, clock));
  RAMPART_TRY(out->names_, net::NameResolver::open(out->loop_, clock, {}));
  return out;
}

}  // namespace rampart::cli
