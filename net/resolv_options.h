#pragma once

#include <string_view>

#include "base/clock.h"

namespace rampart::net {

// How name servers are asked, by the lines `options` of resolv.conf(5); its defaults.
struct ResolvOptions {
  base::Nanos timeout = std::chrono::seconds(5);  // of the first try; 1 to 30 s
  int attempts = 2;                               // 1 to 5

  bool operator==(const ResolvOptions&) const = default;
};

// Of a file's text. What is above a bound counts as the bound, what is no number as not there.
ResolvOptions resolv_options(std::string_view text);

}  // namespace rampart::net
