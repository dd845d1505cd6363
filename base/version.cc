#include "base/version.h"

namespace rampart::base {

std::string_view version() { return RAMPART_VERSION; }

}  // namespace rampart::base
