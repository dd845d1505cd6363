#pragma once

#include <string>
#include <utility>

#include "base/clock.h"
#include "base/result.h"
#include "model/plan.h"

namespace rampart::cli {

// What may be probed by modules beyond loopback: the networks and protocols of an authorisation
// file that is read again and again, so that it can be withdrawn. Loop thread only.
class Allowance {
 public:
  // `path` empty: loopback only. The clock outlives it.
  Allowance(std::string path, const base::Clock& clock) : path_(std::move(path)), clock_(clock) {}

  // Where it fails only loopback may be probed from now on, by the protocols of the last file that
  // was in order.
  base::Status renew();
  // There is a file, and it permits nothing but loopback.
  [[nodiscard]] bool lists_no_network() const {
    return !path_.empty() && permitted_.networks.empty();
  }
  [[nodiscard]] const std::string& path() const { return path_; }
  // Changes with renew().
  [[nodiscard]] const model::Permitted& permitted() const { return permitted_; }

 private:
  base::Status read();

  const std::string path_;
  const base::Clock& clock_;
  model::Permitted permitted_;
};

}  // namespace rampart::cli
