#include "cli/allowance.h"

#include <utility>

#include "scenarios/authorisation.h"

namespace rampart::cli {

base::Status Allowance::renew() {
  if (path_.empty()) return {};
  auto status = read();
  if (!status) {
    // The protocols of the last file stay: its loss permits nothing that it did not.
    auto protocols = std::move(permitted_.protocols);
    permitted_ = {};
    permitted_.protocols = std::move(protocols);
  }
  return status;
}

base::Status Allowance::read() {
  RAMPART_TRY(const auto allowed, scenarios::Authorisation::load(path_, clock_.wall()));
  RAMPART_CHECK(allowed.check(model::Plan{}));  // its time
  permitted_ = allowed.permitted();
  return {};
}

}  // namespace rampart::cli
