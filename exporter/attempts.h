#pragma once

#include "base/result.h"
#include "exporter/request_target.h"
#include "probe/module/repeated_probe.h"

namespace rampart::exporter {

// How often a probe is to be tried, by the parameters `attempts` and `need`, 1 where they are not
// given. Errc::config where they are no such numbers.
base::Result<probe::Attempts> attempts_of(const RequestTarget& target);

// Errc::config where they make no sense.
base::Result<probe::Attempts> check_attempts(unsigned most, unsigned needed);

}  // namespace rampart::exporter
